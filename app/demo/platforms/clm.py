"""A simulated provider on CLM: writes its registers as files into a drop folder, a day or a week at a time."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from app.demo.platforms.world import World
from mapping.model import Half

_LONG = ("Learner Ref", "UPN", "Forename", "Surname", "Date", "Session", "Mark", "Minutes Late")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClmSimulator:
    """One provider's way of sending files: under another name first, then renamed, as a careful sender does."""

    world: World
    school: str
    folder: Path

    def write_day(self, day: date, *, back: int = 0) -> Path:
        """Write the registers of a day and of ``back`` days before it, one row a mark, as they are now."""
        pupils = {pupil.platform_id: pupil for pupil in self.world.pupils(self.school)}
        marks = self.world.marks(self.school, day - timedelta(days=back), day, self.world.clock())
        rows: list[tuple[object, ...]] = []
        for mark in marks:
            pupil = pupils[mark.platform_id]
            who = (pupil.platform_id, pupil.upn or "", pupil.forename, pupil.surname)
            late = "" if mark.minutes_late is None else mark.minutes_late
            rows.append((*who, f"{mark.day:%d/%m/%Y}", mark.half.value, mark.symbol or "", late))
        title = (f"Attendance {day:%d/%m/%Y}",)
        return self.drop(f"attendance-{day}.csv", _table([title, (), _LONG, *rows, ("Total", len(rows))]))

    def write_week(self, monday: date) -> Path:
        """Write the registers of a week, one row a pupil and a column a session, as they are now."""
        last = monday + timedelta(days=4)
        cells: dict[str, dict[tuple[date, Half], str]] = {}
        for mark in self.world.marks(self.school, monday, last, self.world.clock()):
            cells.setdefault(mark.platform_id, {})[mark.day, mark.half] = mark.symbol or ""
        sessions = [(monday + timedelta(days=number), half) for number in range(5) for half in Half]
        header = ("Learner Ref", "UPN", "Name", *(f"{_WEEKDAYS[day.weekday()]} {half}" for day, half in sessions))
        rows = [
            (
                pupil.platform_id,
                pupil.upn or "",
                f"{pupil.forename} {pupil.surname}",
                *(cells.get(pupil.platform_id, {}).get(session, "") for session in sessions),
                f"{monday:%d/%m/%Y}",
            )
            for pupil in self.world.pupils(self.school)
        ]
        return self.drop(f"week-{monday}.csv", _table([(*header, "Week Commencing"), *rows]))

    def drop(self, name: str, content: bytes) -> Path:
        """Put a file of any content into the folder at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path, temporary = self.folder / name, self.folder / f"{name}.part"
        temporary.write_bytes(content)
        return temporary.replace(path)


def _table(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")

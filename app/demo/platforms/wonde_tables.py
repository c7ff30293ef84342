"""What a simulated Wonde holds at an instant: the rows of each list, filtered as asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from app.demo.platforms.wonde_quirks import Quirks
from app.demo.platforms.wonde_rows import codes, mark, student
from app.demo.platforms.world import World, WorldMark

#: A pull asks some twenty questions for a term.
_KEPT = 30
LISTINGS = {"attendance/session", "attendance-codes", "students", "students-leaver", "deletions"}


@dataclass
class Tables:
    """The rows of one school, encoded; those of the last few questions are kept, so that pages cost a join."""

    world: World
    school: str
    quirks: Quirks
    codes_read: int = 0
    _kept: dict[tuple[object, ...], list[bytes]] = field(default_factory=dict)

    def find(self, path: str, query: dict[str, str]) -> list[bytes]:
        """Return the rows of a list that fit a question's filters."""
        at = self.world.clock()
        is_codes = path == "attendance-codes"
        key = (path, *sorted(query.items()), at, is_codes and self.codes_read, repr(self.quirks))
        if key not in self._kept:
            rows = [*self._fresh(path, query, at), *self.quirks.more.get(path, ())]
            self._kept = dict(list(self._kept.items())[-_KEPT:]) | {key: [msgspec.json.encode(row) for row in rows]}
        return self._kept[key]

    def _fresh(self, path: str, query: dict[str, str], at: datetime) -> Iterable[dict[str, Any]]:
        match path:
            case "attendance/session":
                return (mark(each, self.quirks.shape) for each in self._marks(query, at))
            case "attendance-codes":
                return codes(without=self.quirks.unlisted if self.codes_read <= self.quirks.listed_after else ())
            case "students" | "students-leaver":
                return self._students(on_roll=path == "students", with_details=bool(query.get("include")), at=at)
            case _:
                return ()

    def _students(self, *, on_roll: bool, with_details: bool, at: datetime) -> Iterable[dict[str, Any]]:
        for pupil in self.world.pupils(self.school):
            row = student(pupil, with_details=with_details, now=at)
            has_returned = pupil.platform_id in self.quirks.returned
            if on_roll and has_returned:
                yield row | {"id": f"B{pupil.platform_id}"}
            elif has_returned or on_roll != (pupil.platform_id in self.quirks.leavers):
                yield row

    def _marks(self, query: dict[str, str], at: datetime) -> list[WorldMark]:
        # Nobody says whether the filters include their own moment: here they do not.
        after, before = query.get("attendance_date_after"), query.get("attendance_date_before")
        first = date.fromisoformat(after[:10]) if after else date(at.year - 1, 8, 1)
        last = date.fromisoformat(before[:10]) if before else date(at.year + 1, 7, 31)
        now = [
            each
            for each in self.world.marks(self.school, first, last, at)
            if (after or "") < f"{each.day} 00:00:00" < (before or "9")
        ]
        if "updated_after" not in query:
            return now
        since = datetime.fromisoformat(query["updated_after"]).replace(tzinfo=UTC)
        then = set(self.world.marks(self.school, first, last, since))
        return [each for each in now if each not in then]

"""From the rows of an attendance file to marks: find the header, then read one row a mark or one row a week."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from connectors import values
from connectors.base import Malformed, Window
from connectors.likely_columns import UnfitColumns, likeliest_header
from connectors.profiles import Profile
from connectors.tables import NumberedRow
from mapping.model import Half, Session, SourceMark


@dataclass(frozen=True, slots=True)
class Header:
    """Where each field stands: cell positions from 0; in a wide file also weekday and halves of each mark column."""

    width: int
    at: dict[str, int]
    days: tuple[tuple[int, int, tuple[Half, ...]], ...] = ()


def find_header(rows: Iterable[NumberedRow], profile: Profile) -> Header:
    """Go through the first rows, titles and blanks, up to the one that names every column of the profile.

    Raises ``UnfitColumns`` naming the columns that the likeliest row lacks.
    """
    fewest: list[str] | None = None
    heads = []
    for number, row in rows:
        heads.append(row)
        header, missing = _read_header(row, profile)
        if not missing:
            return header
        if fewest is None or len(missing) < len(fewest):
            fewest = missing
        if number >= profile.header_within:
            break
    if fewest is None:
        raise Malformed("the file is empty: it is never read as an empty register; have it sent again")
    lacking = ", ".join(fewest)
    raise UnfitColumns(
        f"no row among the first {profile.header_within} names every column of the profile; it lacks {lacking}: "
        "correct the profile's [columns], or have the file exported as agreed",
        columns=likeliest_header(heads),
    )


def _read_header(row: list[str], profile: Profile) -> tuple[Header, list[str]]:
    cells = [values.normal(cell) for cell in row]
    at, missing = {}, []
    for field in profile.columns.__struct_fields__:
        wanted = profile.columns.names(field)
        found = [at for at, cell in enumerate(cells) if cell in map(values.normal, wanted)]
        if len(found) == 1:
            at[field] = found[0]
        elif wanted:
            missing.append(f"{wanted[0]} (twice there)" if found else wanted[0])
    days = _day_columns(row, profile)
    if profile.layout == "wide" and not days:
        missing.append("Mon AM to Fri PM")
    # A learner reference or a UPN will do.
    either = {*profile.columns.names("platform_id"), *profile.columns.names("upn")} if at.keys() & _WHO else set()
    return Header(len(row), at, days), [name for name in missing if name not in either]


_WHO = frozenset({"platform_id", "upn"})


def _day_columns(row: list[str], profile: Profile) -> tuple[tuple[int, int, tuple[Half, ...]], ...]:
    if profile.layout == "long":
        return ()
    halves = values.Halves(profile.sessions)
    found = ((position, halves.of_header(cell)) for position, cell in enumerate(row))
    return tuple((position, *day) for position, day in found if day is not None)


class RowReader:
    """Reads the rows below one header; a row that cannot be read raises ``ValueError`` with what to do about it."""

    def __init__(self, profile: Profile, header: Header, window: Window) -> None:
        """Marks outside the window are left out and counted in ``outside``."""
        self.outside = 0
        self._window = window
        self._width = header.width
        self._days = header.days
        self._at = header.at
        self._needed = 1 + max(
            [position for field, position in header.at.items() if field != "minutes_late"]
            + [position for position, _, _ in header.days]
        )
        self._digits = profile.platform_id_digits
        self._dates = values.Dates(profile.date_formats)
        self._halves = values.Halves(profile.sessions)
        self._sums = re.compile(rf"\s*(?:{'|'.join(map(re.escape, profile.skip_rows))})\b", re.IGNORECASE)
        self._has_sums = bool(profile.skip_rows)

    def is_pupil(self, row: list[str]) -> bool:
        """Whether a row is neither blank nor a line of sums."""
        first = next((cell for cell in row if cell and not cell.isspace()), None)
        return first is not None and not (self._has_sums and self._sums.match(first))

    def marks(self, row: list[str], where: str) -> list[SourceMark]:
        """Return the marks of one row; an empty cell is a register not taken yet, and no mark."""
        if len(row) < self._needed:
            raise ValueError("it breaks off before its last column: have the file sent again")
        if len(row) > self._width and any(cell and not cell.isspace() for cell in row[self._width :]):
            raise ValueError(
                "it has more cells than the header, so its marks may stand in the wrong column: correct it"
            )
        return self._week(row, where) if self._days else self._one(row, where)

    def _one(self, row: list[str], where: str) -> list[SourceMark]:
        at = self._at
        code = values.code(row[at["code"]])
        if not code:
            return []
        day, halves = self._dates(row[at["date"]]), self._halves(row[at["session"]])
        late = at.get("minutes_late")
        minutes = values.minutes(row[late]) if late is not None and late < len(row) else None
        return self._of_day(row, where, day=day, halves=halves, code=code, minutes=minutes)

    def _week(self, row: list[str], where: str) -> list[SourceMark]:
        monday = self._dates(row[self._at["week_commencing"]])
        if monday.weekday():
            raise ValueError("its week does not begin on a Monday: correct the row")
        marks = []
        for position, weekday, halves in self._days:
            if code := values.code(row[position]):
                day = monday + timedelta(days=weekday)
                marks += self._of_day(row, where, day=day, halves=halves, code=code, minutes=None)
        return marks

    def _of_day(
        self, row: list[str], where: str, *, day: date, halves: tuple[Half, ...], code: str, minutes: int | None
    ) -> list[SourceMark]:
        if day not in self._window:
            self.outside += 1
            return []
        platform_id, upn = self._who(row)
        return [
            SourceMark(
                platform_id=platform_id,
                session=Session(day, half),
                code=code,
                where=where,
                upn=upn,
                minutes_late=minutes,
            )
            for half in halves
        ]

    def _who(self, row: list[str]) -> tuple[str, str | None]:
        upn = row[self._at["upn"]].strip().upper() if "upn" in self._at else ""
        ref = values.learner_ref(row[self._at["platform_id"]], self._digits) if "platform_id" in self._at else ""
        if not upn and not ref:
            raise ValueError("it has neither a learner reference nor a UPN: correct the row")
        return ref or values.stand_in(upn), upn or None

"""placements.csv: who is where, for whom, when, and who must hear of it."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from config.checking import known, parse
from config.fields import Day, Id, LaCode, PupilId, Table, Text, Urn
from config.problems import Findings, suggestion
from config.sheets import Row, Sheet, read_sheet
from mapping.identity import Link, UpnStatus, upn_status
from mapping.model import Half, Session

FILE = "placements.csv"
#: What a placement can say about a pupil; policies limit rules to them, and they never leave by default.
FLAGS = frozenset({"send", "pupil_premium", "vulnerable", "looked_after", "social_worker", "youth_justice", "ehcp"})
#: Columns that name a worker by the address (or destination) of a row of contacts.csv with that role.
WORKERS = ("social_worker", "youth_justice_worker", "key_worker")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


class Arrangement(StrEnum):
    """Who arranged the place; it decides which code the home school's register holds."""

    SCHOOL_COMMISSIONED = "school_commissioned"
    LA_ARRANGED = "la_arranged"
    DUAL = "dual"
    SINGLE = "single"


def _upn(text: str) -> str:
    if upn_status(text) is UpnStatus.INVALID:
        raise ValueError("the UPN fails its check letter: correct it at the source, or leave it empty while unknown")
    return text


def _expected(value: Any) -> frozenset[tuple[int, Half]]:
    return frozenset(_session(part) for part in str(value).split(";") if part.strip())


def _session(text: str) -> tuple[int, Half]:
    weekday, _, half = " ".join(text.split()).partition(" ")
    try:
        return _WEEKDAYS.index(weekday.capitalize()), Half(half.upper())
    except ValueError:
        raise ValueError("lists sessions as Mon AM;Mon PM;Wed AM: Monday to Friday, AM or PM") from None


def _flags(value: Any) -> frozenset[str]:
    flags = frozenset(part.strip() for part in str(value).split(";") if part.strip())
    for flag in sorted(flags - FLAGS):
        there = suggestion(flag, FLAGS) or f": the flags are {', '.join(sorted(FLAGS))}"
        raise ValueError(f"holds a flag that does not exist{there}")
    return flags


#: The weekly sessions of a part-time pupil, as ``Mon AM;Wed PM``.
Expected = Annotated[frozenset[tuple[int, Half]], BeforeValidator(_expected)]
#: What is known of a pupil, as ``send;ehcp``.
Flags = Annotated[frozenset[str], BeforeValidator(_flags)]


class Placement(Table):
    """One pupil at one school from a date to a date (both included; no end is open). Names stay out of its repr."""

    pupil_id: PupilId = Field(description="the id by which this relay, its logs and its receivers know the pupil")
    school: Id = Field(description="the id of a [[school]] in relay.toml")
    platform_id: Text | None = Field(None, repr=False)
    upn: Annotated[str, AfterValidator(_upn)] | None = Field(None, repr=False)
    surname: Text | None = Field(None, repr=False)
    forename: Text | None = Field(None, repr=False)
    date_of_birth: Day | None = Field(None, repr=False)
    year_group: Text | None = None
    start_date: Day = Field(description="the first day of the placement")
    end_date: Day | None = None
    la_code: LaCode = Field(description="the code of the pupil's own local authority")
    home_school: Text | None = None
    home_school_urn: Urn | None = None
    commissioner: Text | None = None
    placement_ref: Text | None = None
    arrangement: Annotated[Arrangement, Field(strict=False)] = Field(description="who arranged the place")
    expected: Expected | None = None
    flags: Flags = Field(frozenset(), repr=False)
    social_worker: Text | None = Field(None, repr=False)
    youth_justice_worker: Text | None = Field(None, repr=False)
    key_worker: Text | None = Field(None, repr=False)

    def holds_on(self, day: date) -> bool:
        """Whether the pupil is placed on a local date."""
        return self.start_date <= day and (self.end_date is None or day <= self.end_date)

    def is_expected(self, session: Session) -> bool:
        """Whether the pupil is due at a session of a school day; an empty cell means every one."""
        timetabled = self.expected is None or (session.day.weekday(), session.half) in self.expected
        return timetabled and self.holds_on(session.day)

    @property
    def link(self) -> Link:
        """What this row adds to the school's crosswalk."""
        return Link(
            pupil_id=self.pupil_id,
            platform_id=self.platform_id,
            upn=self.upn,
            start=self.start_date,
            end=self.end_date,
        )


COLUMNS = tuple(Placement.model_fields)
Placed = tuple[Row, Placement]


def read_placements(folder: Path, schools: Collection[str], findings: Findings) -> tuple[Sheet, list[Placed]]:
    """Return the rows that are in order with their sheet; every row is checked by itself and against the others."""
    sheet = read_sheet(folder / FILE, FILE, COLUMNS, findings)
    placed = [(row, made) for row in sheet.rows if (made := _placement(row, sheet, schools)) is not None]
    _same_upn(sheet, placed)
    _overlaps(sheet, placed, "start_date", lambda each: (each.school, each.pupil_id))
    _overlaps(sheet, placed, "platform_id", lambda each: each.platform_id and (each.school, each.platform_id))
    if sheet.is_empty:
        sheet.warn(0, "", "holds no pupil yet: add a row for each, unless the platform sends them")
    return sheet, placed


def _placement(row: Row, sheet: Sheet, schools: Collection[str]) -> Placement | None:
    cells = {column: row.cells[column] for column in COLUMNS if column in row.cells}
    if (school := cells.get("school")) and (message := known(school, schools, what="school of relay.toml")):
        sheet.problem(row.number, "school", message)
    made = parse(Placement, cells, lambda column, message: sheet.problem(row.number, column, message))
    if made is not None:
        for column, message in _doubts(made):
            sheet.problem(row.number, column, f"pupil {made.pupil_id}: {message}")
    return made


def _doubts(made: Placement) -> Iterator[tuple[str, str]]:
    if made.end_date and made.end_date < made.start_date:
        yield "end_date", "is before start_date"
    if made.date_of_birth and made.date_of_birth >= made.start_date:
        yield "date_of_birth", "is not before start_date"
    if made.arrangement in {Arrangement.SCHOOL_COMMISSIONED, Arrangement.DUAL} and not made.home_school_urn:
        yield "home_school_urn", f"is needed where the arrangement is {made.arrangement}"


def _same_upn(sheet: Sheet, placed: list[Placed]) -> None:
    first: dict[str, Placed] = {}
    for row, each in placed:
        if each.upn is None:
            continue
        before = first.setdefault(each.upn, (row, each))
        if before[1].pupil_id != each.pupil_id:
            message = f"is the UPN of pupil {before[1].pupil_id} in row {before[0].number}: a UPN belongs to one pupil"
            sheet.problem(row.number, "upn", f"pupil {each.pupil_id}: {message}")


def _overlaps(sheet: Sheet, placed: list[Placed], column: str, key: Callable[[Placement], Hashable | None]) -> None:
    for group in _grouped(placed, key):
        ordered = sorted(group, key=lambda pair: pair[1].start_date)
        for (earlier_row, earlier), (row, each) in pairwise(ordered):
            if earlier.end_date is None or each.start_date <= earlier.end_date:
                held = "has the platform_id" if column == "platform_id" else "overlaps the placement"
                message = f"{held} of pupil {earlier.pupil_id} in row {earlier_row.number}: end one before the other"
                sheet.problem(row.number, column, f"pupil {each.pupil_id}: {message}")


def _grouped(placed: list[Placed], key: Callable[[Placement], Hashable | None]) -> Iterable[list[Placed]]:
    groups: dict[Hashable, list[Placed]] = {}
    for pair in placed:
        if (group := key(pair[1])) is not None:
            groups.setdefault(group, []).append(pair)
    return groups.values()

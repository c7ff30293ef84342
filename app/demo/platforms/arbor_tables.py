"""What a simulated Arbor holds, as rows of its entities, with what was written into it laid over the world."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from app.demo.platforms.arbor_ways import LETTERS, REGISTER_TYPES, ROLL_CALLS, ArborWays, word
from app.demo.platforms.world import World, WorldMark
from mapping.model import Half

Rows = Iterable[Any]
_LESSON = {Half.AM: time(9, 0), Half.PM: time(13, 30)}
#: Letters that say that a child is there; the flags of other letters follow from the few that tests need.
_PRESENT = {"/", "\\", "L"}
_OFF_SITE = {"B", "K"}
_AUTHORISED = {"I", "C", "M", "C1", "C2"}
_UNAUTHORISED = {"N", "O", "U"}


@dataclass
class Tables:
    """The rows of one school."""

    world: World
    school: str
    ways: ArborWays
    #: Letters that were written, by pupil, day and half.
    written: dict[tuple[str, date, Half], str] = field(default_factory=dict)

    def marks(self, first: date, last: date, at: datetime) -> Iterator[WorldMark]:
        """Yield the marks of these days, both included, as they stand at an instant."""
        for mark in self.world.marks(self.school, first, last, at):
            letter = self.written.get((mark.platform_id, mark.day, mark.half)) if self.written else None
            yield mark if letter is None else mark._replace(symbol=letter)

    def rows(self, entity: str, first: date, last: date, at: datetime) -> Rows:
        """Return an entity's rows; the dates bound those that have one."""
        if entity in self.ways.tables:
            return self.ways.tables[entity]
        makers: dict[str, Callable[[], Rows]] = {
            "AttendanceRollCallRecord": lambda: map(_record, self.marks(first, last, at)),
            "AttendanceRecord": lambda: map(_lesson, self.marks(first, last, at)),
            "UkDfe_UpnAssignment": self._upns,
            "AttendanceMark": lambda: map(_mark, LETTERS),
            "AttendanceRollCall": lambda: (
                {"id": number, "attendanceRegisterType": REGISTER_TYPES[half]} for half, number in ROLL_CALLS.items()
            ),
            "Student": lambda: ({"id": pupil.platform_id} for pupil in self.world.pupils(self.school)),
            "EducationalInstitution": lambda: ({"id": "1", "educationalInstitutionName": "Simulated School"},),
            "EducationalInstitutionEnrolment": lambda: (
                {"id": pupil.platform_id, "student": {"id": pupil.platform_id}, "entryDate": "2020-09-01"}
                for pupil in self.world.pupils(self.school)
            ),
        }
        return makers.get(entity, tuple)()

    def _upns(self) -> Rows:
        spells = ((pupil, spell) for pupil in self.world.pupils(self.school) for spell in pupil.history)
        for number, (pupil, spell) in enumerate(spells, start=1):
            yield {
                "id": str(number),
                "student": {"id": pupil.platform_id},
                "upn": spell.upn,
                "isTemporary": spell.is_temporary,
                # Both forms of a date are seen in Arbor's answers.
                "startDatetime": {"entityType": "date", "date": f"{spell.start} 00:00:00"} if spell.start else None,
                "endDatetime": f"{spell.end} 00:00:00" if spell.end else None,
            }


def _record(mark: WorldMark) -> dict[str, Any]:
    return {
        "id": str(mark.record_id),
        "recordDate": mark.day.isoformat(),
        "student": {"id": mark.platform_id},
        "attendanceRollCall": {"attendanceRegisterType": REGISTER_TYPES[mark.half]},
        "attendanceMark": _of_record(mark.symbol),
        "minutesLate": mark.minutes_late,
    }


def _lesson(mark: WorldMark) -> dict[str, Any]:
    """Make the first lesson of a session, in which the child was as the roll call says."""
    flags = _flags(mark.symbol) if mark.symbol else {}
    return {
        "id": f"7{mark.record_id}",
        "student": {"id": mark.platform_id},
        "startDatetime": f"{mark.day} {_LESSON[mark.half]}",
        "isRedundant": False,
        "attendanceMark": {"isStatisticalPresent": flags["isStatisticalPresent"]} if flags else None,
    }


def _of_record(letter: str | None) -> dict[str, Any] | None:
    return {"code": word(letter), "attendanceMark": letter} if letter else None


def _mark(letter: str) -> dict[str, Any]:
    return {
        "id": word(letter),
        "code": word(letter),
        "attendanceMark": letter,
        "markDescription": f"Mark {letter}",
        **_flags(letter),
    }


def _flags(letter: str) -> dict[str, bool]:
    return {
        "isStatisticalPresent": letter in _PRESENT,
        "isStatisticalApprovedEducationalActivity": letter in _OFF_SITE,
        "isStatisticalAuthorizedAbsent": letter in _AUTHORISED,
        "isStatisticalUnauthorizedAbsent": letter in _UNAUTHORISED,
        "isStatisticalPossibleAttendance": letter in _PRESENT | _OFF_SITE | _AUTHORISED | _UNAUTHORISED,
    }

"""The rows of Arbor as they come, field by field, and the questions that bring them.

``AttendanceRollCallRecord`` holds the AM and PM marks the law asks for. ``AttendanceRecord`` holds lesson marks, which
never become marks: a lesson is not a session.
"""

from datetime import date

import msgspec
from msgspec.json import Decoder

from connectors.arbor_graphql import Entity, Reply
from mapping.model import Half


class Named(msgspec.Struct, gc=False):
    """Another row, of which only the id is asked."""

    id: str | int


class DateObject(msgspec.Struct, frozen=True, gc=False):
    """A date as ``YYYY-MM-DD HH:MM:SS`` inside an object."""

    date: str


#: Arbor gives dates in both forms, naive and local; a date with a midnight in it stays that date.
Day = str | DateObject


_HALVES = {(True, False): Half.AM, (True, None): Half.AM, (False, True): Half.PM, (None, True): Half.PM}


class RegisterType(msgspec.Struct, rename="camel", gc=False):
    """What tells a morning's roll call from an afternoon's."""

    is_morning: bool | None = None
    is_afternoon: bool | None = None

    @property
    def half(self) -> Half | None:
        """The half of the day; none for a type that is neither or both."""
        return _HALVES.get((self.is_morning, self.is_afternoon))


class RollCall(msgspec.Struct, rename="camel", gc=False):
    """One of the two calls of a school day."""

    attendance_register_type: RegisterType | None = None


class RollCallType(msgspec.Struct, rename="camel"):
    """One row of the list of roll calls."""

    id: str | int
    attendance_register_type: RegisterType | None = None


class MarkOfRecord(msgspec.Struct, rename="camel", gc=False):
    """``attendance_mark`` is the letter of the register; ``code`` is Arbor's own word for it (``PRESENT``)."""

    code: str | None = None
    attendance_mark: str | None = None


class MarkType(msgspec.Struct, rename="camel"):
    """One row of Arbor's list of marks."""

    id: str | int
    code: str | None = None
    attendance_mark: str | None = None


class LessonMark(msgspec.Struct, rename="camel"):
    """What the mark of a lesson counts as."""

    is_statistical_present: bool | None = None


class LessonRecord(msgspec.Struct, rename="camel"):
    """One pupil in one lesson; a redundant row repeats another."""

    id: str | int
    student: Named | None = None
    start_datetime: Day | None = None
    is_redundant: bool | None = None
    attendance_mark: LessonMark | None = None


class UpnAssignment(msgspec.Struct, rename="camel"):
    """One UPN of one pupil, from a date to a date."""

    id: str | int
    student: Named | None = None
    upn: str | None = None
    is_temporary: bool | None = None
    start_datetime: Day | None = None
    end_datetime: Day | None = None


class RollCallRecord(msgspec.Struct, rename="camel", gc=False):
    """One pupil, one date, one roll call; no mark means that the register has not been taken."""

    id: str | int
    record_date: Day | None = None
    student: Named | None = None
    attendance_roll_call: RollCall | None = None
    attendance_mark: MarkOfRecord | None = None
    minutes_late: int | None = None


LESSONS = Entity(
    "AttendanceRecord",
    "id isRedundant startDatetime student { id } attendanceMark { isStatisticalPresent }",
    Decoder(Reply[LessonRecord]),
)
STUDENTS = Entity("Student", "id", Decoder(Reply[Named]))
MARKS = Entity("AttendanceMark", "id code attendanceMark", Decoder(Reply[MarkType]))
UPNS = Entity(
    "UkDfe_UpnAssignment",
    "id upn isTemporary startDatetime endDatetime student { id }",
    Decoder(Reply[UpnAssignment]),
)
ROLL_CALLS = Entity(
    "AttendanceRollCall", "id attendanceRegisterType { isMorning isAfternoon }", Decoder(Reply[RollCallType])
)
RECORDS = Entity(
    "AttendanceRollCallRecord",
    "id recordDate minutesLate student { id } attendanceMark { code attendanceMark } "
    "attendanceRollCall { attendanceRegisterType { isMorning isAfternoon } }",
    Decoder(Reply[RollCallRecord]),
)


def text_of(value: Day | None) -> str | None:
    """Return the text of either form of a date."""
    return value.date if isinstance(value, DateObject) else value


def day_of(value: Day | None) -> date | None:
    """Return the local date of either form; raises ``ValueError`` for what is no date."""
    if value is None:
        return None
    return date.fromisoformat((value if isinstance(value, str) else value.date)[:10])

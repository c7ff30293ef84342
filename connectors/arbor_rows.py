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


class MarkFlags(MarkType, rename="camel"):
    """One row of Arbor's list of marks with what it counts as, in law and in the statistics."""

    mark_description: str | None = None
    is_legal_present: bool | None = None
    is_legal_approved_educational_activity: bool | None = None
    is_legal_absent: bool | None = None
    is_statistical_present: bool | None = None
    is_statistical_approved_educational_activity: bool | None = None
    is_statistical_authorized_absent: bool | None = None
    is_statistical_unauthorized_absent: bool | None = None
    is_statistical_possible_attendance: bool | None = None


class Institution(msgspec.Struct, rename="camel"):
    """A school that this Arbor knows: its own, and others that pupils come from or go to."""

    id: str | int
    educational_institution_name: str | None = None
    urn: str | int | None = None


class Enrolment(msgspec.Struct, rename="camel"):
    """One pupil on the roll, from a date to a date."""

    id: str | int
    student: Named | None = None
    entry_date: Day | None = None
    leaving_date: Day | None = None


class Placement(msgspec.Struct, rename="camel"):
    """One pupil's alternative provision, as the school that places the pupil writes it."""

    id: str | int
    student: Named | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    sessions_per_week: int | None = None


class PatternKind(msgspec.Struct, rename="camel"):
    """When a pupil of a part-time pattern comes."""

    is_morning_only: bool | None = None
    is_afternoon_only: bool | None = None


class Pattern(msgspec.Struct, rename="camel"):
    """One pupil's part-time timetable, from a date to a date."""

    id: str | int
    student: Named | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    attendance_pattern: PatternKind | None = None


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


MARK_FLAGS = Entity(
    "AttendanceMark",
    "id code attendanceMark markDescription isLegalPresent isLegalApprovedEducationalActivity isLegalAbsent "
    "isStatisticalPresent isStatisticalApprovedEducationalActivity isStatisticalAuthorizedAbsent "
    "isStatisticalUnauthorizedAbsent isStatisticalPossibleAttendance",
    Decoder(Reply[MarkFlags]),
)
INSTITUTIONS = Entity("EducationalInstitution", "id educationalInstitutionName urn", Decoder(Reply[Institution]))
ENROLMENTS = Entity(
    "EducationalInstitutionEnrolment", "id entryDate leavingDate student { id }", Decoder(Reply[Enrolment])
)
PLACEMENTS = Entity(
    "UkDfe_AlternativeProvisionPlacement",
    "id startDate endDate sessionsPerWeek student { id }",
    Decoder(Reply[Placement]),
)
PATTERNS = Entity(
    "StudentAttendancePattern",
    "id startDate endDate student { id } attendancePattern { isMorningOnly isAfternoonOnly }",
    Decoder(Reply[Pattern]),
)
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
    text = text_of(value)
    return None if text is None else date.fromisoformat(text[:10])

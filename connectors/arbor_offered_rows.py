"""The rows of Arbor that a pull does not need and a look around does, and the questions that bring them."""

import msgspec
from msgspec.json import Decoder

from connectors.arbor_graphql import Entity, Reply
from connectors.arbor_rows import Day, MarkType, Named


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

"""The rows of Wonde as they come, and where each kind is found. A related row may be an id, or stand there whole."""

from typing import Any

import msgspec

from connectors.wonde_api import Endpoint, Listing
from connectors.wonde_dates import Moment

Id = str | int


class Thing(msgspec.Struct, frozen=True, gc=False):
    """What is needed of a related row that stands inside another; ``code`` is that of an attendance code."""

    id: Id | None = None
    code: str | None = None


class Related(msgspec.Struct, frozen=True, gc=False):
    """A related row, under ``data`` or without it: both are seen, and ``[]`` for none."""

    data: Thing | Id | tuple[Thing, ...] | None = None
    id: Id | None = None
    code: str | None = None

    def thing(self) -> Thing:
        """Return it in its one form."""
        if isinstance(self.data, Thing):
            return self.data
        if isinstance(self.data, tuple):
            return self.data[0] if self.data else Thing()
        return Thing(self.data if self.data is not None else self.id, self.code)


class SessionRow(msgspec.Struct, gc=False):
    """One pupil, one date, one session; no code means that the register has not been taken."""

    id: Id
    student: Id | Related | None = None
    date: Moment | None = None
    session: str | None = None
    attendance_code: Id | Related | None = None
    minutes_late: int | float | str | None = None
    student_id: Id | None = None
    attendance_code_id: Id | None = None


class CodeRow(msgspec.Struct):
    """One attendance code of the school: the letter that its MIS shows, and what the list says of it."""

    id: Id
    code: str | None = None
    description: str | None = None
    type: str | None = None


class EducationDetails(msgspec.Struct):
    """The part of a pupil that holds UPNs; nothing else of it is read."""

    upn: str | None = None
    former_upn: str | None = None
    local_upn: str | None = None


class Education(msgspec.Struct):
    """The include ``education_details``; ``[]`` where the MIS has none."""

    data: EducationDetails | list[Any] | None = None


class StudentRow(msgspec.Struct):
    """One pupil on the roll or off it; surname and date of birth are read for a likeness and go no further."""

    id: Id
    upi: str | None = None
    surname: str | None = None
    date_of_birth: Moment | None = None
    updated_at: Moment | None = None
    education_details: Education | list[Any] | None = None


class DeletionRow(msgspec.Struct):
    """One row that is gone, unless it came back."""

    id: Id
    type: str | None = None
    restored_at: Moment | None = None

    @property
    def is_mark(self) -> bool:
        """Whether it was a mark; that Wonde lists those is not promised, nor how it names them."""
        return "attendance" in (self.type or "").casefold()


class SchoolRow(msgspec.Struct):
    """One school that the token opens, or may open once it has approved."""

    id: str
    name: str | None = None


SCHOOLS = Endpoint("/v1.0/schools", "the schools of the token", msgspec.json.Decoder(Listing[SchoolRow]))
CODES = Endpoint("attendance-codes", "the list of codes", msgspec.json.Decoder(Listing[CodeRow]))
STUDENTS = Endpoint("students", "pupils", msgspec.json.Decoder(Listing[StudentRow]), includes=("education_details",))
LEAVERS = Endpoint(
    "students-leaver", "leavers", msgspec.json.Decoder(Listing[StudentRow]), includes=("education_details",)
)
MARKS = Endpoint("attendance/session", "AM and PM marks", msgspec.json.Decoder(Listing[SessionRow]))
DELETIONS = Endpoint("deletions", "deletions", msgspec.json.Decoder(Listing[DeletionRow]))

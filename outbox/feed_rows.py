"""One row of the daily feed: a pupil's session as the receiver reads it, and its columns in their published order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from mapping.model import Session


class Profile(StrEnum):
    """Which columns a destination gets: names and dates of birth only where it must match pupils without a UPN."""

    MINIMAL = "minimal"
    IDENTITY = "identity"


class CommissionerType(StrEnum):
    """Who placed the pupil."""

    SCHOOL = "school"
    LA = "la"
    TRUST = "trust"
    OTHER = "other"


class Attended(StrEnum):
    """What happened in the session. ``not_recorded`` is neither present nor absent: nobody knows yet."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    LEFT_EARLY = "left_early"
    NOT_EXPECTED = "not_expected"
    NOT_RECORDED = "not_recorded"


class ReasonStatus(StrEnum):
    """Whether the reason of an absence is known."""

    ESTABLISHED = "established"
    NOT_ESTABLISHED = "not_established"
    NOT_APPLICABLE = "not_applicable"


class ContactStatus(StrEnum):
    """Whether the home was reached about an absence."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NOT_TRIED = "not_tried"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One pupil, one session. ``record_id`` is keyed on both, never on the UPN alone.

    ``session.day`` and the two times of day are local, the instants aware. ``reason_category`` is a word of the agreed
    short list: free text has no column. Raises ``ValueError`` when an absence says nothing of its reason and contact,
    or a recorded session not when it was marked.
    """

    record_id: str
    site_id: str = ""
    commissioner_type: CommissionerType
    commissioner_id: str
    home_school_urn: str = ""
    home_school_laestab: str = ""
    responsible_la_code: str
    placement_ref: str
    upn: str = ""
    local_pupil_id: str
    surname: str = ""
    forename: str = ""
    date_of_birth: date | None = None
    nc_year: str = ""
    session: Session
    expected: bool
    attended: Attended
    provider_mark: str = ""
    national_code: str = ""
    suggested_home_code: str = ""
    minutes_late: int | None = None
    arrived_at: time | None = None
    left_at: time | None = None
    planned_minutes: int | None = None
    attended_minutes: int | None = None
    reason_status: ReasonStatus | None = None
    reason_category: str = ""
    contact_status: ContactStatus | None = None
    contact_at: datetime | None = None
    marked_at: datetime | None = None
    changed_at: datetime
    source_system: str = ""

    def __post_init__(self) -> None:
        if self.attended is Attended.ABSENT and not (self.reason_status and self.contact_status):
            raise ValueError(f"record {self.record_id}: an absence needs reason_status and contact_status")
        if self.attended is not Attended.NOT_RECORDED and self.marked_at is None:
            raise ValueError(f"record {self.record_id}: only a session not recorded has no marked_at")


IDENTITY_COLUMNS = ("surname", "forename", "date_of_birth")
NAME_COLUMNS = ("sender_name", "surname", "forename")
#: What every row of every feed begins with: which record of whom it is, in which revision.
HEAD_COLUMNS = ("schema_version", "record_id", "revision", "record_state", "sender_id", "sender_name")
_ALL_COLUMNS = (
    *HEAD_COLUMNS,
    "site_id",
    "commissioner_type",
    "commissioner_id",
    "home_school_urn",
    "home_school_laestab",
    "responsible_la_code",
    "placement_ref",
    "upn",
    "local_pupil_id",
    "surname",
    "forename",
    "date_of_birth",
    "nc_year",
    "date",
    "session",
    "expected",
    "attended",
    "provider_mark",
    "national_code",
    "suggested_home_code",
    "minutes_late",
    "arrived_at",
    "left_at",
    "planned_minutes",
    "attended_minutes",
    "reason_status",
    "reason_category",
    "contact_status",
    "contact_at",
    "marked_at",
    "changed_at",
    "extracted_at",
    "source_system",
)
#: The columns of a file, in order. Readers map them by name: a later 1.x may add some at the end.
COLUMNS = {
    Profile.IDENTITY: _ALL_COLUMNS,
    Profile.MINIMAL: tuple(name for name in _ALL_COLUMNS if name not in IDENTITY_COLUMNS),
}
#: Told by the file and its revision, not by the row.
_OF_THE_FILE = frozenset(HEAD_COLUMNS) - {"record_id"} | {"extracted_at"}
_ROW_COLUMNS = {
    profile: tuple(name for name in columns if name not in _OF_THE_FILE) for profile, columns in COLUMNS.items()
}


#: The columns of a row itself, then its session's date and half, read in one step.
_READ = {
    profile: attrgetter(*({"date": "session.day", "session": "session.half"}.get(name, name) for name in columns))
    for profile, columns in _ROW_COLUMNS.items()
}


def cells(row: FeedRow, profile: Profile) -> dict[str, str]:
    """Write a row's own columns as text, all of them and in order: what its revision is about."""
    return dict(zip(_ROW_COLUMNS[profile], texts(row, profile), strict=True))


def texts(row: FeedRow, profile: Profile) -> list[str]:
    """Write the same without the names of the columns."""
    return [value if type(value) is str else _WRITE.get(type(value), str)(value) for value in _READ[profile](row)]


@lru_cache(maxsize=4096)
def when(instant: datetime) -> str:
    """Write an aware instant as UTC to the second: ``2026-11-02T09:05:00Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_WRITE: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "Y" if value else "N",
    datetime: when,
    time: lambda value: value.strftime("%H:%M"),
    date: date.isoformat,
}

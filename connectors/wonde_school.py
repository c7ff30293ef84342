"""Whether the school is open to us, and where: asked before anything else, for a wrong domain answers with no data."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from connectors.base import Refusal, Rejected
from connectors.wonde_api import Wonde
from connectors.wonde_dates import LocalDates, Moment

T = TypeVar("T")
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{3,80}")


class Region(msgspec.Struct):
    """Where Wonde keeps the school's data."""

    domain: str | None = None


class Extended(msgspec.Struct):
    """What the connection to the school's MIS can do."""

    allows_writeback: bool | None = None


class School(msgspec.Struct):
    """The school itself; ``status`` is looked at should Wonde tell one."""

    id: str
    mis: str | None = None
    timezone: str | None = None
    status: str | None = None
    region: Region | list[Any] | None = None
    extended: Extended | list[Any] | None = None


class Standing(msgspec.Struct):
    """How the school stands to this application, and to Wonde."""

    approved: bool | None = None
    online: bool | None = None
    custom_attendance_codes: bool | None = None
    status: str | None = None
    last_synced_at: Moment | None = None


class Single(msgspec.Struct, Generic[T]):
    """One object; an empty list or nothing where there is none."""

    data: T | list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A school that is open to us."""

    school: School
    standing: Standing

    @property
    def dates(self) -> LocalDates:
        """Return the reader of its dates."""
        return LocalDates.of(self.school.timezone)

    @property
    def allows_writing(self) -> bool:
        """Whether its MIS takes marks through Wonde; where nothing is said, asking is the only way to know."""
        return not (isinstance(self.school.extended, Extended) and self.school.extended.allows_writeback is False)

    def as_of(self) -> datetime | None:
        """Return when Wonde last looked into the MIS, where it tells: what it shows is a copy."""
        try:
            told = self.standing.last_synced_at
            return self.dates.instant(told) if told is not None else None
        except ValueError:
            return None


_SCHOOL = msgspec.json.Decoder(Single[School])
_STANDING = msgspec.json.Decoder(Single[Standing])


def access(wonde: Wonde) -> Access:
    """Return how the school stands; raises ``Rejected`` unless it is open to us, at this address, under this id."""
    host = wonde.client.host
    # The school may have granted since what was refused.
    wonde.lost.clear()
    school = _school(wonde)
    told = wonde.one(f"/v1.0/meta/schools/{wonde.school}", _STANDING, "the school's approval")
    standing = told.data if told and isinstance(told.data, Standing) else Standing()
    if "migrated" in {school.status, standing.status}:
        raise Rejected(
            f"{host}: the school has moved to another MIS: it approves anew under another id; enter that",
            refusal=Refusal.REVOKED,
        )
    if standing.approved is False:
        raise Rejected(
            f"{host}: the school has withdrawn its approval, or not yet given it: ask the school",
            refusal=Refusal.REVOKED,
        )
    domain = school.region.domain if isinstance(school.region, Region) else None
    if domain and domain.lower() != host and _HOST.fullmatch(domain.lower()):
        message = f'{host} is not where Wonde keeps this school: write address = "https://{domain.lower()}"'
        raise Rejected(message, refusal=Refusal.LOCAL)
    return Access(school, standing)


def _school(wonde: Wonde) -> School:
    told = wonde.one(f"/v1.0/schools/{wonde.school}", _SCHOOL, "the school")
    found = told.data if told else None
    if not isinstance(found, School) or found.id != wonde.school:
        raise Rejected(
            f"{wonde.client.host} shows nothing of this school: correct the setting school, or address where its data "
            "is kept in another region (a wrong region answers with no data)",
            refusal=Refusal.LOCAL,
        )
    return found

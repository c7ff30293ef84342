"""What every part of the relay says about one session of one pupil."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Half(StrEnum):
    """Half a school day: the unit in which attendance is taken."""

    AM = "AM"
    PM = "PM"


class Session(NamedTuple):
    """One half of one local school date. Sorts in the order in which sessions happen."""

    day: date
    half: Half

    def __str__(self) -> str:
        """As a person writes it: ``Mon 2 Nov 2026 AM``."""
        return f"{self.day:%a %-d %b %Y} {self.half}"


class SourceMark(NamedTuple):
    """A mark as the platform sent it, before normalisation. Millions of them pass, so it is a tuple.

    ``code`` is the platform's own text, never stripped of meaning; ``where`` locates the row for a person
    (``page 3 id 900411`` or ``week12.csv row 14``) and holds no pupil's name.
    """

    platform_id: str
    session: Session
    code: str
    where: str
    upn: str | None = None
    minutes_late: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePupil:
    """Who a platform's own id stood for, from a date to a date (both included; ``None`` is open).

    A pupil may have several: a temporary UPN replaced by a permanent one gives two rows with adjoining dates.
    ``likeness`` is ``mapping.identity.likeness`` of surname and date of birth where the platform tells both: what a
    proposal to a person rests on where there is no UPN. The name itself goes no further than the connector.
    """

    platform_id: str
    upn: str | None = None
    is_temporary: bool = False
    start: date | None = None
    end: date | None = None
    likeness: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A row that a connector could not read as a mark, kept for a person to look at.

    ``reason`` is one sentence that says what is wrong and what to do. No names.
    """

    where: str
    reason: str
    platform_id: str | None = None
    session: Session | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """Everything one pull of one school brought, and for which sessions it speaks.

    ``first`` and ``last`` are the local dates asked for, both included. ``is_whole`` says that the source
    answered for every session of that window, so that a mark it no longer shows is a retraction candidate;
    a file that holds only some marks is not whole. Marks of earlier dates may come with it, where the platform tells of
    late corrections by itself. ``unreadable`` are rows or files of which nothing could be taken; ``remarks`` are about
    the pull and lose nothing: a file that came twice, records of other dates.

    ``columns`` (the header cells of a file) and ``sessions`` (how many rows carried each of the platform's words for a
    session, where it has such words) are there so that a change of them is noticed. ``whole_days`` are days for which
    the source answered in full though the whole window is not: those of a snapshot file. ``source_as_of`` is as of when
    the source itself spoke: for a cache, when it last looked.
    """

    marks: tuple[SourceMark, ...]
    first: date
    last: date
    pupils: tuple[SourcePupil, ...] = ()
    unreadable: tuple[SourceRow, ...] = ()
    remarks: tuple[SourceRow, ...] = ()
    is_whole: bool = False
    source_as_of: datetime | None = None
    whole_days: frozenset[date] = frozenset()
    columns: tuple[str, ...] = ()
    sessions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One pupil, one session, one national code, as the byte that stands for it in a mark string."""

    pupil_id: str
    session: Session
    byte: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A source row that did not become a mark: kept whole with its reason until a person or a later pull resolves it.

    ``pupil_id`` is known when only the code is in doubt; the session's byte is then ``QUARANTINED``.
    """

    where: str
    reason: str
    platform_id: str | None
    session: Session | None
    code: str | None
    pupil_id: str | None = None

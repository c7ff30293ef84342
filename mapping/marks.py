"""Mark strings: a pupil's school year as readable bytes, one a session, two a calendar day, from 1 August.

Position = 2 x days since 1 August + (0 for AM, 1 for PM); 732 bytes hold 366 days. In a year of 365 days the
last two bytes are unused. A position is a calendar date, so a correction of the calendar moves nothing.

A stored string holds what was recorded and ``-`` (not recorded) elsewhere. ``mask`` lays the sessions that were
due over it: what was not due becomes ``.`` (no session), what was due and has no mark stays ``-``.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import date, timedelta
from functools import cache

from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED
from mapping.model import Half, Session

YEAR_BYTES = 732
BLANK_YEAR = bytes([NOT_RECORDED]) * YEAR_BYTES
_NO_SESSIONS = int.from_bytes(bytes([NO_SESSION]) * YEAR_BYTES)


def year_of(day: date) -> int:
    """Return the school year a date falls in, named by the calendar year of its 1 August."""
    return day.year if day.month >= 8 else day.year - 1


@cache
def year_start(year: int) -> date:
    """Return the date of position 0 of a school year's mark string."""
    return date(year, 8, 1)


@cache
def year_length(year: int) -> int:
    """Return how many bytes of a year's 732 stand for a session: two a day, so 730 or 732."""
    return 2 * (year_start(year + 1) - year_start(year)).days


def position(day: date) -> int:
    """Return where a date's AM mark stands in its year's string; PM is one further."""
    return 2 * (day - year_start(year_of(day))).days


def offset(session: Session) -> int:
    """Return where a session's mark stands in its year's string."""
    return position(session.day) + (session.half is Half.PM)


def session_at(year: int, index: int) -> Session:
    """Return which session a position of a year's string stands for."""
    return Session(year_start(year) + timedelta(days=index // 2), Half.PM if index % 2 else Half.AM)


def put(marks: bytes, at: int, byte: int) -> bytes:
    """Return the string with one mark written over; raises ``IndexError`` outside it, for a string keeps its length."""
    if not 0 <= at < len(marks):
        raise IndexError(f"position {at} is outside a mark string of {len(marks)} sessions")
    return b"%b%c%b" % (marks[:at], byte, marks[at + 1 :])


def last_of(marks: bytes, wanted: Container[int]) -> int:
    """Return the last position that holds one of these bytes; -1 where none does."""
    return next((at for at in range(len(marks) - 1, -1, -1) if marks[at] in wanted), -1)


def is_recorded(years: Mapping[int, bytes], session: Session) -> bool:
    """Whether a pupil's strings by school year hold a mark of a session; ``?`` is none."""
    marks = years.get(year_of(session.day))
    return marks is not None and marks[offset(session)] not in {NOT_RECORDED, QUARANTINED}


def due_mask(year: int, due: Iterable[Session]) -> int:
    """Return the sessions that were due as a mask for ``mask``: 0xFF at each due position of the year."""
    flags = bytearray(YEAR_BYTES)
    for session in due:
        if year_of(session.day) == year:
            flags[offset(session)] = 0xFF
    return int.from_bytes(flags)


def mask(marks: bytes, due: int) -> bytes:
    """Lay the due sessions over a stored year: every session that was not due becomes ``.``.

    Raises ``ValueError`` for a string of another length, whose marks would slide to other dates unnoticed.
    """
    if len(marks) != YEAR_BYTES:
        raise ValueError(f"a stored year has {YEAR_BYTES} bytes, not {len(marks)}")
    # What differs from a year without sessions counts only where something was due.
    return (_NO_SESSIONS ^ ((int.from_bytes(marks) ^ _NO_SESSIONS) & due)).to_bytes(YEAR_BYTES)

"""Facts worked out afresh from a mark string, at the speed of ``bytes`` methods; no running state.

Every function takes marks that end with the session asked about; position 0 is an AM session.
"""

from operator import or_
from typing import NamedTuple

from rules.words import COUNT, MISSED, Presence, Word


class DayRun(NamedTuple):
    """An unbroken run of days of absence. ``begin`` is the position of the first byte after the last break."""

    days: int
    begin: int


class Share(NamedTuple):
    """Sessions attended out of those that counted."""

    attended: int
    possible: int


#: What ``Share(...)`` comes to, without the detour through its own constructor: one is made for every pupil.
_new = tuple.__new__


def run_of_days(marks: bytes, word: Word) -> DayRun:
    """Return how many days of the word stand after the last session that breaks the run.

    A day with a session not recorded is not a day of absence and breaks nothing.
    """
    begin = len(marks.rstrip(word.keeps)) + 1 & ~1
    return DayRun(days_of(marks[begin:], word), begin)


def days_of(marks: bytes, word: Word) -> int:
    """Return how many days of the word a stretch of whole days holds."""
    if not marks.rstrip(b"."):
        return 0
    kinds = marks.translate(word.kinds)
    return bytes(map(or_, kinds[::2], kinds[1::2])).count(COUNT)


def run_of_sessions(marks: bytes, word: Word) -> int:
    """Return how many sessions of the word stand after the last one that breaks the run."""
    tail = marks[len(marks.rstrip(word.keeps)) :]
    return tail.translate(word.kinds).count(COUNT)


def attendance(marks: bytes, presence: Presence) -> Share:
    """Return the sessions attended and possible in a stretch, C2 left out of both."""
    sides = marks.translate(presence.to_side, presence.outside)
    possible = len(sides)
    # Few are missed: counting those is quicker than counting the others.
    return _new(Share, (possible - sides.count(MISSED), possible))


def total(marks: bytes, word: Word) -> int:
    """Return how many sessions of the word a stretch holds, those late after the register closed included."""
    return len(marks) - len(marks.translate(None, word.totals))


def positions(marks: bytes, word: Word, begin: int) -> list[int]:
    """Return where the sessions of the word stand from a position on."""
    counted = set(word.totals)
    return [position for position in range(begin, len(marks)) if marks[position] in counted]

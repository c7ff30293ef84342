"""The same facts by other means. A peer that is not installed is left out, and the table says so.

Each peer is asked in two ways: ``plain``, as one would write it from the policy, and ``tuned``, the fastest way we
found to write it. Both read a row a pupil and school day, sorted, in the peer's own frame, which is not timed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import cohort, policy
from mapping.codes import NO_SESSION
from mapping.marks import position

Facts = list[tuple[int, ...]]


class Peer(NamedTuple):
    """One engine on one file of pupils: ways of working the facts out, and how a result is read as plain numbers."""

    ways: dict[str, Callable[[], Any]]
    facts: Callable[[Any], Facts]


#: Days of the year's frame: 190 rows a pupil, less those on which nothing was due.
DAYS = len(cohort.CALENDAR.days)
CHASED = cohort.CALENDAR.days.index(policy.CHASED)
BYTES = range(128)


def rows(path: Path) -> Iterator[bytes]:
    """Yield each pupil's school days: AM and PM byte of every one of them, 380 bytes."""
    first, last = position(cohort.CALENDAR.days[0]), position(cohort.LAST_DAY) + 2
    whole = bytearray(last - first)
    for day in cohort.CALENDAR.days:
        whole[position(day) - first : position(day) - first + 2] = b"\x01\x01"
    # A calendar without half days: what is no school day is cut out in stretches.
    stretches = _stretches(bytes(whole))
    for pupil in policy.laid(path):
        marks = pupil.marks[first:last]
        yield b"".join([marks[begin:end] for begin, end in stretches])


def _stretches(whole: bytes) -> list[tuple[int, int]]:
    found, end = [], 0
    while (begin := whole.find(1, end)) >= 0:
        end = whole.find(0, begin) if whole.find(0, begin) >= 0 else len(whole)
        found.append((begin, end))
    return found


def bits(byte: int) -> int:
    """Return what a mark is as one number: the eight kinds as bits, the first as 1."""
    return sum(is_so << place for place, is_so in enumerate(policy.kinds(byte)))


def pair(am: int, pm: int) -> tuple[int, int, int, int]:
    """Return a school day as (bits of either half, sessions attended, possible, standing at N)."""
    halves = (policy.kinds(am), policy.kinds(pm))
    return (
        bits(am) | bits(pm),
        sum(half.attended for half in halves),
        sum(half.possible for half in halves),
        sum(half.is_n for half in halves),
    )


#: Bits of ``Kinds`` as ``bits`` puts them.
ABSENT, ABSENT_BREAK, UNEXPLAINED, UNEXPLAINED_BREAK, MISSING = 1, 2, 4, 8, 16
#: A day of the word: of these three bits the first alone.
ABSENT_MASK = ABSENT | ABSENT_BREAK | MISSING
UNEXPLAINED_MASK = UNEXPLAINED | UNEXPLAINED_BREAK | MISSING
NOTHING_DUE = NO_SESSION


def codes(kind: str) -> list[int]:
    """Return the bytes that are of a kind."""
    return [byte for byte in BYTES if getattr(policy.kinds(byte), kind)]

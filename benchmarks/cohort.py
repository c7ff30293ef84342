"""Synthetic pupils and their school year: about 93 % attendance, in spells, drawn from a seed.

A file of them is stored mark strings one after the other, 732 bytes each, so that every process of a run reads
the same marks without holding the objects they were drawn with.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED
from mapping.marks import BLANK_YEAR, YEAR_BYTES, position, year_start
from mapping.model import Half
from mapping.school_days import Calendar, Term
from rules.due import RollEntry, SessionsDue

YEAR = 2026
ORIGIN = year_start(YEAR)
CALENDAR = Calendar(
    terms=(
        Term(first=date(2026, 9, 2), last=date(2026, 10, 23), name="Autumn"),
        Term(first=date(2026, 11, 2), last=date(2026, 12, 18), name="Autumn"),
        Term(first=date(2027, 1, 4), last=date(2027, 2, 12), name="Spring"),
        Term(first=date(2027, 2, 22), last=date(2027, 3, 25), name="Spring"),
        Term(first=date(2027, 4, 12), last=date(2027, 5, 28), name="Summer"),
        Term(first=date(2027, 6, 7), last=date(2027, 7, 16), name="Summer"),
    ),
    closed={date(2027, 5, 3): "bank holiday", date(2026, 11, 27): "INSET"},
)
#: The worst case: every session of the year lies before its end.
LAST_DAY = CALENDAR.days[-1]
#: An ordinary day, for what a day of marks costs.
A_DAY = date(2027, 3, 10)

#: What a spell is: byte, how often of 100 spells, longest in sessions.
_SPELLS = (
    ("I", 40, 8),
    ("M", 14, 1),
    ("O", 11, 10),
    ("N", 6, 2),
    ("C", 5, 4),
    ("G", 3, 10),
    ("E", 1, 10),
    ("U", 3, 1),
    ("L", 8, 1),
    ("B", 5, 10),
    (chr(NOT_RECORDED), 3, 2),
    (chr(QUARANTINED), 1, 1),
)
#: Which flags there are, and one pupil in how many has each.
_FLAGS = {
    "send": 7,
    "pupil_premium": 5,
    "vulnerable": 19,
    "looked_after": 53,
    "social_worker": 31,
    "youth_justice": 97,
}
_CODES = [code for code, _, _ in _SPELLS]
_WEIGHTS = list(accumulate(weight for _, weight, _ in _SPELLS))
_LONGEST = {code: longest for code, _, longest in _SPELLS}
_MORNINGS = frozenset((weekday, Half.AM) for weekday in range(5))
_EVERY_SESSION = SessionsDue(CALENDAR)
_BACK_TO_STORED = bytes.maketrans(bytes([NO_SESSION]), bytes([NOT_RECORDED]))


def pupil_id(number: int) -> str:
    """Return a pupil's id by number."""
    return f"P{number:06}"


def entry(number: int) -> RollEntry:
    """Return a pupil's place on the roll: one in 41 comes mornings only, one in 37 joined during the year."""
    start = LAST_DAY - timedelta(days=number % 300) if number % 37 == 0 else date(2026, 9, 1)
    return RollEntry(
        pupil_id=pupil_id(number), start=start, expected=_MORNINGS if number % 41 == 0 else None, flags=flags(number)
    )


def flags(number: int) -> frozenset[str]:
    """Return what is known of a pupil beside the marks, by number: one in four has something."""
    return frozenset(flag for flag, every in _FLAGS.items() if number % every == every - 1)


def write(path: Path, pupils: int, seed: int = 1) -> None:
    """Draw the year of so many pupils and write their stored strings one after the other."""
    draw = Random(f"{seed}")
    present = _year_of("/\\")
    spells = {code: _year_of(code * 2) for code in _CODES}
    with path.open("wb") as file:
        for number in range(pupils):
            file.write(_pupil(draw, number, bytearray(present), spells))


def read(path: Path) -> Iterator[bytes]:
    """Yield the stored strings of a file, in the order of the pupils' numbers."""
    with path.open("rb") as file:
        while marks := file.read(YEAR_BYTES):
            yield marks


def _year_of(pair: str) -> bytes:
    marks = bytearray(BLANK_YEAR)
    for day in CALENDAR.days:
        marks[position(day) : position(day) + 2] = pair.encode()
    return bytes(marks)


def _pupil(draw: Random, number: int, marks: bytearray, spells: dict[str, bytes]) -> bytes:
    """Write spells over a year of attendance; how many follows an exponential, so that few pupils miss much."""
    for _ in range(int(draw.expovariate(1 / 11))):
        code = draw.choices(_CODES, cum_weights=_WEIGHTS)[0]
        length = 1 + int(draw.random() * _LONGEST[code])
        begin = position(CALENDAR.days[int(draw.random() * len(CALENDAR.days))]) + (length == 1) * draw.getrandbits(1)
        marks[begin : begin + length] = spells[code][begin : begin + length]
    on_roll = entry(number)
    if on_roll.expected is None and on_roll.start < CALENDAR.days[0]:
        return bytes(marks)
    # What was never due was never recorded either.
    return _EVERY_SESSION.lay([on_roll], {YEAR: bytes(marks)}).marks.translate(_BACK_TO_STORED).ljust(YEAR_BYTES, b"-")

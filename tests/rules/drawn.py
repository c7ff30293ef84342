"""Pupils drawn from a seed over two school years: streaks as they happen, so that the rarest rungs are reached too."""

from bisect import bisect_left
from datetime import date, timedelta
from random import Random

from mapping.marks import BLANK_YEAR, position, year_of
from mapping.model import Half
from mapping.school_days import Calendar
from rules.due import RollEntry, SessionsDue
from rules.model import PupilMarks
from rules.recorded import RECORDED
from tests.builders import NATIONAL, byte_of, calendar

#: A summer term and a whole year after it: half terms, INSET, a bank holiday, a snow day.
TWO_YEARS = calendar(
    "Summer: Mon 2026-04-13 - Fri 2026-05-22",
    "Summer: Mon 2026-06-01 - Fri 2026-07-17",
    "Autumn: Wed 2026-09-02 - Fri 2026-10-23",
    "Autumn: Mon 2026-11-02 - Fri 2026-12-18",
    "Spring: Mon 2027-01-04 - Fri 2027-02-12",
    "Spring: Mon 2027-02-22 - Thu 2027-03-25",
    "Summer: Mon 2027-04-12 - Fri 2027-05-28",
    "Summer: Mon 2027-06-07 - Tue 2027-07-20",
    closed={
        "Mon 2026-05-04": "bank holiday",
        "Mon 2026-09-14": "INSET",
        "Fri 2026-11-27": "INSET",
        "Tue 2027-01-19": "snow",
        "Mon 2027-05-03": "bank holiday",
    },
)
#: What a spell is, how often of a hundred, and how many school days at most.
_SPELLS = (
    ("N", 14, 6), ("N", 3, 24), ("O", 10, 4), ("O", 4, 48), ("I", 16, 5), ("I", 5, 34), ("U", 5, 3), ("G", 4, 10),
    ("M", 6, 1), ("C", 3, 6), ("E", 3, 5), ("S", 1, 8), ("C2", 4, 20), ("D", 3, 5), ("Y1", 3, 2), ("X", 1, 3),
    ("-", 5, 3), ("?", 2, 1), ("B", 2, 10), ("L", 4, 2), ("J1", 1, 1), ("#", 1, 1),
)  # fmt: skip
_FLAGS = ("send", "pupil_premium", "vulnerable", "looked_after", "social_worker", "youth_justice", "ehcp")
#: What rules with a metric of their own look at.
_OFTEN = (*("safeguarding_concern",) * 6, *("contract_agreed",) * 4)
_WEEK = [(weekday, half) for weekday in range(5) for half in Half]


def pupils(seed: str, count: int, on: Calendar = TWO_YEARS) -> list[PupilMarks]:
    """Draw so many pupils; the same seed draws the same."""
    draw, due = Random(seed), SessionsDue(on)
    return [_pupil(draw, f"P{number}", due, on) for number in range(count)]


def _pupil(draw: Random, pupil_id: str, due: SessionsDue, on: Calendar) -> PupilMarks:
    start = (
        draw.choice(on.days[: len(on.days) // 2]) - timedelta(days=draw.choice((0, 0, 2)))
        if draw.random() < 0.4
        else on.days[0]
    )
    end = start + timedelta(days=draw.randrange(30, 400)) if draw.random() < 0.3 else None
    entry = RollEntry(
        pupil_id=pupil_id,
        start=start,
        end=end,
        expected=frozenset(draw.sample(_WEEK, draw.randrange(1, 9))) if draw.random() < 0.3 else None,
        flags=frozenset(flag for flag in _FLAGS if draw.random() < 0.4),
        events=_events(draw, on),
    )
    return due.lay([entry], _years(draw, on, bisect_left(on.days, start)))


def _years(draw: Random, on: Calendar, first: int) -> dict[int, bytes]:
    days = [["/", "\\"] for _ in on.days]
    codes, often = [code for code, _, _ in _SPELLS], [often for _, often, _ in _SPELLS]
    longest = dict(enumerate(longest for _, _, longest in _SPELLS))
    for _ in range(draw.choice((0, 4, 12, 25, 50))):
        kind = draw.choices(range(len(codes)), often)[0]
        # One in twelve begins with the placement.
        begin = first if draw.random() < 0.08 else draw.randrange(len(days))
        length = draw.randint(1, longest[kind])
        # One spell in four is half days only, one in six misses the same weekday.
        halves = draw.choice(((0, 1), (0, 1), (0, 1), (draw.randrange(2),)))
        weekday = draw.randrange(5) if draw.random() < 0.16 else None
        for number, each in enumerate(days[begin : begin + length * (1 if weekday is None else 5)], begin):
            if weekday in {None, on.days[number].weekday()}:
                for half in halves:
                    each[half] = codes[kind]
    years = {year: bytearray(BLANK_YEAR) for year in {year_of(day) for day in on.days}}
    for day, pair in zip(on.days, days, strict=True):
        years[year_of(day)][position(day) : position(day) + 2] = bytes(map(byte_of, pair))
    return {year: bytes(marks) for year, marks in years.items()}


def _events(draw: Random, on: Calendar) -> tuple[tuple[date, str], ...]:
    """Draw what was recorded, weekends and holidays included; a concern may be closed again, never on its own day."""
    found = []
    for _ in range(draw.choice((0, 0, 1, 3, 6))):
        day = on.days[0] + timedelta(days=draw.randrange((on.days[-1] - on.days[0]).days))
        event = draw.choice((*sorted(RECORDED), *_OFTEN))
        if event != "safeguarding_concern_closed":
            found.append((day, event))
        if event == "safeguarding_concern" and draw.random() < 0.6:
            found.append((day + timedelta(days=draw.randrange(1, 40)), "safeguarding_concern_closed"))
    return tuple(sorted(found))


def spelled(who: PupilMarks, day: date) -> str:
    """Write a pupil's fortnight up to a day, for a person who looks at a difference."""
    last = 2 * (day - who.origin).days + 2
    return " ".join(NATIONAL.spell(byte) for byte in who.marks[max(0, last - 60) : last])

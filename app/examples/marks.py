r"""The language in which an example writes attendance: ``Mon 2026-11-02  /\ NN NN I\ [C1][C1] --``.

A pair of signs is one school day of the calendar, AM and PM: a national code, in brackets where it has two
characters; ``-`` is not recorded and ``.`` no session. ``NN*4`` is four such days. The weekday must fit the date.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from app.written import Unreadable, byte_of, read_date
from mapping.codes import NO_SESSION, NOT_RECORDED, CodeTable
from mapping.marks import BLANK_YEAR, offset, put, year_of
from mapping.model import Half, Session
from mapping.school_days import Calendar

_LINE = re.compile(r"(?P<weekday>\S+)\s+(?P<day>\S+)\s*(?P<pairs>.*)", re.DOTALL)
_PAIR = re.compile(r"(\[\w+\]|[^\s\[\]])(\[\w+\]|[^\s\[\]])(?:\*([1-9]\d?))?")
_HOW = r"write AM and PM of a day as /\ NN I\ [C1][C1], -- for not recorded, .. for no session"
_NO_CODES = {"-": NOT_RECORDED, ".": NO_SESSION}


class Signed(NamedTuple):
    """One session and the byte that an example wrote for it."""

    session: Session
    byte: int


def read_line(line: str, calendar: Calendar, codes: CodeTable) -> list[Signed]:
    """Return the sessions of one line in order. Raises ``Unreadable``."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise Unreadable(rf"{line.strip()!r} is no line of marks: write Mon 2026-11-02  /\ NN NN")
    first = read_weekday(found["weekday"], found["day"])
    if not calendar.is_school_day(first):
        raise Unreadable(f"{_named(first)} is no school day of the calendar ({calendar.why_closed(first)})")
    pairs = list(_pairs(found["pairs"]))
    days = calendar.between(first, date.max)
    if not pairs:
        raise Unreadable(f"no marks follow {_named(first)}: {_HOW}")
    if len(pairs) > len(days):
        raise Unreadable(f"{len(pairs)} days from {_named(first)} go beyond the calendar, which ends {days[-1]}")
    return [signed for day, pair in zip(days, pairs, strict=False) for signed in _day(day, pair, codes)]


def read_weekday(weekday: str, iso: str) -> date:
    """Read ``Mon``, ``2026-11-02``. Raises ``Unreadable`` for what is no date, or another weekday's."""
    day = read_date(iso)
    if weekday != f"{day:%a}":
        raise Unreadable(f"{iso} is a {day:%a}, not {weekday!r}: correct one of them")
    return day


def years_of(signs: Iterable[Signed]) -> Mapping[int, bytes]:
    """Write the signs as mark strings, with every school year between the first and the last."""
    years: dict[int, bytes] = {}
    for session, byte in signs:
        year = year_of(session.day)
        years[year] = put(years.get(year, BLANK_YEAR), offset(session), byte)
    return {year: years.get(year, BLANK_YEAR) for year in range(min(years), max(years) + 1)} if years else {}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for word in text.split():
        if (found := _PAIR.fullmatch(word)) is None:
            raise Unreadable(f"{word!r} is no pair of marks: {_HOW}")
        am, pm, times = found.groups()
        for _ in range(int(times or 1)):
            yield am.strip("[]"), pm.strip("[]")


def _day(day: date, pair: tuple[str, str], codes: CodeTable) -> Iterator[Signed]:
    for half, sign in zip(Half, pair, strict=True):
        yield Signed(Session(day, half), _NO_CODES.get(sign) or byte_of(sign, Session(day, half), codes))


def _named(day: date) -> str:
    return f"{day:%a} {day}"

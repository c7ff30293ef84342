"""A tiny language for attendance: a pupil's weeks as a teacher writes them, a pair of marks a school day.

``marks("Mon 2025-09-08", "/\\ /\\ NN I\\ [C1][C1] --")`` is a week of Monday to Friday and the Monday after it.
One sign is one session: a national code, ``--`` not recorded, ``?`` quarantined, ``.`` no session; codes of two
characters stand in brackets. ``NN*9`` is nine such days. Weekends are stepped over, and with ``on=calendar(...)``
every other day without a session too. A weekday that does not fit its date is an error.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path

from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED, CodeTable
from mapping.identity import LETTERS, check_letter
from mapping.marks import BLANK_YEAR, offset, put, year_of
from mapping.model import Half, Mark, Session, SourceMark
from mapping.school_days import Calendar, Term, at_local

_SHIPPED_CODES = Path(__file__).parents[1] / "config" / "codes" / "national.csv"
_PAIR = re.compile(r"(\[\w+\]|[^\s\[\]])(\[\w+\]|[^\s\[\]])(?:\*(\d+))?")

with _SHIPPED_CODES.open(newline="", encoding="utf-8") as _file:
    #: The national codes as they ship.
    NATIONAL = CodeTable.from_rows(csv.DictReader(_file))

#: Surname and forename of every pupil built here: they may appear in no log, error, subject or file name.
CANARY = ("Quillfeather", "Ottoline")


def day(text: str) -> date:
    """Read ``Mon 2025-09-08``; the weekday is there for the reader and must be right."""
    name, iso = text.split()
    found = date.fromisoformat(iso)
    if name != f"{found:%a}":
        raise ValueError(f"{iso} is a {found:%a}, not a {name}")
    return found


def moment(text: str) -> datetime:
    """Read ``Mon 2026-11-02 15:45`` as clocks in England show it."""
    name, iso, clock = text.split()
    return at_local(day(f"{name} {iso}"), time.fromisoformat(clock))


def session(text: str) -> Session:
    """Read ``Mon 2025-09-08 AM``."""
    name, iso, half = text.split()
    return Session(day(f"{name} {iso}"), Half(half))


def spelled(first: str, text: str, *, on: Calendar | None = None) -> Iterator[tuple[Session, str]]:
    """Yield each session with the sign written for it; ``first`` must be a school day."""
    days = _school_days(day(first), on)
    for pair in _pairs(text):
        if (today := next(days, None)) is None:
            raise ValueError(f"the calendar ends before the marks from {first}")
        yield from zip((Session(today, Half.AM), Session(today, Half.PM)), pair, strict=True)


def marks(first: str, text: str, *more: str, on: Calendar | None = None) -> dict[int, bytes]:
    """Write mark strings, school year by school year; ``more`` goes on with further days and texts."""
    years: dict[int, bytes] = {}
    for start, pairs in _twos((first, text, *more)):
        for at, sign in spelled(start, pairs, on=on):
            year = year_of(at.day)
            years[year] = put(years.get(year, BLANK_YEAR), offset(at), byte_of(sign))
    return years


def mark_list(pupil_id: str, first: str, text: str, *more: str, on: Calendar | None = None) -> list[Mark]:
    """Write the same as single marks, as a pull brings them; what is not recorded or no session is left out."""
    return [
        Mark(pupil_id=pupil_id, session=at, byte=byte_of(sign))
        for start, pairs in _twos((first, text, *more))
        for at, sign in spelled(start, pairs, on=on)
        if byte_of(sign) not in {NOT_RECORDED, NO_SESSION}
    ]


def source_mark(code: str, at: str = "Mon 2025-09-08 AM", **fields: object) -> SourceMark:
    """Write one mark as a platform sends it, about platform id ``900411`` unless said otherwise."""
    plain: dict[str, object] = {"platform_id": "900411", "where": "page 1 row 1"}
    return SourceMark(code=code, session=session(at), **(plain | fields))  # type: ignore[arg-type]


def byte_of(sign: str) -> int:
    """Return the byte of a sign of the language; an unknown one raises ``KeyError``."""
    if sign in {"-", ".", "?"}:
        return {"-": NOT_RECORDED, ".": NO_SESSION, "?": QUARANTINED}[sign]
    return NATIONAL[sign].byte


def calendar(*terms: str, closed: Mapping[str, str] | Iterable[str] = ()) -> Calendar:
    """Build a calendar from ``Autumn: Wed 2026-09-02 - Fri 2026-12-18``; the name may be left out.

    ``closed`` maps days to their reasons, or just lists the days.
    """
    reasons = closed if isinstance(closed, Mapping) else dict.fromkeys(closed, "closed")
    return Calendar(tuple(map(_term, terms)), {day(text): reason for text, reason in reasons.items()})


def upn(serial: int, *, la: int = 331, temporary: bool = False) -> str:
    """Make a UPN with the right check letter at a school that does not exist."""
    place = f"{la:03}400026"
    rest = f"{place}{serial % 100:02}{LETTERS[serial % 23]}" if temporary else f"{place}{serial % 1000:03}"
    return check_letter(rest) + rest


def pupil(pupil_id: str = "P1", **fields: str) -> dict[str, str]:
    """Write one row of ``roll.csv``; every field can be given, dates as ISO text, flags separated by ``;``."""
    surname, forename = CANARY
    plain = {
        "pupil_id": pupil_id,
        "upn": upn(int(re.sub(r"\D", "", pupil_id) or 0)),
        "surname": surname,
        "forename": forename,
        "date_of_birth": "2011-03-14",
        "year_group": "10",
        "start_date": "2025-09-01",
        "end_date": "",
        "la_code": "331",
        "home_school_urn": "999001",
        "commissioner": "Coventry",
        "flags": "",
    }
    if unknown := fields.keys() - plain.keys():
        raise ValueError(f"roll.csv has no column {sorted(unknown)}")
    return plain | fields


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for word in text.split():
        if (found := _PAIR.fullmatch(word)) is None:
            raise ValueError(f"{word!r} is no pair of marks: /\\ NN [C1][C1] --")
        am, pm, times = found.groups()
        for _ in range(int(times or 1)):
            yield am.strip("[]"), pm.strip("[]")


def _school_days(start: date, on: Calendar | None) -> Iterator[date]:
    weekdays = (each for n in range(3 * 366) if (each := start + timedelta(days=n)).weekday() < 5)
    days = weekdays if on is None else iter(on.between(start, date.max))
    first = next(days, None)
    if first != start:
        raise ValueError(f"{start:%a %Y-%m-%d} is no school day")
    return chain([first], days)


def _term(text: str) -> Term:
    name, _, span = text.rpartition(":")
    first, last = span.split(" - ")
    return Term(first=day(first.strip()), last=day(last.strip()), name=name.strip())


def _twos(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    each = iter(texts)
    return zip(each, each, strict=True)

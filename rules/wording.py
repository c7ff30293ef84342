"""Attendance in words: what a reason names, shared by every trigger."""

from collections.abc import Collection
from datetime import date
from itertools import groupby
from typing import NamedTuple

from mapping.codes import NO_SESSION
from mapping.model import Session
from mapping.school_days import Calendar
from rules.asof import AsOf
from rules.words import COUNT, MISSING, STEP, Word

#: Codes are not named here: the sentence is read by people who may not know about a child's health.
_NOT_ASKED = "told not to attend, or no session was possible"


class Stretch(NamedTuple):
    """What stands in a run: the sessions that count, the days stepped over and why, the sessions not recorded."""

    counted: tuple[Session, ...]
    stepped_over: tuple[tuple[date, str], ...]
    not_recorded: tuple[Session, ...]


def stretch(at: AsOf, marks: bytes, begin: int, word: Word) -> Stretch:
    """Sort the sessions from the first one that counts up to the day asked about."""
    stop = min(at.end, len(marks))
    kinds = {position: word.kinds[marks[position]] for position in range(begin, stop)}
    first = next((position for position, kind in kinds.items() if kind == COUNT), stop)
    inside = range(first, stop)
    return Stretch(
        counted=tuple(at.session(position) for position in inside if kinds[position] == COUNT),
        stepped_over=_stepped_over(at, marks, inside, word),
        not_recorded=tuple(at.session(position) for position in inside if kinds[position] == MISSING),
    )


def _stepped_over(at: AsOf, marks: bytes, inside: range, word: Word) -> tuple[tuple[date, str], ...]:
    skipped = []
    for day, positions in groupby(inside, key=lambda position: at.session(position).day):
        bytes_of_day = {marks[position] for position in positions}
        if any(word.kinds[byte] != STEP for byte in bytes_of_day) or day.weekday() >= 5:
            continue
        was_due = bytes_of_day != {NO_SESSION}
        skipped.append((day, at.calendar.why_closed(day) or (_NOT_ASKED if was_due else "no session due")))
    return tuple(skipped)


def side_by_side(at: AsOf, days: int | None, found: Stretch) -> str:
    """Write a run in the three units beside each other: sessions, timetabled days, school days.

    A part-time pupil's ten days of absence may lie within twenty school days; half a day missed is one session.
    ``days`` are the days of absence where the rule counts them, else the days that hold a counted session.
    """
    if not found.counted:
        return ""
    dates = {session.day for session in found.counted}
    within = len(at.calendar.between(min(dates), max(dates)))
    timetabled = count_of(len(dates) if days is None else days, "timetabled day")
    return f" ({count_of(len(found.counted), 'session')}, {timetabled}, within {count_of(within, 'school day')})"


def count_of(number: int, noun: str) -> str:
    """Write a count with its noun: ``1 school day``, ``3 school days``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def days_in_words(days: Collection[date], calendar: Calendar) -> str:
    """Write school days as stretches a person reads at a glance: ``Mon 2 to Tue 10 Nov 2026, Thu 12 Nov 2026``.

    A stretch goes on over a weekend or a holiday, because no school day lies between.
    """
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and calendar.nth_before(day, 1) == spans[-1][-1]:
            spans[-1].append(day)
        else:
            spans.append([day])
    return ", ".join(_span(span) for span in spans) or "none"


def _span(span: list[date]) -> str:
    last = f"{span[-1]:%a %-d %b %Y}"
    if len(span) == 1:
        return last
    first = f"{span[0]:%a %-d %b}" if span[0].year == span[-1].year else f"{span[0]:%a %-d %b %Y}"
    return f"{first} to {last}"

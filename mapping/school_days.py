"""School days: which dates hold sessions at one school, and arithmetic that counts only those.

A school day is a day on which there is a session at that school. Weekends, bank holidays, INSET days and
closures are not; counting weekdays instead is the commonest mistake of the field.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from mapping.marks import year_of

LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A stretch of term from its first to its last day, both included; stretches of one ``name`` are one term."""

    first: date
    last: date
    name: str = ""

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


class NoSuchSchoolDay(LookupError):  # noqa: N818 - it is an answer about the calendar, not a fault
    """The calendar ends too early: add the next term to the school's calendar file."""


@dataclass(frozen=True)
class Calendar:
    """One school's terms and the days inside them on which it is closed, each with its reason.

    ``closed`` holds INSET days, bank holidays and unexpected closures alike; a date outside every term is closed
    without being listed. Raises ``ValueError`` when a term ends before it begins or two terms overlap.
    """

    terms: tuple[Term, ...]
    closed: Mapping[date, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ordered = sorted(self.terms, key=lambda term: term.first)
        for term in ordered:
            if term.last < term.first:
                raise ValueError(f"term {term.first} ends before it begins ({term.last})")
        for before, after in pairwise(ordered):
            if after.first <= before.last:
                raise ValueError(f"the terms from {before.first} and from {after.first} overlap")
        days = (day for term in ordered for day in _days(term.first, term.last))
        open_days = tuple(day for day in days if day.weekday() < 5 and day not in self.closed)
        object.__setattr__(self, "terms", tuple(ordered))
        object.__setattr__(self, "days", open_days)
        object.__setattr__(self, "_set", frozenset(open_days))
        object.__setattr__(self, "_mondays", tuple(sorted({_monday(day) for day in open_days})))

    #: Every school day, in order.
    days: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _set: frozenset[date] = field(init=False, repr=False, compare=False)
    _mondays: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def is_school_day(self, day: date) -> bool:
        """Whether there is a session at this school on that local date."""
        return day in self._set

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """Return the school days from ``first`` to ``last``, both included."""
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    def nth_after(self, day: date, n: int) -> date:
        """Return the n-th school day after ``day``, which is day 0 whether or not it is a school day.

        Raises ``NoSuchSchoolDay`` when the calendar does not reach that far, ``ValueError`` for a negative n.
        """
        if n < 1:
            return _day_zero(day, n)
        at = bisect_right(self.days, day) + n - 1
        if at >= len(self.days):
            raise NoSuchSchoolDay(f"no school day {n} after {day}: add the next term to the calendar")
        return self.days[at]

    def nth_before(self, day: date, n: int) -> date | None:
        """Return the n-th school day before ``day``, which is day 0; none where the calendar begins later."""
        if n < 1:
            return _day_zero(day, n)
        at = bisect_left(self.days, day) - n
        return self.days[at] if at >= 0 else None

    def last_on_or_before(self, day: date) -> date | None:
        """Return the latest school day up to ``day``; none before the first term."""
        at = bisect_right(self.days, day)
        return self.days[at - 1] if at else None

    def term_of(self, day: date) -> Term | None:
        """Return the whole term a date falls in: the stretches of its name in that school year; none in a holiday."""
        inside = next((term for term in self.terms if day in term), None)
        if inside is None or not inside.name:
            return inside
        # Every school year has an autumn term: the same name in another year is another term.
        year = year_of(inside.first)
        parts = [term for term in self.terms if term.name == inside.name and year_of(term.first) == year]
        return Term(first=parts[0].first, last=parts[-1].last, name=inside.name)

    def weeks_back(self, day: date, weeks: int) -> date:
        """Return the Monday of the earliest of the last ``weeks`` school weeks, that of ``day`` included if it is one.

        A school week runs from Monday and holds at least one session at this school, so a holiday uses up none
        of the window, not even the week of ``day``. That a week begins on Monday is this project's choice: no
        source says. Where the calendar begins later, its first week; raises ``ValueError`` for less than a week.
        """
        if weeks < 1:
            raise ValueError(f"a window of {weeks} school weeks holds nothing")
        upto = bisect_right(self._mondays, _monday(day))
        return self._mondays[max(0, upto - weeks)] if upto else _monday(day)

    def why_closed(self, day: date) -> str | None:
        """Return the reason there is no session on a date, for a person; none on a school day."""
        if self.is_school_day(day):
            return None
        if day in self.closed:
            return self.closed[day]
        return "weekend" if day.weekday() >= 5 else "outside term"


def school_date(instant: datetime) -> date:
    """Return the local date in England of an aware instant: 23:30 UTC in July is already tomorrow.

    Raises ``ValueError`` for a naive one, which Python would take for the time zone of the machine.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} names no time zone: pass an aware instant")
    return instant.astimezone(LONDON).date()


def at_local(day: date, clock: time) -> datetime:
    """Return the UTC instant at which clocks in England show ``clock`` on ``day``."""
    return datetime.combine(day, clock, LONDON).astimezone(UTC)


def closures(*sources: Mapping[date, str] | Iterable[date]) -> dict[date, str]:
    """Merge closed days into one mapping; days without a reason read ``closed``, the first reason given stays."""
    merged: dict[date, str] = {}
    for source in sources:
        items = source.items() if isinstance(source, Mapping) else ((day, "closed") for day in source)
        for day, reason in items:
            merged.setdefault(day, reason)
    return merged


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day_zero(day: date, n: int) -> date:
    if n < 0:
        raise ValueError(f"{n} school days: count forwards with nth_after, backwards with nth_before")
    return day


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY

"""One pupil and one school, as a register shows them, and the calendar counted on the fingers."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from mapping.school_days import Calendar
from rules.model import PupilMarks
from tests.builders import NATIONAL

Codes = tuple[str, str]


@dataclass(frozen=True)
class World:
    """``register`` holds the AM and PM code of every school day, in order."""

    calendar: Calendar
    register: dict[date, Codes]
    start: date
    end: date | None = None
    flags: frozenset[str] = frozenset()
    events: tuple[tuple[date, str], ...] = ()
    is_part_time: bool = False
    review_by: date | None = None

    @cached_property
    def days(self) -> list[date]:
        return list(self.register)

    @cached_property
    def days_on_roll(self) -> list[date]:
        return [day for day in self.days if self.is_on_roll(day)]

    def is_on_roll(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def between(self, first: date, last: date) -> list[date]:
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    def after(self, day: date, n: int) -> date | None:
        """The n-th school day after a date that is day 0; with 0 the date itself, or the next school day."""
        later = self.between(day, date.max) if n == 0 else self.between(day + timedelta(days=1), date.max)
        return later[max(n - 1, 0)] if len(later) >= max(n, 1) else None

    def before(self, day: date, n: int) -> date | None:
        """The n-th school day before a date that is day 0."""
        if n == 0:
            return day
        earlier = self.between(date.min, day - timedelta(days=1))
        return earlier[-n] if len(earlier) >= n else None

    def events_called(self, name: str) -> list[date]:
        return sorted(day for day, called in self.events if called == name)

    def stands(self, name: str, day: date) -> bool:
        """Whether what was recorded up to the end of a day has not been closed since."""
        stands = False
        for each, called in sorted(self.events):
            if each <= day and called in {name, f"{name}_closed"}:
                stands = called == name
        return stands

    def term_begin(self, day: date) -> date:
        """The first day of the whole term: all stretches of its name in the school year, or the one stretch."""
        own = next(term for term in self.calendar.terms if term.first <= day <= term.last)
        same = [
            term
            for term in self.calendar.terms
            if term.name and term.name == own.name and year_begin(term.first) == year_begin(own.first)
        ]
        return min(term.first for term in [own, *same])

    def is_last_of_term(self, day: date) -> bool:
        later = self.after(day, 1)
        return later is None or self.term_begin(later) != self.term_begin(day)

    def is_last_before_break(self, day: date) -> bool:
        """Whether five weekdays or more without a session follow, or the calendar ends."""
        later = self.after(day, 1)
        return later is None or len(weekdays_between(day, later)) >= 5

    def is_first_after_break(self, day: date) -> bool:
        earlier = self.before(day, 1)
        return earlier is None or len(weekdays_between(earlier, day)) >= 5

    def is_first_of_week(self, day: date) -> bool:
        earlier = self.before(day, 1)
        return earlier is None or monday(earlier) != monday(day)

    def is_last_of_week(self, day: date) -> bool:
        later = self.after(day, 1)
        return later is None or monday(later) != monday(day)

    @cached_property
    def school_weeks(self) -> list[date]:
        """The Monday of every week that holds a session at the school."""
        return sorted({monday(day) for day in self.days})

    def weeks_back(self, day: date, weeks: int) -> date:
        """The Monday of the earliest of the last so many weeks that held a session at the school."""
        return [each for each in self.school_weeks if each <= monday(day)][-weeks:][0]


def world_of(who: PupilMarks, on: Calendar, review_by: date | None = None) -> World:
    """Read a pupil's marks back into codes; ``review_by`` is the policy's own date."""
    register = {}
    for day in on.days:
        at = 2 * (day - who.origin).days
        if 0 <= at < len(who.marks):
            register[day] = (NATIONAL.spell(who.marks[at]), NATIONAL.spell(who.marks[at + 1]))
    return World(
        calendar=on,
        register=register,
        start=who.start,
        end=who.end,
        flags=who.flags,
        events=who.events,
        is_part_time=who.is_part_time,
        review_by=review_by,
    )


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def year_begin(day: date) -> date:
    return date(day.year if day.month >= 8 else day.year - 1, 8, 1)


def weekdays_between(one: date, other: date) -> list[date]:
    between = [one + timedelta(days=n) for n in range(1, (other - one).days)]
    return [day for day in between if day.weekday() < 5]


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last where it is shorter."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))

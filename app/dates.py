"""Dates by which something is due, in a school's own days, and the time in which somebody works."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import count, islice

from mapping.school_days import Calendar, NoSuchSchoolDay, school_date
from outbox.hours import Opening

_SATURDAY = 5
#: When somebody is expected to read what comes, on school days by the clocks in England.
_WORK_BEGINS, _WORK_ENDS = time(8), time(17)


def due_on(calendar: Calendar, day: date, school_days: int) -> date:
    """Return the school day so many school days after ``day``; zero is the day itself.

    Where the calendar ends too early, weekdays are counted instead: a date is better than none.
    """
    if school_days == 0:
        return day
    try:
        return calendar.nth_after(day, school_days)
    except NoSuchSchoolDay:
        later = (day + timedelta(days=days) for days in count(1))
        weekdays = (each for each in later if each.weekday() < _SATURDAY)
        return next(islice(weekdays, school_days - 1, None))


def working_time(calendars: Iterable[Calendar], since: datetime, until: datetime) -> timedelta:
    """Return how much of the hours in which somebody works lies between two instants."""
    days = {day for calendar in calendars for day in calendar.between(school_date(since), school_date(until))}
    return Opening(opens=_WORK_BEGINS, closes=_WORK_ENDS, is_open=days.__contains__).worked(since, until)

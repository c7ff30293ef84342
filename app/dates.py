"""Dates by which something is due, in a school's own days."""

from datetime import date, timedelta
from itertools import count, islice

from mapping.school_days import Calendar, NoSuchSchoolDay

_SATURDAY = 5


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

"""Where a school's calendar stops and starts: school weeks, and breaks of a week or more."""

from datetime import date, timedelta
from itertools import pairwise

from mapping.school_days import Calendar

#: A break of so many weekdays or more is a holiday; a long weekend is not.
HOLIDAY_WEEKDAYS = 5


def week_of(calendar: Calendar, day: date) -> tuple[date, ...]:
    """Return the school days of the week, from Monday, that a date falls in."""
    monday = day - timedelta(days=day.weekday())
    return calendar.between(monday, monday + timedelta(days=6))


def before_holidays(calendar: Calendar, first: date, last: date) -> list[date]:
    """Return the school days of a stretch that are the last before a holiday; where the calendar ends, the last."""
    days = [before for before, after in pairwise(calendar.days) if is_holiday(before, after)]
    return [day for day in (*days, *calendar.days[-1:]) if first <= day <= last]


def after_holidays(calendar: Calendar, first: date, last: date) -> list[date]:
    """Return the school days of a stretch that are the first after a holiday; where the calendar begins, the first."""
    days = [after for before, after in pairwise(calendar.days) if is_holiday(before, after)]
    return [day for day in (*calendar.days[:1], *days) if first <= day <= last]


def is_holiday(before: date, after: date) -> bool:
    """Whether a holiday lies between two school days that follow each other."""
    # Most school days follow each other within the week: these are told apart at once.
    if (after - before).days <= HOLIDAY_WEEKDAYS:
        return False
    between = ((before + timedelta(days=each)).weekday() for each in range(1, (after - before).days))
    return sum(weekday < 5 for weekday in between) >= HOLIDAY_WEEKDAYS

"""Dates by which something is due, in a school's own days."""

from datetime import date, timedelta

from mapping.school_days import Calendar, NoSuchSchoolDay


def due_on(calendar: Calendar, day: date, school_days: int) -> date:
    """Return the school day so many school days after ``day``; zero is the day itself.

    Where the calendar ends too early, weekdays are counted instead: a date is better than none.
    """
    if school_days == 0:
        return day
    try:
        return calendar.nth_after(day, school_days)
    except NoSuchSchoolDay:
        return day + timedelta(days=7 * (school_days // 5) + school_days % 5)

"""The calendar of an example that gives none: the school year 2026/27 as most schools in England keep it."""

from collections.abc import Mapping
from datetime import date, timedelta

from mapping.school_days import Calendar, Term, closures

_TERMS = (
    Term(name="Autumn", first=date(2026, 9, 2), last=date(2026, 12, 18)),
    Term(name="Spring", first=date(2027, 1, 4), last=date(2027, 3, 25)),
    Term(name="Summer", first=date(2027, 4, 12), last=date(2027, 7, 20)),
)
#: Each begins on a Monday and lasts to the Friday.
_HALF_TERMS = (date(2026, 10, 26), date(2027, 2, 15), date(2027, 5, 31))


def standard_calendar(holidays: Mapping[date, str]) -> Calendar:
    """Return the standard calendar with England's bank holidays closed."""
    weeks = {monday + timedelta(days=day): "half term" for monday in _HALF_TERMS for day in range(5)}
    return Calendar(_TERMS, closures(holidays, weeks))

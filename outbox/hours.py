"""When somebody at a recipient is there to see a message: their working hours, on their own days.

Pure. Instants are aware; a working day is a local date in England.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mapping.school_days import at_local, school_date

_DAY = timedelta(days=1)


def every_day(_: date) -> bool:
    """Say that every day is a working day: for a recipient that is never closed."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A stretch of the day, by the clocks in England, on the days that ``is_open`` names.

    A local authority works Monday to Friday but for bank holidays; a school on its own school days.
    """

    opens: time = time(9)
    closes: time = time(17)
    is_open: Callable[[date], bool] = every_day

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """Return how much working time lies between two instants; nothing where the second is the earlier one."""
        stretches = (self._within(day, since, until) for day in _days(school_date(since), school_date(until)))
        return sum(stretches, timedelta(0))

    def _within(self, day: date, since: datetime, until: datetime) -> timedelta:
        if not self.is_open(day):
            return timedelta(0)
        begin, end = max(since, at_local(day, self.opens)), min(until, at_local(day, self.closes))
        return max(timedelta(0), end - begin)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


#: Somebody is always there: what is not known of a recipient shortens no retry, and lengthens none.
ALWAYS = Opening(opens=time.min, closes=time.max)

"""The school day a policy is asked about, worked out once and shared by every pupil of the school."""

from dataclasses import dataclass
from datetime import date, timedelta

from mapping.marks import year_of, year_start
from mapping.model import Half, Session
from mapping.school_days import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """One school day at one school. ``origin`` is the date of position 0 of the pupils' marks."""

    calendar: Calendar
    day: date
    origin: date

    def offset(self, day: date) -> int:
        """Return the position of a date's AM session."""
        return 2 * (day - self.origin).days

    @property
    def end(self) -> int:
        """Return the position after the day's last session."""
        return self.offset(self.day) + 2

    def session(self, position: int) -> Session:
        """Return the session at a position."""
        return Session(self.origin + timedelta(days=position // 2), Half.PM if position % 2 else Half.AM)

    @property
    def year_begin(self) -> date:
        """Return the first school day of the school year the day falls in."""
        since = year_start(year_of(self.day))
        days = self.calendar.between(since, self.day)
        return days[0] if days else self.day

    def day_before(self) -> date | None:
        """Return the school day before; none at the calendar's beginning."""
        return self.calendar.nth_before(self.day, 1)

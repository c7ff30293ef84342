"""The school day a policy is asked about, worked out once and shared by every pupil of the school."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mapping.marks import year_of, year_start
from mapping.model import Half, Session
from mapping.school_days import Calendar
from rules.model import PupilMarks

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.binding import Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """One school day at one school. ``origin`` is the date of position 0 of the pupils' marks.

    ``other`` gives another rule of the policy, bound to another school day: what a review looks back to.
    ``is_provisional`` says that the day is still going on, so that a session without a mark may yet be anything.
    ``shared`` is what rules of the day have worked out for one another.
    """

    calendar: Calendar
    day: date
    origin: date
    other: "Callable[[str, date], Bound] | None" = None
    is_provisional: bool = False
    shared: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    def offset(self, day: date) -> int:
        """Return the position of a date's AM session."""
        return 2 * (day - self.origin).days

    @property
    def end(self) -> int:
        """Return the position after the day's last session."""
        return self.offset(self.day) + 2

    def session(self, position: int) -> Session:
        """Return the session at a position."""
        return Session(self.day_at(position), Half.PM if position % 2 else Half.AM)

    def day_at(self, position: int) -> date:
        """Return the date a position falls on."""
        return self.origin + timedelta(days=position // 2)

    @property
    def year_begin(self) -> date:
        """Return the first school day of the school year the day falls in."""
        since = year_start(year_of(self.day))
        days = self.calendar.between(since, self.day)
        return days[0] if days else self.day

    @property
    def term_begin(self) -> date | None:
        """Return the first day of the whole term the day falls in; none in a holiday."""
        term = self.calendar.term_of(self.day)
        return term.first if term else None

    def day_before(self) -> date | None:
        """Return the school day before; none at the calendar's beginning."""
        return self.calendar.nth_before(self.day, 1)

    def happened(self, on: date) -> bool:
        """Whether something of that date is first seen on this school day: it is this day, or no school day since."""
        before = self.day_before()
        return on <= self.day and (before is None or before < on)

    def recorded(self, pupil: PupilMarks, event: str) -> list[date]:
        """Return the dates up to this day for which an event was recorded about a pupil."""
        return [on for on, name in pupil.events if name == event and on <= self.day]

"""What limits a rule beside its count: an initial period of the placement, a concern that stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from rules.asof import AsOf
from rules.model import PupilMarks
from rules.reading import Table
from rules.recorded import CLOSED
from rules.wording import count_of
from rules.words import BREAK, COUNT, Word


def stands(pupil: PupilMarks, concern: str, day: date) -> bool:
    """Whether a recorded concern stands on a date: it was recorded and has not been closed since."""
    known = [event for on, event in pupil.events if on <= day and event in {concern, CLOSED[concern]}]
    return bool(known) and known[-1] == concern


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The initial period of a placement (A1): its first so many sessions, or calendar months from its first day.

    A session is one that the pupil was asked to attend and that is recorded.
    """

    first_sessions: int | None = None
    first_months: int | None = None

    @classmethod
    def read(cls, table: Table) -> "Within":
        """Read ``first_sessions`` or ``first_months``."""
        key = table.one_of("first_sessions", "first_months")
        within = cls(**{key: table.whole(key, at_least=1)} if key else {})
        table.done()
        return within

    def bind(self, at: AsOf, word: Word) -> Callable[[PupilMarks, int], bool]:
        """Return whether what a pupil's session completes, given by the position after it, lies in the period."""
        if self.first_months is not None:
            months, day = self.first_months, at.day
            return lambda pupil, _: day < months_after(pupil.start, months)
        sessions, kinds = self.first_sessions or 0, word.kinds

        def is_early(pupil: PupilMarks, stop: int) -> bool:
            held = (None for byte in pupil.marks[:stop] if kinds[byte] in {COUNT, BREAK})
            return sum(1 for _ in islice(held, sessions + 1)) <= sessions

        return is_early

    def __str__(self) -> str:
        """As a reason says it: ``first 3 sessions``, ``first 3 months``."""
        if self.first_months is not None:
            return f"first {count_of(self.first_months, 'month')}"
        return f"first {count_of(self.first_sessions or 0, 'session')}"


def months_after(start: date, months: int) -> date:
    """Return the date so many calendar months later; the last of the month where it has no such day."""
    first = _first_of_month(start, months)
    last = _first_of_month(start, months + 1) - timedelta(days=1)
    return first.replace(day=min(start.day, last.day))


def _first_of_month(day: date, later: int) -> date:
    year, month = divmod(12 * day.year + day.month - 1 + later, 12)
    return date(year, month + 1, 1)

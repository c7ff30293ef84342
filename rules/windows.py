"""The stretch of time a percentage is taken over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from rules.asof import AsOf
from rules.model import PupilMarks
from rules.reading import Table
from rules.recorded import RECORDED

#: The position at which a pupil's window begins.
Begin = Callable[[PupilMarks], int]

_KINDS = ("school_year", "term", "placement", "school_weeks", "since_event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Since when the sessions count, up to the day asked about (A15).

    ``school_year`` and ``term`` since their first day or the pupil's start, the later; ``placement`` since the start;
    ``school_weeks`` the current school week and those before it; ``since_event`` the day after the latest event.
    """

    kind: str
    weeks: int = 0
    event: str = ""

    @classmethod
    def read(cls, table: Table) -> "Window":
        """Read ``window`` and what it needs."""
        kind = table.choice("window", _KINDS)
        return cls(
            kind=kind,
            weeks=table.whole("school_weeks", at_least=1) if kind == "school_weeks" else 0,
            event=table.choice("event", tuple(RECORDED)) if kind == "since_event" else "",
        )

    @property
    def grows(self) -> bool:
        """Whether nothing leaves the window before it ends."""
        return self.kind in {"school_year", "term", "placement"}

    def bind(self, at: AsOf) -> Begin:
        """Return where the window of a pupil begins; after the day's end where there is none."""
        if self.kind == "placement":
            # Nothing was due before the start, so the first mark there is will do.
            return lambda pupil: max(at.offset(pupil.start), 0)
        if self.kind == "since_event":
            return lambda pupil: self._after_event(at, pupil)
        since = self._since(at, at.day)
        begin = at.end if since is None else max(at.offset(since), 0)
        return lambda _: begin

    def before(self, at: AsOf) -> Callable[[int], Iterator[tuple[int, int]]]:
        """Return the same window at the end of each earlier school day, the latest first, as (begin, end).

        It is asked with the position at which the pupil's window begins on the day itself.
        """
        days = [day for day in reversed(at.calendar.between(at.origin, at.day)) if day < at.day]
        if self.kind == "school_weeks":
            spans = [(self._rolling(at, day), at.offset(day) + 2) for day in days]
            return lambda _: iter(spans)
        ends = [at.offset(day) + 2 for day in days]
        return lambda begin: ((begin, end) for end in takewhile(lambda end: end > begin, ends))

    def _rolling(self, at: AsOf, day: date) -> int:
        return max(at.offset(at.calendar.weeks_back(day, self.weeks)), 0)

    def _since(self, at: AsOf, day: date) -> date | None:
        if self.kind == "school_weeks":
            return at.calendar.weeks_back(day, self.weeks)
        return at.term_begin if self.kind == "term" else at.year_begin

    def _after_event(self, at: AsOf, pupil: PupilMarks) -> int:
        days = at.recorded(pupil, self.event)
        return max(at.offset(max(days)) + 2, 0) if days else at.end

"""Which school days of a school are to be judged, and which pupils again since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from app.reading import Site
from app.wiring import Relay
from mapping.marks import year_of, year_start
from mapping.school_days import at_local, school_date


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days of one judging of one school."""

    relay: Relay
    site: Site

    @cached_property
    def now(self) -> datetime:
        """Return the instant of the judging."""
        return self.relay.now()

    @cached_property
    def through(self) -> date | None:
        """Return the latest school day that is over: judged when the day's time to decide has passed."""
        today = school_date(self.now)
        is_over = self.now >= at_local(today, self.relay.operator.times.decide)
        latest = self.site.calendar.last_on_or_before(today)
        return self.site.calendar.nth_before(today, 1) if latest == today and not is_over else latest

    @cached_property
    def judged(self) -> date | None:
        """Return through which day the school had been judged before."""
        return self.relay.store.runs.decided_through(self.site.id)

    @cached_property
    def over(self) -> tuple[date, ...]:
        """Return the school days not judged yet; on a new installation all of the school year so far."""
        if self.through is None:
            return ()
        if self.judged is None:
            return self.site.calendar.between(year_start(year_of(self.through)), self.through)
        return tuple(day for day in self.site.calendar.between(self.judged, self.through) if day > self.judged)

    @cached_property
    def changed(self) -> Mapping[str, date]:
        """Return the pupils of whom something changed on a day already judged, and since when.

        What lies further back than the marks that are laid, this school year and the one before, stays as it was.
        """
        first = year_start(year_of(school_date(self.now)) - 1)
        noted = self.relay.store.intake.to_judge(self.site.id)
        return {each: max(since, first) for each, since in noted.items() if self.judged and since <= self.judged}

    @property
    def _begun_key(self) -> str:
        """Return the name under which the first day ever judged is kept."""
        return f"judged_from/{self.site.id}"

    @cached_property
    def begun(self) -> date:
        """Return the first day ever judged: today's latest one when nothing has been judged yet."""
        kept = self.relay.store.runs.kept(self._begun_key)
        return date.fromisoformat(kept) if kept else self.through or date.max

    @cached_property
    def until(self) -> date:
        """Return the last day with anything to look at: a day already judged may be no school day any more."""
        return max(self.through or date.min, self.judged or date.min)

    def since(self, pupil_id: str) -> date | None:
        """Return since which day something is new about a pupil; none where nothing is."""
        return earlier(self.changed.get(pupil_id), self._first_over)

    @cached_property
    def _first_over(self) -> date | None:
        return next(iter(self.over), None)

    def remember(self) -> None:
        """Write down that all of these days have been judged."""
        if self.over:
            if self.judged is None:
                self.relay.store.runs.keep(self._begun_key, self.over[-1].isoformat())
            self.relay.store.runs.decided(self.site.id, self.over[-1])
        self.relay.store.intake.judged(self.site.id, self.until)


def earlier(one: date | None, other: date | None) -> date | None:
    """Return the earlier of two days that may be none."""
    return one if other is None or (one is not None and one < other) else other

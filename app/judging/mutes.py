"""Which rules are muted for whom at a school: the operator's holds, and placements that are paused."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from app.reading import Site
from app.wiring import Relay
from mapping.school_days import school_date
from rules.model import Decision
from rules.muting import Mute, Sorted, held_rules, pauses, sort_out, speaks_on
from store.records import Hold


@dataclass(frozen=True, kw_only=True)
class Mutes:
    """The mutes of one school's pupils, past ones included: what they left unsaid stays unsaid."""

    relay: Relay
    site: Site

    @cached_property
    def by_pupil(self) -> dict[str, list[Mute]]:
        """Return every mute by pupil."""
        mutes: dict[str, list[Mute]] = defaultdict(list)
        for pupil_id, stretches in self.site.roll.items():
            if events := stretches[-1].events:
                mutes[pupil_id] += pauses(events)
        policy = self.site.evaluator.policy
        for hold in self.relay.store.records.holds(self.site.id):
            last = in_force_until(hold)
            if hold.first <= last:
                rules = held_rules(policy, hold.rule, hold.role)
                mutes[hold.pupil_id].append(Mute(rules=rules, first=hold.first, last=last))
        return {pupil_id: of_pupil for pupil_id, of_pupil in mutes.items() if of_pupil}

    def since(self, pupil_id: str, day: date) -> date | None:
        """Return since when was muted what a change of a day may let out: by mutes that end no earlier.

        Whether a muted firing is heard depends on the first school day after the mute.
        """
        mutes = self.by_pupil.get(pupil_id, ())
        return min((mute.first for mute in mutes if mute.last >= day or self._next(mute.last) >= day), default=None)

    def covers(self, pupil_id: str, rule: str, day: date) -> bool:
        """Whether a rule, unless it is of the floor, is muted for a pupil on a day."""
        found = self.site.evaluator.policy.rule(rule)
        mutes = self.by_pupil.get(pupil_id, ())
        return found is not None and not found.is_floor and any(mute.covers(rule, day) for mute in mutes)

    def may_speak(self, decision: Decision) -> bool:
        """Whether nothing mutes a firing on its own day."""
        return self._speaks_on(decision) == decision.fired_on

    def sort_out(
        self, fresh: list[Decision], pupil_id: str, *, until: date, holds: Callable[[str, date], bool]
    ) -> Sorted:
        """Sort one pupil's firings into those heard and those silent; see ``rules.muting``."""
        if pupil_id not in self.by_pupil:
            return Sorted(fresh, {})
        return sort_out(fresh, self._speaks_on, through=until, holds=holds)

    def _speaks_on(self, decision: Decision) -> date | None:
        return speaks_on(decision, self.by_pupil.get(decision.pupil_id or "", ()), self.site.calendar)

    def _next(self, day: date) -> date:
        after = self.site.calendar.between(day + timedelta(days=1), date.max)
        return after[0] if after else date.max


def in_force_until(hold: Hold) -> date:
    """Return the last day of a hold: one whose row was taken out ended the day before."""
    if hold.gone_at is None:
        return hold.last
    return min(hold.last, school_date(hold.gone_at) - timedelta(days=1))


def holds(relay: Relay, today: date) -> list[dict[str, Any]]:
    """Return every hold in force today as plain values: whom and what it holds, who decided it, and until when."""
    return [
        {
            "school": hold.school,
            "pupil": hold.pupil_id,
            "rule": hold.rule or "all",
            "author": hold.author,
            "until": hold.last,
        }
        for site in relay.sites.values()
        for hold in relay.store.records.holds(site.id)
        if hold.first <= today <= in_force_until(hold)
    ]

"""Which rules are muted for whom at a school: the operator's holds, and placements that are paused."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from app.reading import Site
from app.wiring import Relay
from mapping.school_days import school_date
from rules.muting import Mute, held_rules, pauses
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

    def ended(self, days: tuple[date, ...]) -> dict[str, date]:
        """Return the pupils of whom a mute ended with one of these school days, and since when any was in force."""
        return {
            pupil_id: min(mute.first for mute in mutes)
            for pupil_id, mutes in self.by_pupil.items()
            if any(mute.last < date.max and self._next(mute.last) in days for mute in mutes)
        }

    def _next(self, day: date) -> date | None:
        after = self.site.calendar.between(day + timedelta(days=1), date.max)
        return after[0] if after else None


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

"""``explain``: every rule of a pupil's policy on one day, whether it fired, and why or why not. Ids only, no names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from app.judging.mutes import Mutes
from app.judging.pupils import as_of, laid_of
from app.judging.versions import Versions
from app.people.answers import Answer, refused
from app.people.conditions import conditions
from app.people.following import followed
from app.reading import Site
from app.wiring import Relay
from mapping.model import Session
from mapping.school_days import school_date
from rules.evaluate import Evaluator, Explained
from rules.model import PupilMarks, is_on_roll
from store.cases import Decision


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What there is to say of one pupil at one school on one school day."""

    relay: Relay
    site: Site
    pupil: PupilMarks
    day: date
    evaluator: Evaluator

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        pupil_id = self.pupil.pupil_id
        return {
            "pupil_id": pupil_id,
            "school": self.site.id,
            "day": self.day,
            "policy": self.evaluator.policy.id,
            "policy_version": self.evaluator.policy.version,
            "is_on_roll": is_on_roll(self.pupil, self.day),
            "rules": [self._rule(each) for each in self._explained],
            **followed(self.relay, self.site.id, pupil_id, self._decisions),
        }

    @cached_property
    def _explained(self) -> list[Explained]:
        return self.evaluator.explain(self.site.calendar, self.day, self.pupil.origin)(self.pupil)

    @cached_property
    def _decisions(self) -> list[Decision]:
        """Return what was decided of the pupil at this school up to the day, standing or not."""
        every = self.relay.store.cases.of_pupil(self.pupil.pupil_id)
        return [each for each in every if each.school == self.site.id and each.fired_on <= self.day]

    @cached_property
    def _conditions(self) -> dict[str, str]:
        return conditions(self.site)

    def _rule(self, each: Explained) -> dict[str, Any]:
        rule, reason = each.rule, each.reason
        return {
            "rule": rule.id,
            "rows": rule.rows,
            "ladder": rule.ladder,
            "rung": rule.rung or None,
            "is_floor": rule.is_floor,
            "state": self._state(each),
            "asks_for": self._conditions.get(rule.id, ""),
            "measured": reason.text,
            "why_not": self._why_not(each),
            "counted": [_spoken(session) for session in reason.counted],
            "stepped_over": [f"{day.isoformat()} {why}" for day, why in reason.stepped_over],
            "not_recorded": [_spoken(session) for session in reason.not_recorded],
            "fired_before": [row.fired_on for row in self._standing(rule.id) if row.fired_on < self.day],
        }

    def _standing(self, rule: str) -> Iterator[Decision]:
        return (row for row in self._decisions if row.rule == rule and row.state == "standing")

    def _state(self, each: Explained) -> str:
        """Return ``fired`` on this day, ``muted``, ``holds`` (its condition stands) or ``did not fire``."""
        if each.fires or any(row.fired_on == self.day for row in self._standing(each.rule.id)):
            is_told = any(row.fired_on == self.day for row in self._standing(each.rule.id))
            return "muted" if self._muted_until(each) and not is_told else "fired"
        return "holds" if each.holds else "did not fire"

    def _why_not(self, each: Explained) -> str | None:
        """Return what keeps a rule from speaking on this day; nothing where it does, or where the numbers say it."""
        if until := self._muted_until(each):
            return "muted while the placement is on hold" if until == date.max else f"muted until {until}"
        if self._state(each) == "fired":
            return None
        if each.why_not:
            return each.why_not
        if not is_on_roll(self.pupil, self.day):
            return "the pupil is not on the roll on that day"
        if (concern := getattr(each.rule.when, "standing", None)) and not each.holds:
            return f"no {concern.replace('_', ' ')} stands on that day"
        earlier = [row.fired_on for row in self._standing(each.rule.id)]
        return f"fired already on {max(earlier)}, and the condition still stands" if each.holds and earlier else None

    def _muted_until(self, each: Explained) -> date | None:
        if each.rule.is_floor:
            return None
        ends = [mute.last for mute in self._mutes if mute.covers(each.rule.id, self.day)]
        return max(ends, default=None)

    @cached_property
    def _mutes(self) -> list[Any]:
        return list(Mutes(relay=self.relay, site=self.site).by_pupil.get(self.pupil.pupil_id, ()))


def explain(relay: Relay, pupil_id: str, *, sites: list[Site], day: date | None = None) -> list[Explanation] | Answer:
    """Explain a pupil at every school given whose roll has them, on a day or on the latest school day."""
    theirs = [site for site in sites if pupil_id in site.roll]
    if not theirs:
        there = ", ".join(site.id for site in sites)
        return refused(f"pupil {pupil_id}: placements.csv has nobody of this id at {there}")
    found = [_explained(relay, site, pupil_id, day or school_date(relay.now())) for site in theirs]
    failures = [each for each in found if isinstance(each, Answer)]
    return failures[0] if failures else [each for each in found if isinstance(each, Explanation)]


def _explained(relay: Relay, site: Site, pupil_id: str, day: date) -> Explanation | Answer:
    latest = site.calendar.last_on_or_before(day)
    pupil = laid_of(relay, site, pupil_id)
    if latest is None or latest < pupil.origin:
        return refused(f"pupil {pupil_id}: no school day of {site.id} lies on or shortly before {day}")
    evaluator = Versions(relay=relay, site=site).on(latest)
    if evaluator is None:
        return refused(f"pupil {pupil_id}: the policy that {site.id} followed on {latest} cannot be read any more")
    return Explanation(relay=relay, site=site, pupil=as_of(site, pupil, latest), day=latest, evaluator=evaluator)


def _spoken(session: Session) -> str:
    return f"{session.day.isoformat()} {session.half}"

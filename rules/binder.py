"""Binds the rules of a policy to the school days of one calendar, each once, with their gates."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from mapping.school_days import Calendar
from rules.asof import AsOf
from rules.binding import Bound, Vocabulary
from rules.gating import WhyNot, narrowed, seldom, why_not
from rules.model import PupilMarks
from rules.policy_model import Policy, Rule


class Binder:
    """The rules about pupils whose marks begin at one origin, at one school."""

    def __init__(self, policy: Policy, words: Vocabulary, calendar: Calendar, origin: date) -> None:
        """Nothing is bound yet."""
        rules = [rule for rule in policy.rules if not rule.is_about_school]
        self.calendar = calendar
        self._origin = origin
        self._words = words
        self._rules = {rule.id: rule for rule in rules}
        self._higher = {rule.id: _higher(rule, rules, policy) for rule in rules}
        self._at = cache(self._as_of)
        self._plain = cache(self._bind_plain)
        self._free = cache(self._bind_free)
        self._gated = cache(self._bind_gated)
        self._fired = cache(self._bind_fired)

    def __call__(self, name: str, day: date) -> Bound:
        """Return a rule on a school day, with all its gates; its ladder may yet leave it out."""
        return self._gated(name, day)

    def fired(self, name: str, day: date) -> Bound:
        """Return a rule on a school day as it really fires: not where a higher rung is the one that does."""
        return self._fired(name, day)

    def passed(self, rule: Rule, day: date) -> Callable[[PupilMarks], str | None]:
        """Return the higher rung that fires in the place of a rule on a school day, if one does."""
        higher = [(name, self._gated(name, day).fires) for name in self._higher[rule.id]]
        return lambda pupil: next((name for name, fires in higher if fires(pupil)), None)

    def why_not(self, rule: Rule, day: date) -> WhyNot:
        """Return which gate keeps a rule from firing on a school day."""
        gate = why_not(rule, self._plain(rule.id, day), self._at(day), other=self._gated, free=self._free)
        passed, fires = self.passed(rule, day), self._gated(rule.id, day).fires

        def why(pupil: PupilMarks) -> str | None:
            higher = passed(pupil) if fires(pupil) else None
            return f"passed: the higher rung {higher} fires on the same day" if higher else gate(pupil)

        return why

    def provisional(self, rule: Rule, day: date) -> Bound:
        """Return a rule on a school day that is still going on."""
        at = replace(self._at(day), is_provisional=True)
        bound = narrowed(rule, rule.trigger.bind(at, self._words), at, self._gated)
        return seldom(rule, bound, at, self._free)

    def _as_of(self, day: date) -> AsOf:
        # What is reviewed is what was asked for: a rung that was only passed asked for nothing.
        return AsOf(calendar=self.calendar, day=day, origin=self._origin, other=self._fired)

    def _bind_plain(self, name: str, day: date) -> Bound:
        return self._rules[name].trigger.bind(self._at(day), self._words)

    def _bind_free(self, name: str, day: date) -> Bound:
        """Bind a rule as if it could fire as often as its trigger does."""
        return narrowed(self._rules[name], self._plain(name, day), self._at(day), self._gated)

    def _bind_gated(self, name: str, day: date) -> Bound:
        return seldom(self._rules[name], self._free(name, day), self._at(day), self._free)

    def _bind_fired(self, name: str, day: date) -> Bound:
        bound = self._gated(name, day)
        if not self._higher[name]:
            return bound
        fires, passed = bound.fires, self.passed(self._rules[name], day)
        return bound._replace(fires=lambda pupil: fires(pupil) and passed(pupil) is None)


def _higher(rule: Rule, rules: Sequence[Rule], policy: Policy) -> list[str]:
    """Return the rules that fire in the place of one; none does in the place of what the floor asks."""
    return [] if rule.is_floor else [other.id for other in rules if policy.passes(other, rule)]

"""Binds the rules of a policy to the school days of one calendar, each once, with their gates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from mapping.school_days import Calendar
from rules.asof import AsOf
from rules.binding import Bound, Vocabulary
from rules.gating import WhyNot, narrowed, seldom, why_not
from rules.policy_model import Rule


class Binder:
    """The rules about pupils whose marks begin at one origin, at one school."""

    def __init__(self, rules: Sequence[Rule], words: Vocabulary, calendar: Calendar, origin: date) -> None:
        """Nothing is bound yet."""
        self.calendar = calendar
        self._origin = origin
        self._words = words
        self._rules = {rule.id: rule for rule in rules}
        self._at = cache(self._as_of)
        self._plain = cache(self._bind_plain)
        self._free = cache(self._bind_free)
        self._gated = cache(self._bind_gated)

    def __call__(self, name: str, day: date) -> Bound:
        """Return a rule on a school day, with all its gates."""
        return self._gated(name, day)

    def why_not(self, rule: Rule, day: date) -> WhyNot:
        """Return which gate keeps a rule from firing on a school day."""
        return why_not(rule, self._plain(rule.id, day), self._at(day), other=self._gated, free=self._free)

    def provisional(self, rule: Rule, day: date) -> Bound:
        """Return a rule on a school day that is still going on."""
        at = replace(self._at(day), is_provisional=True)
        bound = narrowed(rule, rule.trigger.bind(at, self._words), at, self._gated)
        return seldom(rule, bound, at, self._free)

    def _as_of(self, day: date) -> AsOf:
        return AsOf(calendar=self.calendar, day=day, origin=self._origin, other=self._gated)

    def _bind_plain(self, name: str, day: date) -> Bound:
        return self._rules[name].trigger.bind(self._at(day), self._words)

    def _bind_free(self, name: str, day: date) -> Bound:
        """Bind a rule as if it could fire as often as its trigger does."""
        return narrowed(self._rules[name], self._plain(name, day), self._at(day), self._gated)

    def _bind_gated(self, name: str, day: date) -> Bound:
        return seldom(self._rules[name], self._free(name, day), self._at(day), self._free)

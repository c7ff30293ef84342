"""Counts what two policies do alike and apart, by the rule that says so."""

from collections import Counter
from typing import NamedTuple

from app.backtest.comparing import Compared


class Alike(NamedTuple):
    """How many actions the other policy has as well, and how many it has not."""

    in_both: int
    alone: int


class Differences:
    """Sums over all days and pupils."""

    def __init__(self) -> None:
        self._in_both: Counter[tuple[int, str]] = Counter()
        self._alone: Counter[tuple[int, str]] = Counter()

    def add(self, compared: Compared) -> None:
        """Count one action."""
        counter = self._in_both if compared.is_in_both else self._alone
        counter[compared.side, compared.decision.rule] += 1

    def of_rule(self, side: int, rule: str) -> Alike:
        """Return the counts of one rule of one policy."""
        return Alike(self._in_both[side, rule], self._alone[side, rule])

    def of(self, side: int) -> Alike:
        """Return the counts of one policy."""
        rules = {rule for where, rule in self._in_both.keys() | self._alone.keys() if where == side}
        counts = [self.of_rule(side, rule) for rule in rules]
        return Alike(sum(each.in_both for each in counts), sum(each.alone for each in counts))

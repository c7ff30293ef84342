"""Two policies on the same registers: what only one of them does, and what both do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.backtest.judging import Judged
from rules.model import Action, Decision

#: The two policies by the option that names them.
SIDES = ("policy", "against")


class Compared(NamedTuple):
    """One action of one decision: of which policy (``side``), and whether the other does the same."""

    side: int
    decision: Decision
    action: Action
    is_in_both: bool


def compare(judged: Judged) -> Iterator[Compared]:
    """Yield every action of the first policy and of the second.

    The same is done where day, pupil, kind and recipients are the same, whatever rule says so.
    """
    each = [list(_actions(decisions)) for decisions in judged.decisions]
    for side in (0, 1):
        others = Counter(_key(action) for _, action in each[1 - side])
        for decision, action in each[side]:
            others[_key(action)] -= 1
            yield Compared(side, decision, action, is_in_both=others[_key(action)] >= 0)


def _actions(decisions: Sequence[Decision]) -> Iterator[tuple[Decision, Action]]:
    return ((decision, action) for decision in decisions for action in decision.actions)


def _key(action: Action) -> tuple[str, frozenset[str]]:
    return action.kind, frozenset(action.to)

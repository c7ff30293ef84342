"""Two policies on the same registers: what only one of them does, and what both do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from app.backtest.judging import Judged
from rules.model import Action, Decision

#: The two policies by the option that names them.
SIDES = ("policy", "against")

_Asked = tuple[Decision, Action]


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
    each = [[(decision, action) for decision in made for action in decision.actions] for made in judged.decisions]
    for side in (0, 1):
        for (decision, action), is_in_both in zip(each[side], _shared(each[side], each[1 - side]), strict=True):
            yield Compared(side, decision, action, is_in_both)


def _shared(mine: Sequence[_Asked], theirs: Sequence[_Asked]) -> list[bool]:
    """Return which of mine are theirs as well: each of theirs once, of several alike first that of the same rule."""
    same_rule = Counter(map(_with_rule, theirs))
    found = [_take(same_rule, _with_rule(each)) for each in mine]
    others = Counter(map(_key, theirs)) - Counter(
        _key(each) for each, is_found in zip(mine, found, strict=True) if is_found
    )
    return [is_found or _take(others, _key(each)) for each, is_found in zip(mine, found, strict=True)]


def _take(counter: Counter[Any], key: object) -> bool:
    counter[key] -= 1
    return counter[key] >= 0


def _key(asked: _Asked) -> tuple[str, frozenset[str]]:
    return asked[1].kind, frozenset(asked[1].to)


def _with_rule(asked: _Asked) -> tuple[str, str, frozenset[str]]:
    return asked[0].rule, *_key(asked)

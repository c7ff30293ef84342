"""Runs one or two policies over past registers: as lines for a machine, or as sums for a person."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from app.backtest.comparing import SIDES, compare
from app.backtest.differences import Differences
from app.backtest.judging import Ground, Judged, judge
from app.backtest.repeats import Repeats
from app.backtest.tallies import Tally
from rules.evaluate import Evaluator
from rules.model import Action, Decision

Seen = Callable[[int], object]


def lines(evaluators: Sequence[Evaluator], ground: Ground, seen: Seen) -> Iterator[dict[str, Any]]:
    """Yield one object an action, by date and then pupil; ``seen`` hears of pupils judged.

    Of two policies each line says which of them alone has it, if not both.
    """
    for day in ground.days:
        for judged in judge(evaluators, ground, day):
            yield from _alone(judged) if len(evaluators) == 1 else _beside(judged)
        seen(len(ground.pupils.marks))


def _alone(judged: Judged) -> Iterator[dict[str, Any]]:
    return (_line(decision, action) for decision in judged.decisions[0] for action in decision.actions)


def _beside(judged: Judged) -> Iterator[dict[str, Any]]:
    for each in compare(judged):
        yield _line(each.decision, each.action) | {"only_in": None if each.is_in_both else SIDES[each.side]}


def _line(decision: Decision, action: Action) -> dict[str, Any]:
    return {
        "date": decision.fired_on,
        "pupil_id": decision.pupil_id or "",
        "policy": decision.policy,
        "rule": decision.rule,
        "rows": decision.rows,
        "kind": action.kind,
        "to": action.to,
        "reason": decision.reason.text,
    }


class Sums:
    """What the policies come to on the same ground."""

    def __init__(self, evaluators: Sequence[Evaluator], ground: Ground) -> None:
        """Begin with nothing."""
        self.tallies = [Tally(len(ground.pupils.marks), ground.days) for _ in evaluators]
        self.differences = Differences()
        self._repeats = [Repeats(each, ground) for each in evaluators]
        self._evaluators = evaluators
        self._ground = ground

    def work_out(self, seen: Seen) -> None:
        """Judge every day; ``seen`` hears of pupils judged."""
        before = None
        for day in self._ground.days:
            if before:
                self._ask_again(day, before)
            for judged in judge(self._evaluators, self._ground, day):
                self._add(judged)
            before = day
            seen(len(self._ground.pupils.marks))

    def _ask_again(self, day: date, before: date) -> None:
        for tally, repeats in zip(self.tallies, self._repeats, strict=True):
            for action in repeats.asked_again(day, before):
                tally.ask(action, day)

    def _add(self, judged: Judged) -> None:
        for tally, repeats, decisions in zip(self.tallies, self._repeats, judged.decisions, strict=True):
            for decision in decisions:
                tally.add(decision, judged.at)
                if judged.at is not None:
                    repeats.begin(decision, judged.at)
        if len(self._evaluators) > 1:
            for each in compare(judged):
                self.differences.add(each)

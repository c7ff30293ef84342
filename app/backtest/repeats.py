"""Tasks that are asked again for as long as the condition of their rule holds."""

from collections.abc import Iterator
from datetime import date

from app.backtest.judging import Ground
from app.backtest.tallies import monday
from rules.evaluate import Evaluator
from rules.model import Action, Decision


class Repeats:
    """The repeating tasks of one policy that are going on, by pupil and rule."""

    def __init__(self, evaluator: Evaluator, ground: Ground) -> None:
        """Begin with none."""
        self._evaluator = evaluator
        self._ground = ground
        self._open: dict[int, dict[str, Decision]] = {}

    def begin(self, decision: Decision, at: int) -> None:
        """Note a decision whose tasks repeat; the first time is the decision itself."""
        if any(action.repeats for action in decision.actions):
            self._open.setdefault(at, {})[decision.rule] = decision

    def asked_again(self, day: date, before: date) -> Iterator[Action]:
        """Yield the tasks asked again on a school day; ``before`` is the school day before it.

        A weekly one is asked on the first school day of the week. What holds no longer is not asked again.
        """
        if not self._open:
            return
        explain = self._evaluator.explain(self._ground.calendar, day, self._ground.pupils.origin)
        is_new_week = monday(day) != monday(before)
        for at, decisions in list(self._open.items()):
            holding = {each.rule.id for each in explain(self._ground.pupils.of(at, day)) if each.holds}
            self._keep(at, {rule: each for rule, each in decisions.items() if rule in holding})
            for decision in self._open.get(at, {}).values():
                for action in decision.actions:
                    if action.repeats == "each_school_day" or (action.repeats and is_new_week):
                        yield action

    def _keep(self, at: int, decisions: dict[str, Decision]) -> None:
        if decisions:
            self._open[at] = decisions
        else:
            del self._open[at]

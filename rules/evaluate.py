"""A policy compiled once, and asked about any pupil on any school day: which rules fire, and why.

The answer is a function of the marks alone. Asked again about a past day with corrected marks, it says what should
have been decided; comparing that with what was decided gives the corrections (``compare``).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from mapping.codes import NO_SESSION, NOT_RECORDED, CodeTable
from mapping.model import Half, Session
from mapping.school_days import Calendar
from rules.asof import AsOf
from rules.binding import Bound, vocabulary
from rules.deadlines import RegisterMissing
from rules.model import Decision, PupilMarks, Reason
from rules.policy import Policy, Rule

Decide = Callable[[PupilMarks], list[Decision]]


class Evaluator:
    """One policy under one code table."""

    def __init__(self, policy: Policy, codes: CodeTable) -> None:
        """Sort the rules into those asked about a pupil and those asked about a register."""
        self.policy = policy
        self._vocabulary = vocabulary(codes)
        self._pupil_rules = [rule for rule in policy.rules if not isinstance(rule.when, RegisterMissing)]
        self.register_rules = [rule for rule in policy.rules if isinstance(rule.when, RegisterMissing)]

    def on(self, calendar: Calendar, day: date, origin: date) -> Decide:
        """Return the decisions of one school day as a function of a pupil whose marks begin at ``origin``."""
        bound = self._bind(calendar, day, origin)
        first = 2 * (day - origin).days

        @cache
        def possible(today: bytes) -> list[tuple[Rule, Bound]]:
            """Most pupils were seen all day, and most rules are about those who were not."""
            return [(rule, trigger) for rule, trigger in bound if trigger.is_possible(today)]

        def decide(pupil: PupilMarks) -> list[Decision]:
            today = pupil.marks[first : first + 2]
            fired = [(rule, trigger) for rule, trigger in possible(today) if trigger.fires(pupil)]
            if not fired:
                return []
            return [
                self._decision(rule, pupil.pupil_id, day, trigger.reason(pupil), passed)
                for rule, trigger, passed in self._highest(fired)
            ]

        return decide

    def facts(self, calendar: Calendar, day: date, origin: date) -> Callable[[PupilMarks], Sequence[object]]:
        """Return what every pupil rule measures at the end of a school day, in the order of the rules."""
        measures = [trigger.fact for _, trigger in self._bind(calendar, day, origin)]
        # Rungs of one ladder share a measure, which is taken once.
        distinct = list(dict.fromkeys(measures))
        if len(distinct) == len(measures):
            return lambda pupil: [measure(pupil) for measure in measures]
        in_order = itemgetter(*map(distinct.index, measures))
        return lambda pupil: in_order([measure(pupil) for measure in distinct])

    def explain(
        self, calendar: Calendar, day: date, origin: date
    ) -> Callable[[PupilMarks], list[tuple[Rule, bool, Reason]]]:
        """Return every pupil rule with whether it fires on the day and what stands behind that."""
        bound = self._bind(calendar, day, origin)
        return lambda pupil: [(rule, trigger.fires(pupil), trigger.reason(pupil)) for rule, trigger in bound]

    def missing_registers(self, session: Session, known: "Known") -> list[Decision]:
        """Return the decisions of the register rules about one session whose time has passed."""
        if known.recorded >= known.due:
            return []
        text = f"the register of {session} holds {known.recorded} of {known.due} marks"
        return [
            self._decision(rule, None, session.day, Reason(text=text), ())
            for rule in self.register_rules
            if isinstance(rule.when, RegisterMissing) and rule.when.session == session.half
        ]

    def holding(self, calendar: Calendar, day: date, origin: date) -> Callable[[PupilMarks], set[str]]:
        """Return the rules whose condition stands at the end of a day, newly or not; of a ladder the highest."""
        bound = self._bind(calendar, day, origin)

        def holding(pupil: PupilMarks) -> set[str]:
            rules = [rule for rule, trigger in bound if trigger.holds(pupil)]
            highest = {rule.ladder or rule.id: rule for rule in sorted(rules, key=lambda rule: rule.rung)}
            return {rule.id for rule in highest.values()}

        return holding

    def over(self, calendar: Calendar, day: date, origin: date) -> Callable[[str, PupilMarks], bool]:
        """Return whether nothing of what put a pupil on a ladder holds any more at the end of a school day.

        It is asked with the ladder's id, or the rule's own where it stands on none.
        """
        bound = self._bind(calendar, day, origin)
        return lambda ladder, pupil: all(
            trigger.is_over(pupil) for rule, trigger in bound if ladder == (rule.ladder or rule.id)
        )

    def _bind(self, calendar: Calendar, day: date, origin: date) -> list[tuple[Rule, Bound]]:
        at = AsOf(calendar=calendar, day=day, origin=origin)
        return [
            (rule, rule.when.bind(at, self._vocabulary))
            for rule in self._pupil_rules
            if not isinstance(rule.when, RegisterMissing)
        ]

    def _highest(self, fired: list[tuple[Rule, Bound]]) -> Iterable[tuple[Rule, Bound, tuple[str, ...]]]:
        """Leave out the lower rungs of a highest-only ladder, and name them beside the one that stays."""
        for rule, trigger in fired:
            if not (rule.ladder and self.policy.ladders[rule.ladder].is_highest_only):
                yield rule, trigger, ()
                continue
            others = [other for other, _ in fired if other.ladder == rule.ladder and other is not rule]
            if all(other.rung < rule.rung for other in others):
                yield rule, trigger, tuple(other.id for other in others)

    def _decision(
        self, rule: Rule, pupil_id: str | None, day: date, reason: Reason, passed: tuple[str, ...]
    ) -> Decision:
        return Decision(
            policy=self.policy.id,
            policy_version=self.policy.version,
            rule=rule.id,
            rows=rule.rows,
            says=rule.says,
            pupil_id=pupil_id,
            fired_on=day,
            reason=reason,
            actions=rule.then,
            ladder=rule.ladder,
            rung=rule.rung,
            is_floor=rule.is_floor,
            passed=passed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How many of the marks due in one session of a school are recorded."""

    recorded: int
    due: int


def known(pupils: Iterable[PupilMarks], session: Session) -> Known:
    """Count the marks due and recorded in one session of a school."""
    due = recorded = 0
    for pupil in pupils:
        at = 2 * (session.day - pupil.origin).days + (session.half is Half.PM)
        byte = pupil.marks[at]
        due += byte != NO_SESSION
        recorded += byte not in {NO_SESSION, NOT_RECORDED}
    return Known(recorded=recorded, due=due)


class Comparison(NamedTuple):
    """What a fresh evaluation adds to the decisions that stand, and which of those it no longer bears out."""

    new: list[Decision]
    undone: list[tuple[str, date]]


def compare(fresh: Iterable[Decision], standing: Collection[tuple[str, date]]) -> Comparison:
    """Compare one pupil's fresh decisions with the (rule, day) of those that stand, over the same days."""
    found = {(decision.rule, decision.fired_on): decision for decision in fresh}
    return Comparison(
        new=[decision for key, decision in found.items() if key not in standing],
        undone=sorted(key for key in standing if key not in found),
    )

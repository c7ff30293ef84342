"""A policy compiled once, and asked about any pupil on any school day: which rules fire, and why.

The answer is a function of the marks alone. Asked again about a past day with corrected marks, it says what should
have been decided; comparing that with what was decided gives the corrections (``rules.comparing``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from mapping.codes import CodeTable
from mapping.model import Session
from mapping.school_days import Calendar
from rules.also import also_told
from rules.binder import Binder
from rules.binding import Bound, vocabulary
from rules.comparing import Known
from rules.conditions import compiled, shared
from rules.model import Decision, PupilMarks, Reason
from rules.policy_model import Policy, Rule
from rules.registers import RegisterMissing
from rules.single import EachSession

Decide = Callable[[PupilMarks], list[Decision]]
#: A rule that fires, and what can say why.
Fired = tuple[Rule, Bound]
#: How many (calendar, origin) pairs keep their bound days: a school has one calendar, its pupils one origin or two.
_KEPT = 8


#: What is asked of a pupil first, and the rules that are worth asking then.
_Asked = tuple[Callable[[PupilMarks], object], list[tuple[Callable[[PupilMarks], bool], Fired]]]


class Explained(NamedTuple):
    """One rule about one pupil on one day: whether it fired, whether its condition stands, and what is behind that.

    ``why_not`` names what kept it from firing beside its numbers: the pupil is not one it is about, it fired before.
    """

    rule: Rule
    fires: bool
    holds: bool
    reason: Reason
    why_not: str | None


class Evaluator:
    """One policy under one code table."""

    def __init__(self, policy: Policy, codes: CodeTable) -> None:
        """Sort the rules into those asked about a pupil, about a school's days, and about a register."""
        self.policy = policy
        self._vocabulary = vocabulary(codes)
        self._pupil_rules = [rule for rule in policy.rules if not rule.is_about_school]
        self._school_rules = [rule for rule in policy.rules if rule.school_trigger is not None]
        self.register_rules = [rule for rule in policy.rules if isinstance(rule.when, RegisterMissing)]
        #: The rules that are asked about each pupil at a time of day (local), with that time.
        self.clock_rules = {
            rule: rule.when.at
            for rule in self._pupil_rules
            if isinstance(rule.when, EachSession) and rule.when.at is not None
        }
        self._order = {rule.id: place for place, rule in enumerate(policy.rules)}
        self._shared, self._standing = shared(self._pupil_rules), compiled(self._pupil_rules)
        self._binders: dict[tuple[int, date], Binder] = {}

    def on(self, calendar: Calendar, day: date, origin: date) -> Decide:
        """Return the decisions of one school day as a function of a pupil whose marks begin at ``origin``."""
        return self._decide(self._bind(calendar, day, origin), day, origin)

    def at(self, calendar: Calendar, day: date, origin: date, clock: time) -> Decide:
        """Return what the rules of a time of day say while the day is going on: a session without a mark may be one.

        Only rules whose time has come by ``clock``, local time.
        """
        binder = self._binder(calendar, origin)
        asked = [rule for rule, at in self.clock_rules.items() if at <= clock]
        return self._decide([(rule, binder.provisional(rule, day)) for rule in asked], day, origin)

    def firing(self, calendar: Calendar, day: date, origin: date) -> Callable[[PupilMarks], list[Fired]]:
        """Return the rules that fire at the end of a school day, no reason worked out and no rung left out yet."""
        return self._firing(self._bind(calendar, day, origin), day, origin)

    def _firing(self, bound: list[tuple[Rule, Bound]], day: date, origin: date) -> Callable[[PupilMarks], list[Fired]]:
        awake = [(rule, trigger) for rule, trigger in bound if not trigger.is_idle]
        first = 2 * (day - origin).days

        @cache
        def possible(today: bytes) -> list[_Asked]:
            """Most pupils were seen all day, and most rules are about those who were not."""
            return _grouped([(rule, trigger) for rule, trigger in awake if trigger.is_possible(today)])

        return lambda pupil: [
            firing
            for news, members in possible(pupil.marks[first : first + 2])
            if news(pupil)
            for fires, firing in members
            if fires(pupil)
        ]

    def _decide(self, bound: list[tuple[Rule, Bound]], day: date, origin: date) -> Decide:
        firing = self._firing(bound, day, origin)

        def decide(pupil: PupilMarks) -> list[Decision]:
            fired = firing(pupil)
            if not fired:
                return []
            fired.sort(key=lambda each: self._order[each[0].id])
            found = [
                self._decision(rule, pupil.pupil_id, day, trigger.reason(pupil), passed)
                for rule, trigger, passed in self._highest(fired)
            ]
            return [also_told(each, pupil.flags, self.policy.also_tell) for each in found] if pupil.flags else found

        return decide

    def school_on(self, calendar: Calendar, day: date) -> list[Decision]:
        """Return the decisions of one school day about the school itself; registers are asked for on their own."""
        found = []
        for rule in self._school_rules:
            trigger = rule.school_trigger
            text = trigger.happens(calendar, day, self.policy.review_by) if trigger else None
            if text is not None:
                found.append(self._decision(rule, None, day, Reason(text=text), ()))
        return found

    def facts(self, calendar: Calendar, day: date, origin: date) -> Callable[[PupilMarks], Sequence[object]]:
        """Return what every pupil rule measures at the end of a school day, in the order of the rules."""
        bound = self._bind(calendar, day, origin)
        # Rungs of one ladder share a measure, which is taken once.
        distinct = sorted(set(self._shared))
        measures = [bound[place][1].fact for place in distinct]
        if len(distinct) == len(bound):
            return lambda pupil: [measure(pupil) for measure in measures]
        in_order = itemgetter(*map(distinct.index, self._shared))
        return lambda pupil: in_order([measure(pupil) for measure in measures])

    def explain(self, calendar: Calendar, day: date, origin: date) -> Callable[[PupilMarks], list[Explained]]:
        """Return every pupil rule with whether it fires on the day and what stands behind that."""
        binder = self._binder(calendar, origin)
        bound = [(rule, binder.fired(rule.id, day), binder.why_not(rule, day)) for rule in self._pupil_rules]
        return lambda pupil: [
            Explained(rule, trigger.fires(pupil), trigger.holds(pupil), trigger.reason(pupil), why(pupil))
            for rule, trigger, why in bound
        ]

    def missing_registers(self, session: Session, known: Known) -> list[Decision]:
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
        is_open = {rule.id: trigger.is_open for rule, trigger in self._bind(calendar, day, origin)}
        facts, standing = self.facts(calendar, day, origin), self._standing
        return lambda pupil: set(standing(facts(pupil), pupil.flags, lambda rule: is_open[rule.id](pupil)))

    def over(self, calendar: Calendar, day: date, origin: date) -> Callable[[str, PupilMarks], bool]:
        """Return whether nothing of what put a pupil on a ladder holds any more at the end of a school day.

        It is asked with the rule's ``ladder_id``.
        """
        of_ladder: dict[str, list[Bound]] = {}
        for rule, trigger in self._bind(calendar, day, origin):
            of_ladder.setdefault(rule.ladder_id, []).append(trigger)
        return lambda ladder, pupil: all(trigger.is_over(pupil) for trigger in of_ladder.get(ladder, ()))

    def _bind(self, calendar: Calendar, day: date, origin: date) -> list[tuple[Rule, Bound]]:
        binder = self._binder(calendar, origin)
        return [(rule, binder(rule.id, day)) for rule in self._pupil_rules]

    def _binder(self, calendar: Calendar, origin: date) -> Binder:
        """Return what binds rules to the days of one calendar, kept with all that it has bound."""
        key = (id(calendar), origin)
        binder = self._binders.get(key)
        # An id may be used again once its calendar is gone, so the binder keeps its calendar and is asked.
        if binder is None or binder.calendar is not calendar:
            if len(self._binders) >= _KEPT:
                self._binders.clear()
            binder = self._binders[key] = Binder(self.policy, self._vocabulary, calendar, origin)
        return binder

    def _highest(self, fired: list[tuple[Rule, Bound]]) -> Iterable[tuple[Rule, Bound, tuple[str, ...]]]:
        """Leave out the lower rungs of a highest-only ladder, and name them beside the one that stays.

        What the safeguarding floor asks is never left out.
        """
        passes = self.policy.passes
        for rule, trigger in fired:
            if rule.is_floor or not any(passes(other, rule) for other, _ in fired):
                yield rule, trigger, tuple(other.id for other, _ in fired if passes(rule, other))

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


def _grouped(bound: list[Fired]) -> list[_Asked]:
    """Put the rules together that share what is asked first; the others follow as one."""
    groups: dict[Callable[[PupilMarks], object], list[tuple[Callable[[PupilMarks], bool], Fired]]] = {}
    for rule, trigger in bound:
        groups.setdefault(trigger.news or _always, []).append((trigger.fires, (rule, trigger)))
    return list(groups.items())


def _always(_: PupilMarks) -> bool:
    return True

"""Asks policies about every school day, one after the other and pupil by pupil, so that nothing is kept or sorted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.backtest.pupils import Pupils
from mapping.codes import NO_SESSION, NOT_RECORDED
from mapping.model import Half, Session
from mapping.school_days import Calendar
from rules.comparing import Known
from rules.evaluate import Evaluator
from rules.model import Decision


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What policies are tried on: pupils and their marks, and the school days to judge, in order."""

    pupils: Pupils
    calendar: Calendar
    days: tuple[date, ...]


class Judged(NamedTuple):
    """What each policy decided about one pupil, or the school (``at`` is none), on one day: at least one decision.

    ``at`` is the pupil's place among all pupils.
    """

    day: date
    at: int | None
    decisions: tuple[Sequence[Decision], ...]


def judge(evaluators: Sequence[Evaluator], ground: Ground, day: date) -> Iterator[Judged]:
    """Yield the decisions of a school day, the school's first and then the pupils' in order."""
    school = tuple(list(_about_school(each, ground, day)) for each in evaluators)
    if any(school):
        yield Judged(day, None, school)
    yield from _about_pupils(evaluators, ground, day)


def _about_pupils(evaluators: Sequence[Evaluator], ground: Ground, day: date) -> Iterator[Judged]:
    first, *others = [each.on(ground.calendar, day, ground.pupils.origin) for each in evaluators]
    for at, pupil in enumerate(ground.pupils.on(day)):
        decisions = (first(pupil), *[decide(pupil) for decide in others])
        if any(decisions):
            yield Judged(day, at, decisions)


def _about_school(evaluator: Evaluator, ground: Ground, day: date) -> Iterator[Decision]:
    """Yield what happens in the school that day, and every register that is not complete at the end of it."""
    yield from evaluator.school_on(ground.calendar, day)
    if evaluator.register_rules:
        pairs = _pairs(ground.pupils, day)
        for place, half in enumerate(Half):
            yield from evaluator.missing_registers(Session(day, half), _known(pairs, place))


def _pairs(pupils: Pupils, day: date) -> Mapping[bytes, int]:
    """Count the pupils by their two marks of a day: there are few different ones."""
    first = 2 * (day - pupils.origin).days
    return Counter(pupil.marks[first : first + 2] for pupil in pupils.marks)


def _known(pairs: Mapping[bytes, int], place: int) -> Known:
    due = {pair: count for pair, count in pairs.items() if pair[place] != NO_SESSION}
    missing = sum(count for pair, count in due.items() if pair[place] == NOT_RECORDED)
    return Known(recorded=sum(due.values()) - missing, due=sum(due.values()))

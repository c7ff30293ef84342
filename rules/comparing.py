"""What a fresh evaluation is held against: the decisions that stand, and how complete a register is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from mapping.codes import NO_SESSION, NOT_RECORDED
from mapping.model import Half, Session
from rules.model import Decision, PupilMarks


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

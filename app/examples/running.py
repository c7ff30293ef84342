"""Runs an example on the engine, day by day, and says what was missing and what should not have come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app.examples.marks import years_of
from app.examples.model import Example, Expected
from mapping.marks import BLANK_YEAR, year_of
from mapping.model import Half, Session
from mapping.school_days import Calendar
from rules.comparing import known
from rules.due import SessionsDue
from rules.evaluate import Evaluator
from rules.model import Action, Decision, PupilMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an example showed: the decisions of its days, what was expected and did not come, what came and must not."""

    example: Example
    results: tuple[Decision, ...]
    missing: tuple[Expected, ...]
    unwanted: tuple[tuple[str, Decision], ...]

    @property
    def is_ok(self) -> bool:
        """Whether everything went as the example says."""
        return not (self.missing or self.unwanted)

    @property
    def differences(self) -> list[str]:
        """One sentence for each day on which it went otherwise."""
        missing = groupby(sorted(self.missing, key=lambda each: each.on), key=lambda each: each.on)
        lines = [
            f"{day:%a} {day}: expected {' and '.join(map(str, wanted))}; {self._came(day)}" for day, wanted in missing
        ]
        return lines + [
            f"{each.fired_on:%a} {each.fired_on}: {row} {self._must_not(row)}, but did: {describe(each)}"
            for row, each in self.unwanted
        ]

    def _must_not(self, row: str) -> str:
        return "must never come" if row in self.example.never else "may only come on the days under expect"

    def _came(self, day: date) -> str:
        came = [describe(each) for each in self.results if each.fired_on == day]
        return f"came {' and '.join(came)}" if came else "nothing came"


def run(example: Example, evaluator: Evaluator) -> Outcome:
    """Judge every school day of an example, and compare."""
    results = tuple(_decisions(example, evaluator))
    return Outcome(
        example=example,
        results=results,
        missing=tuple(each for each in example.expect if not any(answers(each, result) for result in results)),
        unwanted=tuple((row, each) for each in results for row in each.rows if example.is_unwanted(row, each.fired_on)),
    )


def answers(expected: Expected, decision: Decision) -> bool:
    """Whether a decision is what was expected, or more."""
    if decision.fired_on != expected.on or expected.row not in decision.rows:
        return False
    is_any = expected.kind is None and not expected.to
    return is_any or any(_fits(expected, action) for action in decision.actions)


def _fits(expected: Expected, action: Action) -> bool:
    return expected.kind in {None, action.kind} and set(expected.to) <= set(action.to)


def describe(decision: Decision) -> str:
    """Write a decision in one line: its rule, its rows and everything it asks for."""
    actions = "; ".join(f"{action.kind} to {', '.join(action.to)}" for action in decision.actions)
    return f"{decision.rule} ({', '.join(decision.rows)}: {actions or 'no action'})"


def _decisions(example: Example, evaluator: Evaluator) -> Iterator[Decision]:
    pupil = laid(example)
    for day in example.calendar.between(example.first, example.as_of):
        yield from evaluator.on(example.calendar, day, pupil.origin)(pupil)
        yield from about_school(evaluator, example.calendar, day, pupil)


def about_school(evaluator: Evaluator, calendar: Calendar, day: date, pupil: PupilMarks) -> Iterator[Decision]:
    """Yield what follows for the school: its own events, and a register that nobody completed by the end of the day."""
    yield from evaluator.school_on(calendar, day)
    for half in Half:
        session = Session(day, half)
        yield from evaluator.missing_registers(session, known([pupil], session))


def laid(example: Example) -> PupilMarks:
    """Return the pupil's marks over every school year the example touches; what is not written is not recorded."""
    written = years_of(example.signs)
    years = range(year_of(example.first), year_of(example.as_of) + 1)
    entry, due = example.entry, SessionsDue(example.calendar)
    pupil = due.lay([entry], {year: written.get(year, BLANK_YEAR) for year in years})
    return pupil._replace(events=example.events)

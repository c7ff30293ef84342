"""Eighteen conditions, by our compiled policy, by hand, and by rule engines: from the marks, and from ready facts."""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import by_hand, child, cohort, policy
from benchmarks.child import Run
from benchmarks.engines import Engine, Facts
from benchmarks.facts import file_of
from benchmarks.measuring import Measured, Work, in_turn, ratio
from benchmarks.table import Row, Section, times
from rules.conditions import compiled
from rules.evaluate import Evaluator
from rules.model import PupilMarks

#: Each engine: the package that must be there, and where it is opened.
ENGINES = {
    "CEL in Rust": ("cel", "cel:open_engine"),
    "CEL, contexts filled": ("cel", "cel:open_filled"),
    "json-logic": ("json_logic", "json_logic:open_engine"),
    "zen, an expression": ("zen", "zen_engine:open_engine"),
    "zen, a graph": ("zen", "zen_engine:open_graph"),
}
#: The slow ones are asked about fewer pupils, each time the same.
FEWER = {"json-logic": 20, "zen, a graph": 40}
_DAY = cohort.A_DAY
OURS, WHOLE, BY_HAND = "our policy", "our policy, whole decisions", "by hand"
#: How many times longer than our policy each should take; by hand: ours at 0.9 of its speed.
WANTED = {("marks", BY_HAND): ">= 0.9", ("facts", BY_HAND): ">= 0.9", ("facts", "CEL in Rust"): ">= 15"}


def installed() -> dict[str, str]:
    """Return the engines that are there, and where each is opened."""
    return {name: place for name, (package, place) in ENGINES.items() if importlib.util.find_spec(package)}


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    """Compare all answers, then time."""
    rows = []
    for pupils in sizes:
        given = {"path": str(file_of(folder, pupils, run))}
        run("conditions:check", **given)
        for part in ("marks", "facts"):
            taken = {
                what: Measured(*each)
                for what, each in run(f"conditions:{part}", repeats=_repeats(pupils), **given).items()
            }
            rows += [_row(what, part, pupils, taken) for what in taken]
    missing = [name for name in ENGINES if name not in installed()]
    return Section(
        title="Eighteen conditions: a day's decisions from the marks, and the rules that stand from ready facts",
        rows=rows,
        notes=[*_NOTES, *(f"{name} is not installed: its rows are missing" for name in missing)],
    )


_NOTES = (
    "from marks: which rules fire at the end of one day of a year (whole decisions: with reasons and actions). A rule",
    "engine knows no marks: its row holds the measuring of its facts, which ours does for it.",
    "from facts: which rules stand, of the levels the highest, from facts made beforehand in the form that each takes.",
    "ratio: how many times longer than our policy it takes (below 1: faster). wanted: ours at 0.9 of the speed of the",
    "function by hand, and 15 times that of CEL from facts. Every answer was compared before it was timed.",
)


def _row(what: str, part: str, pupils: int, taken: dict[str, Measured]) -> Row:
    each, asked = taken[what], max(pupils // FEWER.get(what, 1), 1)
    base = taken[OURS]
    by = ratio(each, base) * pupils / asked
    return Row(
        what=f"from {part}: {what}",
        size=asked,
        measured=each,
        each=f"{each.median / asked * 1e6:.2f} us a pupil",
        ratio="1" if base is each else times(by, WANTED.get((part, what), "")),
    )


def _repeats(pupils: int) -> int:
    return 9 if pupils <= 1_000 else 5


# What the children do -------------------------------------------------------------------------------------------------


def marks(path: str, repeats: int) -> dict[str, Measured]:
    """Measure a day's decisions from the marks."""
    pupils = list(policy.laid(Path(path)))
    works = {
        OURS: _work(_evaluator().firing(*_at()), pupils),
        WHOLE: _work(_evaluator().on(*_at()), pupils),
        BY_HAND: _work(by_hand.fired_on(_DAY), pupils),
    }
    measure = facts_of()
    for name, place in installed().items():
        engine, asked = _open(place), pupils[: max(len(pupils) // FEWER.get(name, 1), 1)]
        works[name] = _work(lambda pupil, engine=engine: engine.rules(engine.given(measure(pupil))), asked)  # type: ignore[misc]
    return in_turn(works, repeats=repeats)


def facts(path: str, repeats: int) -> dict[str, Measured]:
    """Measure the rules that stand, from facts made beforehand."""
    pupils = list(policy.laid(Path(path)))
    ready, rows = list(map(facts_of(), pupils)), list(map(_evaluator().facts(*_at()), pupils))
    standing, flags = compiled(_evaluator().policy.rules), [pupil.flags for pupil in pupils]
    works = {OURS: Work(lambda: list(map(standing, rows, flags))), BY_HAND: _work(by_hand.standing, ready)}
    for name, place in installed().items():
        engine, asked = _open(place), ready[: max(len(ready) // FEWER.get(name, 1), 1)]
        works[name] = _work(engine.rules, list(map(engine.given, asked)))
    return in_turn(works, repeats=repeats)


def check(path: str) -> int:
    """Compare every answer with every other; raises when one differs."""
    pupils = list(policy.laid(Path(path)))
    decide, by_programmer = _evaluator().on(*_at()), by_hand.fired_on(_DAY)
    _same(
        "fired",
        [sorted(made.rule for made in decide(each)) for each in pupils],
        [sorted(by_programmer(each)) for each in pupils],
    )
    ready, holding = list(map(facts_of(), pupils)), _evaluator().holding(*_at())
    standing = [sorted(by_hand.standing(each)) for each in ready]
    _same(BY_HAND, [sorted(holding(each)) for each in pupils], standing)
    rows, rules = map(_evaluator().facts(*_at()), pupils), compiled(_evaluator().policy.rules)
    _same(OURS, [sorted(rules(row, pupil.flags)) for row, pupil in zip(rows, pupils, strict=True)], standing)
    for name, place in installed().items():
        engine, few = _open(place), ready[: max(len(ready) // FEWER.get(name, 1), 1)]
        _same(name, [sorted(engine.rules(engine.given(each))) for each in few], standing[: len(few)])
    return len(pupils)


def facts_of() -> Callable[[PupilMarks], Facts]:
    """Return a pupil's facts on the day, measured by our policy."""
    rules = [rule.id for rule in _evaluator().policy.rules]
    measure = _evaluator().facts(*_at())
    level, absent, unexplained, authorised, worker, standing = (
        rules.index(name)
        for name in (
            "below-96",
            "one-day-absent",
            "three-days-unexplained",
            "six-sessions-authorised",
            "tell-the-worker",
            "n-stands",
        )
    )

    def facts(pupil: PupilMarks) -> Facts:
        found: Any = measure(pupil)
        share = found[level]
        return Facts(
            attended=share.attended,
            possible=share.possible,
            days_absent=found[absent],
            days_unexplained=found[unexplained],
            sessions_authorised=found[authorised],
            sessions_unexplained=found[worker],
            n_standing=found[standing],
            flags=pupil.flags,
        )

    return facts


def _evaluator() -> Evaluator:
    return policy.evaluator("eighteen")


def _at() -> tuple[Any, ...]:
    return cohort.CALENDAR, _DAY, cohort.ORIGIN


def _work(do: Callable[[Any], Any], asked: Sequence[Any]) -> Work:
    return Work(lambda: list(map(do, asked)))


def _open(place: str) -> Engine:
    module, _, function = place.partition(":")
    opened: Engine = getattr(importlib.import_module(f"benchmarks.engines.{module}"), function)()
    return opened


def _same(what: str, found: Sequence[Any], expected: Sequence[Any]) -> None:
    differ = [number for number, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other]
    if differ:
        first = differ[0]
        raise AssertionError(
            f"{what}: {len(differ)} of {len(expected)} pupils differ, first {first}: {found[first]}, {expected[first]}"
        )

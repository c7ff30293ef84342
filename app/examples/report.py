"""What worked examples showed, for a person and for a machine."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from app.examples.files import ExampleFile
from app.examples.running import Outcome, run
from rules.wording import count_of


class Tested(NamedTuple):
    """One file and what each of its examples showed."""

    file: ExampleFile
    outcomes: tuple[Outcome, ...]


def try_out(file: ExampleFile, seen: Callable[[int], object] = lambda _: None) -> Tested:
    """Run every example of a file that could be understood; ``seen`` is told of each."""
    outcomes = []
    for example in file.examples if file.evaluator else ():
        assert file.evaluator is not None
        outcomes.append(run(example, file.evaluator))
        seen(1)
    return Tested(file, tuple(outcomes))


def lines(tested: Iterable[Tested]) -> Iterator[str]:
    """Yield a line for each example; below one that failed, what was expected and what came, by date."""
    for file, outcomes in tested:
        for outcome in outcomes:
            yield f"{'ok    ' if outcome.is_ok else 'FAILED'} {file.path.name}: {outcome.example.name}"
            yield from (f"         {difference}" for difference in outcome.differences)


def summary(tested: Sequence[Tested]) -> str:
    """Say in one sentence how it went."""
    passed, failed, problems = _totals(tested)
    parts = [f"{count_of(passed + failed, 'example')}: {passed} ok{f', {failed} failed' if failed else ''}"]
    parts += [f"{count_of(problems, 'mistake')} in the files"] if problems else []
    return "; ".join(parts)


def as_json(tested: Sequence[Tested]) -> dict[str, Any]:
    """Return the same for a machine."""
    passed, failed, _ = _totals(tested)
    return {
        "examples": [
            {
                "file": str(file.path),
                "name": outcome.example.name,
                "ok": outcome.is_ok,
                "missing": [
                    {"on": each.on, "row": each.row, "kind": each.kind, "to": each.to} for each in outcome.missing
                ],
                "unwanted": [{"on": each.fired_on, "row": row, "rule": each.rule} for row, each in outcome.unwanted],
                "differences": outcome.differences,
            }
            for file, outcomes in tested
            for outcome in outcomes
        ],
        "passed": passed,
        "failed": failed,
        "problems": [str(problem) for file, _ in tested for problem in file.problems],
    }


def _totals(tested: Sequence[Tested]) -> tuple[int, int, int]:
    outcomes = [outcome for _, outcomes in tested for outcome in outcomes]
    passed = sum(outcome.is_ok for outcome in outcomes)
    return passed, len(outcomes) - passed, sum(len(file.problems) for file, _ in tested)

"""What the reader of policies refuses, as findings: each an error, with its place and its open question."""

import re
from collections.abc import Iterable, Iterator

from rules.doubts.sketch import Finding, Sketch
from rules.reading import Problem

_WHERE = re.compile(r"^(?P<table>rule|ladder|covered|also_tell) (?P<name>'[^']*'|\"[^\"]*\"|\d+): (?P<key>.*)$")
#: The open question behind a choice that a policy must make, by the metric and the key.
_QUESTIONS = {
    ("percentage", "window"): "A15",
    ("percentage", "min_sessions"): "A17",
    ("percentage", "clear_at"): "A22",
    ("consecutive", "unit"): "A3",
    ("consecutive", "within"): "A1",
    ("cumulative", "unit"): "A3",
    ("cumulative", "window"): "A7",
    ("rolling_count", "school_weeks"): "A30",
    ("review", "measure"): "A20",
    ("review", "after_school_days"): "A20",
    ("time_of_day", "at"): "A11",
}
_ROLES = ("to", "mutable_by")


def errors(policy: Sketch, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Return every problem of the reader as a finding."""
    for problem in problems:
        found = _WHERE.match(problem.where)
        table, name, key = (found["table"], found["name"].strip("'\""), found["key"]) if found else ("", "", "")
        place = _place(policy, table, name, is_second="used twice" in problem.message)
        metric = _metric(policy, name) if table == "rule" else ""
        yield Finding(
            rule=name if table == "rule" else "",
            kind=_kind(metric, key, problem.message),
            message=f"{key or problem.where} {problem.message}",
            ambiguity=_question(metric, key),
            key=f"{place}.{key}" if place else problem.where,
            is_error=True,
        )


def _kind(metric: str, key: str, message: str) -> str:
    if not message.startswith("is missing"):
        return "error"
    return "missing window" if metric == "percentage" and key == "when.window" else "missing choice"


def _question(metric: str, key: str) -> str | None:
    last = key.rsplit(".", 1)[-1]
    return "A31" if last in _ROLES else _QUESTIONS.get((metric, last))


def _metric(policy: Sketch, name: str) -> str:
    return next((rule.metric for rule in policy.rules if name in {rule.id, str(rule.number)}), "")


def _place(policy: Sketch, table: str, name: str, *, is_second: bool) -> str:
    """Return where a table stands by its id, or by its number where it has none."""
    if table == "rule":
        numbers = [rule.number for rule in policy.rules if name in {rule.id, str(rule.number)}]
        number = numbers[-1 if is_second else 0] if numbers else None
    elif table == "ladder":
        number = next((at for at, each in enumerate(policy.ladders, start=1) if each == name), None)
    else:
        number = int(name) if name.isdigit() else None
    return f"{table}[{number}]" if number else table

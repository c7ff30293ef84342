"""Which rule, action, document or person carries out each demand of the published policies, with its lines."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from app.policy.coverage_problems import problems
from app.policy.covering import RULE, Carrier, Coverage, Covered, FileCoverage
from app.policy.files import PolicySource
from config.published import published_rows
from rules.doubts.raw import text, texts
from rules.doubts.sketch import RuleSketch, Sketch, sketch


def coverage(sources: Iterable[PolicySource]) -> Coverage:
    """Set every published row beside what carries it out."""
    files = [_file(source) for source in sources if _prefix(source)]
    claimed = {covered.row.row for file in files for covered in file.rows}
    unclaimed: dict[str, int] = {}
    for row in published_rows().values():
        if row.row not in claimed:
            unclaimed[row.policy] = unclaimed.get(row.policy, 0) + 1
    return Coverage(
        files=tuple(sorted(files, key=lambda file: list(published_rows()).index(file.rows[0].row.row))),
        problems=tuple(f"no file accounts for {policy}: {count} rows" for policy, count in unclaimed.items()),
    )


def _prefix(source: PolicySource) -> str:
    """Return which published rows a file claims, by its seed or by the name of the policy that ships; or none."""
    named = {row.policy: row.row.split("-")[0] for row in published_rows().values()}
    prefix = source.seed or named.get(source.stem, "")
    return prefix if prefix in named.values() else ""


def _file(source: PolicySource) -> FileCoverage:
    prefix, policy = _prefix(source), sketch(source.content)
    by: dict[str, list[Carrier]] = {}
    for row, carrier in _carriers(source, policy):
        by.setdefault(row, []).append(carrier)
    rows = tuple(
        Covered(row=row, by=tuple(by.get(row.row, ())))
        for row in published_rows().values()
        if row.row.split("-")[0] == prefix
    )
    found = FileCoverage(file=source.label, policy=source.stem, rows=rows)
    return replace(found, problems=tuple(problems(found, by, source, prefix=prefix)))


def _carriers(source: PolicySource, policy: Sketch) -> Iterator[tuple[str, Carrier]]:
    for rule in policy.rules:
        for row in rule.rows:
            yield row, _by_rule(rule, source)
    for place, entry in enumerate(policy.covered, start=1):
        for row in texts(entry, "rows"):
            where = source.where(f"covered[{place}]")
            yield row, Carrier(how=text(entry, "by"), name="", says=text(entry, "says"), actions=(), where=where)
    for place, entry in enumerate(policy.also_tell, start=1):
        says = f"{', '.join(texts(entry, 'to'))} with every notice about {', '.join(texts(entry, 'flags'))}"
        for row in texts(entry, "rows"):
            where = source.where(f"also_tell[{place}]")
            yield row, Carrier(how="also told", name="", says=says, actions=(), where=where)


def _by_rule(rule: RuleSketch, source: PolicySource) -> Carrier:
    actions = tuple(dict.fromkeys(_action(action) for action in rule.then))
    where = source.where(f"rule[{rule.number}].id")
    return Carrier(how=RULE, name=rule.id, says=text(rule.raw, "says"), actions=actions, where=where)


def _action(action: Any) -> str:
    what = " ".join(filter(None, (text(action, "kind"), text(action, "template"))))
    return f"{what} to {', '.join(texts(action, 'to'))}"

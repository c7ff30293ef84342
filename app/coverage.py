"""Which rule, action, document or person carries out each demand of the published policies, with its lines."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.policy_files import PolicySource
from config.published import PublishedRow, ambiguities, published_rows
from rules.doubts.raw import text, texts
from rules.doubts.rows import PUBLISHED
from rules.doubts.sketch import RuleSketch, Sketch, sketch

HUMAN, RULE = "human", "rule"
_NUMBER = re.compile(r"\bA\d{1,2}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What carries out a row: a rule, an entry that only says how, or (``how`` is ``human``) a person alone."""

    how: str
    name: str
    says: str
    actions: tuple[str, ...]
    where: str

    @property
    def in_words(self) -> str:
        """As it stands in the list: ``rule 'ac2': task to attendance_team``, or who does it and why."""
        if self.how == RULE:
            return f"rule {self.name}: {'; '.join(self.actions) or 'no action'}"
        return f"by people alone: {self.says}" if self.how == HUMAN else f"{self.how}: {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One published row and what carries it out in one file."""

    row: PublishedRow
    by: tuple[Carrier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """One policy file beside the published text it accounts for. ``problems`` are for its author."""

    file: str
    policy: str
    rows: tuple[Covered, ...]
    problems: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The rows that nothing in the file carries out."""
        return [each.row.row for each in self.rows if not each.by]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every published row, file by file."""

    files: tuple[FileCoverage, ...]
    problems: tuple[str, ...] = field(default=())

    def counts(self, *, floor: bool) -> tuple[int, int]:
        """Return how many rows are accounted for in every file that claims them, of how many there are."""
        every = {row for row in published_rows() if row.startswith("FLOOR") is floor}
        claimed = {covered.row.row for file in self.files for covered in file.rows}
        missing = {row for file in self.files for row in file.missing}
        return len((every & claimed) - missing), len(every)


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
    """Return which published rows a file claims: by its seed, or by the name of the policy that ships."""
    if source.seed:
        return source.seed
    return next((row.row.split("-")[0] for row in published_rows().values() if row.policy == source.stem), "")


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
    problems = (*_missing(found), *_clashes(by), *_unknown(by, prefix), *_unasked(source, prefix))
    return FileCoverage(file=found.file, policy=found.policy, rows=rows, problems=problems)


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


def _missing(file: FileCoverage) -> Iterator[str]:
    for covered in file.rows:
        if not covered.by:
            row = covered.row
            yield f"{file.file}: {row.row} (line {row.line}) is carried out by nothing: {row.says}"


def _clashes(by: dict[str, list[Carrier]]) -> Iterator[str]:
    for row, carriers in sorted(by.items()):
        people = [carrier for carrier in carriers if carrier.how == HUMAN]
        others = [carrier for carrier in carriers if carrier.how != HUMAN]
        if people and others:
            yield f"{people[0].where}: {row} is left to people alone, and {others[0].where} carries it out"


def _unknown(by: dict[str, list[Carrier]], prefix: str) -> Iterator[str]:
    for row, carriers in sorted(by.items()):
        if row in published_rows() and row.split("-")[0] not in {prefix, "FLOOR"}:
            yield f"{carriers[0].where}: {row} is a row of another policy, {published_rows()[row].policy}"
        elif row not in published_rows() and PUBLISHED.match(row):
            yield f"{carriers[0].where}: {row} is a row of no published policy"


def _unasked(source: PolicySource, prefix: str) -> Iterator[str]:
    """Say which open questions of the published text no comment or sentence of the file answers by number."""
    named = set(_NUMBER.findall(source.text))
    for each in ambiguities().values():
        if each.concerns(prefix) and each.number not in named:
            yield f"{source.label}: nothing says what is chosen for {each.number}: {each.question}"

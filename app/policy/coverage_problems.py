"""What is wrong between a published policy and the file that carries it out, a sentence each."""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.policy.covering import HUMAN, Carrier, FileCoverage
from app.policy.files import PolicySource
from config.published import ambiguities, published_rows
from rules.doubts.rows import PUBLISHED

#: What carries out each row that a file names.
By = Mapping[str, Sequence[Carrier]]
_NUMBER = re.compile(r"\bA\d{1,2}\b")


def problems(found: FileCoverage, by: By, source: PolicySource, *, prefix: str) -> Iterator[str]:
    """Yield every problem of one file, which accounts for the rows with this prefix."""
    yield from _missing(found)
    yield from _clashes(by)
    yield from _unknown(by, prefix)
    yield from _unasked(source, prefix)


def _missing(file: FileCoverage) -> Iterator[str]:
    for covered in file.rows:
        if not covered.by:
            row = covered.row
            yield f"{file.file}: {row.row} (line {row.line}) is carried out by nothing: {row.says}"


def _clashes(by: By) -> Iterator[str]:
    for row, carriers in sorted(by.items()):
        people = [carrier for carrier in carriers if carrier.how == HUMAN]
        others = [carrier for carrier in carriers if carrier.how != HUMAN]
        if people and others:
            yield f"{people[0].where}: {row} is left to people alone, and {others[0].where} carries it out"


def _unknown(by: By, prefix: str) -> Iterator[str]:
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

"""What the published policies ask, line by line, and the questions they leave open: two tables that ship."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.problems import Findings
from config.sheets import Row, read_sheet

_SHIPPED = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One demand of a published policy, or of the law for the floor.

    ``line`` is the place in the published text, ``automation`` one of ``A`` (automatic), ``A+H`` (a person acts on a
    task), ``D`` (a document is made, a person sends it), ``H`` (a person alone), ``C`` (configuration).
    """

    row: str
    policy: str
    line: str
    says: str
    automation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """One question that the published texts leave open, and what is chosen. ``rows`` are rows or prefixes of them."""

    number: str
    rows: tuple[str, ...]
    question: str
    choice: str

    def concerns(self, prefix: str) -> bool:
        """Whether a policy that accounts for the rows with this prefix must say what it chose."""
        return any(row.split("-")[0] == prefix for row in self.rows)


@cache
def published_rows() -> Mapping[str, PublishedRow]:
    """Return every row by its name, in the order of the table."""
    rows = [
        PublishedRow(**row.cells) for row in _read("seed_rows.csv", ("row", "policy", "line", "says", "automation"))
    ]
    return {row.row: row for row in rows}


@cache
def ambiguities() -> Mapping[str, Ambiguity]:
    """Return every open question by its number, ``A1`` first."""
    found = [_ambiguity(row.cells) for row in _read("ambiguities.csv", ("number", "rows", "question", "choice"))]
    return {each.number: each for each in found}


def _ambiguity(cells: Mapping[str, str]) -> Ambiguity:
    rows = tuple(cells["rows"].split(";"))
    return Ambiguity(number=cells["number"], rows=rows, question=cells["question"], choice=cells["choice"])


def _read(name: str, columns: tuple[str, ...]) -> tuple[Row, ...]:
    findings = Findings()
    sheet = read_sheet(_SHIPPED / name, name, columns, findings)
    findings.raise_if_any()
    return sheet.rows

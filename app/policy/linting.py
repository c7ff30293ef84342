"""Lints policy files: what the reader refuses and what is doubtful, each with its file and line."""

from dataclasses import dataclass
from datetime import date

from app.policy.files import PolicySource
from config.published import ambiguities, published_rows
from rules.lint import Finding, lint
from rules.reading import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A finding with the file and line it is about."""

    file: str
    line: int
    finding: Finding

    @property
    def in_words(self) -> str:
        """One line: ``burton-pru.toml:45 stage-2: doubt, overlap: day 5 stands in both ... (A5)``."""
        found = self.finding
        number = f" ({found.ambiguity})" if found.ambiguity else ""
        weight = "error" if found.is_error else "doubt"
        kind = f"{weight}, {found.kind}" if found.kind != weight else weight
        return f"{self.file}:{self.line} {found.rule or 'policy'}: {kind}: {found.message}{number}"


def lint_file(source: PolicySource, problems: list[Problem], today: date) -> list[Placed]:
    """Return every finding about a file in the order of its lines; ``problems`` are what the reader refused."""
    found = lint(
        source.content,
        problems=problems,
        today=today,
        published=published_rows(),
        windowless=ambiguities()["A15"].rows,
    )
    placed = [Placed(file=source.label, line=source.places.line(each.key), finding=each) for each in found]
    return sorted(placed, key=lambda each: each.line)

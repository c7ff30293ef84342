"""What carries out a demand of a published policy: the values that coverage is told in."""

from dataclasses import dataclass, field

from config.published import PublishedRow, published_rows

HUMAN, RULE = "human", "rule"


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

"""Arbor's list of marks: which letter stands for Arbor's own word, asked only where a record does not bring it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.arbor_graphql import Arbor
from connectors.arbor_rows import MARKS, ROLL_CALLS, MarkOfRecord, MarkType, RegisterType


@dataclass
class Lists:
    """The lists that records refer to, each read at most once a pull."""

    arbor: Arbor

    @cached_property
    def marks(self) -> tuple[MarkType, ...]:
        """Every mark that Arbor knows."""
        return tuple(row for page in self.arbor.pages(MARKS) for row in page.rows)

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """The letter of each mark, by its id and by Arbor's word for it: REST refers by id, GraphQL tells the word."""
        lettered = [(row, row.attendance_mark) for row in self.marks if row.attendance_mark]
        by_id = {str(row.id): letter for row, letter in lettered}
        return by_id | {row.code: letter for row, letter in lettered if row.code}

    @cached_property
    def register_types(self) -> Mapping[str, RegisterType]:
        """What tells morning from afternoon, by the id of the roll call."""
        rows = (row for page in self.arbor.pages(ROLL_CALLS) for row in page.rows)
        return {str(row.id): row.attendance_register_type for row in rows if row.attendance_register_type}

    def letter_of(self, mark: MarkOfRecord) -> str | None:
        """Return the letter for Arbor's word; a word the list does not know stays that word, for the code table."""
        return self.letters.get(mark.code, mark.code) if mark.code else None

"""A worked example after everything in it was understood."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.examples.marks import Signed
from mapping.codes import NO_SESSION, NOT_RECORDED, CodeTable
from mapping.school_days import Calendar
from rules.due import RollEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must be among the results of one school day. No ``kind`` is any kind; ``to`` may be part of who is told."""

    on: date
    row: str
    kind: str | None = None
    to: tuple[str, ...] = ()

    def __str__(self) -> str:
        to = f" to {', '.join(self.to)}" if self.to else ""
        return f"{self.row}{f' {self.kind}' if self.kind else ''}{to}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One pupil's story: judged on every school day from ``first`` to ``as_of``, both included."""

    name: str
    entry: RollEntry
    signs: tuple[Signed, ...]
    events: tuple[tuple[date, str], ...]
    calendar: Calendar
    first: date
    as_of: date
    expect: tuple[Expected, ...]
    never: tuple[str, ...]
    #: Rows that may follow on the days of which something is expected, and on no other.
    only: tuple[str, ...] = ()

    def is_unwanted(self, row: str, day: date) -> bool:
        """Whether a row must not follow on a day."""
        if row in self.never:
            return True
        return row in self.only and day not in {each.on for each in self.expect}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the examples of one file are read against. Without ``rows`` any row passes."""

    calendar: Calendar
    codes: CodeTable
    rows: Collection[str] | None
    #: The rows of every published policy.
    published: Collection[str]
    roles: Collection[str]
    flags: Collection[str]
    events: Collection[str]

    @cached_property
    def meaningless(self) -> frozenset[int]:
        """Bytes that may stand where no session was due: they say as much."""
        not_possible = {code.byte for code in self.codes if not code.meaning.is_possible}
        return frozenset({NO_SESSION, NOT_RECORDED, self.codes["C2"].byte} | not_possible)

"""The national attendance codes as dated data: which code means what on which day, and its one byte.

Source of the rules behind the data: School Attendance (Pupil Registration) (England) Regulations 2024,
SI 2024/208, regulation 10; the categories were proved by adding the counts that the DfE publishes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

_Value = TypeVar("_Value")


class Meaning(StrEnum):
    """What a code counts as in the national statistics."""

    PRESENT = "present"
    APPROVED_EDUCATIONAL_ACTIVITY = "approved_educational_activity"
    AUTHORISED_ABSENCE = "authorised_absence"
    UNAUTHORISED_ABSENCE = "unauthorised_absence"
    NOT_POSSIBLE = "not_possible"
    ADMINISTRATIVE = "administrative"

    @property
    def is_possible(self) -> bool:
        """Whether a session with this meaning counts in the denominator of a rate."""
        return self not in {Meaning.NOT_POSSIBLE, Meaning.ADMINISTRATIVE}

    @property
    def is_attendance(self) -> bool:
        """Whether the pupil was attending: present, late before the register closed, or educated off site."""
        return self in {Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY}

    @property
    def is_absence(self) -> bool:
        """Whether a session with this meaning is an authorised or unauthorised absence."""
        return self in {Meaning.AUTHORISED_ABSENCE, Meaning.UNAUTHORISED_ABSENCE}


#: Bytes of a mark string that are no national code.
NOT_RECORDED = ord("-")
NO_SESSION = ord(".")
QUARANTINED = ord("?")
RESERVED = frozenset({NOT_RECORDED, NO_SESSION, QUARANTINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One attendance code, the dates between which it may be used (both included), and its byte."""

    code: str
    name: str
    meaning: Meaning
    byte: int
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: tuple[str, ...] = ()

    def is_valid_on(self, day: date) -> bool:
        """Whether a register of ``day`` may hold this code."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class CodeTable:
    """Every national code, in force or withdrawn, by code and by byte."""

    def __init__(self, codes: Iterable[Code]) -> None:
        """Raise ``ValueError`` when two codes share a name or a byte, or use a reserved byte."""
        self._by_code: dict[str, Code] = {}
        self._by_byte: dict[int, Code] = {}
        for code in codes:
            if code.byte in RESERVED or code.byte in self._by_byte or code.code in self._by_code:
                raise ValueError(f"code {code.code!r}: its byte {chr(code.byte)!r} or its name is already taken")
            self._by_code[code.code] = code
            self._by_byte[code.byte] = code

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> "CodeTable":
        """Read the columns of ``config/codes/national.csv``; a bad cell raises ``ValueError`` naming the code."""
        return cls(_code(row) for row in rows)

    def __iter__(self) -> Iterator[Code]:
        return iter(self._by_code.values())

    def __getitem__(self, code: str) -> Code:
        """Look a code up by its national name; raises ``KeyError`` when there is no such code."""
        return self._by_code[code]

    def get(self, code: str) -> Code | None:
        """Look a code up by its national name, whatever the date."""
        return self._by_code.get(code)

    def of_byte(self, byte: int) -> Code | None:
        """Return the code that a byte of a mark string stands for; none for the three bytes that are no code."""
        return self._by_byte.get(byte)

    def bytes_of(self, *meanings: Meaning) -> bytes:
        """Return the bytes of all codes with one of these meanings, in or out of force."""
        return bytes(code.byte for code in self._by_code.values() if code.meaning in meanings)

    @cached_property
    def absent_bytes(self) -> frozenset[int]:
        """Return the bytes that say absent, for whatever reason."""
        return frozenset(code.byte for code in self if code.meaning.is_absence)

    @cached_property
    def attended_bytes(self) -> frozenset[int]:
        """Return the bytes that say attended, at the provider or elsewhere."""
        return frozenset(code.byte for code in self if code.meaning.is_attendance)

    def encode(self, codes: Iterable[str]) -> bytes:
        """Write national codes as bytes, one a session; raises ``KeyError`` for what is no national code."""
        return bytes(self._by_code[code].byte for code in codes)

    def spell(self, byte: int) -> str:
        """Write a byte of a mark string as people know it: the national code, or ``-``, ``.`` or ``?``."""
        code = self._by_byte.get(byte)
        return code.code if code else chr(byte)


def _code(row: Mapping[str, str]) -> Code:
    code = Code(
        code=_cell(row, "code", _filled),
        name=_cell(row, "name", _filled),
        meaning=_cell(row, "category", Meaning),
        byte=_cell(row, "byte", _byte),
        valid_from=_cell(row, "valid_from", _date),
        valid_to=_cell(row, "valid_to", _date),
        replaced_by=_cell(row, "replaced_by", _list),
    )
    if code.valid_from and code.valid_to and code.valid_to < code.valid_from:
        raise ValueError(f"code {code.code!r}: valid_to {code.valid_to} is before valid_from {code.valid_from}")
    return code


def _cell(row: Mapping[str, str], column: str, read: Callable[[str], _Value]) -> _Value:
    # A row of a CSV file that ends too early has no text (None) in its last columns.
    if (text := row.get(column)) is None:
        raise ValueError(f"code {row.get('code')!r}: the column {column!r} is missing")
    try:
        return read(text)
    except ValueError as problem:
        raise ValueError(f"code {row.get('code')!r}, column {column!r}: {problem}") from None


def _filled(text: str) -> str:
    if not text:
        raise ValueError("it is empty")
    return text


def _byte(text: str) -> int:
    # A mark string is text that people read and that the store writes one to a line: nothing invisible in it.
    if len(text) != 1 or not "!" <= text <= "~":
        raise ValueError(f"{text!r} is not one visible ASCII character")
    return ord(text)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))

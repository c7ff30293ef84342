"""Whether rows of a CSV file match a published Table Schema, told by row and column and without the values.

Fast enough to look at every file that leaves: a column's different values are looked at once each.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

#: So many rows are looked at together; memory stays flat however long the file is.
CHUNK = 4096
#: A code may be shown. Anything longer or of mixed letters may be somebody's name in the wrong column.
_CODE = re.compile(r"[a-z_]{1,20}|[A-Z0-9/\\#@?-]{1,3}")

#: Returns what is wrong with a cell that is not empty, or nothing.
CellCheck = Callable[[str], str | None]
#: Returns the column and what is wrong with a whole row, for each thing that is.
RowRule = Callable[[Mapping[str, str]], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that does not match. ``row`` counts as a spreadsheet does (the header is row 1); 0 is the file."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        """As it is printed: ``row 14: upn: is not in the published form``."""
        return ": ".join(filter(None, (f"row {self.row}" if self.row else "", self.column, self.what)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """A Table Schema made ready. ``optional`` columns may be missing from a file altogether."""

    name: str
    columns: tuple[str, ...]
    checks: Mapping[str, CellCheck] = field(repr=False)
    required: frozenset[str]
    optional: frozenset[str]
    primary_key: tuple[str, ...]
    row_rule: RowRule = field(repr=False)
    rule_reads: tuple[str, ...]
    rule_asks: tuple[str, ...]

    def header_misfits(self, header: Sequence[str]) -> list[Misfit]:
        """Return what is wrong with the names of the columns. Further columns are allowed: readers pass over them."""
        missing = [name for name in self.columns if name not in header and name not in self.optional]
        twice = sorted({name for name in header if header.count(name) > 1} & set(self.columns))
        return [
            *(Misfit(1, name, "is missing: the format has this column") for name in missing),
            *(Misfit(1, name, "stands twice in the header") for name in twice),
        ]

    def misfits(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Misfit]:
        """Yield what is wrong with the rows under a header, in the order of the file."""
        keys: set[int] = set()
        at, rest = 2, iter(rows)
        while chunk := list(islice(rest, CHUNK)):
            yield from sorted(self._of_chunk(header, chunk, at, keys), key=lambda misfit: misfit.row)
            at += len(chunk)

    def _of_chunk(self, header: Sequence[str], chunk: list[Sequence[str]], at: int, keys: set[int]) -> Iterator[Misfit]:
        uneven = {number: len(row) for number, row in enumerate(chunk, at) if len(row) != len(header)}
        for number, length in uneven.items():
            yield Misfit(number, "", f"has {length} cells under {len(header)} columns")
        whole = [row for row in chunk if len(row) == len(header)] if uneven else chunk
        numbers = [number for number in range(at, at + len(chunk)) if number not in uneven]
        columns = dict(zip(header, zip(*whole, strict=True), strict=True)) if whole else {}
        for name, values in columns.items():
            yield from self._of_column(name, values, numbers)
        yield from self._repeated(columns, numbers, keys)
        yield from self._of_rows(columns, numbers)

    def _of_rows(self, columns: Mapping[str, Sequence[str]], numbers: Sequence[int]) -> Iterator[Misfit]:
        """Look at whole rows once for each pattern of filled and empty cells: there are few of them."""
        names = [name for name in self.rule_asks if name in columns]
        filled = (map(bool, columns[name]) for name in names)
        read = [name for name in self.rule_reads if name in columns]
        patterns = list(zip(*(columns[name] for name in read), *filled, strict=True))
        wrong = {
            pattern: problems
            for pattern in set(patterns)
            if (problems := list(self.row_rule(_typical(read + names, pattern))))
        }
        if wrong:
            for number, pattern in zip(numbers, patterns, strict=True):
                yield from (Misfit(number, column, what) for column, what in wrong.get(pattern, ()))

    def _of_column(self, name: str, values: Sequence[str], numbers: Sequence[int]) -> Iterator[Misfit]:
        check = self.checks.get(name)
        if check is None:
            return
        wrong = {value: what for value in set(values) if (what := self._of_cell(name, value, check))}
        if wrong:
            yield from (
                Misfit(number, name, wrong[value])
                for number, value in zip(numbers, values, strict=True)
                if value in wrong
            )

    def _of_cell(self, name: str, value: str, check: CellCheck) -> str | None:
        if not value:
            return "is empty: every row has it" if name in self.required else None
        return check(value)

    def _repeated(
        self, columns: Mapping[str, Sequence[str]], numbers: Sequence[int], keys: set[int]
    ) -> Iterator[Misfit]:
        if not columns or not all(name in columns for name in self.primary_key):
            return
        for number, key in zip(numbers, zip(*(columns[name] for name in self.primary_key), strict=True), strict=True):
            # Hashes, not keys: a million of them fit, and two that agree by chance do not happen.
            if hash(key) in keys:
                yield Misfit(number, self.primary_key[-1], "stands twice in the file: a record has one row")
            keys.add(hash(key))


def _typical(names: Sequence[str], pattern: Sequence[str | bool]) -> dict[str, str]:
    """Return a row of this pattern; what is filled, whatever it says, reads ``filled``."""
    told = {True: "filled", False: ""}
    return {name: told[cell] if isinstance(cell, bool) else cell for name, cell in zip(names, pattern, strict=True)}


def table_schema(
    schema: Mapping[str, Any],
    *,
    optional: Iterable[str] = (),
    row_rule: RowRule = lambda _: (),
    rule_reads: Iterable[str] = (),
    rule_asks: Iterable[str] = (),
) -> TableSchema:
    """Make a Table Schema ready.

    ``row_rule`` is what it cannot say: which cells need which others. It looks at the values of ``rule_reads`` and
    learns whether those of ``rule_asks`` are filled.
    """
    fields = {each["name"]: each for each in schema["fields"]}
    return TableSchema(
        name=schema["name"],
        columns=tuple(fields),
        checks={name: _check(each) for name, each in fields.items()},
        required=frozenset(name for name, each in fields.items() if each.get("constraints", {}).get("required")),
        optional=frozenset(optional),
        primary_key=tuple(schema.get("primaryKey", ())),
        row_rule=row_rule,
        rule_reads=tuple(rule_reads),
        rule_asks=tuple(rule_asks),
    )


def _check(spec: Mapping[str, Any]) -> CellCheck:
    constraints = spec.get("constraints", {})
    if "enum" in constraints:
        return _enum(constraints["enum"])
    if "pattern" in constraints:
        return _pattern(constraints["pattern"])
    if spec["type"] == "integer":
        return _integer(constraints.get("minimum", 0))
    return _TYPES[spec["type"]]


def _enum(words: Sequence[str]) -> CellCheck:
    allowed = frozenset(words)

    def check(value: str) -> str | None:
        if value in allowed:
            return None
        shown = f"is {value!r}" if _CODE.fullmatch(value) else "is another word"
        return f"{shown}: the format has {', '.join(words)}"

    return check


def _pattern(pattern: str) -> CellCheck:
    matches = re.compile(pattern).fullmatch
    return lambda value: None if matches(value) else "is not in the published form"


def _integer(minimum: int) -> CellCheck:
    def check(value: str) -> str | None:
        is_number = value.isascii() and value.isdigit()
        return None if is_number and int(value) >= minimum else f"is not a whole number from {minimum} on"

    return check


def _date(value: str) -> str | None:
    return None if _is_date(value) else "is not a date as 2026-11-02"


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and date.fromisoformat(value) is not None
    except ValueError:
        return False


_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)


def _time(value: str) -> str | None:
    return None if _CLOCK.fullmatch(value) else "is not a time as 09:05"


def _instant(value: str) -> str | None:
    found = _INSTANT.fullmatch(value)
    return None if found and _is_date(found[1]) else "is not an instant in UTC as 2026-11-02T09:05:00Z"


_TYPES: dict[str, CellCheck] = {"string": lambda _: None, "date": _date, "time": _time, "datetime": _instant}

"""CSV files as a spreadsheet writes them: rows and columns that can be complained about."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.problems import Findings, suggestion
from config.texts import read_text

#: A column that any table may have, for people alone.
FREE = "notes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; ``number`` is the one the spreadsheet shows (the header is 1). Empty cells are left out."""

    number: int
    cells: Mapping[str, str]


class Sheet:
    """The rows of one file. Messages name row and column and never quote a cell: it may hold a pupil's name."""

    def __init__(self, name: str, columns: Sequence[str], findings: Findings) -> None:
        self.name = name
        self.columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        #: Whether the file could be read and has its columns; single rows may still be wrong.
        self.is_read = False
        self._findings = findings

    @property
    def is_empty(self) -> bool:
        """Whether there is a header and nothing under it."""
        return self.is_read and not self.rows

    def problem(self, row: int, column: str, message: str) -> None:
        """Say what is wrong with a cell, or with a whole row when ``column`` is empty."""
        self._findings.problem(self.name, self._key(row, column), message, at=self._at(row, column))

    def warn(self, row: int, column: str, message: str) -> None:
        """Say what a person should look at; row 0 is the whole column."""
        self._findings.warn(self.name, self._key(row, column), message, at=self._at(row, column))

    def _key(self, row: int, column: str) -> str:
        return ": ".join(filter(None, (f"row {row}" if row else "", column)))

    def _at(self, row: int, column: str) -> tuple[int, int]:
        return row, self.columns.index(column) if column in self.columns else -1


def read_sheet(path: Path, name: str, columns: Sequence[str], findings: Findings) -> Sheet:
    """Return a CSV file with at least ``columns``; without rows when it cannot be used, with the findings saying why.

    A column that is not among them is a warning, for it may be a slip of the pen; ``notes`` is free for people.
    """
    sheet = Sheet(name, columns, findings)
    text = read_text(path, name, findings)
    if text is None:
        return sheet
    try:
        header, *rows = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text, sheet), strict=True)
    except csv.Error as wrong:
        findings.problem(name, "", f"is not a CSV file ({wrong}): look for a quotation mark that is never closed")
        return sheet
    names = [cell.strip().lower() for cell in header]
    if _is_header(names, sheet):
        sheet.rows = tuple(_rows(names, rows, sheet))
        sheet.is_read = True
    return sheet


def delimiter_of(header: str) -> str:
    """Return what a file is separated by: of comma, semicolon and tab what its first line holds most of."""
    return max(",;\t", key=header.count)


def _delimiter(text: str, sheet: Sheet) -> str:
    """Return what a file is separated by, with a warning when that is no comma."""
    found = delimiter_of(text.partition("\n")[0])
    if found == ",":
        return found
    how = {";": "semicolons", "\t": "tabs"}[found]
    sheet.warn(1, "", f"is separated by {how}: it was read so; better save it as 'CSV UTF-8 (Comma delimited)'")
    return found


def _is_header(names: list[str], sheet: Sheet) -> bool:
    missing = [column for column in sheet.columns if column not in names]
    for column in missing:
        sheet.problem(1, column, "this column is missing: add it to the first row (its cells may stay empty)")
    for name in filter(None, names):
        if names.count(name) > 1:
            sheet.problem(1, name, "this column stands twice: keep one")
        elif name not in (*sheet.columns, FREE):
            sheet.warn(1, name, f"this column is not used{suggestion(name, missing)}")
    return not missing


def _rows(names: list[str], rows: list[list[str]], sheet: Sheet) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=2):
        texts = [cell.strip() for cell in cells]
        if not any(texts):
            continue
        if len(texts) != len(names):
            sheet.problem(
                number,
                "",
                f"has {len(texts)} cells where the first row has {len(names)}: put a cell that holds a comma in quotes",
            )
            continue
        yield Row(number=number, cells={name: text for name, text in zip(names, texts, strict=True) if text and name})

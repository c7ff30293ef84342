"""Large CSV files read row by row: columns in any order; what cannot be used is said with its line and left out."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.backtest.troubles import Troubles
from config.problems import ConfigErrors, Problem, suggestion
from config.sheets import delimiter_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns a file must have, which it may have, and which are known but mean nothing to a policy."""

    needed: Sequence[str]
    optional: Sequence[str] = ()
    unused: Collection[str] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Every column somebody may have meant."""
        return (*self.needed, *self.optional, *self.unused)


class Sheet:
    """One open file behind its header."""

    def __init__(self, name: str, file: TextIO, columns: Columns, troubles: Troubles) -> None:
        """Read the header. Raises ``ConfigErrors`` when the file cannot be used at all."""
        self.name = name
        self._troubles = troubles
        first = file.readline()
        delimiter = delimiter_of(first)
        header = next(csv.reader([first], delimiter=delimiter), [])
        self._names = [cell.strip().lower() for cell in header]
        self._reader = csv.reader(file, delimiter=delimiter, strict=True)
        if problems := list(_header_problems(self._names, columns)):
            raise ConfigErrors(Problem(file=name, key="line 1", message=each) for each in problems)
        for each in filter(None, self._names):
            if each not in columns.known:
                troubles.remark(f"{name}: line 1: column {each!r} is not used{suggestion(each, columns.optional)}")

    def places(self, *names: str) -> tuple[int, ...]:
        """Return where the columns stand."""
        return tuple(map(self._names.index, names))

    def named(self, cells: Sequence[str], names: Collection[str]) -> Mapping[str, str]:
        """Return those cells of some columns that are not empty."""
        pairs = zip(self._names, map(str.strip, cells), strict=True)
        return {name: text for name, text in pairs if text and name in names}

    def wrong(self, line: int, message: str) -> None:
        """Say why a line is left out."""
        self._troubles.line(self.name, line, message)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every row of the right length with its line; empty ones are stepped over."""
        width = len(self._names)
        for line, cells in self._numbered():
            if len(cells) == width and any(cells):
                yield line, cells
            elif any(map(str.strip, cells)):
                has = f"has {len(cells)} cells where the first line has {width}"
                self.wrong(line, f"{has}: put a cell that holds a comma in quotes")

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        reader = self._reader
        while True:
            try:
                for cells in reader:
                    yield reader.line_num + 1, cells  # the header was line 1
            except csv.Error as wrong:
                self.wrong(reader.line_num + 1, f"is not CSV ({wrong}): look for a quotation mark that is never closed")
            else:
                return


@contextmanager
def opened(path: Path, columns: Columns, troubles: Troubles) -> Iterator[Sheet]:
    """Open a file. Raises ``ConfigErrors`` when it is not there, is empty or lacks a column."""
    try:
        # A byte order mark does no harm, nor a name in another encoding: no policy looks at names.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield Sheet(str(path), file, columns, troubles)
    except OSError as refused:
        message = f"cannot be read ({refused.strerror}): give the path of a CSV file"
        raise ConfigErrors([Problem(file=str(path), key="", message=message)]) from None


def _header_problems(names: Sequence[str], columns: Columns) -> Iterator[str]:
    if not any(names):
        yield f"is empty: the first line names the columns {','.join(columns.needed)}"
        return
    strange = [name for name in names if name not in columns.known]
    for column in columns.needed:
        if column not in names:
            yield f"column {column!r} is missing{suggestion(column, strange) or ': add it'}"
    for name in dict.fromkeys(filter(None, names)):
        if names.count(name) > 1:
            yield f"column {name!r} stands twice: keep one"

"""One attendance file, read whole or refused whole, whichever way it came."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from connectors.base import Malformed, Window
from connectors.collection import uncollected
from connectors.layouts import RowReader, find_header
from connectors.profiles import Profile
from connectors.tables import Content, rows
from mapping.model import SourceMark, SourceRow

#: Rows between two reports to the progress bar.
_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Export:
    """What a file holds: its marks, and the rows of it that a person has to look at."""

    marks: list[SourceMark]
    unreadable: list[SourceRow]


@uncollected()
def read_export(
    file: BinaryIO,
    content: Content,
    profile: Profile,
    *,
    name: str,
    window: Window,
    seen: Callable[[int], object],
) -> Export:
    """Read a file to its end; ``name`` stands in front of each row's number.

    Raises ``Malformed`` where the file as a whole cannot be believed: no header, not one row, or none that can be
    read. A file whose registers are all untaken yet brings no mark and is fine.
    """
    with closing(rows(file, content, profile)) as numbered:
        reader = RowReader(profile, find_header(numbered, profile), window)
        export, count = Export([], []), 0
        for number, row in numbered:
            if reader.is_pupil(row):
                count += 1
                _add(export, reader, row, f"{name} row {number}")
                if not count % _EVERY:
                    seen(_EVERY)
    seen(count % _EVERY)
    if reader.outside:
        reason = f"marks outside {window}: {reader.outside}, left out; check the dates in the file"
        export.unreadable.append(SourceRow(where=name, reason=reason))
    if not export.marks:
        _doubt(count, export.unreadable)
    return export


def _add(export: Export, reader: RowReader, row: list[str], where: str) -> None:
    try:
        export.marks.extend(reader.marks(row, where))
    except ValueError as problem:
        export.unreadable.append(SourceRow(where=where, reason=str(problem)))


def _doubt(count: int, unreadable: list[SourceRow]) -> None:
    if not count:
        raise Malformed("no row follows the header: that is never read as an empty register; have the file sent again")
    if unreadable:
        first = unreadable[0]
        raise Malformed(f"not one mark of {count} rows could be used; {first.where}: {first.reason}")

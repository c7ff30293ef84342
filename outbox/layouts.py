"""How a feed's file looks to one receiver: the columns in its order, its words for our codes, its dates and line ends.

The standard layout is the published format. Any other is data that an operator wrote for one receiver.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from outbox.feed_rows import COLUMNS, IDENTITY_COLUMNS, Profile

STANDARD_NAME = "attendance-daily-1.0"
LONDON = ZoneInfo("Europe/London")
#: One feed row as text, by the names of the published format.
Record = Mapping[str, str]

DATES = frozenset({"date", "date_of_birth"})
TIMES = frozenset({"arrived_at", "left_at"})
INSTANTS = frozenset({"contact_at", "marked_at", "changed_at", "extracted_at"})
#: What is the same in both rows of a pupil's day; the rest belongs to one session.
OF_THE_DAY = frozenset(COLUMNS[Profile.IDENTITY][4:20]) | {"schema_version", "extracted_at", "source_system"}
_BY_RECORD = {"record_id", "revision", "record_state"}


class Rows(StrEnum):
    """What one row of a file is about."""

    SESSION = "session"
    DAY = "day"


class CorrectsBy(StrEnum):
    """How a file in this layout puts an earlier one right: record by record, or the whole day again."""

    RECORD = "record"
    WHOLE_DAY = "whole_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the value of ``source``, or always ``constant``. ``half`` is whose session, in a row of a day."""

    name: str
    source: str = ""
    constant: str = ""
    half: str = ""
    is_identity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout. Formats are those of ``strftime``; ``codes`` maps a column's words to the receiver's."""

    name: str
    columns: tuple[Column, ...]
    rows: Rows = Rows.SESSION
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_format: str = "%Y-%m-%d"
    time_format: str = "%H:%M"
    instant_format: str = "%Y-%m-%dT%H:%M:%SZ"
    are_instants_local: bool = False
    delimiter: str = ","
    newline: str = "\r\n"
    encoding: str = "utf-8"
    has_header: bool = True
    file_name: str = "attendance-daily_1.0_{sender}_{destination}_{date:%Y%m%d}_{sequence:06}_r{revision}.csv"
    sends_manifest: bool = True
    guards_names: bool = True

    @property
    def is_standard(self) -> bool:
        """Whether files are in the published format."""
        return self.name == STANDARD_NAME

    @property
    def corrects_by(self) -> CorrectsBy:
        """Without record ids, revisions and states a receiver cannot tell what a single row replaces."""
        sources = {column.source for column in self.columns}
        by_record = self.rows is Rows.SESSION and sources >= _BY_RECORD
        return CorrectsBy.RECORD if by_record else CorrectsBy.WHOLE_DAY

    def columns_for(self, profile: Profile) -> tuple[Column, ...]:
        """Return the columns that a destination with this profile gets."""
        return tuple(column for column in self.columns if profile is Profile.IDENTITY or not column.is_identity)


STANDARD = Layout(
    name=STANDARD_NAME,
    columns=tuple(
        Column(name=name, source=name, is_identity=name in IDENTITY_COLUMNS) for name in COLUMNS[Profile.IDENTITY]
    ),
)


def lay_out(layout: Layout, profile: Profile, records: Iterable[Record]) -> tuple[bytes, int]:
    """Return records as the bytes of a file, and how many rows it has."""
    columns = layout.columns_for(profile)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator=layout.newline)
    if layout.has_header:
        writer.writerow([column.name for column in columns])
    write = _days if layout.rows is Rows.DAY else _rows
    rows = list(write(layout, columns, records))
    writer.writerows(rows)
    return text.getvalue().encode(layout.encoding), len(rows)


def _rows(layout: Layout, columns: Sequence[Column], records: Iterable[Record]) -> Iterable[Sequence[str]]:
    cells = [_cell(layout, column) for column in columns]
    if layout.is_standard:
        return map(itemgetter(*(column.source for column in columns)), records)
    return ([cell(record) for cell in cells] for record in records)


def _days(layout: Layout, columns: Sequence[Column], records: Iterable[Record]) -> Iterable[Sequence[str]]:
    """Put a pupil's sessions of a day into one row; a session that is not in the file leaves its cells empty."""
    cells = [(column.half, _cell(layout, column)) for column in columns]
    ordered = sorted(records, key=_of_day)
    for _, day in groupby(ordered, key=_of_day):
        halves = {record["session"]: record for record in day}
        first = next(iter(halves.values()))
        yield ["" if half and half not in halves else cell(halves[half] if half else first) for half, cell in cells]


def _of_day(record: Record) -> tuple[str, ...]:
    return record["date"], record["local_pupil_id"], record["placement_ref"], record["site_id"]


def _cell(layout: Layout, column: Column) -> Callable[[Record], str]:
    if not column.source:
        return lambda _: column.constant
    write = _writer(layout, column.source)
    return lambda record: write(record[column.source])


def _writer(layout: Layout, source: str) -> Callable[[str], str]:
    if source in layout.codes:
        words = layout.codes[source]
        return lambda value: words.get(value, value)
    if source in DATES:
        return _unless_empty(lambda value: date.fromisoformat(value).strftime(layout.date_format))
    if source in TIMES:
        return _unless_empty(lambda value: time.fromisoformat(value).strftime(layout.time_format))
    if source in INSTANTS:
        zone = LONDON if layout.are_instants_local else UTC
        return _unless_empty(
            lambda value: datetime.fromisoformat(value).astimezone(zone).strftime(layout.instant_format)
        )
    return str


def _unless_empty(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: write(value) if value else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a file's name may tell; nothing of it is about a pupil."""

    sender: str
    destination: str
    day: date
    sequence: int
    revision: int
    edition: str


def file_name(pattern: str, naming: Naming) -> str:
    """Fill in a pattern that was checked; names of senders and destinations are made plain."""
    sender, destination = (re.sub(r"[^A-Za-z0-9.-]+", "-", name) for name in (naming.sender, naming.destination))
    return pattern.format(
        sender=sender,
        destination=destination,
        date=naming.day,
        sequence=naming.sequence,
        revision=naming.revision,
        edition=naming.edition,
    )

"""The daily feeds: a file of one row a pupil-session, and a manifest beside it.

Pure: same rows, same bytes. Two kinds: ``attendance-daily/1.0`` for councils and commissioners, in the published layout
or a receiver's own, and ``attendance-confirmation/1.0`` for home schools. Both are published in ``outbox/formats``.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from outbox.confirmations import CONFIRMATION_COLUMNS, confirmation_cells, confirmation_texts
from outbox.encryption import Seal
from outbox.feed_rows import COLUMNS, NAME_COLUMNS, Profile, cells, texts, when
from outbox.layouts import STANDARD, Column, Layout, Naming, file_name, lay_out
from outbox.multipart import Part, join
from outbox.published import CONFIRMATION, DAILY
from outbox.revisions import WITHDRAWN, Published, RevisedRow, Texts, changed_only, lifted, revise

__all__ = [
    "Edition",
    "Feed",
    "FeedHeader",
    "FeedKind",
    "Mode",
    "Published",
    "Registers",
    "RevisedRow",
    "changed_only",
    "compose_feed",
    "lifted",
    "revise",
]

#: What spreadsheets take for the beginning of a formula (OWASP ASVS 1.2.10), with its full-width twins.
_FORMULA = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
_UNKNOWN = frozenset({"not_recorded", "not_known"})


class Edition(StrEnum):
    """Whether the day's registers may still be amended as a matter of course."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class FeedKind(StrEnum):
    """What a feed is for: the word an operator writes."""

    DAILY = "daily"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    """One published format: its version, the columns of its rows, and how a row is written."""

    version: str
    columns: tuple[str, ...]
    cells: Callable[[Any, Profile], dict[str, str]]
    texts: Texts


FORMATS = {
    FeedKind.DAILY: _Format(version=DAILY, columns=COLUMNS[Profile.IDENTITY], cells=cells, texts=texts),
    FeedKind.CONFIRMATION: _Format(
        version=CONFIRMATION, columns=CONFIRMATION_COLUMNS, cells=confirmation_cells, texts=confirmation_texts
    ),
}
#: A confirmation has one layout: whoever takes it in writes B, D or K by hand or by the published columns.
_CONFIRMATION_LAYOUT = Layout(
    name=STANDARD.name,
    columns=tuple(Column(name=name, source=name) for name in CONFIRMATION_COLUMNS),
    file_name=STANDARD.file_name.replace("attendance-daily", "attendance-confirmation"),
)


class Mode(StrEnum):
    """What the rows of one file are: all of the day, those that changed, or none because there was no session."""

    FULL_DAY = "full_day"
    CORRECTION = "correction"
    NIL = "nil"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """How many of the registers due on the days of the feed are known; ``str`` says ``41 of 43``."""

    known: int
    due: int

    def __str__(self) -> str:
        return f"{self.known} of {self.due}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHeader:
    """Everything about one file but its rows.

    ``sequence`` has no gaps per ``destination``, whatever feeds go there; ``not_sent`` are earlier numbers that will
    not come. ``revision`` counts the files about the same days, from 1. ``extracted_at`` is when the rows were read.
    """

    message_id: str
    sender_id: str
    sender_name: str
    destination: str
    profile: Profile
    edition: Edition
    mode: Mode
    date_from: date
    date_to: date
    sequence: int
    revision: int
    registers: Registers
    created_at: datetime
    extracted_at: datetime
    contact: str
    kind: FeedKind = FeedKind.DAILY
    layout: Layout = STANDARD
    not_sent: tuple[int, ...] = ()
    is_trial: bool = False

    @property
    def reference(self) -> str:
        """The file's name in the published form, whatever name its receiver wants: what logs and lists show."""
        return _name(self, STANDARD.file_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A composed feed: its file and manifest, and what is sent of them as the payload of one message.

    ``csv`` can always be read, ``file_name`` is that of the file as it is sent.
    """

    file_name: str
    csv: bytes
    manifest: dict[str, Any]
    content_type: str
    payload: bytes


def compose_feed(header: FeedHeader, rows: Sequence[RevisedRow], seal: Seal | None = None) -> Feed:
    """Write the file, its manifest and the message that carries both; a seal closes the file, never the manifest.

    Raises ``ValueError`` for a nil feed with rows, or any other without: an empty day is a nil feed, said so.
    """
    if (header.mode is Mode.NIL) is bool(rows):
        raise ValueError(f"a feed in mode {header.mode} cannot hold {len(rows)} rows: an empty day is a nil feed")
    layout = header.layout if header.kind is FeedKind.DAILY else _CONFIRMATION_LAYOUT
    name = _name(header, layout.file_name)
    content, lines = lay_out(layout, header.profile, [_record(header, layout, row) for row in rows])
    file = Part(name="feed", file_name=name, content_type=f"text/csv; charset={layout.encoding[:5]}", content=content)
    manifest = _manifest(header, rows, name, content) | {"rows": lines}
    if seal:
        file = _closed(file, seal)
        manifest = _manifest(header, rows, file.file_name, file.content) | {
            "rows": lines,
            "encryption": seal.kind,
            "plain_sha256": hashlib.sha256(content).hexdigest(),
        }
    parts = [file]
    if layout.sends_manifest:
        beside = f"{name.rpartition('.')[0] or name}.json"
        parts.append(Part(name="manifest", file_name=beside, content_type="application/json", content=_json(manifest)))
    content_type, payload = join(parts, header.message_id)
    return Feed(file_name=file.file_name, csv=content, manifest=manifest, content_type=content_type, payload=payload)


def _closed(file: Part, seal: Seal) -> Part:
    return Part(
        name=file.name,
        file_name=file.file_name + seal.suffix,
        content_type="application/octet-stream",
        content=seal.close(file.content),
    )


def _name(header: FeedHeader, pattern: str) -> str:
    """Name the file without a word about whom it is about: membership of a feed is itself sensitive."""
    naming = Naming(
        sender=header.sender_id,
        destination=header.destination,
        day=header.date_to,
        sequence=header.sequence,
        revision=header.revision,
        edition=header.edition,
    )
    return file_name(pattern.replace("attendance-daily", f"attendance-{header.kind}", 1), naming)


#: The name of a feed's file in the published form, as ``FeedHeader.reference`` writes it.
_REFERENCE = re.compile(r"attendance-[a-z]+_[0-9.]+_.+_(?P<day>\d{8})_(?P<sequence>\d{6,})_r(?P<revision>\d+)\.csv")


def numbers_of(reference: str) -> tuple[date, int, int] | None:
    """Return the day, sequence and revision that a feed's reference tells; none for any other message's."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    return date.fromisoformat(found["day"]), int(found["sequence"]), int(found["revision"])


def _record(header: FeedHeader, layout: Layout, revised: RevisedRow) -> dict[str, str]:
    form = FORMATS[header.kind]
    record = {
        "schema_version": form.version,
        "record_id": revised.record_id,
        "revision": str(revised.revision),
        "record_state": "current" if revised.row else WITHDRAWN,
        "sender_id": header.sender_id,
        "sender_name": header.sender_name,
        "extracted_at": when(header.extracted_at),
    }
    if revised.row:
        record |= form.cells(revised.row, header.profile)
        record["changed_since"] = "Y" if revised.is_changed else "N"
    else:
        record = dict.fromkeys(form.columns, "") | record
        if header.date_from == header.date_to:
            # A withdrawn row says which record and day, and no more of a pupil who perhaps never belonged here.
            record["date"] = header.date_from.isoformat()
    return _guarded(record) if layout.guards_names else record


def _guarded(record: dict[str, str]) -> dict[str, str]:
    """Keep a spreadsheet from running a name; codes such as ``-`` and ``/`` stay as they are."""
    for name in NAME_COLUMNS:
        if (value := record.get(name)) and value.lstrip(" ").startswith(_FORMULA):
            record[name] = f"'{value}"
    return record


def _manifest(header: FeedHeader, rows: Sequence[RevisedRow], file_name: str, content: bytes) -> dict[str, Any]:
    current = [each.row for each in rows if each.row]
    manifest = {
        "schema_version": FORMATS[header.kind].version,
        "message_id": header.message_id,
        "feed": file_name,
        "sender_id": header.sender_id,
        "destination": header.destination,
        "sequence": header.sequence,
        "previous_sequence": header.sequence - 1 or None,
        "date_from": header.date_from.isoformat(),
        "date_to": header.date_to.isoformat(),
        "mode": header.mode,
        "edition": header.edition,
        "profile": header.profile,
        "revision": header.revision,
        "rows": len(rows),
        "pupils": len({row.local_pupil_id for row in current}),
        "sessions_not_recorded": sum(row.attended in _UNKNOWN for row in current),
        "registers": str(header.registers),
        "registers_known": header.registers.known,
        "registers_due": header.registers.due,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "created_at": when(header.created_at),
        "contact": header.contact,
    }
    return manifest | _where_it_applies(header)


def _where_it_applies(header: FeedHeader) -> dict[str, Any]:
    """Return what few manifests have to say."""
    more: dict[str, Any] = {"not_sent": list(header.not_sent)} if header.not_sent else {}
    if header.is_trial:
        more["trial"] = True
    if header.kind is FeedKind.DAILY and not header.layout.is_standard:
        more |= {"layout": header.layout.name, "corrects_by": header.layout.corrects_by}
    return more


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"

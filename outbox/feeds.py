"""The daily feed ``attendance-daily/1.0``: one CSV row a pupil-session, and a manifest beside it.

Pure: same rows, same bytes. The format is published in ``docs/formats``.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from outbox.feed_rows import COLUMNS, NAME_COLUMNS, Profile, cells, when
from outbox.multipart import Part, join
from outbox.revisions import WITHDRAWN, Published, RevisedRow, changed_only, revise

__all__ = [
    "Edition",
    "Feed",
    "FeedHeader",
    "Mode",
    "Published",
    "Registers",
    "RevisedRow",
    "changed_only",
    "compose_feed",
    "revise",
]

SCHEMA_VERSION = "attendance-daily/1.0"
#: What spreadsheets take for the beginning of a formula (OWASP ASVS 1.2.10), with its full-width twins.
_FORMULA = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")


class Edition(StrEnum):
    """Whether the day's registers may still be amended as a matter of course."""

    PROVISIONAL = "provisional"
    FINAL = "final"


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

    ``sequence`` has no gaps per ``destination`` and feed; ``revision`` counts the files about the same days, from 1.
    ``extracted_at`` is when the rows were read. ``guards_names`` is off only where a machine alone reads the file.
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
    guards_names: bool = True
    is_trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A composed feed: its two files, and both as the payload of one message."""

    file_name: str
    csv: bytes
    manifest: dict[str, Any]
    content_type: str
    payload: bytes


def compose_feed(header: FeedHeader, rows: Sequence[RevisedRow]) -> Feed:
    """Write the file, its manifest and the message that carries both.

    Raises ``ValueError`` for a nil feed with rows, or any other without: an empty day is a nil feed, said so.
    """
    if (header.mode is Mode.NIL) is bool(rows):
        raise ValueError(f"a feed in mode {header.mode} cannot hold {len(rows)} rows: an empty day is a nil feed")
    stem = _stem(header)
    content = _csv(header, rows)
    manifest = _manifest(header, rows, f"{stem}.csv", content)
    parts = (
        Part(name="feed", file_name=f"{stem}.csv", content_type="text/csv; charset=utf-8", content=content),
        Part(name="manifest", file_name=f"{stem}.json", content_type="application/json", content=_json(manifest)),
    )
    content_type, payload = join(parts, header.message_id)
    return Feed(file_name=f"{stem}.csv", csv=content, manifest=manifest, content_type=content_type, payload=payload)


def _stem(header: FeedHeader) -> str:
    """Name the file without a word about whom it is about: membership of a feed is itself sensitive."""
    sender, destination = (re.sub(r"[^A-Za-z0-9.-]+", "-", name) for name in (header.sender_id, header.destination))
    return (
        f"attendance-daily_1.0_{sender}_{destination}_{header.date_to:%Y%m%d}_{header.sequence:06}_r{header.revision}"
    )


def _csv(header: FeedHeader, rows: Sequence[RevisedRow]) -> bytes:
    columns = COLUMNS[header.profile]
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="")
    writer.writeheader()
    writer.writerows(_record(header, row) for row in rows)
    return file.getvalue().encode()


def _record(header: FeedHeader, revised: RevisedRow) -> dict[str, str]:
    record = {
        "schema_version": SCHEMA_VERSION,
        "record_id": revised.record_id,
        "revision": str(revised.revision),
        "record_state": "current" if revised.row else WITHDRAWN,
        "sender_id": header.sender_id,
        "sender_name": header.sender_name,
        "extracted_at": when(header.extracted_at),
    }
    if revised.row:
        record |= cells(revised.row, header.profile)
    elif header.date_from == header.date_to:
        # A withdrawn row says which record and day, and no more of a pupil who perhaps never belonged here.
        record["date"] = header.date_from.isoformat()
    return _guarded(record) if header.guards_names else record


def _guarded(record: dict[str, str]) -> dict[str, str]:
    """Keep a spreadsheet from running a name; codes such as ``-`` and ``/`` stay as they are."""
    harmful = {name for name in NAME_COLUMNS if record.get(name, "").lstrip(" ").startswith(_FORMULA)}
    return {name: f"'{value}" if name in harmful else value for name, value in record.items()}


def _manifest(header: FeedHeader, rows: Sequence[RevisedRow], file_name: str, content: bytes) -> dict[str, Any]:
    current = [each.row for each in rows if each.row]
    return ({"trial": True} if header.is_trial else {}) | {
        "schema_version": SCHEMA_VERSION,
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
        "sessions_not_recorded": sum(row.attended == "not_recorded" for row in current),
        "registers": str(header.registers),
        "registers_known": header.registers.known,
        "registers_due": header.registers.due,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "created_at": when(header.created_at),
        "contact": header.contact,
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"

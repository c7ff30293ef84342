"""Register versions: what each pull changed in each register, packed, chained and never altered."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from mapping.codes import QUARANTINED
from mapping.model import Session
from store.connection import Connection, Row
from store.gathering import Column, Patch, Pull
from store.instants import session_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One change of one register; ``marks`` is pupil id to byte for what changed, ``digest`` chains it to the last."""

    session: Session
    seen_at: datetime
    source: str
    digest: bytes
    marks: dict[str, int]


def append_versions(connection: Connection, pull: Pull, patches: Iterable[Patch]) -> None:
    """Keep what a pull changed: a version of each register, and an amendment of each mark that was recorded before."""
    for each in patches:
        for session, change in each.changes.items():
            _append_version(connection, pull, session, change.marks)
            _append_amendments(connection, pull, session, change.amended)


def _append_version(connection: Connection, pull: Pull, session: Session, changes: Column) -> None:
    where = (pull.school, session.day.isoformat(), session.half)
    before = connection.row(
        "SELECT digest FROM register_version WHERE school = ? AND day = ? AND half = ? ORDER BY id DESC LIMIT 1", where
    )
    content, marks = _content(changes)
    digest = sha256((before[0] if before else b"") + content).digest()
    connection.write(
        "INSERT INTO register_version (school, day, half, seen_at, source, marks, digest, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*where, pull.seen_at, pull.source, marks, digest, content),
    )


def _content(changes: Column) -> tuple[bytes, int]:
    """Pack a version: zlib over JSON, each mark with the pupils who got it, in one order whatever the pull's."""
    pupils: defaultdict[str, list[str]] = defaultdict(list)
    for pupil_id, byte in changes.items():
        pupils[chr(byte)].append(pupil_id)
    for ids in pupils.values():
        ids.sort()
    text = json.dumps(pupils, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return zlib.compress(text.encode(), 1), len(changes) - len(pupils.get(chr(QUARANTINED), ()))


def _append_amendments(
    connection: Connection, pull: Pull, session: Session, amended: list[tuple[str, int, int]]
) -> None:
    day, half = session.day.isoformat(), session.half
    connection.write_many(
        "INSERT INTO amendment (school, pupil_id, day, half, old, new, source, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (pull.school, pupil_id, day, half, chr(old), chr(new), pull.source, pull.seen_at)
            for pupil_id, old, new in amended
        ],
    )


def version_of(row: Row) -> Version:
    """Read (day, half, seen_at, source, digest, content)."""
    day, half, seen_at, source, digest, content = row
    pupils: dict[str, list[str]] = json.loads(zlib.decompress(content))
    return Version(
        session=session_of(day, half),
        seen_at=datetime.fromisoformat(seen_at),
        source=source,
        digest=digest,
        marks={pupil_id: ord(mark) for mark, ids in pupils.items() for pupil_id in ids},
    )


def is_intact(rows: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether every (digest, content) of one register, oldest first, carries the digest it was written with."""
    before = b""
    for digest, content in rows:
        if sha256(before + content).digest() != digest:
            return False
        before = digest
    return True

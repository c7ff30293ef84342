"""Snapshots of what a source says: written down whole, of which only what differs is written.

Each ``source`` (the operator's files, one platform) gives its rows whole. A row that its source no longer gives is
marked gone, not deleted: decisions and messages were made on its word.
"""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from store.connection import Connection, Row
from store.instants import instant_text


class Sheet(NamedTuple):
    """One table of snapshots: the columns that say which row it is, and those that may change."""

    table: str
    key: tuple[str, ...]
    content: tuple[str, ...]


class Change(NamedTuple):
    """One row that a snapshot changed: its content before (none: it is new or back) and after (none: it is gone)."""

    key: Row
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a snapshot changed: rows that are new (or back), rows with other content, rows that are gone.

    ``changes`` are these rows.
    """

    added: int = 0
    changed: int = 0
    gone: int = 0
    changes: tuple[Change, ...] = field(default=(), compare=False, repr=False)

    def __add__(self, other: "Synced") -> "Synced":
        return Synced(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            gone=self.gone + other.gone,
            changes=self.changes + other.changes,
        )


class Snapshots:
    """The rows of every source, table by table."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def sync(self, sheet: Sheet, source: str, rows: Iterable[Row], at: datetime) -> Synced:
        """Write only what differs: the same snapshot again changes nothing. Of two rows with one key the last stays."""
        width = len(sheet.key)
        given = {row[:width]: row[width:] for row in rows}
        stored = self._stored(sheet, source)
        changed = {key: content for key, content in given.items() if stored.get(key) != content}
        gone = stored.keys() - given.keys()
        self._write(sheet, source, changed, instant_text(at))
        self._mark_gone(sheet, source, gone, instant_text(at))
        added = changed.keys() - stored.keys()
        return Synced(
            added=len(added),
            changed=len(changed) - len(added),
            gone=len(gone),
            changes=tuple(Change(key, stored.get(key), given.get(key)) for key in sorted(changed.keys() | gone)),
        )

    def _write(self, sheet: Sheet, source: str, changed: dict[Row, Row], seen_at: str) -> None:
        names = (*sheet.key, *sheet.content)
        updates = ", ".join(f"{name} = excluded.{name}" for name in (*sheet.content, "seen_at"))
        self._db.write_many(
            f"INSERT INTO {sheet.table} (source, seen_at, {', '.join(names)}) VALUES (?, ?{', ?' * len(names)})"
            f" ON CONFLICT (source, {', '.join(sheet.key)}) DO UPDATE SET {updates}, gone_at = NULL",
            [(source, seen_at, *key, *content) for key, content in changed.items()],
        )

    def _mark_gone(self, sheet: Sheet, source: str, gone: Iterable[Row], seen_at: str) -> None:
        this_row = " AND ".join(f"{name} = ?" for name in sheet.key)
        self._db.write_many(
            f"UPDATE {sheet.table} SET gone_at = ? WHERE source = ? AND {this_row}",
            [(seen_at, source, *key) for key in gone],
        )

    def _stored(self, sheet: Sheet, source: str) -> dict[Row, Row]:
        width, names = len(sheet.key), ", ".join((*sheet.key, *sheet.content))
        sql = f"SELECT {names} FROM {sheet.table} WHERE source = ? AND gone_at IS NULL"
        return {row[:width]: row[width:] for row in self._db.rows(sql, (source,))}

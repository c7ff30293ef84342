"""Who is placed where, whom to tell, and which platform id is which pupil: as the operator's files and platforms say.

Each ``source`` (the operator's files, one platform) gives its rows whole. A row that its source no longer gives is
marked gone, not deleted: decisions and messages were made on its word.
"""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from mapping.identity import Link
from store.connection import Connection, Row
from store.instants import date_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A pupil's place at a school between two dates (included); ``details`` is JSON: names, commissioner, flags."""

    school: str
    pupil_id: str
    start: date | None = None
    end: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An address of a role in an organisation, and the channel that leads there; ``details`` is JSON."""

    organisation: str
    role: str
    channel: str
    address: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a snapshot changed: rows that are new (or back), rows with other content, rows that are gone."""

    added: int = 0
    changed: int = 0
    gone: int = 0

    def __add__(self, other: "Synced") -> "Synced":
        return Synced(added=self.added + other.added, changed=self.changed + other.changed, gone=self.gone + other.gone)


class _Sheet(NamedTuple):
    """One table of the roll: the columns that say which row it is, and those that may change."""

    table: str
    key: tuple[str, ...]
    content: tuple[str, ...]


_PLACEMENTS = _Sheet("placement", ("school", "pupil_id", "start_on"), ("end_on", "details"))
_CONTACTS = _Sheet("contact", ("organisation", "role", "channel", "address"), ("details",))
_LINKS = _Sheet("link", ("school", "pupil_id", "platform_id", "upn", "start_on"), ("end_on",))


class Roll:
    """The current rows of every source."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def sync_placements(self, source: str, placements: Iterable[Placement], at: datetime) -> Synced:
        """Make a source's placements those given."""
        rows = (
            (each.school, each.pupil_id, _day(each.start), _day(each.end), _json(each.details)) for each in placements
        )
        return self._sync(_PLACEMENTS, source, rows, at)

    def sync_contacts(self, source: str, contacts: Iterable[Contact], at: datetime) -> Synced:
        """Make a source's contacts those given."""
        rows = ((each.organisation, each.role, each.channel, each.address, _json(each.details)) for each in contacts)
        return self._sync(_CONTACTS, source, rows, at)

    def sync_links(self, source: str, links: Mapping[str, Iterable[Link]], at: datetime) -> Synced:
        """Make a source's links, by school, those given."""
        rows = (
            (school, each.pupil_id, each.platform_id or "", each.upn or "", _day(each.start), _day(each.end))
            for school, of_school in links.items()
            for each in of_school
        )
        return self._sync(_LINKS, source, rows, at)

    def _sync(self, sheet: _Sheet, source: str, rows: Iterable[Row], at: datetime) -> Synced:
        """Write only what differs: the same snapshot again changes nothing. Of two rows with one key the last stays."""
        width = len(sheet.key)
        given = {row[:width]: row[width:] for row in rows}
        stored = self._stored(sheet, source)
        changed = {key: content for key, content in given.items() if stored.get(key) != content}
        gone = stored.keys() - given.keys()
        seen_at, names = instant_text(at), (*sheet.key, *sheet.content)
        updates = ", ".join(f"{name} = excluded.{name}" for name in (*sheet.content, "seen_at"))
        self._db.write_many(
            f"INSERT INTO {sheet.table} (source, seen_at, {', '.join(names)}) VALUES (?, ?{', ?' * len(names)})"
            f" ON CONFLICT (source, {', '.join(sheet.key)}) DO UPDATE SET {updates}, gone_at = NULL",
            [(source, seen_at, *key, *content) for key, content in changed.items()],
        )
        this_row = " AND ".join(f"{name} = ?" for name in sheet.key)
        self._db.write_many(
            f"UPDATE {sheet.table} SET gone_at = ? WHERE source = ? AND {this_row}",
            [(seen_at, source, *key) for key in gone],
        )
        added = changed.keys() - stored.keys()
        return Synced(added=len(added), changed=len(changed) - len(added), gone=len(gone))

    def _stored(self, sheet: _Sheet, source: str) -> dict[Row, Row]:
        width, names = len(sheet.key), ", ".join((*sheet.key, *sheet.content))
        sql = f"SELECT {names} FROM {sheet.table} WHERE source = ? AND gone_at IS NULL"
        return {row[:width]: row[width:] for row in self._db.rows(sql, (source,))}

    def placements(self, school: str) -> list[Placement]:
        """Return a school's placements, past ones included, by pupil and start."""
        return self._placements("school = ? ORDER BY pupil_id, start_on", school)

    def placements_of(self, pupil_id: str) -> list[Placement]:
        """Return a pupil's placements at every school by start."""
        return self._placements("pupil_id = ? ORDER BY start_on, school", pupil_id)

    def placed_otherwise(self, since: datetime) -> date | None:
        """Return the first day of any placement that was added, changed or given up at or after an instant."""
        row = self._db.row(
            "SELECT min(start_on) FROM placement WHERE seen_at >= ? OR gone_at >= ?",
            (instant_text(since), instant_text(since)),
        )
        if row is None or row[0] is None:
            return None
        return date_or_none(row[0]) or date.min

    def _placements(self, where: str, value: str) -> list[Placement]:
        columns = "school, pupil_id, start_on, end_on, details"
        rows = self._db.rows(f"SELECT {columns} FROM placement WHERE gone_at IS NULL AND {where}", (value,))
        return [
            Placement(
                school=school,
                pupil_id=pupil_id,
                start=date_or_none(start),
                end=date_or_none(end),
                details=json.loads(details),
            )
            for school, pupil_id, start, end, details in rows
        ]

    def contacts(self, organisation: str | None = None, role: str | None = None) -> list[Contact]:
        """Return the contacts of an organisation, a role, both, or all."""
        rows = self._db.rows(
            "SELECT organisation, role, channel, address, details FROM contact WHERE gone_at IS NULL"
            " AND organisation = coalesce(?, organisation) AND role = coalesce(?, role)"
            " ORDER BY organisation, role, channel, address",
            (organisation, role),
        )
        names = ("organisation", "role", "channel", "address")
        return [Contact(**dict(zip(names, row, strict=False)), details=json.loads(row[4])) for row in rows]

    def links(self, school: str) -> list[Link]:
        """Return the crosswalk of a school."""
        sql = (
            "SELECT pupil_id, platform_id, upn, start_on, end_on FROM link WHERE gone_at IS NULL AND school = ?"
            " ORDER BY pupil_id, start_on, platform_id, upn"
        )
        return [
            Link(
                pupil_id=pupil_id,
                platform_id=platform_id or None,
                upn=upn or None,
                start=date_or_none(start),
                end=date_or_none(end),
            )
            for pupil_id, platform_id, upn, start, end in self._db.rows(sql, (school,))
        ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(dict(details), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

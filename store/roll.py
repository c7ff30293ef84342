"""Who is placed where, whom to tell, which platform id is which pupil: as the operator's files and platforms say."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from mapping.identity import Link
from store.connection import Connection
from store.instants import date_or_none, day_text, instant_text
from store.snapshots import Sheet, Snapshots, Synced


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


_PLACEMENTS = Sheet("placement", ("school", "pupil_id", "start_on"), ("end_on", "details"))
_CONTACTS = Sheet("contact", ("organisation", "role", "channel", "address"), ("details",))
_LINKS = Sheet("link", ("school", "pupil_id", "platform_id", "upn", "start_on"), ("end_on",))


class Roll:
    """The current rows of every source."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection
        self._snapshots = Snapshots(connection)

    def sync_placements(self, source: str, placements: Iterable[Placement], at: datetime) -> Synced:
        """Make a source's placements those given."""
        rows = (
            (each.school, each.pupil_id, day_text(each.start), day_text(each.end), _json(each.details))
            for each in placements
        )
        return self._snapshots.sync(_PLACEMENTS, source, rows, at)

    def sync_contacts(self, source: str, contacts: Iterable[Contact], at: datetime) -> Synced:
        """Make a source's contacts those given."""
        rows = ((each.organisation, each.role, each.channel, each.address, _json(each.details)) for each in contacts)
        return self._snapshots.sync(_CONTACTS, source, rows, at)

    def sync_links(self, source: str, links: Mapping[str, Iterable[Link]], at: datetime) -> Synced:
        """Make a source's links, by school, those given."""
        rows = (
            (school, each.pupil_id, each.platform_id or "", each.upn or "", day_text(each.start), day_text(each.end))
            for school, of_school in links.items()
            for each in of_school
        )
        return self._snapshots.sync(_LINKS, source, rows, at)

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


def _json(details: Mapping[str, Any]) -> str:
    return _ENCODE(dict(details))


#: One encoder for all: ``json.dumps`` makes one for each call.
_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

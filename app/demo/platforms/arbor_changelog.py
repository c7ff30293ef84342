"""The change log of a simulated Arbor: what each instant's marks changed against those of the instant before.

It begins with the first question: older changes than the few it shows then are not in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from app.demo.platforms.arbor_tables import Tables
from app.demo.platforms.world import WorldMark

_OLDEST = date(2020, 8, 1)
_BEGINNING = 77_000
_AT_FIRST = 3
_Kind = str


@dataclass
class ChangeLog:
    """Every change seen so far, with the revision it led to."""

    tables: Tables
    _entries: list[tuple[int, int, _Kind, int]] = field(default_factory=list)
    _shown: dict[int, WorldMark] | None = None
    _at: tuple[datetime, int] | None = None
    _revision: int = _BEGINNING

    def after(self, revision: int, at: datetime, gap: int) -> list[dict[str, Any]]:
        """Return the changes after a revision; ``gap`` revisions are left out before what is new."""
        state = (at, len(self.tables.written))
        if state != self._at:
            self._revision += gap
            self._learn(at)
            self._at = state
        return [_entry(*entry) for entry in self._entries if entry[1] > revision]

    def _learn(self, at: datetime) -> None:
        marks = self.tables.marks(_OLDEST, at.date(), at)
        if self._shown is None:
            # Enough to say where the log stands.
            first = list(islice(marks, _AT_FIRST))
            changes = [("create", mark.record_id) for mark in first]
            self._shown = {mark.record_id: mark for mark in (*first, *marks)}
        else:
            now = {mark.record_id: mark for mark in marks}
            changes = list(_between(self._shown, now))
            self._shown = now
        for kind, record in changes:
            self._entries.append((self._revision, self._revision + 1, kind, record))
            self._revision += 1


def _between(before: Mapping[int, WorldMark], now: Mapping[int, WorldMark]) -> Iterator[tuple[_Kind, int]]:
    yield from (("create", record) for record in now.keys() - before.keys())
    yield from (("update", record) for record, mark in now.items() if before.get(record, mark) != mark)
    yield from (("delete", record) for record in before.keys() - now.keys())


def _entry(from_revision: int, to_revision: int, kind: _Kind, record: int) -> dict[str, Any]:
    href = f"/rest-v2/attendance-roll-call-records/{record}"
    return {
        "changeType": kind,
        "fromRevision": from_revision,
        "toRevision": to_revision,
        "changedObject": {"entityType": "AttendanceRollCallRecord", "href": href},
    }

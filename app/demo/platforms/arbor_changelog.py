"""The change log of a simulated Arbor: what each instant's marks changed against those of the instant before.

It begins with the first question: older changes than the few it shows then are not in it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from app.demo.platforms.arbor_tables import Tables
from app.demo.platforms.world import WorldMark
from app.demo.receivers.ledger import write

_OLDEST = date(2020, 8, 1)
_BEGINNING = 77_000
_AT_FIRST = 3
_Kind = str


@dataclass
class ChangeLog:
    """Every change seen so far, with the revision it led to; the marks are held only once something has changed."""

    tables: Tables
    _entries: list[tuple[int, int, _Kind, int]] = field(default_factory=list)
    _shown: dict[int, WorldMark] | None = None
    _at: tuple[datetime, int] | None = None
    _revision: int = _BEGINNING

    def __post_init__(self) -> None:
        memory = self.tables.ways.memory
        if memory is not None and memory.exists():
            entries, at, self._revision = json.loads(memory.read_bytes())
            self._entries = [tuple(entry) for entry in entries]
            self._at = (datetime.fromisoformat(at[0]), at[1])

    def after(self, revision: int, at: datetime, gap: int) -> list[dict[str, Any]]:
        """Return the changes after a revision; ``gap`` revisions are left out before what is new."""
        state = (at, len(self.tables.written))
        if state != self._at:
            self._go_on(state, gap)
            self._remember()
        return [_entry(*entry) for entry in self._entries if entry[1] > revision]

    def _go_on(self, state: tuple[datetime, int], gap: int) -> None:
        at = state[0]
        if self._at is None:
            # Enough to say where the log stands.
            self._append(("create", mark.record_id) for mark in islice(self._marks(at), _AT_FIRST))
        else:
            self._revision += gap
            self._learn(self._at[0], at)
        self._at = state

    def _remember(self) -> None:
        if (memory := self.tables.ways.memory) is not None:
            assert self._at is not None
            write(memory, json.dumps([self._entries, [self._at[0].isoformat(), self._at[1]], self._revision]).encode())

    def _learn(self, before: datetime, at: datetime) -> None:
        if self._shown is None:
            world, school = self.tables.world, self.tables.school
            self._shown = {mark.record_id: mark for mark in world.marks(school, _OLDEST, before.date(), before)}
        now = {mark.record_id: mark for mark in self._marks(at)}
        self._append(_between(self._shown, now))
        self._shown = now

    def _marks(self, at: datetime) -> Iterator[WorldMark]:
        return self.tables.marks(_OLDEST, at.date(), at)

    def _append(self, changes: Iterable[tuple[_Kind, int]]) -> None:
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

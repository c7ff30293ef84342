"""Changes of recorded marks that wait for a person, and those that somebody refused."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text, session_of
from store.laying import Difference

RELEASED, CANCELLED, ENDED = "released", "cancelled", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChanges:
    """Changes of one school that are held together, of ``recorded`` marks that the pull was about.

    ``outcome`` is ``released`` or ``cancelled`` (by a person) or ``ended`` (by a later pull); none while it waits.
    """

    id: str
    school: str
    held_at: datetime
    source: str
    recorded: int
    changes: tuple[Difference, ...]
    outcome: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    note: str | None = None


_COLUMNS = "id, school, held_at, source, recorded, changes, outcome, settled_at, settled_by, note"


class Changes:
    """Held changes, one open set a school. Writes join the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def free_id(self, wanted: str) -> str:
        """Return an id that nothing has yet: the one that is wanted, or with a number behind it."""
        names = (wanted, *(f"{wanted}.{number}" for number in range(2, 1_000)))
        return next(each for each in names if self.get(each) is None)

    def hold(self, held: HeldChanges) -> None:
        """Keep changes until somebody has looked; what the school had waiting is to be settled before."""
        self._db.write(
            "INSERT INTO held_change (id, school, held_at, source, recorded, changes) VALUES (?, ?, ?, ?, ?, ?)",
            (held.id, held.school, instant_text(held.held_at), held.source, held.recorded, _written(held.changes)),
        )

    def settle(self, name: str, outcome: str, *, at: datetime, by: str, note: str) -> bool:
        """Close what is held; false when it is unknown or was closed before."""
        sql = "UPDATE held_change SET outcome = ?, settled_at = ?, settled_by = ?, note = ?"
        values = (outcome, instant_text(at), by, note, name)
        return self._db.write(f"{sql} WHERE id = ? AND outcome IS NULL", values) == 1

    def get(self, name: str) -> HeldChanges | None:
        """Return one set of changes, open or closed."""
        return next(iter(self._where("id = ?", name)), None)

    def open(self, school: str) -> HeldChanges | None:
        """Return what a school has waiting."""
        return next(iter(self._where("school = ? AND outcome IS NULL", school)), None)

    def waiting(self) -> list[HeldChanges]:
        """Return everything that waits for a person, the oldest first."""
        return self._where("outcome IS NULL ORDER BY held_at, id")

    def refused(self, school: str) -> frozenset[Difference]:
        """Return the changes of a school that somebody refused."""
        found = self._where("school = ? AND outcome = ?", school, CANCELLED)
        return frozenset(change for held in found for change in held.changes)

    def _where(self, condition: str, *values: str) -> list[HeldChanges]:
        return [_held(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM held_change WHERE {condition}", values)]


def _written(changes: Iterable[Difference]) -> str:
    rows = [
        [who, session.day.isoformat(), session.half, chr(old), None if new is None else chr(new)]
        for who, session, old, new in changes
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _read(text: str) -> tuple[Difference, ...]:
    return tuple(
        Difference(who, session_of(day, half), ord(old), None if new is None else ord(new))
        for who, day, half, old, new in json.loads(text)
    )


def _held(row: Row) -> HeldChanges:
    given = dict(zip(HeldChanges.__slots__, row, strict=True))
    return HeldChanges(
        **given
        | {
            "held_at": datetime.fromisoformat(given["held_at"]),
            "settled_at": instant_or_none(given["settled_at"]),
            "changes": _read(given["changes"]),
        }
    )

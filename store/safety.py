"""For whom each message was made, which addresses somebody confirmed, and what waits because it is too much."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """For whom a message was made: a role of the organisation that the pupil's placement named then."""

    message_id: str
    school: str
    pupil_id: str
    role: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A notice that was made for somebody, and where it stands; ``key`` is its idempotency key."""

    message_id: str
    pupil_id: str
    role: str
    organisation: str
    cause: str
    key: str
    state: str
    destination: str
    address: str


class Free(NamedTuple):
    """A pending message that nothing holds."""

    message_id: str
    destination: str
    address: str
    kind: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """Notices of one school that wait together. ``facts`` is what was seen when they were held, ids only."""

    id: str
    school: str
    held_at: datetime
    facts: Mapping[str, Any]
    settled_at: datetime | None = None
    settled_by: str | None = None
    outcome: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many messages wait under one hold, and since when."""

    hold: str
    messages: int
    since: datetime


_ADDRESSEE = "message_id, school, pupil_id, role, organisation"
_SURGE = "id, school, held_at, facts, settled_at, settled_by, outcome, note"


class Safety:
    """Addressees, confirmations and surges. Writes join the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def address(self, addressee: Addressee) -> None:
        """Keep for whom a message was made; one that could go to nobody before is made for somebody now."""
        self._db.write(
            f"INSERT INTO addressee ({_ADDRESSEE}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (message_id) DO UPDATE SET"
            " organisation = excluded.organisation",
            (addressee.message_id, addressee.school, addressee.pupil_id, addressee.role, addressee.organisation),
        )

    def addressee(self, message_id: str) -> Addressee | None:
        """Return for whom a message was made; none for what concerns no pupil, or was made before this was kept."""
        sql = f"SELECT {_ADDRESSEE} FROM addressee WHERE message_id = ?"
        return next((_addressee(row) for row in self._db.rows(sql, (message_id,))), None)

    def made(self, school: str) -> list[Made]:
        """Return the notices of a school's standing decisions that are not cancelled and not taken back."""
        rows = self._db.rows(
            "SELECT addressee.message_id, addressee.pupil_id, role, organisation, cause, idempotency_key,"
            " message.state, destination, address FROM addressee JOIN message ON message.id = addressee.message_id"
            " JOIN decision ON decision.id = cause"
            " WHERE addressee.school = ? AND message.state <> 'cancelled' AND NOT is_unroutable"
            " AND kind <> 'notice.withdrawal' AND decision.state = 'standing' AND NOT EXISTS"
            " (SELECT 1 FROM message AS back WHERE back.idempotency_key = message.id || '/withdrawn')"
            " ORDER BY message.seq",
            (school,),
        )
        return [Made(**dict(zip(Made.__slots__, row, strict=True))) for row in rows]

    def confirm(self, destination: str, address: str, organisation: str, *, at: datetime, by: str) -> bool:
        """Keep that an address is right for an organisation; false when that was known."""
        sql = "INSERT INTO confirmation VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self._db.write(sql, (destination, address, organisation, instant_text(at), by)) == 1

    def confirmed(self) -> dict[tuple[str, str, str], datetime]:
        """Return when each (destination, address, organisation) was confirmed."""
        rows = self._db.rows("SELECT destination, address, organisation, confirmed_at FROM confirmation")
        return {(name, address, body): datetime.fromisoformat(at) for name, address, body, at in rows}

    def hold_together(self, surge: Surge) -> None:
        """Keep a batch of notices that wait together."""
        sql = "INSERT INTO surge (id, school, held_at, facts) VALUES (?, ?, ?, ?)"
        self._db.write(sql, (surge.id, surge.school, instant_text(surge.held_at), json.dumps(dict(surge.facts))))

    def settle(self, surge_id: str, *, outcome: str, at: datetime, by: str, note: str) -> bool:
        """Note that a batch was released or cancelled; false when it is unknown or was before."""
        sql = "UPDATE surge SET outcome = ?, settled_at = ?, settled_by = ?, note = ? WHERE id = ? AND outcome IS NULL"
        return self._db.write(sql, (outcome, instant_text(at), by, note, surge_id)) == 1

    def surge(self, surge_id: str) -> Surge | None:
        """Return one batch."""
        return next(iter(self._surges("id = ?", surge_id)), None)

    def waiting(self) -> list[Surge]:
        """Return the batches that nobody has released or cancelled, the oldest first."""
        return self._surges("settled_at IS NULL ORDER BY held_at, id")

    def _surges(self, where: str, *values: str) -> list[Surge]:
        return [_surge(row) for row in self._db.rows(f"SELECT {_SURGE} FROM surge WHERE {where}", values)]

    def told_per_day(self, school: str, before: datetime, *, limit: int) -> list[int]:
        """Return about how many pupils there were new notices on each of the last days that had any, latest first."""
        rows = self._db.rows(
            "SELECT count(DISTINCT addressee.pupil_id) FROM addressee JOIN message ON message.id = message_id"
            " WHERE school = ? AND kind <> 'notice.withdrawal' AND created_at < ?"
            " GROUP BY substr(created_at, 1, 10) ORDER BY substr(created_at, 1, 10) DESC LIMIT ?",
            (school, instant_text(before), limit),
        )
        return [count for (count,) in rows]

    def told_since(self, school: str, since: datetime) -> list[tuple[str, str]]:
        """Return the pupil and rule of each new notice of a school since an instant, held or not."""
        return [
            (pupil_id, rule)
            for pupil_id, rule in self._db.rows(
                "SELECT addressee.pupil_id, decision.rule FROM addressee JOIN message ON message.id = message_id"
                " JOIN decision ON decision.id = message.cause"
                " WHERE addressee.school = ? AND message.kind <> 'notice.withdrawal' AND message.created_at >= ?",
                (school, instant_text(since)),
            )
        ]

    def holds(self) -> list[Held]:
        """Return what waits, by hold."""
        rows = self._db.rows(
            "SELECT hold, count(*), min(created_at) FROM message WHERE state = 'pending' AND hold IS NOT NULL"
            " GROUP BY hold ORDER BY hold"
        )
        return [Held(hold=hold, messages=count, since=datetime.fromisoformat(at)) for hold, count, at in rows]

    def free(self, after: int) -> list[Free]:
        """Return the pending messages that nothing holds, enqueued after a place in the order of enqueueing."""
        sql = (
            "SELECT id, destination, address, kind, created_at FROM message"
            " WHERE state = 'pending' AND hold IS NULL AND seq > ? ORDER BY seq"
        )
        rows = self._db.rows(sql, (after,))
        return [Free(name, place, address, kind, datetime.fromisoformat(at)) for name, place, address, kind, at in rows]

    def newest(self) -> int:
        """Return the place of the newest message in the order of enqueueing."""
        row = self._db.row("SELECT max(seq) FROM message")
        return int(row[0] or 0) if row else 0


def _addressee(row: Row) -> Addressee:
    return Addressee(**dict(zip(Addressee.__slots__, row, strict=True)))


def _surge(row: Row) -> Surge:
    given = dict(zip(Surge.__slots__, row, strict=True))
    return Surge(
        **given
        | {
            "held_at": datetime.fromisoformat(given["held_at"]),
            "facts": json.loads(given["facts"]),
            "settled_at": instant_or_none(given["settled_at"]),
        }
    )

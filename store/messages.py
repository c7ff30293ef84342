"""The outbox table: messages committed with what caused them, leased for sending, and never lost."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from store import claims, drafts
from store.connection import Connection
from store.drafts import Draft
from store.instants import instant_text
from store.message_rows import (
    COLUMNS,
    LIGHT,
    Attempt,
    Circuit,
    Heard,
    Intervention,
    Message,
    Receipt,
    Settlement,
    attempt_of,
    message_of,
    receipt_of,
)

_RECEIVED = {
    "arrived": "UPDATE message SET arrived_at = :at WHERE id = :id AND state = 'delivered' AND arrived_at IS NULL",
    "processed": "UPDATE message SET processed_at = :at, arrived_at = coalesce(arrived_at, :at)"
    " WHERE id = :id AND state = 'delivered' AND processed_at IS NULL",
    "bounced": "UPDATE message SET state = 'dead', settled_at = :at, reason = :said"
    " WHERE id = :id AND state = 'delivered'",
}
#: What is noted where a draft takes the place of an earlier one of the same cause that could not be sent.
_REPLACED = {
    "routed": "can now go to {}",
    "mended": "was made again and matches its schema",
    "misfit": "can now go to {}, but does not match its own schema",
}


class Messages:
    """Messages by state. ``due``, ``claim`` and ``record`` join the open transaction or make their own.

    The rest needs one.
    """

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def enqueue(self, draft: Draft, *, unroutable: str | None = None, misfit: str | None = None) -> bool:
        """Add a message in the caller's transaction; false when its idempotency key is already there.

        ``unroutable`` is the reason why nobody can receive it yet, ``misfit`` how its payload fails its own published
        schema: it is kept dead, and the same draft enqueued later without such a reason takes its place. A message
        that ``draft`` supersedes is cancelled if it is not yet sent.
        """
        outcome = drafts.put(self._db, draft, drafts.Obstacle(unroutable=unroutable, misfit=misfit))
        if outcome == "known":
            return False
        if outcome == "sent":
            self._intervene(draft.id, draft.created_at, "delivered", "the log of what was sent has it")
        if outcome in _REPLACED:
            self._intervene(draft.id, draft.created_at, outcome, _REPLACED[outcome].format(draft.destination))
        if draft.supersedes and misfit is None:
            self._cancel(draft.supersedes, draft.created_at, ("superseded", f"superseded by {draft.id}"))
        return True

    def together(self) -> AbstractContextManager[None]:
        """Commit everything inside as one; see ``Connection.joined``."""
        return self._db.joined()

    def due(self, now: datetime) -> list[str]:
        """Return the destinations for which something may be claimed. Leases that ran out are taken back first."""
        with self._db.joined():
            return claims.due(self._db, now)

    def claim(self, destination: str, now: datetime, *, limit: int, lease: timedelta, token: str) -> list[Message]:
        """Lease up to ``limit`` messages of a destination that are due to ``token``, until ``now + lease``.

        Only the head of an ordering key is ever leased; an open circuit lets nothing through, and one message when
        its probe is due. The longest due goes first.
        """
        with self._db.joined():
            return claims.claim(self._db, destination, now, limit=limit, lease=lease, token=token)

    def record(self, settlements: Sequence[Settlement], now: datetime) -> list[str]:
        """Write down what came of claims; returns the ids that still held their lease, the others change nothing."""
        with self._db.joined():
            return claims.record(self._db, settlements, now)

    def cancel(self, message_id: str, now: datetime, why: str, *, by: str = "") -> bool:
        """Withdraw a message that is still pending; false when it is being sent, settled or unknown."""
        return self._cancel(message_id, now, ("cancelled", why, by))

    def discard(self, message_id: str, now: datetime, why: str, *, by: str) -> bool:
        """Put a dead letter aside on a person's word; false unless it is dead."""
        sql = "UPDATE message SET state = 'cancelled', settled_at = ?, reason = ? WHERE id = ? AND state = 'dead'"
        changed = self._db.write(sql, (instant_text(now), why, message_id))
        return self._noted(changed, (message_id, now, "discarded", why, by))

    def replay(self, message_id: str, now: datetime, why: str, *, by: str = "") -> bool:
        """Make a dead or delivered message pending again, the same id and bytes, with all its attempts.

        False unless it is dead or delivered, routable, true to its own schema, and still has its payload. A person's
        word goes before an expiry that has passed; what was heard of the earlier delivery stays among its receipts.
        """
        at = instant_text(now)
        changed = self._db.write(
            "UPDATE message SET state = 'pending', attempts = 0, first_attempt_at = NULL, settled_at = NULL,"
            " reason = NULL, next_attempt_at = :at, is_unsure = 0, arrived_at = NULL, processed_at = NULL,"
            " expires_at = CASE WHEN expires_at > :at THEN expires_at END"
            " WHERE id = :id AND state IN ('dead', 'delivered') AND NOT is_unroutable AND NOT is_misfit"
            " AND EXISTS (SELECT 1 FROM message_payload WHERE message_payload.seq = message.seq)",
            {"id": message_id, "at": at},
        )
        return self._noted(changed, (message_id, now, "replayed", why, by))

    def supersede(self, message_id: str, now: datetime, why: str) -> bool:
        """Withdraw a message because a later one says it all; false unless it is pending and cannot have arrived."""
        sql = "UPDATE message SET state = 'cancelled', settled_at = ?, reason = ?"
        changed = self._db.write(
            f"{sql} WHERE id = ? AND state = 'pending' AND NOT is_unsure", (instant_text(now), why, message_id)
        )
        return self._noted(changed, (message_id, now, "superseded", why))

    def release(self, message_id: str, now: datetime, why: str) -> bool:
        """Let a held message leave, at once if it is due; false unless it is pending and held."""
        changed = self._db.write(
            "UPDATE message SET hold = NULL, next_attempt_at = max(next_attempt_at, ?)"
            " WHERE id = ? AND state = 'pending' AND hold IS NOT NULL",
            (instant_text(now), message_id),
        )
        return self._noted(changed, (message_id, now, "released", why))

    def hold(self, message_id: str, now: datetime, hold: str, why: str) -> bool:
        """Keep a pending message from leaving until it is released; false when it is not pending, or held already."""
        sql = "UPDATE message SET hold = ? WHERE id = ? AND state = 'pending' AND hold IS NULL"
        return self._noted(self._db.write(sql, (hold, message_id)), (message_id, now, "held", why))

    def expire(self, now: datetime) -> list[str]:
        """Give up what is no longer worth sending, held or not; returns the ids of what died so."""
        reason = "expired before it could be delivered: tell the recipient by other means"
        rows = self._db.write_returning(
            "UPDATE message SET state = 'dead', settled_at = ?, reason = ?"
            " WHERE state = 'pending' AND expires_at <= ? RETURNING id",
            (instant_text(now), reason, instant_text(now)),
        )
        for (message_id,) in rows:
            self._intervene(message_id, now, "expired", reason)
        return [message_id for (message_id,) in rows]

    def due_again(self, now: datetime, longest: timedelta) -> int:
        """Make due what seems to be from the future: the clock was put back since it was made, tried or paused.

        Returns how many messages there were. ``longest`` is how long a message or a destination may be left alone. What
        was to wait until a time of its own still waits.
        """
        values = {"now": instant_text(now), "latest": instant_text(now + longest)}
        self._db.write("UPDATE circuit SET probe_at = :now WHERE probe_at > :latest", values)
        return self._db.write(
            "UPDATE message SET next_attempt_at = :now WHERE state = 'pending' AND not_before IS NULL"
            " AND (next_attempt_at > :latest OR (first_attempt_at IS NULL AND next_attempt_at > :now))",
            values,
        )

    def receive(self, receipt: Receipt) -> bool:
        """Keep what was heard of a delivered message; a bounce makes it a dead letter again.

        False when it is not delivered, or the same was heard before.
        """
        at = instant_text(receipt.at)
        changed = self._db.write(_RECEIVED[receipt.kind], {"id": receipt.message_id, "at": at, "said": receipt.said})
        if changed:
            sql = "INSERT INTO receipt (message_id, kind, at, said) VALUES (?, ?, ?, ?)"
            self._db.write(sql, (receipt.message_id, receipt.kind, at, receipt.said))
        return bool(changed)

    def close_circuit(self, destination: str, now: datetime, why: str = "", *, by: str = "") -> bool:
        """Let a destination take its messages at once, on a person's word; false when its circuit was not open."""
        if not self._db.write("DELETE FROM circuit WHERE destination = ?", (destination,)):
            return False
        sql = "UPDATE message SET next_attempt_at = min(next_attempt_at, ?) WHERE destination = ? AND state = 'pending'"
        self._db.write(f"{sql} AND is_head = 1", (instant_text(now), destination))
        sql = "INSERT INTO destination_intervention (destination, at, action, why, done_by) VALUES (?, ?, ?, ?, ?)"
        self._db.write(sql, (destination, instant_text(now), "resumed", why, by))
        return True

    def _cancel(self, message_id: str, now: datetime, what: tuple[str, ...]) -> bool:
        sql = "UPDATE message SET state = 'cancelled', settled_at = ?, reason = ? WHERE id = ? AND state = 'pending'"
        changed = self._db.write(sql, (instant_text(now), what[1], message_id))
        return self._noted(changed, (message_id, now, *what))

    def _noted(self, changed: int, intervention: tuple[Any, ...]) -> bool:
        if changed:
            self._intervene(*intervention)
        return bool(changed)

    def _intervene(self, message_id: str, at: datetime, action: str, why: str, by: str = "") -> None:
        sql = "INSERT INTO intervention (message_id, at, action, why, done_by) VALUES (?, ?, ?, ?, ?)"
        self._db.write(sql, (message_id, instant_text(at), action, why, by or None))

    def get(self, message_id: str) -> Message | None:
        """Return one message, whatever its state."""
        return next(iter(self._where("id = ?", message_id)), None)

    def by_key(self, idempotency_key: str) -> Message | None:
        """Return the message of one cause, whatever its state."""
        return next(iter(self._where("idempotency_key = ?", idempotency_key)), None)

    def misfits(self, key_begins: str) -> list[str]:
        """Return the idempotency keys with this beginning whose message does not match its own schema."""
        sql = "SELECT idempotency_key FROM message WHERE is_misfit = 1 AND substr(idempotency_key, 1, ?) = ?"
        return [key for (key,) in self._db.rows(sql, (len(key_begins), key_begins))]

    def notices_of(self, ordering_key: str) -> int:
        """Return how many notices of an ordering key there have been, whatever became of them."""
        # In the words of its index, or all of the outbox is read.
        sql = "SELECT count(*) FROM message WHERE ordering_key = ? AND kind GLOB 'notice.*'"
        row = self._db.row(sql, (ordering_key,))
        return int(row[0]) if row else 0

    def caused_by(self, cause: str) -> list[Message]:
        """Return the messages of one decision in the order of enqueueing: who was told, or will be."""
        return self._where("cause = ? ORDER BY seq", cause)

    def delivered_about(self, school: str, pupil_id: str) -> list[Message]:
        """Return what was delivered about a pupil of a school, in the order of the decisions that caused it."""
        return self._where(
            "state = 'delivered' AND cause IN (SELECT id FROM decision WHERE pupil_id = ? AND school = ?) ORDER BY"
            " (SELECT decision.seq FROM decision WHERE decision.id = cause), seq",
            pupil_id,
            school,
        )

    def listed(self, *, state: str, destination: str | None = None, limit: int = 100) -> list[Message]:
        """Return up to ``limit`` messages of a state, the oldest first, of one destination or of all."""
        if destination is None:
            return self._where("state = ? ORDER BY created_at, seq LIMIT ?", state, limit)
        return self._where("state = ? AND destination = ? ORDER BY created_at, seq LIMIT ?", state, destination, limit)

    def dead(self, destination: str | None = None, *, limit: int = 100) -> list[Message]:
        """Return the messages that wait for a person, the oldest first."""
        return self.listed(state="dead", destination=destination, limit=limit)

    def unrouted(self, school: str, destination: str) -> list[Message]:
        """Return what could not be sent of a school's decisions that stand, the oldest first.

        Nobody could receive it (it stands at ``destination``), or it did not match its own schema.
        """
        return self._where(
            "state = 'dead' AND (destination = ? OR is_misfit) AND cause IN"
            " (SELECT id FROM decision WHERE decision.id = cause AND school = ? AND state = 'standing')"
            " ORDER BY created_at, seq",
            destination,
            school,
        )

    def held(self, hold: str) -> list[Message]:
        """Return what a check keeps from leaving, the oldest first, without payloads."""
        sql = f"SELECT {LIGHT} FROM message WHERE state = 'pending' AND hold = ? ORDER BY created_at, seq"
        return [message_of(row) for row in self._db.rows(sql, (hold,))]

    def on_their_way(self, destination: str, since: datetime) -> list[Message]:
        """Return what a destination took since an instant and is not known to have arrived, without payloads."""
        condition = "state = 'delivered' AND arrived_at IS NULL AND destination = ? AND settled_at >= ?"
        sql = f"SELECT {LIGHT} FROM message WHERE {condition} ORDER BY settled_at, seq"
        return [message_of(row) for row in self._db.rows(sql, (destination, instant_text(since)))]

    def receipts(self, message_id: str) -> list[Heard]:
        """Return what was heard of a message after it was taken, in order."""
        sql = "SELECT message_id, kind, at, said FROM receipt WHERE message_id = ? ORDER BY id"
        return [receipt_of(row) for row in self._db.rows(sql, (message_id,))]

    def attempts(self, message_id: str) -> list[Attempt]:
        """Return every try of a message in order."""
        sql = (
            "SELECT outcome, blame, reason, reference, counted, started_at, ended_at FROM attempt"
            " WHERE message_id = ? ORDER BY id"
        )
        return [attempt_of(row) for row in self._db.rows(sql, (message_id,))]

    def interventions(self, message_id: str) -> list[Intervention]:
        """Return what was done to a message other than sending it, in order."""
        sql = "SELECT at, action, why, done_by FROM intervention WHERE message_id = ? ORDER BY id"
        return [
            Intervention(at=datetime.fromisoformat(at), action=action, why=why, by=by or "")
            for at, action, why, by in self._db.rows(sql, (message_id,))
        ]

    def circuits(self) -> list[Circuit]:
        """Return the circuits that are open, by destination."""
        rows = self._db.rows("SELECT destination, opened_at, probe_at, reason FROM circuit ORDER BY destination")
        return [
            Circuit(
                destination=destination,
                opened_at=datetime.fromisoformat(opened_at),
                probe_at=datetime.fromisoformat(probe_at),
                reason=reason,
            )
            for destination, opened_at, probe_at, reason in rows
        ]

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how many messages each (destination, state) has."""
        rows = self._db.rows("SELECT destination, state, count(*) FROM message GROUP BY state, destination")
        return Counter({(destination, state): count for destination, state, count in rows})

    def oldest_undelivered(self) -> dict[str, datetime]:
        """Return when the oldest message that is pending or being sent was created, by destination."""
        rows = self._db.rows(
            "SELECT destination, min(created_at) FROM message WHERE state IN ('pending', 'sending')"
            " GROUP BY destination"
        )
        return {destination: datetime.fromisoformat(at) for destination, at in rows}

    def _where(self, condition: str, *values: str | int) -> list[Message]:
        return [message_of(row) for row in self._db.rows(f"SELECT {COLUMNS} FROM message WHERE {condition}", values)]

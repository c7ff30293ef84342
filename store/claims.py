"""Leasing due messages, and writing down what came of them. The leases are what keeps two workers apart."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from store.connection import Connection
from store.instants import instant_text, text_or_none
from store.message_rows import COLUMNS, Message, Settlement, message_of

_ATTEMPT = (
    "INSERT INTO attempt (message_id, outcome, blame, reason, reference, counted, started_at, ended_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
# One step a destination, however many messages each has waiting.
_DESTINATIONS = """
    WITH RECURSIVE due (destination) AS (
        SELECT min(destination) FROM message WHERE state = 'pending' AND is_head = 1 AND hold IS NULL
        UNION ALL
        SELECT (SELECT min(destination) FROM message
                WHERE state = 'pending' AND is_head = 1 AND hold IS NULL AND destination > due.destination)
        FROM due WHERE due.destination IS NOT NULL
    )
    SELECT due.destination, circuit.probe_at FROM due LEFT JOIN circuit USING (destination)
    WHERE due.destination IS NOT NULL
"""
_HEADS = """
    SELECT next_attempt_at, seq FROM message
    WHERE destination = ? AND state = 'pending' AND is_head = 1 AND hold IS NULL AND next_attempt_at <= ?
    ORDER BY next_attempt_at, seq LIMIT ?
"""
_IS_BUSY = "SELECT 1 FROM message WHERE state = 'sending' AND destination = ? LIMIT 1"


class Due(NamedTuple):
    """A claimable message; sorts so that destinations take turns and each one's longest due goes first."""

    turn: int
    next_attempt_at: str
    seq: int


def claim(connection: Connection, now: datetime, *, limit: int, lease: timedelta, token: str) -> Sequence[Message]:
    """Lease up to ``limit`` due messages to ``token``; the caller holds the write lock."""
    _take_back_lapsed(connection, now)
    due = sorted(_due(connection, instant_text(now), limit))[:limit]
    if not due:
        return ()
    turns = {each.seq: turn for turn, each in enumerate(due)}
    rows = connection.write_returning(
        "UPDATE message SET state = 'sending', lease_token = ?, leased_until = ?, claimed_at = ?"
        f" WHERE seq IN ({', '.join('?' * len(due))}) RETURNING {COLUMNS}",
        (token, instant_text(now + lease), instant_text(now), *turns),
    )
    return sorted(map(message_of, rows), key=lambda message: turns[message.seq])


def _due(connection: Connection, now: str, limit: int) -> Iterator[Due]:
    for destination, probe_at in connection.rows(_DESTINATIONS):
        allowed = limit if probe_at is None else _probes(connection, destination, probe_at, now)
        heads = connection.rows(_HEADS, (destination, now, allowed)) if allowed else ()
        yield from (Due(turn, *head) for turn, head in enumerate(heads))


def _probes(connection: Connection, destination: str, probe_at: str, now: str) -> int:
    """Return how many messages an open circuit lets through: one, when its time has come and none is on its way."""
    return 0 if probe_at > now or connection.row(_IS_BUSY, (destination,)) else 1


def _take_back_lapsed(connection: Connection, now: datetime) -> None:
    # A worker that died holding messages: they go out again, and the gap shows in their history.
    lapsed = connection.write_returning(
        "UPDATE message SET state = 'pending', lease_token = NULL, leased_until = NULL, lapses = lapses + 1,"
        " is_unsure = 1 WHERE state = 'sending' AND leased_until < ? RETURNING id, claimed_at",
        (instant_text(now),),
    )
    reason = "the lease ran out before a result was recorded: it may have arrived"
    connection.write_many(
        _ATTEMPT,
        [
            (message, "lapsed", "unknown", reason, None, 0, claimed_at, instant_text(now))
            for message, claimed_at in lapsed
        ],
    )


def record(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> int:
    """Write down what came of claims and return how many still held their lease; the others change nothing."""
    return sum(_settle(connection, each, instant_text(now)) for each in settlements)


def _settle(connection: Connection, settlement: Settlement, now: str) -> bool:
    state, was_tried = str(settlement.state), settlement.outcome != "released"
    changed = connection.write(
        "UPDATE message SET state = ?, next_attempt_at = coalesce(?, next_attempt_at), attempts = attempts + ?,"
        " lease_token = NULL, leased_until = NULL, settled_at = ?, reason = ?, reference = coalesce(?, reference),"
        " first_attempt_at = coalesce(first_attempt_at, ?), is_unsure = CASE WHEN ? THEN ? ELSE is_unsure END,"
        " arrived_at = ?"
        " WHERE id = ? AND lease_token = ? AND state = 'sending'",
        (
            state,
            text_or_none(settlement.next_attempt_at),
            int(settlement.counts),
            None if state == "pending" else now,
            settlement.reason or None,
            settlement.reference or None,
            instant_text(settlement.started_at) if was_tried else None,
            was_tried,
            settlement.blame == "unknown",
            now if state == "delivered" and settlement.has_arrived else None,
            settlement.message_id,
            settlement.token,
        ),
    )
    if not changed:
        return False
    _append_attempt(connection, settlement)
    _switch_circuit(connection, settlement)
    return True


def _append_attempt(connection: Connection, settlement: Settlement) -> None:
    connection.write(
        _ATTEMPT,
        (
            settlement.message_id,
            settlement.outcome,
            None if settlement.blame is None else str(settlement.blame),
            settlement.reason or None,
            settlement.reference or None,
            int(settlement.counts),
            instant_text(settlement.started_at),
            instant_text(settlement.ended_at),
        ),
    )


def _switch_circuit(connection: Connection, settlement: Settlement) -> None:
    if settlement.circuit == "close":
        connection.write("DELETE FROM circuit WHERE destination = ?", (settlement.destination,))
    if settlement.circuit == "open":
        assert settlement.probe_at is not None, "an open circuit says when to probe"
        connection.write(
            "INSERT INTO circuit (destination, opened_at, probe_at, reason) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (destination) DO UPDATE SET probe_at = excluded.probe_at, reason = excluded.reason",
            (
                settlement.destination,
                instant_text(settlement.ended_at),
                instant_text(settlement.probe_at),
                settlement.reason,
            ),
        )

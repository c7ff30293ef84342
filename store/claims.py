"""Leasing due messages, and writing down what came of them. The leases are what keeps two workers apart."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from collections.abc import Sequence
from datetime import datetime, timedelta

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
    SELECT due.destination, (
        SELECT min(next_attempt_at) FROM message
        WHERE state = 'pending' AND is_head = 1 AND hold IS NULL AND destination = due.destination
    ), circuit.probe_at FROM due LEFT JOIN circuit USING (destination)
    WHERE due.destination IS NOT NULL
"""
_HEADS = """
    SELECT seq FROM message
    WHERE destination = ? AND state = 'pending' AND is_head = 1 AND hold IS NULL AND next_attempt_at <= ?
    ORDER BY next_attempt_at, seq LIMIT ?
"""
#: SQLite takes 32,766 values in one statement.
_MOST = 10_000
_IS_BUSY = "SELECT 1 FROM message WHERE state = 'sending' AND destination = ? LIMIT 1"


def due(connection: Connection, now: datetime) -> list[str]:
    """Take back leases that ran out, and return the destinations for which something may be claimed."""
    _take_back_lapsed(connection, now)
    at = instant_text(now)
    return [
        destination
        for destination, first_at, probe_at in connection.rows(_DESTINATIONS)
        if first_at <= at and _allowed(connection, destination, probe_at, at)
    ]


def claim(
    connection: Connection, destination: str, now: datetime, *, limit: int, lease: timedelta, token: str
) -> list[Message]:
    """Lease up to ``limit`` due messages of a destination to ``token``; the caller holds the write lock."""
    at = instant_text(now)
    circuit = connection.row("SELECT probe_at FROM circuit WHERE destination = ?", (destination,))
    allowed = min(limit, _allowed(connection, destination, circuit[0] if circuit else None, at))
    turns = {seq: turn for turn, (seq,) in enumerate(connection.rows(_HEADS, (destination, at, allowed)))}
    if not turns:
        return []
    rows = connection.write_returning(
        "UPDATE message SET state = 'sending', lease_token = ?, leased_until = ?, claimed_at = ?"
        f" WHERE seq IN ({', '.join('?' * len(turns))}) RETURNING {COLUMNS}",
        (token, instant_text(now + lease), at, *turns),
    )
    return sorted(map(message_of, rows), key=lambda message: turns[message.seq])


def _allowed(connection: Connection, destination: str, probe_at: str | None, now: str) -> int:
    """Return how many messages may go: through an open circuit one, when its time has come and none is on its way."""
    if probe_at is None:
        return _MOST
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


def record(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> list[str]:
    """Write down what came of claims and return the ids that still held their lease; the others change nothing."""
    return [each.message_id for each in settlements if _settle(connection, each, instant_text(now))]


def _settle(connection: Connection, settlement: Settlement, now: str) -> bool:
    state, was_tried = str(settlement.state), settlement.outcome != "released"
    changed = connection.write(
        "UPDATE message SET state = ?, next_attempt_at = coalesce(?, next_attempt_at), attempts = attempts + ?,"
        " lease_token = NULL, leased_until = NULL, settled_at = ?, reason = ?, reference = coalesce(?, reference),"
        " first_attempt_at = coalesce(first_attempt_at, ?), is_unsure = ?, arrived_at = ?"
        " WHERE id = ? AND lease_token = ? AND state = 'sending'",
        (
            state,
            text_or_none(settlement.next_attempt_at),
            int(settlement.counts),
            None if state == "pending" else now,
            settlement.reason or None,
            settlement.reference or None,
            instant_text(settlement.started_at) if was_tried else None,
            int(settlement.is_unsure),
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

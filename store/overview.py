"""The outbox as people see it: what waits, what was sent and when, and what came of it; never what a message says."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text

_SIZE = "(SELECT length(payload) FROM message_payload WHERE message_payload.seq = message.seq)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One message without its payload and its address. ``payload_bytes`` is none once the payload was removed."""

    id: str
    destination: str
    kind: str
    state: str
    subject_ref: str
    cause: str | None
    supersedes: str | None
    content_type: str
    payload_sha256: str
    payload_bytes: int | None
    hold: str | None
    is_unroutable: bool
    is_unsure: bool
    attempts: int
    lapses: int
    reason: str | None
    reference: str | None
    created_at: datetime
    not_before: datetime | None
    expires_at: datetime | None
    next_attempt_at: datetime
    first_attempt_at: datetime | None
    settled_at: datetime | None
    arrived_at: datetime | None
    processed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages: each condition that is given must hold.

    ``kind`` is a kind or the beginning of one (``feed``). The times are those of settling, or of enqueueing while a
    message is under way; ``since`` is included, ``until`` is not.
    """

    states: tuple[str, ...] = ()
    destination: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Attempts on one destination with one outcome, and when the latest ended."""

    destination: str
    kind: str
    outcome: str
    count: int
    latest_at: datetime


_INSTANTS = tuple(field.name for field in fields(Outline) if field.name.endswith("_at") or field.name == "not_before")
_COLUMNS = ", ".join(
    f"{_SIZE} AS payload_bytes" if field.name == "payload_bytes" else field.name for field in fields(Outline)
)


class Overview:
    """Reads of the outbox for people and their instruments."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def listed(self, wanted: Wanted, *, limit: int) -> list[Outline]:
        """Return up to ``limit`` messages, the latest enqueued first."""
        condition, values = _condition(wanted)
        return self._where(f"{condition} ORDER BY seq DESC LIMIT ?", *values, limit)

    def ids(self, wanted: Wanted) -> list[str]:
        """Return the ids of all messages that are wanted, in the order of enqueueing."""
        condition, values = _condition(wanted)
        return [row[0] for row in self._db.rows(f"SELECT id FROM message WHERE {condition} ORDER BY seq", values)]

    def get(self, message_id: str) -> Outline | None:
        """Return one message."""
        return next(iter(self._where("id = ?", message_id)), None)

    def named(self, name: str, *, limit: int = 10) -> list[str]:
        """Return the ids that a person may mean: by id, by its beginning, or by a notice's spoken reference."""
        rows = self._db.rows(
            "SELECT id FROM message WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", (name, f"{name}\U0010ffff", limit)
        )
        if rows:
            return [name] if (name,) in rows else [row[0] for row in rows]
        sql = "SELECT id FROM message WHERE subject_ref = ? ORDER BY seq LIMIT ?"
        return [row[0] for row in self._db.rows(sql, (name.upper(), limit))]

    def dead_letters(self) -> dict[str, int]:
        """Return how many messages wait for a person, by destination."""
        sql = "SELECT destination, count(*) FROM message WHERE state = 'dead' GROUP BY destination"
        return dict(self._db.rows(sql))

    def held(self) -> dict[str, int]:
        """Return how many messages a check keeps from leaving, by destination."""
        sql = "SELECT destination, count(*) FROM message WHERE state = 'pending' AND hold IS NOT NULL"
        return dict(self._db.rows(f"{sql} GROUP BY destination"))

    def oldest_by_kind(self) -> dict[tuple[str, str], datetime]:
        """Return when the oldest message that may leave but has not was due, by destination and kind."""
        rows = self._db.rows(
            "SELECT destination, kind, min(coalesce(not_before, created_at)) FROM message"
            " WHERE state IN ('pending', 'sending') AND hold IS NULL GROUP BY destination, kind"
        )
        return {(destination, kind): datetime.fromisoformat(at) for destination, kind, at in rows}

    def attempts_since(self, last: int) -> tuple[int, list[Tally]]:
        """Return what was tried after an attempt (0: ever), and the last attempt that this counts."""
        row = self._db.row("SELECT coalesce(max(id), 0) FROM attempt")
        newest = int(row[0]) if row else last
        rows = self._db.rows(
            "SELECT destination, kind, outcome, count(*), max(ended_at) FROM attempt"
            " JOIN message ON message.id = attempt.message_id WHERE attempt.id > ? AND attempt.id <= ?"
            " GROUP BY destination, kind, outcome",
            (last, newest),
        )
        return newest, [
            Tally(destination=to, kind=kind, outcome=outcome, count=count, latest_at=datetime.fromisoformat(at))
            for to, kind, outcome, count, at in rows
        ]

    def replays_since(self, last: int) -> tuple[int, dict[str, int]]:
        """Return how many messages were replayed after an intervention (0: ever) by destination, and the last one."""
        row = self._db.row("SELECT coalesce(max(id), 0) FROM intervention")
        newest = int(row[0]) if row else last
        rows = self._db.rows(
            "SELECT destination, count(*) FROM intervention JOIN message ON message.id = intervention.message_id"
            " WHERE action = 'replayed' AND intervention.id > ? AND intervention.id <= ? GROUP BY destination",
            (last, newest),
        )
        return newest, dict(rows)

    def _where(self, condition: str, *values: str | int) -> list[Outline]:
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM message WHERE {condition}", values)
        return [_outline(row) for row in rows]


def _condition(wanted: Wanted) -> tuple[str, list[str | int]]:
    terms = list(_terms(wanted))
    return " AND ".join(text for text, _ in terms), [value for _, values in terms for value in values]


def _terms(wanted: Wanted) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "1", ()
    if wanted.states:
        yield f"state IN ({', '.join('?' * len(wanted.states))})", wanted.states
    if wanted.destination is not None:
        yield "destination = ?", (wanted.destination,)
    if wanted.kind is not None:
        yield "(kind = ? OR kind >= ? AND kind < ?)", (wanted.kind, f"{wanted.kind}.", f"{wanted.kind}/")
    if wanted.since is not None:
        yield "coalesce(settled_at, created_at) >= ?", (instant_text(wanted.since),)
    if wanted.until is not None:
        yield "coalesce(settled_at, created_at) < ?", (instant_text(wanted.until),)


def _outline(row: Row) -> Outline:
    given = dict(zip(Outline.__slots__, row, strict=True))
    for name in _INSTANTS:
        given[name] = instant_or_none(given[name])
    return Outline(**{**given, "is_unroutable": bool(given["is_unroutable"]), "is_unsure": bool(given["is_unsure"])})

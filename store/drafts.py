"""Putting a message into the outbox: once for each cause, or in place of one that nobody could receive."""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, Protocol

from store.connection import Connection, Row
from store.instants import instant_text, text_or_none

_DRAFT = (
    "id, idempotency_key, destination, address, ordering_key, kind, content_type, payload_sha256, subject_ref,"
    " created_at, not_before, cause, supersedes, hold, expires_at, next_attempt_at, is_unroutable, is_misfit, state,"
    " settled_at, reason"
)
_PLACES = ", ".join("?" * len(_DRAFT.split(",")))


class Draft(Protocol):
    """A message to enqueue; see ``outbox.messages.Draft``."""

    @property
    def id(self) -> str: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def ordering_key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def subject_ref(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def supersedes(self) -> str | None: ...
    @property
    def hold(self) -> str: ...
    @property
    def expires_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a message cannot be sent as it is: nobody can receive it, or it does not match its own schema."""

    unroutable: str | None = None
    misfit: str | None = None

    @property
    def reason(self) -> str | None:
        """The sentence to keep with it; none where nothing is in the way."""
        return self.misfit or self.unroutable


def put(
    connection: Connection, draft: Draft, obstacle: Obstacle
) -> Literal["added", "routed", "mended", "misfit", "known", "sent"]:
    """Write a draft unless its cause already has a message that can be sent, or one that is no better than this."""
    connection.require_transaction()
    if sent := connection.row("SELECT at FROM sent_before WHERE message_id = ?", (draft.id,)):
        return _put_as_sent(connection, draft, sent[0])
    sql = "SELECT is_unroutable, is_misfit FROM message WHERE idempotency_key = ?"
    if (known := connection.row(sql, (draft.idempotency_key,))) is None:
        _insert(connection, draft, obstacle)
        return "added"
    was_unroutable, was_misfit = known
    is_no_better = obstacle.unroutable is not None or (was_misfit and obstacle.misfit)
    if not (was_unroutable or was_misfit) or is_no_better:
        return "known"
    _replace(connection, draft, obstacle)
    if obstacle.misfit:
        return "misfit"
    return "mended" if was_misfit else "routed"


def _put_as_sent(connection: Connection, draft: Draft, at: str) -> Literal["sent", "known"]:
    """Write a draft down as delivered: it left before the database was restored, perhaps in other words."""
    if connection.row("SELECT 1 FROM message WHERE id = ?", (draft.id,)):
        return "known"
    _insert(connection, draft, Obstacle())
    # Two steps, so that those behind it are let through as after any delivery.
    sql = "UPDATE message SET state = 'delivered', settled_at = ?, hold = NULL WHERE id = ?"
    connection.write(sql, (at, draft.id))
    return "sent"


def _replace(connection: Connection, draft: Draft, obstacle: Obstacle) -> None:
    update = f"UPDATE message SET ({_DRAFT}) = ({_PLACES}) WHERE idempotency_key = ?"
    connection.write(update, (*_values(draft, obstacle), draft.idempotency_key))
    payload = "UPDATE message_payload SET payload = ? WHERE seq = (SELECT seq FROM message WHERE idempotency_key = ?)"
    connection.write(payload, (draft.payload, draft.idempotency_key))


def _insert(connection: Connection, draft: Draft, obstacle: Obstacle) -> None:
    is_head = "NOT EXISTS (SELECT 1 FROM message WHERE ordering_key = ? AND state IN ('pending', 'sending'))"
    connection.write(
        f"INSERT INTO message ({_DRAFT}, is_head) VALUES ({_PLACES}, ? AND {is_head})",
        (*_values(draft, obstacle), int(obstacle.reason is None), draft.ordering_key),
    )
    connection.write("INSERT INTO message_payload (seq, payload) VALUES (last_insert_rowid(), ?)", (draft.payload,))


def _values(draft: Draft, obstacle: Obstacle) -> Row:
    created_at = instant_text(draft.created_at)
    state = ("pending", None, None) if obstacle.reason is None else ("dead", created_at, obstacle.reason)
    return (
        draft.id,
        draft.idempotency_key,
        draft.destination,
        draft.address,
        draft.ordering_key,
        draft.kind,
        draft.content_type,
        sha256(draft.payload).hexdigest(),
        draft.subject_ref,
        created_at,
        text_or_none(draft.not_before),
        draft.cause,
        draft.supersedes,
        draft.hold or None,
        text_or_none(draft.expires_at),
        text_or_none(draft.not_before) or created_at,
        int(obstacle.unroutable is not None),
        int(obstacle.misfit is not None),
        *state,
    )

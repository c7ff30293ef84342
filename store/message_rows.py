"""Rows of the outbox as the rest of the program sees them, and what it must bring to have one written."""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Protocol

from store.connection import Row
from store.instants import instant_or_none


class Settlement(Protocol):
    """What came of one claim; see ``outbox.messages.Settlement``."""

    @property
    def message_id(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime: ...
    @property
    def state(self) -> str: ...
    @property
    def next_attempt_at(self) -> datetime | None: ...
    @property
    def counts(self) -> bool: ...
    @property
    def blame(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def has_arrived(self) -> bool: ...
    @property
    def is_unsure(self) -> bool: ...
    @property
    def circuit(self) -> str | None: ...
    @property
    def probe_at(self) -> datetime | None: ...


class Receipt(Protocol):
    """Word about a message that was taken earlier; see ``outbox.messages.Receipt``."""

    @property
    def message_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def said(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One stored message.

    ``payload`` is empty once scrubbed, ``payload_sha256`` (hex) stays. ``attempts`` counts failures of the message's
    own, ``lapses`` the claims whose lease ran out without a word. ``lease_token`` is empty unless it is being sent.
    ``settled_at`` is when it was delivered, given up or cancelled, and ``reason`` why. A delivered message was taken by
    its receiver then, reached its recipient at ``arrived_at`` and was acknowledged at ``processed_at``. ``hold`` names
    the check that keeps it (empty: none); ``is_unsure`` says that an attempt may have arrived, ``is_misfit`` that the
    payload does not match its own published schema.
    """

    seq: int
    id: str
    idempotency_key: str
    destination: str
    address: str
    ordering_key: str
    kind: str
    content_type: str
    payload: bytes
    payload_sha256: str
    subject_ref: str
    created_at: datetime
    not_before: datetime | None
    cause: str | None
    supersedes: str | None
    state: str
    is_unroutable: bool
    is_misfit: bool
    attempts: int
    lapses: int
    next_attempt_at: datetime
    first_attempt_at: datetime | None
    lease_token: str
    settled_at: datetime | None
    reason: str
    reference: str
    hold: str
    expires_at: datetime | None
    is_unsure: bool
    arrived_at: datetime | None
    processed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. ``outcome`` is the settlement's, or ``lapsed``: nobody said what came of it, it may have arrived."""

    outcome: str
    blame: str | None
    reason: str
    reference: str
    counted: bool
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Word about a message after its receiver took it: it ``arrived``, ``bounced``, or was ``processed``."""

    message_id: str
    kind: str
    at: datetime
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """What was done to a message other than sending it: replayed, cancelled, superseded, routed, scrubbed and so on.

    ``by`` is the role that asked for it; empty where the relay did it by itself.
    """

    at: datetime
    action: str
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A destination that takes no messages; from ``probe_at`` on, exactly one at a time may try it."""

    destination: str
    opened_at: datetime
    probe_at: datetime
    reason: str


_INSTANTS = tuple(field.name for field in fields(Message) if field.name.endswith("_at") or field.name == "not_before")
_PAYLOAD = "(SELECT payload FROM message_payload WHERE message_payload.seq = message.seq)"
#: The columns of ``Message``, in its order.
COLUMNS = ", ".join(_PAYLOAD if field.name == "payload" else field.name for field in fields(Message))
#: The same with an empty payload, where it is not wanted: it is most of what a message weighs.
LIGHT = ", ".join("NULL" if field.name == "payload" else field.name for field in fields(Message))


def message_of(row: Row) -> Message:
    """Read a row of ``COLUMNS``."""
    given = dict(zip(Message.__slots__, row, strict=True))
    for name in ("payload", "lease_token", "reason", "reference", "hold"):
        given[name] = given[name] or (b"" if name == "payload" else "")
    for name in _INSTANTS:
        given[name] = instant_or_none(given[name])
    return Message(**given | {name: bool(given[name]) for name in ("is_unroutable", "is_misfit", "is_unsure")})


def attempt_of(row: Row) -> Attempt:
    """Read (outcome, blame, reason, reference, counted, started_at, ended_at)."""
    outcome, blame, reason, reference, counted, started_at, ended_at = row
    return Attempt(
        outcome=outcome,
        blame=blame,
        reason=reason or "",
        reference=reference or "",
        counted=bool(counted),
        started_at=datetime.fromisoformat(started_at),
        ended_at=datetime.fromisoformat(ended_at),
    )


def receipt_of(row: Row) -> Heard:
    """Read (message_id, kind, at, said)."""
    message_id, kind, at, said = row
    return Heard(message_id=message_id, kind=kind, at=datetime.fromisoformat(at), said=said)

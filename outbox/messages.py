"""What one message is, what an attempt to deliver it may come to, and what is recorded about the attempt.

``Draft`` is enqueued in the transaction of the decision that causes it; ``Message`` is the same claimed back for one
attempt. Its payload is the exact bytes that every attempt sends.
"""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, Protocol

CLOUD_EVENT: Final = "application/cloudevents+json"
EMAIL: Final = "message/rfc822"
MULTIPART: Final = "multipart/form-data"
#: The fields that GOV.UK Notify puts into a template of its own, as JSON: a name of ours, no vendor has registered one.
NOTIFY_FIELDS: Final = "application/vnd.govuk-notify+json"


class State(StrEnum):
    """Where a message stands; only ``pending`` ones are claimed, and ``dead`` ones wait for a person."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Blame(StrEnum):
    """Whose failure it was. ``unknown`` is the ambiguous one: the message may have arrived all the same."""

    MESSAGE = "message"
    DESTINATION = "destination"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One message to enqueue.

    ``destination`` is the alias whose channel and circuit serve it, ``address`` what the channel needs within it (an
    e-mail address; empty for HTTPS and folders). Messages of one ``ordering_key`` leave strictly one after another.
    ``subject_ref`` is the case or feed day it is about, ``cause`` the decision, ``supersedes`` an earlier message's id.
    ``hold`` names the check that keeps it until somebody releases it (empty: it may leave); ``expires_at`` is when it
    is no longer worth sending: then it dies, loudly. No field but ``payload`` and ``address`` may hold personal data.
    """

    id: str
    idempotency_key: str
    destination: str
    ordering_key: str
    kind: str
    content_type: str
    payload: bytes
    subject_ref: str
    created_at: datetime
    address: str = ""
    not_before: datetime | None = None
    cause: str | None = None
    supersedes: str | None = None
    hold: str = ""
    expires_at: datetime | None = None


class Message(Protocol):
    """A claimed message. ``attempts`` counts the message's own failures so far, not those of its destination.

    ``is_unsure`` says that an earlier attempt may have arrived: its channel is asked before it is sent again.
    ``reference`` is what the receiver answered to the latest attempt.
    """

    @property
    def id(self) -> str: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject_ref(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def attempts(self) -> int: ...
    @property
    def lease_token(self) -> str: ...
    @property
    def first_attempt_at(self) -> datetime | None: ...
    @property
    def is_unsure(self) -> bool: ...
    @property
    def reference(self) -> str: ...
    @property
    def expires_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver took the message; ``reference`` is what it answered, for the record.

    ``has_arrived`` is false where somebody else still carries it on (a mail relay, GOV.UK Notify): whether it reached
    its recipient is told later, by a ``Receipt``.
    """

    reference: str = ""
    has_arrived: bool = True


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not delivered this time, worth trying again; ``reason`` is one sentence without personal data."""

    blame: Blame
    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Trying again changes nothing until a person does: this message is wrong, or the destination's settings are."""

    blame: Literal[Blame.MESSAGE, Blame.DESTINATION]
    reason: str


Outcome = Delivered | Deferred | Refused


@dataclass(frozen=True, slots=True)
class NotFound:
    """The receiver was asked for an earlier attempt and has nothing of it: it may be sent again without a duplicate."""


class ReceiptKind(StrEnum):
    """What became of a message after its receiver took it. ``processed`` is the recipient's own word for it."""

    ARRIVED = "arrived"
    BOUNCED = "bounced"
    PROCESSED = "processed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Word about a message that was taken earlier; ``said`` is one sentence without personal data."""

    message_id: str
    kind: ReceiptKind
    at: datetime
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the outbox records about one attempt, if ``token`` still holds the lease.

    ``state`` and ``next_attempt_at`` are the message's next ones; ``counts`` says whether the attempt is one of its
    own failures. ``outcome`` is ``delivered``, ``deferred``, ``refused`` or ``released`` (claimed, never tried).
    ``circuit`` opens the destination until ``probe_at`` or closes it; none leaves it as it is. Opening an open
    circuit moves ``probe_at`` and keeps the time since which it is open. ``is_unsure`` says that this attempt or an
    earlier one may have arrived although nobody said so.
    """

    message_id: str
    token: str
    destination: str
    outcome: str
    started_at: datetime
    ended_at: datetime
    state: State = State.PENDING
    next_attempt_at: datetime | None = None
    counts: bool = False
    blame: Blame | None = None
    reason: str = ""
    reference: str = ""
    has_arrived: bool = True
    is_unsure: bool = False
    circuit: Literal["open", "close"] | None = None
    probe_at: datetime | None = None


def message_id(key: bytes, idempotency_key: str) -> str:
    """Return the id that one cause always gets at one installation, so that a day run again repeats its ids.

    A UUID (version 8, RFC 9562) from HMAC-SHA256: nobody without ``key`` can guess it from a UPN and a date. Feed
    rows get their ``record_id`` the same way.
    """
    digest = bytearray(hmac.digest(key, idempotency_key.encode(), hashlib.sha256)[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


#: No letter or digit that is heard or read as another one on the telephone.
_SPOKEN = "234679ACDEFHJKLMNPRTUVWXY"


def spoken_reference(identifier: str) -> str:
    """Return the short reference of a message or case that people quote on the telephone: ``A7C3-K9MP``."""
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8])
    letters = "".join(_SPOKEN[number // len(_SPOKEN) ** place % len(_SPOKEN)] for place in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def typed_reference(text: str) -> str:
    """Return a reference as it is written, however somebody typed it: ``a7c3 k9mp`` is ``A7C3-K9MP``."""
    letters = "".join(each for each in text.upper() if each.isalnum())
    return f"{letters[:4]}-{letters[4:]}"

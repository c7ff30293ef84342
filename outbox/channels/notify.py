"""GOV.UK Notify: a notice as a template of the public body that owns the service, with nothing about the child in it.

Notify knows no idempotency key, so an attempt whose end was not seen is looked up by its reference before it is sent
again. What it writes is never repeated: its answers hold the message, and its errors may quote it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from outbox.channels.base import Finding, Settings, Surroundings
from outbox.channels.notify_calls import Calls, nothing_was_sent
from outbox.messages import (
    NOTIFY_FIELDS,
    Blame,
    Deferred,
    Delivered,
    Message,
    NotFound,
    Outcome,
    Receipt,
    ReceiptKind,
    Refused,
)
from outbox.notify_fields import FIELDS, TYPED_BY_PEOPLE
from wire.tls import is_loopback

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"(?P<name>\S+)-{_UUID}-{_UUID}", re.IGNORECASE)
_ID = re.compile(_UUID, re.IGNORECASE)
#: Notify forgets a message after 3 days where its service has chosen the shortest retention.
_REMEMBERED = timedelta(days=3)
_BY_KIND = {
    "live": "GOV.UK Notify does not tell the kind of a key, and key_kind says live: trial mode shows with the first "
    "message that is refused",
    "team": "key_kind says team: only the service's team and guest list are reached",
    "test": "key_kind says test: nobody is ever sent anything, though GOV.UK Notify reports it as delivered",
}
_SETTINGS = {
    401: "have api_key copied again",
    403: "the key is wrong, revoked or of an archived service, or this machine's clock is off by half a minute",
}
_NOT_SENT: dict[str, Deferred | Refused] = {
    "certificate": Refused(Blame.DESTINATION, "GOV.UK Notify's certificate could not be verified: nothing was sent"),
    "connection": Deferred(Blame.DESTINATION, "no connection to GOV.UK Notify: nothing was sent"),
}
_NOT_OURS = "it was written for another channel than its destination has now: tell the recipient by other means"
#: What Notify calls an address it does not take.
_MESSAGE_REFUSED = frozenset({"ValidationError", "InvalidEmailError"})
_FAILED = {
    "permanent-failure": "the recipient's server refused the mail for good: correct the address in contacts.csv",
    "temporary-failure": "the recipient's server did not take the mail for 72 hours, and GOV.UK Notify has given up",
    "technical-failure": "GOV.UK Notify failed to send the mail: replay it, and look at its status page if it repeats",
}


class NotifySettings(Settings, frozen=True, kw_only=True):
    """The service at GOV.UK Notify that a public body owns, and the template of its e-mails.

    ``key_kind`` says which kind of key ``api_key`` is, for Notify does not.
    """

    api_key: str
    template_id: str
    key_kind: Literal["live", "team", "test"] = "live"
    email_reply_to_id: str = ""
    base_url: str = "https://api.notifications.service.gov.uk"
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.api_key):
            raise ValueError("api_key is not a whole key (name, service id, secret): copy it from GOV.UK Notify again")
        if not _ID.fullmatch(self.template_id):
            raise ValueError("template_id is not the id of a template: copy it from the template's page")
        if self.email_reply_to_id and not _ID.fullmatch(self.email_reply_to_id):
            raise ValueError(
                "email_reply_to_id is not the id of a reply-to address: copy it from the service's settings"
            )
        parts = urlsplit(self.base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("base_url must begin with https:// (http:// is for this machine only)")


class _Sent(msgspec.Struct):
    """What is read of a message at Notify; its answers hold all of its text besides."""

    id: str
    status: str = ""


class _Listed(msgspec.Struct):
    notifications: list[_Sent]


class _Template(msgspec.Struct):
    type: str
    personalisation: dict[str, Any] | None = None


class _Problem(msgspec.Struct):
    error: str
    message: str = ""


class _Problems(msgspec.Struct):
    errors: list[_Problem]


_Answer = TypeVar("_Answer", _Sent, _Listed, _Template)


class NotifyChannel:
    """One service and one template. For one thread at a time, as the official client."""

    def __init__(self, settings: NotifySettings, surroundings: Surroundings) -> None:
        """Open nothing yet."""
        self.longest = timedelta(seconds=settings.timeout_seconds)
        self._settings = settings
        self._clock = surroundings.clock
        self._calls = Calls(
            settings.api_key,
            settings.base_url,
            seconds=settings.timeout_seconds,
            uses_proxies=not is_loopback(urlsplit(settings.base_url).hostname or ""),
        )

    def send(self, message: Message) -> Outcome:
        """Hand over the fields; the message's id goes with them as the reference it can be found by."""
        if message.content_type != NOTIFY_FIELDS:
            return Refused(Blame.MESSAGE, _NOT_OURS)
        try:
            fields = msgspec.json.decode(message.payload, type=dict[str, str])
        except msgspec.DecodeError:
            return Refused(Blame.MESSAGE, _NOT_OURS)
        sent = self._asked(
            _Sent,
            lambda client: client.send_email_notification(
                message.address,
                self._settings.template_id,
                personalisation=fields,
                reference=message.id,
                email_reply_to_id=self._settings.email_reply_to_id or None,
                sanitise_content_for=list(TYPED_BY_PEOPLE),
            ),
        )
        return Delivered(sent.id, has_arrived=False) if isinstance(sent, _Sent) else sent

    def find(self, message: Message) -> Outcome | NotFound | None:
        """Look an earlier attempt up by its reference; none when Notify may have forgotten it by now.

        One that has failed is as good as none: replayed with its address corrected, the message must go again.
        """
        since = message.first_attempt_at
        if since is not None and self._clock() - since > _REMEMBERED:
            return None
        found = self._asked(_Listed, lambda client: client.get_all_notifications(reference=message.id))
        match found:
            case _Listed(notifications=every):
                sent = next((each for each in every if each.status not in _FAILED), None)
                return Delivered(sent.id, has_arrived=False) if sent else NotFound()
            case Refused(Blame.MESSAGE):
                # Of the question, not of the message: that must not die of it.
                return Deferred(Blame.UNKNOWN, "GOV.UK Notify did not understand the question after this message")
            case Deferred() | Refused():
                return found

    def follow(self, waiting: Sequence[Message]) -> Iterator[Receipt]:
        """Ask after each message that was taken. One that cannot be asked after ends it: the next time tells."""
        for message in waiting:
            if not _ID.fullmatch(message.reference):
                continue  # taken by another channel, before this one served the destination
            status = self._status(message.reference)
            if status is None:
                return
            if status == "delivered":
                yield Receipt(message_id=message.id, kind=ReceiptKind.ARRIVED, at=self._clock(), said=self._arrived())
            elif status in _FAILED:
                said = f"GOV.UK Notify reports {status}: {_FAILED[status]}"
                yield Receipt(message_id=message.id, kind=ReceiptKind.BOUNCED, at=self._clock(), said=said)

    def _status(self, reference: str) -> str | None:
        """Return what Notify says of a message, empty when it no longer knows it; none when it cannot be asked."""
        try:
            answer = self._calls.call(lambda client: client.get_notification_by_id(reference))
            return msgspec.convert(answer, _Sent).status
        except APIError as error:
            return "" if error.status_code == 404 else None
        except msgspec.ValidationError:
            return None

    def _arrived(self) -> str:
        if self._settings.key_kind == "test":
            return "GOV.UK Notify only pretends: a test key sends nothing"
        return "the recipient's server took the mail"

    def check(self) -> tuple[Finding, ...]:
        """Read the template and compare its fields; send nothing."""
        template = self._asked(_Template, lambda client: client.get_template(self._settings.template_id))
        if not isinstance(template, _Template):
            return (Finding("GOV.UK Notify", False, template.reason),)
        return (_template_finding(template), self._key_finding())

    def _key_finding(self) -> Finding:
        kind, named = self._settings.key_kind, _KEY.fullmatch(self._settings.api_key)
        name = named["name"].lower() if named else ""
        hints = {hint for hint in _BY_KIND if hint in re.split(r"[^a-z]+", name)}
        if hints and kind not in hints:
            message = f"its name says {' and '.join(sorted(hints))} and key_kind says {kind}: one of them is wrong"
            return Finding("key", None, message)
        return Finding("key", True if kind == "live" else None, _BY_KIND[kind])

    def close(self) -> None:
        """Close the client."""
        self._calls.close()

    def _asked(
        self, answer: type[_Answer], ask: Callable[[NotificationsAPIClient], Any]
    ) -> _Answer | Deferred | Refused:
        try:
            return msgspec.convert(self._calls.call(ask), answer)
        except APIError as error:
            return outcome_of(error, self._clock())
        except msgspec.ValidationError:
            return Deferred(Blame.UNKNOWN, "GOV.UK Notify's answer could not be read: it may have taken the message")


def _template_finding(template: _Template) -> Finding:
    if template.type != "email":
        return Finding("template", False, "is not one for e-mails: template_id names another kind")
    if strange := sorted(set(template.personalisation or {}) - set(FIELDS)):
        message = f"asks for {', '.join(strange)}, which no notice has: take them out (fields: {', '.join(FIELDS)})"
        return Finding("template", False, message)
    return Finding("template", True, "is there, and asks for nothing that a notice has not got")


def outcome_of(error: APIError, now: datetime) -> Deferred | Refused:
    """Read an error by its status and name. Its text is looked at to tell two names alike apart, and never kept.

    The client calls every lost connection a 503, too; only where none was made is it known that nothing was sent.
    """
    if why := nothing_was_sent(error):
        return _NOT_SENT[why]
    problem, status = _problem(error), error.status_code
    said = f"GOV.UK Notify answered HTTP {status}"
    if status == 400:
        return _refused(problem, said)
    if status == 429:
        return _too_many(problem, said, now)
    if 400 < status < 500:
        return Refused(Blame.DESTINATION, f"{said}: {_SETTINGS.get(status, 'compare base_url and template_id')}")
    if status == 503:
        return Deferred(Blame.UNKNOWN, "GOV.UK Notify answered HTTP 503, or the connection failed before it answered")
    return Deferred(Blame.UNKNOWN, f"{said}: it may have kept the message")


def _refused(problem: _Problem, said: str) -> Refused:
    if problem.error in _MESSAGE_REFUSED:
        return Refused(Blame.MESSAGE, f"{said} ({problem.error}): correct the recipient's address in contacts.csv")
    # The two have one name, and people to whom they matter: only the text tells them apart.
    if "team-only" in problem.message:
        why = "the key is team-only and the recipient is not on the team or guest list: use a live key"
    elif "trial mode" in problem.message:
        why = "the service is in trial mode and the recipient is not on its team or guest list: ask for it to go live"
    else:
        why = "it does not take this template, reply-to address or service: compare them with what check says"
    return Refused(Blame.DESTINATION, f"{said}: {why}")


def _too_many(problem: _Problem, said: str, now: datetime) -> Deferred:
    if problem.error != "TooManyRequestsError":
        return Deferred(Blame.DESTINATION, f"{said}: too many messages within a minute", timedelta(minutes=1))
    utc = now.astimezone(UTC)
    midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Deferred(
        Blame.DESTINATION, f"{said}: the service's daily limit is used up until midnight UTC", midnight - utc
    )


def _problem(error: APIError) -> _Problem:
    """Return the first problem an answer names; an empty one when it names none, as a proxy's page."""
    # Not by its truth: an answer of the library is false when it is an error.
    content = error.response.content if error.response is not None else b""
    try:
        return msgspec.json.decode(content, type=_Problems).errors[0]
    except (msgspec.DecodeError, IndexError):
        return _Problem(error="")

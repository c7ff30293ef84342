"""HTTPS: one POST a message, signed as Standard Webhooks 1.0.0 says.

Response bodies are never read: what a receiver writes there may quote the pupil.
"""

import ssl
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from outbox.channels.base import Finding, OpenSocket, Settings, Surroundings, deadline, is_loopback, tls_context
from outbox.messages import Blame, Deferred, Delivered, Message, Outcome, Refused

_MESSAGE_REFUSED = frozenset({400, 413, 415, 422})
#: 409 is the Idempotency-Key draft's answer while an earlier copy is still being worked on.
_DEFERRED = {
    408: Blame.DESTINATION,
    409: Blame.MESSAGE,
    425: Blame.DESTINATION,
    429: Blame.DESTINATION,
    503: Blame.DESTINATION,
}


class HttpsSettings(Settings, frozen=True, kw_only=True):
    """Where to post, and the secrets shared with the receiver.

    ``signing_key`` is ``whsec_`` and base64; while it is being changed ``previous_signing_key`` signs as well.
    """

    url: str
    signing_key: str
    previous_signing_key: str = ""
    ca_file: str = ""
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("url must begin with https:// (http:// is for this machine only)")
        if parts.username or parts.query:
            raise ValueError("url must hold neither a user name nor a query: they would show in logs")
        _signer(self.signing_key)
        if self.previous_signing_key:
            _signer(self.previous_signing_key)


class HttpsChannel:
    """One receiver's address."""

    def __init__(self, settings: HttpsSettings, surroundings: Surroundings) -> None:
        """Open nothing yet; raises ``OSError`` when ``ca_file`` cannot be read."""
        self.longest = timedelta(seconds=settings.timeout_seconds)
        self._url = settings.url
        self._clock = surroundings.clock
        self._signers = [_signer(secret) for secret in (settings.signing_key, settings.previous_signing_key) if secret]
        self._socket: OpenSocket = None
        self._client = httpx.Client(
            transport=surroundings.transport,
            verify=tls_context(settings.ca_file),
            timeout=httpx.Timeout(settings.timeout_seconds, connect=min(10.0, settings.timeout_seconds)),
            # A kept connection that the server has just closed looks exactly like a lost answer.
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=not is_loopback(urlsplit(settings.url).hostname or ""),
            headers={"User-Agent": "attendance-relay"},
        )

    def send(self, message: Message) -> Outcome:
        """Post the stored bytes once, with a fresh signature and no redirect."""
        try:
            with self._asked("POST", content=message.payload, headers=self._headers(message)) as response:
                return outcome_of(response.status_code, response.headers.get("Retry-After"), self._clock())
        except httpx.TransportError as error:
            return _outcome_of_failure(error)

    def find(self, _: Message) -> None:
        """An address to post to cannot be asked what it has: the message goes again under the same id."""

    def follow(self, _: Sequence[Message]) -> tuple[()]:
        """What it took has arrived."""
        return ()

    def check(self) -> tuple[Finding, ...]:
        """Ask for the head of the address: shows that name, TLS and path are right, not that the secret is."""
        try:
            with self._asked("HEAD") as response:
                status = response.status_code
        except httpx.TransportError as error:
            failure = _outcome_of_failure(error)
            reason = failure.reason if not isinstance(failure, Delivered) else ""
            return (Finding("address", False, reason),)
        is_there = status < 300 or status in {400, 401, 403, 405, 411, 415, 422}
        return (Finding("address", is_there, f"answers HTTP {status}; the signature is tried by the first message"),)

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    @contextmanager
    def _asked(self, method: str, **request: Any) -> Iterator[httpx.Response]:
        self._socket = None
        with (
            deadline(self.longest, lambda: self._socket),
            self._client.stream(method, self._url, extensions={"trace": self._trace}, **request) as response,
        ):
            yield response

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")

    def _headers(self, message: Message) -> dict[str, str]:
        now = self._clock().astimezone(UTC)  # the library takes any other zone's wall clock for UTC
        text = message.payload.decode()
        return {
            "Content-Type": message.content_type,
            "Idempotency-Key": f'"{message.id}"',
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(message.id, now, text) for signer in self._signers),
        }


def outcome_of(status: int, retry_after: str | None, now: datetime) -> Outcome:
    """Read an answer by its status code alone. Total over 100 to 599.

    A 5xx other than 503 is ambiguous: the receiver, or what stands behind its gateway, may have kept the message.
    """
    answer = f"the receiver answered HTTP {status}"
    if 200 <= status < 300:
        return Delivered(f"HTTP {status}")
    if status in _MESSAGE_REFUSED:
        return Refused(Blame.MESSAGE, f"{answer}: it does not accept this message")
    if status in _DEFERRED or status >= 500 or status < 200:
        return Deferred(_DEFERRED.get(status, Blame.UNKNOWN), answer, retry_after_of(retry_after, now))
    return Refused(Blame.DESTINATION, f"{answer}: have url and secret checked on both sides")


def retry_after_of(value: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After in seconds or as a date (RFC 9110, 10.2.3); nonsense is as good as nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), 10**9))
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), (when if when.tzinfo else when.replace(tzinfo=UTC)) - now)


def _outcome_of_failure(error: httpx.TransportError) -> Outcome:
    if _is_certificate_failure(error):
        return Refused(Blame.DESTINATION, "the receiver's certificate could not be verified: nothing was sent")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
        return Deferred(Blame.DESTINATION, "no connection to the receiver: nothing was sent")
    return Deferred(Blame.UNKNOWN, f"the connection failed before an answer came ({type(error).__name__})")


def _is_certificate_failure(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _signer(secret: str) -> Webhook:
    try:
        # The library would skip what is not base64 and sign with the rest.
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("secret is not whsec_ and 24 to 64 bytes in base64: agree a new one with the receiver")
    return Webhook(key)

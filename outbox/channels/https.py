"""HTTPS: one POST a message, signed as Standard Webhooks 1.0.0 says.

Of a response nothing is read but its status, Retry-After and the type of a problem: the rest may quote the pupil.
"""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from outbox.channels.base import Finding, Settings, Surroundings
from outbox.channels.http_answers import PROBLEM_JSON, Problem, outcome_of, problem_of
from outbox.channels.signing import signed_content, signer
from outbox.messages import Blame, Deferred, Delivered, Message, Outcome, Refused
from wire.connections import Line, deadline
from wire.tls import is_loopback, tls_context


class HttpsSettings(Settings, frozen=True, kw_only=True):
    """Where to post, and the secrets shared with the receiver.

    ``signing_key`` is ``whsec_`` and base64, or ``whsk_`` and an Ed25519 key of our own, of which the receiver has the
    public half; while it is being changed ``previous_signing_key`` signs as well. ``bare_idempotency_key`` sends that
    header without the quotes of its draft, for receivers that take them for a part of it.
    """

    url: str
    signing_key: str
    previous_signing_key: str = ""
    bare_idempotency_key: bool = False
    ca_file: str = ""
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("url must begin with https:// (http:// is for this machine only)")
        if parts.username or parts.query:
            raise ValueError("url must hold neither a user name nor a query: they would show in logs")
        for secret in (self.signing_key, *filter(None, [self.previous_signing_key])):
            signer(secret)


def _tls_context(settings: HttpsSettings) -> ssl.SSLContext:
    if settings.ca_file or settings.url.startswith("https"):
        return tls_context(settings.ca_file)
    # Never used, and the authorities of the world take a tenth of a second to load.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class HttpsChannel:
    """One receiver's address."""

    def __init__(self, settings: HttpsSettings, surroundings: Surroundings) -> None:
        """Open nothing yet; raises ``OSError`` when ``ca_file`` cannot be read."""
        self.longest = timedelta(seconds=settings.timeout_seconds)
        self._url = settings.url
        self._quote = "" if settings.bare_idempotency_key else '"'
        self._clock = surroundings.clock
        self._signers = [signer(secret) for secret in (settings.signing_key, settings.previous_signing_key) if secret]
        self._line = Line()
        self._client = httpx.Client(
            transport=surroundings.transport,
            verify=_tls_context(settings),
            timeout=httpx.Timeout(settings.timeout_seconds, connect=min(10.0, settings.timeout_seconds)),
            # A kept connection that the server has just closed looks exactly like a lost answer.
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=not is_loopback(urlsplit(settings.url).hostname or ""),
            # Not compressed: a few bytes could unfold to more than the memory holds.
            headers={"User-Agent": "attendance-relay", "Accept": PROBLEM_JSON, "Accept-Encoding": "identity"},
        )

    def send(self, message: Message) -> Outcome:
        """Post the stored bytes once, with a fresh signature and no redirect."""
        try:
            with self._asked("POST", content=message.payload, headers=self._headers(message)) as response:
                problem = _problem_of(response)
                return outcome_of(response.status_code, response.headers.get("Retry-After"), self._clock(), problem)
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
                status, content_type = response.status_code, response.headers.get("Content-Type", "")
        except httpx.TransportError as error:
            failure = _outcome_of_failure(error)
            reason = failure.reason if not isinstance(failure, Delivered) else ""
            return (Finding("address", False, reason),)
        if status == 200 and content_type.startswith("text/html"):
            return (Finding("address", None, "answers with a web page: is it where messages are posted to?"),)
        is_there = status < 300 or status in {400, 401, 403, 405, 411, 415, 422}
        return (Finding("address", is_there, f"answers HTTP {status}; the signature is tried by the first message"),)

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    @contextmanager
    def _asked(self, method: str, **request: Any) -> Iterator[httpx.Response]:
        with (
            closing(self._line),
            deadline(self.longest, self._line.socket),
            self._client.stream(method, self._url, extensions={"trace": self._trace}, **request) as response,
        ):
            yield response

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self._line.opened(info["return_value"].get_extra_info("socket"))

    def _headers(self, message: Message) -> dict[str, str]:
        now = self._clock()
        signed = signed_content(message.id, now, message.payload)
        return {
            "Content-Type": message.content_type,
            "Idempotency-Key": f"{self._quote}{message.id}{self._quote}",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(sign(signed) for sign in self._signers),
        }


def _problem_of(response: httpx.Response) -> Problem | None:
    """Read what problem an answer names. One that breaks off while saying so is read by its status alone."""
    if response.status_code < 400:
        return None
    try:
        return problem_of(response.headers.get("Content-Type", ""), response.iter_raw())
    except httpx.TransportError:
        return None


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

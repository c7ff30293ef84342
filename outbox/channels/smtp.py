"""E-mail by SMTP submission: one recipient a message, TLS required, and the step at which a reply came decides.

Only the hop to the mail relay is ours; what is enforced beyond it is the relay's setting (RFC 8314 for submission).
"""

import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from outbox.channels.base import Finding, OpenSocket, Settings, Surroundings, deadline, is_loopback, tls_context
from outbox.messages import Blame, Deferred, Delivered, Message, Outcome, Refused

_AS_CHECKED = {
    "starttls": "answers, its TLS is verified, and it accepts the sign-in",
    "implicit": "answers, its TLS is verified, and it accepts the sign-in",
    "none": "answers, without TLS, on this machine",
}
_ADDRESS = re.compile(r"[!-;=?A-~]+@[A-Za-z0-9.-]+")
#: "Authentication required" and Microsoft 365's "basic authentication is disabled": our settings, at whatever step.
_SETTINGS_AT_FAULT = re.compile(rb"5\.7\.30|5\.7\.57")


class SmtpSettings(Settings, frozen=True, kw_only=True):
    """The mail relay, and ``sender``, the envelope address to which bounces go.

    ``tls`` is ``starttls`` (port 587), ``implicit`` (465), or ``none``, which is for this machine only.
    """

    host: str
    sender: str
    port: int = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    username: str = ""
    password: str = ""
    ca_file: str = ""
    timeout_seconds: float = 120.0

    def __post_init__(self) -> None:
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError(
                "tls = 'none' is for this machine only: use 'starttls' (port 587) or 'implicit' (port 465)"
            )
        if self.password and self.tls == "none":
            raise ValueError("password would cross the connection readable: use tls = 'starttls' or 'implicit'")
        if not _ADDRESS.fullmatch(self.sender):
            raise ValueError("sender is not an e-mail address")


@dataclass(slots=True)
class _Progress:
    """Which step the conversation has reached, and the connection, to be cut when time is up."""

    step: Literal["connect", "sender", "recipient", "content", "message"] = "connect"
    client: smtplib.SMTP | None = None

    def socket(self) -> OpenSocket:
        return self.client.sock if self.client else None


class _Reply(Exception):  # noqa: N818 - an answer of the server that ends the conversation
    """A reply other than the one that lets the conversation go on."""

    def __init__(self, code: int, text: bytes) -> None:
        self.code, self.text = code, text


class _NoTls(Exception):  # noqa: N818
    """The server offers no STARTTLS: nothing is sent to it."""


class SmtpChannel:
    """One mail relay; the recipient's address travels with each message."""

    def __init__(self, settings: SmtpSettings, _: Surroundings) -> None:
        """Open nothing yet; raises ``OSError`` when ``ca_file`` cannot be read."""
        self.longest = timedelta(seconds=settings.timeout_seconds)
        self._settings = settings
        self._tls = tls_context(settings.ca_file)

    def send(self, message: Message) -> Outcome:
        """Submit the stored bytes to the one recipient."""
        if not _ADDRESS.fullmatch(message.address):
            return Refused(Blame.MESSAGE, "the recipient's address is not an e-mail address: correct contacts.csv")
        progress = _Progress()
        try:
            with deadline(self.longest, progress.socket), self._connected(progress) as client:
                return self._submit(client, message, progress)
        except _Reply as reply:
            return outcome_of(reply.code, reply.text, progress.step)
        except (OSError, smtplib.SMTPException, _NoTls) as error:
            return _outcome_of_failure(error, progress)

    def find(self, _: Message) -> None:
        """A mail relay cannot be asked what it has: the message goes again under the same Message-ID."""

    def follow(self, _: Sequence[Message]) -> tuple[()]:
        """Nothing is heard of a message after its relay took it."""
        return ()

    def check(self) -> tuple[Finding, ...]:
        """Connect, verify TLS and sign in; send nothing."""
        progress = _Progress()
        try:
            with deadline(self.longest, progress.socket), self._connected(progress):
                return (Finding("mail relay", True, _AS_CHECKED[self._settings.tls]),)
        except _Reply as reply:
            return (Finding("mail relay", False, f"answered {reply.code}"),)
        except (OSError, smtplib.SMTPException, _NoTls) as error:
            return (Finding("mail relay", False, _outcome_of_failure(error, progress).reason),)

    def close(self) -> None:
        """Nothing is held open."""

    @contextmanager
    def _connected(self, progress: _Progress) -> Iterator[smtplib.SMTP]:
        """Connect, secure and sign in. Leaving says goodbye without caring for the answer."""
        settings = self._settings
        client = progress.client = self._client()
        try:
            _expect(client.connect(settings.host, settings.port), 220)
            client.ehlo_or_helo_if_needed()
            if settings.tls == "starttls":
                self._secure(client)
            if settings.password:
                client.login(settings.username, settings.password)
            yield client
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
        except smtplib.SMTPResponseException as answer:
            error = answer.smtp_error
            raise _Reply(answer.smtp_code, error if isinstance(error, bytes) else error.encode()) from None
        finally:
            client.close()

    def _client(self) -> smtplib.SMTP:
        timeout, own_name = self._settings.timeout_seconds, self._settings.sender.partition("@")[2]
        if self._settings.tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=own_name, timeout=timeout, context=self._tls)
        else:
            client = smtplib.SMTP(local_hostname=own_name, timeout=timeout)
        # Given to the constructor, the host would make it connect; without it, TLS has no name to verify.
        client._host = self._settings.host  # type: ignore[attr-defined]  # noqa: SLF001
        return client

    def _secure(self, client: smtplib.SMTP) -> None:
        if not client.has_extn("starttls"):
            raise _NoTls
        client.starttls(context=self._tls)
        client.ehlo()

    def _submit(self, client: smtplib.SMTP, message: Message, progress: _Progress) -> Outcome:
        wants_reports = client.has_extn("dsn")
        progress.step = "sender"
        _expect(client.mail(self._settings.sender, (f"ENVID={message.id}",) if wants_reports else ()), 250)
        progress.step = "recipient"
        _expect(client.rcpt(message.address, ("NOTIFY=FAILURE,DELAY",) if wants_reports else ()), 250, 251)
        progress.step = "content"
        _expect(client.docmd("DATA"), 354)
        client.send(_dotted(message.payload))
        progress.step = "message"  # from here on a lost connection leaves open whether the relay took the message
        client.send(b".\r\n")
        _expect(client.getreply(), 250)
        return Delivered("250", has_arrived=False)


def outcome_of(code: int, text: bytes, step: str) -> Outcome:
    """Read a reply by its code and the step it answers. Its text is looked at for one code and never kept."""
    if code == 421:
        return Deferred(Blame.DESTINATION, "the mail relay is closing (421)")
    said = f"the mail relay answered {code} to the {step}"
    at_settings = code in {530, 534, 535, 538} or _SETTINGS_AT_FAULT.search(text) is not None
    if at_settings or step in {"connect", "sender"}:
        if code >= 500:
            return Refused(Blame.DESTINATION, f"{said}: check its address, sign-in and sender")
        return Deferred(Blame.DESTINATION, said)
    if code >= 500:
        return Refused(Blame.MESSAGE, said)
    return Deferred(Blame.MESSAGE, said)


def _outcome_of_failure(error: Exception, progress: _Progress) -> Deferred | Refused:
    match error:
        case ssl.SSLCertVerificationError():
            return Refused(Blame.DESTINATION, "the mail relay's certificate could not be verified: nothing was sent")
        case _NoTls():
            return Refused(Blame.DESTINATION, "the mail relay offers no STARTTLS: nothing was sent")
        case smtplib.SMTPException() if not isinstance(error, smtplib.SMTPServerDisconnected):
            # Replies apart, the library raises this only when it finds no way of signing in on offer.
            return Refused(Blame.DESTINATION, "the mail relay does not offer the sign-in that is set")
        case _ if progress.step == "message":
            return Deferred(Blame.UNKNOWN, "the connection failed after the message and before the relay's answer")
        case _:
            return Deferred(Blame.DESTINATION, f"the connection to the mail relay failed ({type(error).__name__})")


def _expect(reply: tuple[int, bytes], *wanted: int) -> None:
    if reply[0] not in wanted:
        raise _Reply(*reply)


def _dotted(content: bytes) -> bytes:
    """Double the dot a line begins with, and end the last line (RFC 5321, 4.5.2)."""
    dotted = re.sub(rb"(?m)^\.", b"..", content)
    return dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n"

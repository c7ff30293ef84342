"""E-mail by SMTP submission: one recipient a message, TLS required, and the step at which a reply came decides.

Only the hop to the mail relay is ours; what is enforced beyond it is the relay's setting (RFC 8314 for submission).
"""

import re
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from outbox.channels.base import Finding, Settings, Surroundings
from outbox.channels.bounces import Bounces
from outbox.channels.smtp_replies import NoTls, Progress, Reply, outcome_of, outcome_of_failure
from outbox.messages import Blame, Delivered, Message, Outcome, Receipt, Refused
from wire.connections import Line, deadline
from wire.tls import is_loopback, tls_context
from wire.tokens import NoToken, read_token

_AS_CHECKED = {
    "starttls": "answers, its TLS is verified, and it accepts the sign-in",
    "implicit": "answers, its TLS is verified, and it accepts the sign-in",
    "none": "answers, without TLS, on this machine",
}
_ADDRESS = re.compile(r"[!-;=?A-~]+@[A-Za-z0-9.-]+")


class SmtpSettings(Settings, frozen=True, kw_only=True):
    """The mail relay, and ``sender``, the envelope address to which bounces go.

    ``tls`` is ``starttls`` (port 587), ``implicit`` (465), or ``none``, which is for this machine only. With ``auth``
    ``xoauth2`` the sign-in is a token that another process keeps fresh in ``token_file``. ``bounces_folder`` is where
    the mail server puts the reports that come back to ``sender``.
    """

    host: str
    sender: str
    port: int = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    username: str = ""
    password: str = ""
    auth: Literal["password", "xoauth2"] = "password"
    token_file: str = ""
    bounces_folder: str = ""
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
        self._check_token()

    def _check_token(self) -> None:
        if self.auth == "password":
            if self.token_file:
                raise ValueError("token_file is for auth = 'xoauth2': set that, or take the key out")
            return
        if not (self.token_file and self.username) or self.password:
            raise ValueError("auth = 'xoauth2' needs token_file and username, and no password")
        if self.tls == "none":
            raise ValueError("the token would cross the connection readable: use tls = 'starttls' or 'implicit'")


class _Watched(smtplib.SMTP):
    """Tells of its connection as soon as it is made."""

    line: Line

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        connection = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self.line.opened(connection)
        return connection


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same, before TLS begins: ``SMTP_SSL`` asks the next of its bases for the plain connection."""


class SmtpChannel:
    """One mail relay; the recipient's address travels with each message."""

    def __init__(self, settings: SmtpSettings, surroundings: Surroundings) -> None:
        """Open nothing yet; raises ``OSError`` when ``ca_file`` cannot be read."""
        self.longest = timedelta(seconds=settings.timeout_seconds)
        self._settings = settings
        self._clock = surroundings.clock
        self._tls = tls_context(settings.ca_file)
        # The ids of the mails end in the sender's domain (``outbox.emails``).
        own_domain = settings.sender.partition("@")[2]
        self._bounces = Bounces(Path(settings.bounces_folder), own_domain) if settings.bounces_folder else None

    def send(self, message: Message) -> Outcome:
        """Submit the stored bytes to the one recipient."""
        if not _ADDRESS.fullmatch(message.address):
            return Refused(Blame.MESSAGE, "the recipient's address is not an e-mail address: correct contacts.csv")
        progress = Progress()
        try:
            with (
                deadline(self.longest, progress.line.socket),
                closing(progress.line),
                self._connected(progress) as client,
            ):
                return self._submit(client, message, progress)
        except Reply as reply:
            return outcome_of(reply.code, reply.text, progress.step)
        except (OSError, smtplib.SMTPException, NoTls, NoToken) as error:
            return outcome_of_failure(error, progress.step)

    def find(self, _: Message) -> None:
        """A mail relay cannot be asked what it has: the message goes again under the same Message-ID."""

    def follow(self, waiting: Sequence[Message]) -> Iterator[Receipt]:
        """Read the reports of mail that came back; without a folder for them nothing is heard of a message again."""
        if self._bounces:
            yield from self._bounces.receipts(waiting, self._clock())

    def check(self) -> tuple[Finding, ...]:
        """Connect, verify TLS and sign in; send nothing. Look whether reports can be read."""
        return (self._relay_finding(), *([self._bounces.check()] if self._bounces else []))

    def _relay_finding(self) -> Finding:
        progress = Progress()
        try:
            with closing(progress.line), deadline(self.longest, progress.line.socket), self._connected(progress):
                return Finding("mail relay", True, _AS_CHECKED[self._settings.tls])
        except Reply as reply:
            return Finding("mail relay", False, f"answered {reply.code}")
        except (OSError, smtplib.SMTPException, NoTls, NoToken) as error:
            return Finding("mail relay", False, outcome_of_failure(error, progress.step).reason)

    def close(self) -> None:
        """Nothing is held open."""

    @contextmanager
    def _connected(self, progress: Progress) -> Iterator[smtplib.SMTP]:
        """Connect, secure and sign in. Leaving says goodbye without caring for the answer."""
        settings = self._settings
        client = self._client(progress.line)
        try:
            _expect(client.connect(settings.host, settings.port), 220)
            client.ehlo_or_helo_if_needed()
            if settings.tls == "starttls":
                self._secure(client)
            self._sign_in(client)
            yield client
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
        except smtplib.SMTPResponseException as answer:
            error = answer.smtp_error
            raise Reply(answer.smtp_code, error if isinstance(error, bytes) else error.encode()) from None
        finally:
            client.close()

    def _client(self, line: Line) -> smtplib.SMTP:
        timeout, own_name = self._settings.timeout_seconds, self._settings.sender.partition("@")[2]
        if self._settings.tls == "implicit":
            client: _Watched = _WatchedTls(local_hostname=own_name, timeout=timeout, context=self._tls)
        else:
            client = _Watched(local_hostname=own_name, timeout=timeout)
        # Given to the constructor, the host would make it connect; without it, TLS has no name to verify.
        client._host = self._settings.host  # type: ignore[attr-defined]  # noqa: SLF001
        client.line = line
        return client

    def _secure(self, client: smtplib.SMTP) -> None:
        if not client.has_extn("starttls"):
            raise NoTls
        client.starttls(context=self._tls)
        client.ehlo()

    def _sign_in(self, client: smtplib.SMTP) -> None:
        settings = self._settings
        if settings.auth == "xoauth2":
            if "XOAUTH2" not in client.esmtp_features.get("auth", "").upper().split():
                raise smtplib.SMTPNotSupportedError
            token = read_token(Path(settings.token_file))
            said = f"user={settings.username}\x01auth=Bearer {token}\x01\x01"
            # A refusal comes as a challenge that has to be answered with nothing, before the reply that says so.
            client.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")
        elif settings.password:
            client.login(settings.username, settings.password)

    def _submit(self, client: smtplib.SMTP, message: Message, progress: Progress) -> Outcome:
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


def _expect(reply: tuple[int, bytes], *wanted: int) -> None:
    if reply[0] not in wanted:
        raise Reply(*reply)


def _dotted(content: bytes) -> bytes:
    """Double the dot a line begins with, and end the last line (RFC 5321, 4.5.2)."""
    dotted = re.sub(rb"(?m)^\.", b"..", content)
    return dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n"

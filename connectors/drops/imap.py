"""A conversation with a mail server by IMAP over TLS; what the server says in words is never kept."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

from connectors.base import Refusal, Rejected, Unavailable
from wire.connections import Line, deadline
from wire.tls import tls_context
from wire.tokens import NoToken, read_token

_TROUBLE = (OSError, EOFError, imaplib.IMAP4.error)
#: Answers to a sign-in that are about the server and not about us (RFC 5530).
_NOT_NOW = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_RECEIVED = re.compile(rb'INTERNALDATE " ?([^"]+)"')
_HEADERS = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT AUTHENTICATION-RESULTS)]"


class Account(Protocol):
    """Where a mailbox is, and how to sign in."""

    @property
    def host(self) -> str: ...  # noqa: D102 - as it says
    @property
    def port(self) -> int: ...  # noqa: D102
    @property
    def tls(self) -> Literal["implicit", "starttls"]: ...  # noqa: D102
    @property
    def ca_file(self) -> str: ...  # noqa: D102
    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def password(self) -> str: ...  # noqa: D102
    @property
    def token_file(self) -> str: ...  # noqa: D102
    @property
    def timeout_seconds(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Heading:
    """What is asked of a mail before it is fetched: its size in bytes, when the server got it, a few headers."""

    size: int
    received: datetime
    headers: bytes


@contextmanager
def signed_in(account: Account) -> Iterator["Conversation"]:
    """Connect, verify TLS and sign in; everything is cut off when the time is up.

    Raises ``Rejected`` or ``Unavailable``. Nothing secret is offered before TLS is verified.
    """
    line, limit = Line(), timedelta(seconds=account.timeout_seconds)
    with _in_our_words(account.host), closing(line), deadline(limit, line.socket):
        client = _Client(account, line)
        try:
            if account.tls == "starttls":
                _secure(client, account)
            _sign_in(client, account)
            yield Conversation(client, account.host)
            with suppress(*_TROUBLE):
                client.logout()
        finally:
            with suppress(OSError):
                client.shutdown()


class Conversation:
    """The requests that taking files out of mails needs. Each raises ``Unavailable`` where it is not answered."""

    def __init__(self, client: imaplib.IMAP4, host: str) -> None:
        """Begin with nothing selected."""
        self._client, self._host = client, host
        self._can = {str(name).upper() for name in client.capabilities}

    def select(self, folder: str) -> str:
        """Open a folder and return its UIDVALIDITY: with another one, every number of a mail means another mail."""
        try:
            kind, _ = self._client.select(_quoted(folder))
        except imaplib.IMAP4.readonly:
            kind, _ = self._client.select(_quoted(folder), readonly=True)
        if kind != "OK":
            raise Rejected(
                f"{self._host} opens no folder of this name for this user: correct the setting folder, or have the "
                "right granted to read and change it",
                refusal=Refusal.PERMISSION,
            )
        # The capabilities after the sign-in may be others than those before.
        self._can |= set(str(self._asked("CAPABILITY", *self._client.capability())[0], "ascii").upper().split())
        return str((self._client.response("UIDVALIDITY")[1] or [b""])[0] or b"", "ascii")

    def search(self, sender: str) -> list[int]:
        """Return the numbers of the mails whose From holds this text, rising."""
        found = self._asked("SEARCH", *self._client.uid("SEARCH", "UNDELETED", "FROM", _quoted(sender)))
        return sorted(int(number) for number in (found[0] or b"").split())

    def heading(self, uid: int) -> Heading | None:
        """Return what is known of a mail without fetching it; none where it is gone."""
        answer = self._asked("FETCH", *self._client.uid("FETCH", str(uid), f"(RFC822.SIZE INTERNALDATE {_HEADERS})"))
        about, content = _parts(answer)
        size, received = _SIZE.search(about), _RECEIVED.search(about)
        if not size or not received:
            return None
        instant = datetime.strptime(str(received[1], "ascii"), "%d-%b-%Y %H:%M:%S %z")
        return Heading(int(size[1]), instant.astimezone(UTC), content)

    def fetch(self, uid: int) -> bytes:
        """Return a whole mail; its flags stay as they are."""
        return _parts(self._asked("FETCH", *self._client.uid("FETCH", str(uid), "(BODY.PEEK[])")))[1]

    def moved(self, uid: int, folder: str) -> bool:
        """Move a mail into a folder, made if need be; whether that could be done."""
        if not self._is_there(folder):
            return False
        if "MOVE" in self._can:
            return bool(self._client.uid("MOVE", str(uid), _quoted(folder))[0] == "OK")
        if self._client.uid("COPY", str(uid), _quoted(folder))[0] != "OK":
            return False
        is_marked = self.mark(uid, r"\Deleted")
        if is_marked and "UIDPLUS" in self._can:
            # Without UIDPLUS, an expunge would take away whatever else somebody has marked as deleted.
            self._client.uid("EXPUNGE", str(uid))
        return is_marked

    def mark(self, uid: int, flag: str) -> bool:
        """Put a flag on a mail, for people to see; whether that could be done."""
        return bool(self._client.uid("STORE", str(uid), "+FLAGS.SILENT", f"({flag})")[0] == "OK")

    def lay(self, folder: str, mail: bytes) -> bool:
        """Lay a mail of our own into a folder; whether that could be done."""
        return bool(self._is_there(folder) and self._client.append(_quoted(folder), "", "", mail)[0] == "OK")

    def make(self, folder: str) -> bool:
        """Make a folder, if need be; whether it is there now."""
        return self._is_there(folder)

    def _is_there(self, folder: str) -> bool:
        if self._client.status(_quoted(folder), "(UIDVALIDITY)")[0] == "OK":
            return True
        return bool(self._client.create(_quoted(folder))[0] == "OK")

    def _asked(self, name: str, kind: str, answer: list[Any]) -> list[Any]:
        if kind != "OK":
            raise Unavailable(f"{self._host} does not answer {name}")
        return answer


class _Client(imaplib.IMAP4):
    """Tells of its connection as soon as it is made, and begins with TLS where that is implicit."""

    def __init__(self, account: Account, line: Line) -> None:
        self._line = line
        self.tls = _trusted(account.ca_file)
        self._is_implicit = account.tls == "implicit"
        super().__init__(account.host, account.port, timeout=account.timeout_seconds)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]
        self._line.opened(connection)
        return self.tls.wrap_socket(connection, server_hostname=self.host) if self._is_implicit else connection


@lru_cache(maxsize=32)
def _trusted(ca_file: str) -> ssl.SSLContext:
    """Return what is trusted; reading the certificates anew for every mailbox takes longer than the mail."""
    return tls_context(ca_file)


def _secure(client: _Client, account: Account) -> None:
    if "STARTTLS" not in client.capabilities:
        raise Rejected(f"{account.host} offers no STARTTLS: nothing was sent; use tls = 'implicit' (port 993)")
    client.starttls(client.tls)


def _sign_in(client: imaplib.IMAP4, account: Account) -> None:
    try:
        if account.token_file:
            said = f"user={account.username}\x01auth=Bearer {read_token(Path(account.token_file))}\x01\x01"
            # A refusal comes as a challenge that has to be answered with nothing, before the reply that says so.
            answers = iter([said.encode()])
            client.authenticate("XOAUTH2", lambda _: next(answers, b""))
        elif "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{account.username}\0{account.password}".encode())
        else:
            client.login(account.username, account.password)
    except NoToken:
        raise Rejected("token_file holds no token: see to whatever keeps it fresh") from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as refused:
        if _NOT_NOW.search(str(refused)):
            raise Unavailable(f"{account.host} takes no sign-in now") from None
        message = f"{account.host} refuses the sign-in: check the username and the password or token"
        raise Rejected(message, refusal=Refusal.CREDENTIAL) from None


def _parts(answer: list[Any]) -> tuple[bytes, bytes]:
    """Return what an answer to FETCH says around the one literal, and the literal itself."""
    about = b" ".join(each[0] if isinstance(each, tuple) else each or b"" for each in answer)
    return about, next((each[1] for each in answer if isinstance(each, tuple)), b"")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextmanager
def _in_our_words(host: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise Rejected(f"the certificate of {host} is not to be trusted: check host, then ask who runs it") from None
    except _TROUBLE as problem:
        raise Unavailable(f"the connection to {host} failed ({type(problem).__name__})") from None

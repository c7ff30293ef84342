"""A conversation with a mail server by IMAP over TLS; what the server says in words is never kept."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Refusal, Rejected, Unavailable
from connectors.drops.imap_access import Client, secure, sign_in
from connectors.drops.places import MailboxSettings
from wire.connections import Line, deadline

_TROUBLE = (OSError, EOFError, imaplib.IMAP4.error)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_RECEIVED = re.compile(rb'INTERNALDATE " ?([^"]+)"')
_HEADERS = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT AUTHENTICATION-RESULTS)]"


@dataclass(frozen=True, slots=True)
class Heading:
    """What is asked of a mail before it is fetched: its size in bytes, when the server got it, a few headers."""

    size: int
    received: datetime
    headers: bytes


@contextmanager
def signed_in(settings: MailboxSettings) -> Iterator["Conversation"]:
    """Connect, verify TLS and sign in; everything is cut off when the time is up.

    Raises ``Rejected`` or ``Unavailable``. Nothing secret is offered before TLS is verified.
    """
    line, limit = Line(), timedelta(seconds=settings.timeout_seconds)
    with _in_our_words(settings.host), closing(line), deadline(limit, line.socket):
        client = Client(settings, line)
        try:
            if settings.tls == "starttls":
                secure(client, settings)
            sign_in(client, settings)
            yield Conversation(client, settings.host)
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
                refusal=Refusal.LOCAL,
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
        message = f"the certificate of {host} is not to be trusted: check host, then ask who runs it"
        raise Rejected(message, refusal=Refusal.LOCAL) from None
    except _TROUBLE as problem:
        raise Unavailable(f"the connection to {host} failed ({type(problem).__name__})") from None

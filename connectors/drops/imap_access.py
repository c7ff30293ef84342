"""How a mail server is reached by IMAP: connected to, trusted, signed in to."""

import imaplib
import re
import socket
import ssl
from functools import lru_cache
from pathlib import Path

from connectors.base import Refusal, Rejected, Unavailable
from connectors.drops.places import MailboxSettings
from wire.connections import Line
from wire.tls import tls_context
from wire.tokens import NoToken, read_token

#: Answers to a sign-in that are about the server and not about us (RFC 5530).
_NOT_NOW = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)


class Client(imaplib.IMAP4):
    """Tells of its connection as soon as it is made, and begins with TLS where that is implicit."""

    def __init__(self, settings: MailboxSettings, line: Line) -> None:
        self._line = line
        self.tls = _trusted(settings.ca_file)
        self._is_implicit = settings.tls == "implicit"
        super().__init__(settings.host, settings.port, timeout=settings.timeout_seconds)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]
        self._line.opened(connection)
        return self.tls.wrap_socket(connection, server_hostname=self.host) if self._is_implicit else connection


@lru_cache(maxsize=32)
def _trusted(ca_file: str) -> ssl.SSLContext:
    """Return what is trusted; reading the certificates anew for every mailbox takes longer than the mail."""
    return tls_context(ca_file)


def secure(client: Client, settings: MailboxSettings) -> None:
    """Begin TLS; nothing has been said before that anybody could not know."""
    if "STARTTLS" not in client.capabilities:
        message = f"{settings.host} offers no STARTTLS: nothing was sent; use tls = 'implicit' (port 993)"
        raise Rejected(message, refusal=Refusal.LOCAL)
    client.starttls(client.tls)


def sign_in(client: imaplib.IMAP4, settings: MailboxSettings) -> None:
    """Sign in with the token or the password; raises ``Rejected``, or ``Unavailable`` where the server cannot now."""
    try:
        if settings.token_file:
            said = f"user={settings.username}\x01auth=Bearer {read_token(Path(settings.token_file))}\x01\x01"
            # A refusal comes as a challenge that has to be answered with nothing, before the reply that says so.
            answers = iter([said.encode()])
            client.authenticate("XOAUTH2", lambda _: next(answers, b""))
        elif "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{settings.username}\0{settings.password}".encode())
        else:
            client.login(settings.username, settings.password)
    except NoToken:
        raise Rejected("token_file holds no token: see to whatever keeps it fresh") from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as refused:
        if _NOT_NOW.search(str(refused)):
            raise Unavailable(f"{settings.host} takes no sign-in now") from None
        message = f"{settings.host} refuses the sign-in: check the username and the password or token"
        raise Rejected(message, refusal=Refusal.CREDENTIAL) from None

"""What every channel does, is given and may need.

A channel returns what an attempt came to; it raises nothing for whatever a network, a server or a disk may do.
"""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import httpx
import msgspec

from outbox.messages import Message, NotFound, Outcome, Receipt

OpenSocket = socket.socket | None
_CUT_AGAIN_SECONDS = 0.5


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What an operator sets for one destination. Never prints its values: some are secrets."""

    def __repr__(self) -> str:
        return f"<settings of {type(self).__module__}>"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``check`` looked at, and what a person should know about it.

    ``ok`` is none where it works and somebody should know all the same.
    """

    subject: str
    ok: bool | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What channels need from outside: the time (aware UTC), and in tests another way to carry HTTP."""

    clock: Callable[[], datetime]
    transport: httpx.BaseTransport | None = None


class Channel(Protocol):
    """One destination, reached one way.

    ``longest`` bounds the time one ``send`` may take, so that a lease can be made to outlast it. ``check`` connects
    as ``send`` would and delivers nothing. ``find`` asks for an earlier attempt whose outcome is not known, before the
    message is sent again: none says that this kind of receiver cannot be asked. ``follow`` returns what has become of
    messages that were taken and had not arrived yet.
    """

    @property
    def longest(self) -> timedelta: ...

    def send(self, message: Message, /) -> Outcome: ...

    def find(self, message: Message, /) -> Outcome | NotFound | None: ...

    def follow(self, waiting: Sequence[Message], /) -> Iterable[Receipt]: ...

    def check(self) -> tuple[Finding, ...]: ...

    def close(self) -> None: ...


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, where messages may go without TLS."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return a context that verifies the peer; ``ca_file`` adds an authority, such as a council's own."""
    context = httpx.create_ssl_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class Line:
    """A second handle of the connection that is open now.

    Whoever wraps a socket in TLS takes its handle away, and libraries let go of theirs to read the rest of an answer:
    this one stays good, so that a connection can be cut at any moment.
    """

    def __init__(self) -> None:
        self._handle: OpenSocket = None

    def opened(self, connection: socket.socket) -> None:
        """Hold on to a connection just made."""
        self.close()
        self._handle = connection.dup()

    def socket(self) -> OpenSocket:
        """Return the handle, if there is a connection."""
        return self._handle

    def close(self) -> None:
        """Let go of it: as long as a handle is open, so is the connection."""
        if self._handle is not None:
            with suppress(OSError):
                self._handle.close()
        self._handle = None


@contextmanager
def deadline(limit: timedelta, connection: Callable[[], OpenSocket]) -> Iterator[None]:
    """Cut the connection once the time is up: a peer that sends a byte now and then never trips a socket timeout."""
    is_over = threading.Event()

    def watch() -> None:
        wait = limit.total_seconds()
        # Again and again: a connection may be made only after the time was up, by the last of several addresses.
        while not is_over.wait(wait):
            _cut(connection())
            wait = _CUT_AGAIN_SECONDS

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()  # or it could cut the connection of the next attempt


def _cut(open_socket: OpenSocket) -> None:
    if open_socket is not None:
        with suppress(OSError):
            # Of the plain socket: SSLSocket.shutdown would take the TLS state away under the reading thread.
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

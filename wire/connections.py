"""Connections that can be cut at any moment, from outside whatever library is using them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic

OpenSocket = socket.socket | None
_CUT_AGAIN_SECONDS = 0.5


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


class Watch:
    """The same for many short requests one after another, for the price of one thread now and then."""

    def __init__(self, connection: Callable[[], OpenSocket]) -> None:
        """Take what returns the connection that is open when the time is up."""
        self._connection = connection
        self._changed = threading.Condition()
        self._until: float | None = None
        self._is_watching = False

    @contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """Cut the connection if what is done inside takes longer; always give the same time, or it may be cut later."""
        with self._changed:
            self._until = monotonic() + seconds
            if not self._is_watching:
                self._is_watching = True
                threading.Thread(target=self._watch, daemon=True).start()
        try:
            yield
        finally:
            with self._changed:
                self._until = None

    def close(self) -> None:
        """Let the thread end at once."""
        with self._changed:
            self._changed.notify_all()

    def _watch(self) -> None:
        """Sleep until the time of one request is up; by then it is nearly always over, and another's has begun."""
        with self._changed:
            while self._until is not None:
                left = self._until - monotonic()
                if left <= 0:
                    _cut(self._connection())
                    left = _CUT_AGAIN_SECONDS
                self._changed.wait(left)
            self._is_watching = False


def _cut(open_socket: OpenSocket) -> None:
    if open_socket is not None:
        with suppress(OSError):
            # Of the plain socket: SSLSocket.shutdown would take the TLS state away under the reading thread.
            socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

"""Serves the pages from a thread of its own. Small on purpose: GET and HEAD, a short request, a short time."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import Any, Self

from app.watch.pages import Page

#: A request has no body and needs no cookies: longer ones, slower ones and more at a time are somebody's mistake.
_LONGEST_BYTES, _LONGEST_SECONDS, _AT_A_TIME = 8192, 5.0, 8
_METHODS = (b"GET", b"HEAD")
_WORDS = 3


class PageServer(ThreadingMixIn, TCPServer):
    """Listens from ``start`` to ``close``. Raises ``OSError`` when it cannot."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    #: Enough to turn a crowd away at once; beyond it the kernel would let them wait.
    request_queue_size = 64

    def __init__(self, address: str, page_at: Callable[[str], Page]) -> None:
        """Listen on ``127.0.0.1:9300`` or ``[::1]:9300``; ``page_at`` is called in a thread of its own."""
        host, _, port = address.rpartition(":")
        self.address_family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        self._page_at = page_at
        self._places = BoundedSemaphore(_AT_A_TIME)
        super().__init__((host.strip("[]"), int(port)), _Handler)

    def start(self) -> Self:
        """Begin to answer."""
        Thread(target=self.serve_forever, name="health pages", daemon=True).start()
        return self

    def close(self) -> None:
        """End; whoever is being answered is let go."""
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, unless too many are being answered already."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make the place free again."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a peer that went away is no event, and its address is nobody's business."""

    def page_at(self, path: str) -> Page:
        """Return the page at a path."""
        return self._page_at(path)


class _Handler(BaseRequestHandler):
    server: PageServer

    def handle(self) -> None:
        line = _request_line(self.request)
        if line is None:
            return
        words = line.split()
        if len(words) != _WORDS or not words[2].startswith(b"HTTP/1."):
            page = _plain(HTTPStatus.BAD_REQUEST)
        elif words[0] not in _METHODS:
            page = _plain(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            page = self.server.page_at(words[1].partition(b"?")[0].decode("ascii", "replace"))
        with suppress(OSError):
            self.request.sendall(_head(page) + (b"" if words[:1] == [b"HEAD"] else page.body))


def _request_line(request: socket.socket) -> bytes | None:
    """Return the first line of a request, once its head is whole; none where it is too long or too slow."""
    ends, head = time.monotonic() + _LONGEST_SECONDS, b""
    while b"\r\n\r\n" not in head and b"\n\n" not in head:
        left = ends - time.monotonic()
        if left <= 0 or len(head) > _LONGEST_BYTES:
            return None
        request.settimeout(left)
        try:
            more = request.recv(_LONGEST_BYTES)
        except OSError:
            return None
        if not more:
            return None
        head += more
    return head.split(b"\n", 1)[0].strip()


def _plain(status: HTTPStatus) -> Page:
    return Page(status=status, content_type="text/plain; charset=utf-8", body=f"{status.phrase}\n".encode())


def _head(page: Page) -> bytes:
    lines = [
        f"HTTP/1.1 {page.status.value} {page.status.phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(page.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append("Allow: GET, HEAD")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")

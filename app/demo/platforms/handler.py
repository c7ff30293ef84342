"""One connection to a simulated platform, and what each fault does to the bytes of an answer."""

import threading
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from app.demo.platforms.faults import Asked, Fault, FaultKind, Reply

LOGIN_PAGE = b"<!doctype html><html><body>Please sign in</body></html>"
#: After these the connection is of no further use.
_BREAKING_OFF = frozenset({FaultKind.TRUNCATED, FaultKind.CHUNKED, FaultKind.SHORT})


class Simulator(Protocol):
    """What a connection needs of the server it belongs to."""

    closing: threading.Event

    def answer(self, asked: Asked, fault: Fault | None, /) -> Reply:
        """Return what the platform answers."""
        ...

    def take_fault(self, asked: Asked) -> Fault | None:
        """Keep the request and return the fault that is due for it."""
        ...

    def answering(self) -> AbstractContextManager[None]:
        """Count a request for as long as it is being answered."""
        ...

    def connected(self, by: int) -> None:
        """Count a connection that was opened (1) or closed (-1)."""
        ...

    def is_credential(self, header: str | None) -> bool:
        """Whether a request may be answered."""
        ...


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; ``simulator`` is set on the subclass that a server makes for itself."""

    simulator: Simulator
    protocol_version = "HTTP/1.1"
    # Without this a small answer waits 40 ms for its acknowledgement.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Open a connection."""
        super().setup()
        self.simulator.connected(1)

    def finish(self) -> None:
        """Close it, whether or not the other end still listens."""
        with suppress(OSError):
            super().finish()
        self.simulator.connected(-1)

    def do_GET(self) -> None:
        """Answer what is asked."""
        self._serve()

    def do_POST(self) -> None:
        """Answer what is asked with a body."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Keep silent: a log line would hold the query."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query)),
            body=body,
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        with self.simulator.answering():
            self._answer(asked, self.simulator.take_fault(asked))

    def _answer(self, asked: Asked, fault: Fault | None) -> None:
        if not self.simulator.is_credential(self.headers.get("Authorization")):
            self._send(Reply(status=401, body=b'{"message": "unauthorised"}'), None)
        elif fault is not None and fault.kind in {FaultKind.HANG, FaultKind.HUNG_UP}:
            self.simulator.closing.wait(float(fault.value or 0))
            self.close_connection = True
        else:
            self._send(_faulty(fault) or self.simulator.answer(asked, fault), fault)

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        kind = fault.kind if fault is not None else None
        headers, body = _spoilt(reply.body, kind)
        self.close_connection = self.close_connection or kind in _BREAKING_OFF
        self.send_response(reply.status)
        for name, value in (("Content-Type", reply.content_type), *headers, *reply.headers):
            self.send_header(name, value)
        # Head and body in one write: two would be two packets.
        self._headers_buffer.extend((b"\r\n", body))  # type: ignore[attr-defined]
        if fault is not None and kind in {FaultKind.DRIP, FaultKind.DRIP_HEAD}:
            self._drip(fault)
        else:
            self.flush_headers()

    def _drip(self, fault: Fault) -> None:
        """Send the first line at once (or the whole head), then a byte at a time until nobody listens."""
        parts: list[bytes] = self._headers_buffer  # type: ignore[attr-defined]
        answer = b"".join(parts)
        parts.clear()
        ends = b"\r\n\r\n" if fault.kind is FaultKind.DRIP else b"\r\n"
        start = answer.index(ends) + len(ends)
        drops = [answer[:start], *(answer[at : at + 1] for at in range(start, len(answer)))]
        with suppress(OSError):
            for drop in drops:
                self.wfile.write(drop)
                if self.simulator.closing.wait(float(fault.value)):
                    break
        self.close_connection = True


def _spoilt(whole: bytes, kind: FaultKind | None) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Return the headers that say how long a body is, and the body as a fault leaves it."""
    half = whole[: len(whole) // 2]
    length, body = len(whole), whole
    match kind:
        case FaultKind.CHUNKED:
            return (("Transfer-Encoding", "chunked"),), b"%x\r\n%s\r\n" % (len(half), half)
        case FaultKind.GARBLED:
            return (("Content-Encoding", "gzip"), ("Content-Length", str(length))), whole
        case FaultKind.HALF_JSON:
            length, body = len(half), half
        case FaultKind.SHORT:
            length = len(half)
        case FaultKind.TRUNCATED:
            body = half
        case _:
            pass
    return (("Content-Length", str(length)),), body


def _faulty(fault: Fault | None) -> Reply | None:
    """Return the answer of a fault that is the same for every platform; none where the platform makes it."""
    match fault:
        case Fault(FaultKind.TOO_MANY | FaultKind.DOWN as kind, value):
            status = 429 if kind is FaultKind.TOO_MANY else 503
            return Reply(status=status, body=b"{}", headers=(("Retry-After", value),) if value else ())
        case Fault(FaultKind.STATUS, value):
            return Reply(status=int(value), body=b"{}")
        case Fault(FaultKind.HTML):
            return Reply(body=LOGIN_PAGE, content_type="text/html; charset=utf-8")
        case Fault(FaultKind.REDIRECT, value):
            return Reply(status=302, body=b"", headers=(("Location", value),))
        case _:
            return None

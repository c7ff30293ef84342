"""A small web server on this machine for the simulators: Basic authentication, faults on demand, requests kept."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

LOGIN_PAGE = b"<!doctype html><html><body>Please sign in</body></html>"


class FaultKind(StrEnum):
    """What may go wrong with one answer; ``value`` of the fault says more where a kind needs it."""

    TOO_MANY = "too many requests"  # value: Retry-After
    DOWN = "service unavailable"  # value: Retry-After
    STATUS = "another status"  # value: the status
    HTML = "a login page with status 200"
    TRUNCATED = "half a body, then silence"
    CHUNKED = "half a body in chunks, then silence"
    HALF_JSON = "half a body with a length that fits"
    SHORT = "a whole body with half its length"
    GARBLED = "a body that says it is compressed and is not"
    HANG = "no answer"  # value: seconds
    HUNG_UP = "a connection that is closed instead of an answer"
    DRIP = "a body that comes drop by drop"  # value: seconds between two drops
    DRIP_HEAD = "headers that come drop by drop"  # value: seconds between two drops
    REDIRECT = "a redirect"  # value: where to
    EMPTY = "an answer with nothing in it"
    BODY_STATUS = "a status inside the body, 200 outside"  # value: the status
    PARTIAL = "rows, and an error beside them"
    REFUSED = "a permission is missing"  # value: what may not be read
    REPEATED_PAGE = "the page before once more"
    DRIFT = "rows moved while the pages were read"  # value: by how many
    SMALL_PAGES = "fewer rows a page than asked for"  # value: how many
    UNFILTERED = "the dates asked for are ignored"


#: After these the connection is of no further use.
_BREAKING_OFF = frozenset({FaultKind.TRUNCATED, FaultKind.CHUNKED, FaultKind.SHORT})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault for one request."""

    kind: FaultKind
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer to send."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(kw_only=True)
class Server:
    """Answers requests on a free port of 127.0.0.1 until it is closed; each request uses up the first fault."""

    answer: Callable[[Asked, Fault | None], Reply]
    username: str
    password: str = field(repr=False)
    #: One entry a request; ``None`` lets one pass.
    faults: list[Fault | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    #: The most requests that were ever answered at the same time.
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._connections = self._answering = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"simulator": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it listens, as ``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening and wait for that."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take_fault(self, asked: Asked) -> Fault | None:
        """Keep the request and return the fault that is due for it."""
        with self._lock:
            self.asked.append(asked)
            return self.faults.pop(0) if self.faults else None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request for as long as it is being answered."""
        with self._lock:
            self._answering += 1
            self.most_at_once = max(self.most_at_once, self._answering)
        try:
            yield
        finally:
            with self._lock:
                self._answering -= 1

    def connected(self, by: int) -> None:
        """Count a connection that was opened (1) or closed (-1)."""
        with self._lock:
            self._connections += by
            self._lock.notify_all()

    def is_left_alone(self, *, within: float = 2.0) -> bool:
        """Whether every connection is closed, or is within so many seconds."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._connections, within)

    def is_credential(self, header: str | None) -> bool:
        """Whether a request brings user and password."""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return header == f"Basic {pair}"


class _Handler(BaseHTTPRequestHandler):
    """Serves one connection; ``simulator`` is set on the subclass that a server makes for itself."""

    simulator: Server
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
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Keep silent: a log line would hold the query."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(method=self.command, path=url.path, query=dict(parse_qsl(url.query)), body=body)
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

"""A small web server on this machine for the simulators: Basic or Bearer, faults on demand, requests kept."""

import base64
import threading
from collections.abc import Callable
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
    HALF_JSON = "half a body with a length that fits"
    HANG = "no answer"  # value: seconds
    EMPTY = "an answer with nothing in it"
    BODY_STATUS = "a status inside the body, 200 outside"  # value: the status
    PARTIAL = "rows, and an error beside them"
    REFUSED = "a permission is missing"  # value: what may not be read
    REPEATED_PAGE = "the page before once more"
    DRIFT = "rows moved while the pages were read"  # value: by how many
    SMALL_PAGES = "fewer rows a page than asked for"  # value: how many
    UNFILTERED = "the dates asked for are ignored"


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
    #: By their names in small letters.
    headers: dict[str, str] = field(default_factory=dict)


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
    #: Taken as ``Bearer`` too, where there is one.
    token: str | None = field(default=None, repr=False)
    #: One entry a request; ``None`` lets one pass.
    faults: list[Fault | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    #: Whether every request must bring user and password; false where the platform signs people in by itself.
    is_basic: bool = True

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
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

    def is_credential(self, header: str | None) -> bool:
        """Whether a request brings user and password or the token, where each has to."""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        is_token = self.token is not None and header == f"Bearer {self.token}"
        return not self.is_basic or is_token or header == f"Basic {pair}"


class _Handler(BaseHTTPRequestHandler):
    """Serves one connection; ``simulator`` is set on the subclass that a server makes for itself."""

    simulator: Server
    protocol_version = "HTTP/1.1"
    # Without this a small answer waits 40 ms for its acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
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
        fault = self.simulator.take_fault(asked)
        if not self.simulator.is_credential(self.headers.get("Authorization")):
            self._send(Reply(status=401, body=b'{"message": "unauthorised"}'), None)
        elif fault is not None and fault.kind is FaultKind.HANG:
            self.simulator.closing.wait(float(fault.value))
            self.close_connection = True
        else:
            self._send(_faulty(fault) or self.simulator.answer(asked, fault), fault)

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        whole, half = reply.body, reply.body[: len(reply.body) // 2]
        kind = fault.kind if fault is not None else None
        length = len(half if kind is FaultKind.HALF_JSON else whole)
        self.close_connection = self.close_connection or kind is FaultKind.TRUNCATED
        self.send_response(reply.status)
        for name, value in (("Content-Type", reply.content_type), ("Content-Length", str(length)), *reply.headers):
            self.send_header(name, value)
        # Head and body in one write: two would be two packets.
        body = half if kind in {FaultKind.HALF_JSON, FaultKind.TRUNCATED} else whole
        self._headers_buffer.extend((b"\r\n", body))  # type: ignore[attr-defined]
        self.flush_headers()


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
        case _:
            return None

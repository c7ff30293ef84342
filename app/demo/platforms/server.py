"""A small web server on this machine for the simulators: Basic or Bearer, faults on demand, requests kept."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Self

from app.demo.platforms.faults import Asked, Fault, FaultKind, Reply
from app.demo.platforms.handler import LOGIN_PAGE, Handler

__all__ = ["LOGIN_PAGE", "Asked", "Fault", "FaultKind", "Reply", "Server"]


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
    #: Whether every request must bring a credential; false where the platform signs people in by itself.
    is_basic: bool = True
    #: The most requests that were ever answered at the same time.
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._connections = self._answering = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"simulator": self}))
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
        """Whether a request brings user and password, or the token, where each has to."""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        is_bearer = self.token is not None and header == f"Bearer {self.token}"
        return not self.is_basic or header == f"Basic {pair}" or is_bearer

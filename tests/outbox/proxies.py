"""A wire between a client and a server on this machine that can be cut, or go dead, at the moment a test chooses."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """``cuts`` and ``dies`` are asked before any bytes are passed on, with how many the client has sent."""

    to: int
    cuts: Callable[[int], bool]
    dies: Callable[[int], bool]
    port: int = 0
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    is_dead: threading.Event = field(default_factory=threading.Event)

    def carry(self, source: socket.socket, target: socket.socket, *, is_client: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16384):
                self.sent += len(data) if is_client else 0
                if self.cuts(self.sent):
                    break
                if self.is_dead.is_set() or self.dies(self.sent):
                    self.is_dead.set()
                    self.over.wait(30)
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(
    to: int, *, cuts: Callable[[int], bool] = lambda _: False, dies: Callable[[int], bool] = lambda _: False
) -> Iterator[Wire]:
    """Lead every connection on to the port ``to``."""
    made = Wire(to, cuts, dies)
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    server = socket.create_connection(("127.0.0.1", to))
                    ends = ((client, server, True), (server, client, False))
                    pair = [
                        threading.Thread(target=made.carry, args=(a, b), kwargs={"is_client": c}) for a, b, c in ends
                    ]
                    threads.extend([*pair, threading.Thread(target=_close_after, args=(pair, client, server))])
                    for thread in threads[-3:]:
                        thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield made
        finally:
            made.over.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(timeout=5)
            for thread in threads:
                thread.join(timeout=5)


def _close_after(pair: list[threading.Thread], *ends: socket.socket) -> None:
    for thread in pair:
        thread.join()
    for end in ends:
        end.close()

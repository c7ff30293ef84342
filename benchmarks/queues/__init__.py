"""Queues in a SQLite file beside our outbox, each used as its own manual says and made as durable as ours.

Each ``put`` is on the disk when it returns. ``deliver_one`` takes the next message, hands it to nobody and writes down
that it is done; false when there is none.
"""

from typing import Any, Protocol


class Queue(Protocol):
    """``connection`` is the very connection it writes with."""

    @property
    def connection(self) -> Any: ...

    def put(self, payload: bytes) -> None: ...

    def deliver_one(self) -> bool: ...

    def close(self) -> None: ...

"""litequeue: put, pop, done. Its own synchronous=NORMAL would lose the latest commits when the power goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litequeue import LiteQueue


class LitequeueQueue:
    def __init__(self, folder: Path) -> None:
        self._queue = LiteQueue(folder / "litequeue.db")
        self._queue.conn.execute("PRAGMA synchronous = FULL")

    @property
    def connection(self) -> Any:
        return self._queue.conn

    def put(self, payload: bytes) -> None:
        self._queue.put(payload.decode())

    def put_all(self, payloads: Sequence[bytes]) -> None:
        """Put many in one transaction: it has no other way to do more than one thing at a time."""
        with self._queue.transaction():
            for payload in payloads:
                self._queue.put(payload.decode())

    def deliver_one(self) -> bool:
        if (message := self._queue.pop()) is None:
            return False
        self._queue.done(message.message_id)
        return True

    def close(self) -> None:
        self._queue.conn.close()

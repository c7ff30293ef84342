"""persist-queue: put, get, ack."""

from pathlib import Path
from typing import Any

from persistqueue import Empty, SQLiteAckQueue


class PersistQueue:
    def __init__(self, folder: Path) -> None:
        self._queue = SQLiteAckQueue(str(folder / "persist-queue"))
        self._queue._putter.execute("PRAGMA synchronous = FULL")  # noqa: SLF001 - it has no setting for it

    @property
    def connection(self) -> Any:
        return self._queue._putter  # noqa: SLF001

    def put(self, payload: bytes) -> None:
        self._queue.put(payload)

    def deliver_one(self) -> bool:
        try:
            item = self._queue.get(block=False)
        except Empty:
            return False
        self._queue.ack(item)
        return True

    def close(self) -> None:
        self._queue.close()

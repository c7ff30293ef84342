"""huey: a task queue. A task leaves the file before it is carried out, so a crash in between loses it."""

from pathlib import Path
from typing import Any

from huey import SqliteHuey


class HueyQueue:
    def __init__(self, folder: Path) -> None:
        self._huey = SqliteHuey(filename=str(folder / "huey.db"), fsync=True, results=False, utc=True)
        self._send = self._huey.task()(_send)

    @property
    def connection(self) -> Any:
        return self._huey.storage.conn

    def put(self, payload: bytes) -> None:
        self._send(payload)

    def deliver_one(self) -> bool:
        if (task := self._huey.dequeue()) is None:
            return False
        self._huey.execute(task)
        return True

    def close(self) -> None:
        self._huey.storage.close()


def _send(payload: bytes) -> None:
    """Send nothing: the null channel."""

"""What a receiver got, kept as files that a kill at any moment leaves whole."""

import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message: its id and key, what it was, where its content lies, and how often it came."""

    message_id: str
    idempotency_key: str
    kind: str
    path: str
    received: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a receiver found wrong: ``bad signature``, ``gap in sequence``, ``hash mismatch`` and the like."""

    message_id: str
    what: str


class Ledger:
    """Everything received under one folder. A ledger opened there again knows it all; one at a time may write."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; create the folder where it is not."""
        self._folder = folder
        self._lock = threading.Lock()
        self._received = {record["message_id"]: Received(**record) for record in _read(folder / "received")}
        self._numbers = {message_id: number for number, message_id in enumerate(self._received)}
        self._problems = [Problem(**record) for record in _read(folder / "problems")]

    @property
    def received(self) -> tuple[Received, ...]:
        """Every message in the order of its first arrival."""
        return tuple(self._received.values())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything found wrong, in order."""
        return tuple(self._problems)

    def keep(self, message_id: str, *, idempotency_key: str, kind: str, path: Path, content: bytes) -> bool:
        """Store a message, or count it again; returns whether it is new.

        The content comes first and the record last: only what is recorded was received. The same id with other
        content is a problem, and the first content stays.
        """
        with self._lock:
            known = self._received.get(message_id)
            if known is None:
                write(path, content)
                self._record(
                    Received(message_id=message_id, idempotency_key=idempotency_key, kind=kind, path=str(path))
                )
                return True
            self._record(replace(known, received=known.received + 1))
        if Path(known.path).read_bytes() != content:
            self.object(message_id, "same id, other content")
        return False

    def object(self, message_id: str, what: str) -> None:
        """Write a problem down."""
        with self._lock:
            problem = Problem(message_id=message_id, what=what)
            write(self._folder / "problems" / f"{len(self._problems):06}.json", _json(problem))
            self._problems.append(problem)

    def _record(self, record: Received) -> None:
        number = self._numbers.setdefault(record.message_id, len(self._numbers))
        write(self._folder / "received" / f"{number:06}.json", _json(record))
        self._received[record.message_id] = record


def write(path: Path, content: bytes) -> None:
    """Write a file that is either whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _json(record: Received | Problem) -> bytes:
    return json.dumps(asdict(record)).encode()


def _read(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("[0-9]*.json"))]

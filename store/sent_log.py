"""The log of what was sent: a file beside the database that outlives a restored backup of it.

One JSON object a line: a header that names the log, then a message's id, destination, kind and cause for each one that
a receiver has taken. Ids only. It is written before the database records the delivery, so that what the database does
not know of its last lines is what a crash or a restored backup took away.
"""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

#: A log that grows beyond this many bytes is cut back to its newer half.
_LONGEST = 64 * 1024 * 1024


class Taken(Protocol):
    """A message that its receiver has taken; see ``store.message_rows.Message``."""

    @property
    def id(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def subject_ref(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One line: a message that was taken, when, and what it was about."""

    message_id: str
    at: datetime
    destination: str
    kind: str
    idempotency_key: str
    subject_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a log has been read: its name, and the bytes ever written to it up to there."""

    name: str
    offset: int

    def __str__(self) -> str:
        return f"{self.name}/{self.offset}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Read back what ``str`` wrote."""
        name, _, offset = text.partition("/")
        return cls(name=name, offset=int(offset))


class Lost(Exception):  # noqa: N818 - a fact about the file
    """The log does not reach back to a place: it was removed, replaced or cut, and nobody knows what was sent since."""


class SentLog:
    """The log at ``path``. Several processes may write; each write is whole lines."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path

    def note(self, taken: Iterable[Taken], at: datetime) -> None:
        """Write down what receivers have taken; raises ``OSError`` when the file cannot be written."""
        lines = [
            {
                "id": each.id,
                "at": at.astimezone(UTC).isoformat(),
                "destination": each.destination,
                "kind": each.kind,
                "key": each.idempotency_key,
                "about": each.subject_ref,
            }
            for each in taken
        ]
        # Not synced: after a loss of power the database is what it was, and the log is wanted after a restore.
        # The first newline ends a line that was cut short.
        self._append("".join(f"\n{json.dumps(line, separators=(',', ':'))}" for line in lines).encode() + b"\n")

    def start(self) -> Place:
        """Begin a log of a new name in place of whatever is there, and return its beginning."""
        header = _header(secrets.token_hex(8), 0)
        self._replace(header)
        return self.end()

    def end(self) -> Place:
        """Return the end of the log; raises ``Lost`` when there is none."""
        name, base, _ = self._head()
        return Place(name=name, offset=base + self._path.stat().st_size)

    def since(self, place: Place) -> tuple[list[Sent], Place]:
        """Return what was written after a place, and the end; raises ``Lost`` where the log does not reach so far."""
        name, base, first = self._head()
        at = place.offset - base
        if name != place.name or not first <= at <= self._path.stat().st_size:
            raise Lost(f"{self._path} is not the log that this database has written to")
        with self._path.open("rb") as file:
            file.seek(at)
            written = file.read()
        whole = written[: written.rfind(b"\n") + 1]
        sent = [each for line in whole.splitlines() if (each := _sent(line))]
        return sent, Place(name=name, offset=place.offset + len(whole))

    def trim(self) -> None:
        """Cut an overlong log back to its newer half. Only for whoever runs alone."""
        name, base, first = self._head()
        size = self._path.stat().st_size
        if size <= _LONGEST:
            return
        with self._path.open("rb") as file:
            file.seek(size // 2)
            file.readline()
            cut, rest = file.tell(), file.read()
        # The header is of one width: a place means the same line before and after.
        self._replace(_header(name, base + cut - first) + rest)

    def _head(self) -> tuple[str, int, int]:
        """Return the log's name, how many bytes were cut off before it, and where its first line begins."""
        try:
            with self._path.open("rb") as file:
                header = file.readline()
            given = json.loads(header)
            return str(given["sent_log"]), int(given["cut"]), len(header)
        except (OSError, ValueError, KeyError, TypeError):
            raise Lost(f"{self._path} is missing, or is not a log of what was sent") from None

    def _append(self, lines: bytes) -> None:
        with open(self._path, "ab", opener=_private) as file:
            file.write(lines)

    def _replace(self, content: bytes) -> None:
        aside = self._path.with_name(f"{self._path.name}.part")
        with open(aside, "wb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)


def _header(name: str, cut: int) -> bytes:
    """Return the first line, of one width whatever was cut, so that places stay where they are."""
    return json.dumps({"sent_log": name, "cut": f"{cut:018}"}, separators=(",", ":")).encode() + b"\n"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sent(line: bytes) -> Sent | None:
    """Read a line; none for one that a full disk or a lost machine has cut short."""
    try:
        given = json.loads(line)
    except ValueError:
        return None
    return Sent(
        message_id=given["id"],
        at=datetime.fromisoformat(given["at"]),
        destination=given["destination"],
        kind=given["kind"],
        idempotency_key=given["key"],
        subject_ref=given["about"],
    )

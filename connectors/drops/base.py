"""What a drop is: a place where a provider leaves files, and how each is taken from it whole, and once."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, Self

from connectors.base import Finding
from connectors.drops.names import Entry, Order, order


class Stuck(Exception):  # noqa: N818 - what has become of the file
    """One file cannot be read or moved, the others can; the sentence says what to do."""


class StillWritten(Exception):  # noqa: N818 - what is being done to the file
    """Somebody writes to the file while it is read: the next pull has it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One complete file as it was when it was looked at.

    ``name`` is what people are told, ``key`` where the drop finds the file again; another ``stamp`` means that somebody
    has written to it since. ``written`` is aware UTC. ``sha256`` (hex) is what its sender says of it, if anything.
    ``is_whole``: its sender or its transport proves that nothing of it is missing. ``trouble`` says why the file cannot
    be read at all: nothing of it was fetched.
    """

    name: str
    key: str
    stamp: str
    written: datetime
    sha256: str | None = None
    is_whole: bool = False
    trouble: str | None = None

    @classmethod
    def listed(cls, name: str, entry: Entry, written: datetime, said: str | None, trouble: str | None) -> Self:
        """Return a file of a folder; ``said`` is the SHA-256 beside it, which proves it whole as a ``.done`` does."""
        whole = entry.is_done or said is not None
        stamp = entry.stamp
        return cls(name=name, key=name, stamp=stamp, written=written, sha256=said, is_whole=whole, trouble=trouble)

    def order(self) -> Order:
        """Sort by what the name says of date and sequence, then by the time of writing; the newest is last."""
        return order(self.name, self.written)


class Visit(Protocol):
    """One conversation with a drop. Each method raises ``Stuck`` for one file, and as a pull for the whole drop."""

    def waiting(self) -> Sequence[Waiting]:
        """Return the files that nobody is still writing, the newest first."""
        ...

    def opened(self, file: Waiting) -> AbstractContextManager[BinaryIO]:
        """Open a file at its beginning; it can be read several times over. May raise ``StillWritten``."""
        ...

    def is_unchanged(self, file: Waiting) -> bool:
        """Whether the file still is the one that was looked at."""
        ...

    def put_away(self, file: Waiting) -> None:
        """Move a file whose marks are stored to the processed ones; where that cannot be, leave and remember it."""
        ...

    def refuse(self, file: Waiting, reason: str) -> str:
        """Move a file to the rejected ones with the reason beside it, and say in half a sentence where it is now."""
        ...


class Drop(Protocol):
    """One place where one provider leaves files. ``noun`` is what people call it."""

    @property
    def noun(self) -> str:
        """``folder``, ``SFTP folder``, ``mailbox``."""
        ...

    def visit(self) -> AbstractContextManager[Visit]:
        """Connect for as long as the context lasts. Raises ``Unavailable`` or ``Rejected``."""
        ...

    def check(self) -> tuple[Finding, ...]:
        """Return what keeps files from being seen or put away; moves none, and raises nothing."""
        ...

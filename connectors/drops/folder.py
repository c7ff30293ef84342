"""A drop folder on this machine, or one that is mounted here."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

from connectors.base import Finding, PullFailed, Refusal, Rejected, Unavailable
from connectors.drops import names
from connectors.drops.base import Stuck, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderDrop:
    """A folder and how its complete files are told from those still being written; it is its own conversation."""

    noun: ClassVar[str] = "folder"

    folder: Path
    pattern: str
    settle: Callable[[], object]
    wants_done: bool

    @contextmanager
    def visit(self) -> Iterator["FolderDrop"]:
        """Nothing has to be connected."""
        yield self

    def waiting(self) -> list[Waiting]:
        """Return the complete files, the newest first."""
        with self._readable():
            found = names.complete(self._look, self.pattern, settle=self.settle, wants_done=self.wants_done)
            files = [self._waiting(name, entry) for name, entry in found.items()]
        return sorted(files, key=Waiting.order, reverse=True)

    @contextmanager
    def opened(self, file: Waiting) -> Iterator[BinaryIO]:
        """Open a file where it lies."""
        try:
            opened = (self.folder / file.name).open("rb")
        except OSError:
            raise Stuck("the file could not be read: give this program the right to read it") from None
        with opened:
            yield opened

    def is_unchanged(self, file: Waiting) -> bool:
        """Whether size and time of writing are the same."""
        entry = _entry(self.folder / file.name)
        return entry is not None and entry.stamp == file.stamp

    def put_away(self, file: Waiting) -> None:
        """Move a file into ``processed``."""
        self._move(file, names.PROCESSED)

    def refuse(self, file: Waiting, reason: str) -> str:
        """Move a file into ``rejected``, the reason beside it."""
        moved = self._move(file, names.REJECTED)
        with _movable():
            moved.with_name(f"{moved.name}.reason.txt").write_text(names.reason_text(reason), encoding="utf-8")
        return names.IN_REJECTED

    def check(self) -> tuple[Finding, ...]:
        """See whether the folder can be listed, and its files moved."""
        try:
            with self._readable():
                self._look()
        except PullFailed as problem:
            return (Finding(subject="folder", ok=False, message=str(problem)),)
        if not os.access(self.folder, os.W_OK):
            message = "files in the drop folder may not be moved: give this program the right to write there"
            return (Finding(subject="folder", ok=False, message=message),)
        return ()

    def _look(self) -> dict[str, names.Entry]:
        found = ((path.name, _entry(path)) for path in self.folder.iterdir() if path.is_file())
        return {name: entry for name, entry in found if entry}

    def _waiting(self, name: str, entry: names.Entry) -> Waiting:
        written = datetime.fromtimestamp(entry.written / 1e9, UTC)
        said, trouble = self._said(name)
        return Waiting.listed(name, entry, written, said, trouble)

    def _said(self, name: str) -> tuple[str | None, str | None]:
        """Return what the sender's checksum says, and what is wrong with it."""
        try:
            with (self.folder / (name + names.CHECKSUM)).open("rb") as companion:
                return names.said(name, companion.read(names.LONGEST_CHECKSUM))
        except FileNotFoundError:
            return None, None

    def _move(self, file: Waiting, folder: str) -> Path:
        path, target = self.folder / file.name, self.folder / folder
        with _movable():
            target.mkdir(exist_ok=True)
            moved = path.replace(target / names.free_name(path.name, lambda name: (target / name).exists()))
            for companion in (names.DONE, names.CHECKSUM):
                path.with_name(path.name + companion).unlink(missing_ok=True)
        return moved

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            message = "the drop folder is not there: check the setting folder and whether it is mounted"
            raise Unavailable(message) from None
        except PermissionError:
            message = "the drop folder may not be read: give this program the right to read and move files"
            raise Rejected(message, refusal=Refusal.LOCAL) from None
        except OSError:
            raise Unavailable("the drop folder cannot be read now: check whether it is mounted") from None


@contextmanager
def _movable() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise Stuck("the file could not be moved: give this program the right to move files") from None


def _entry(path: Path) -> names.Entry | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return names.Entry(status.st_size, status.st_mtime_ns)

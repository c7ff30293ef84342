"""A folder: files appear whole under their final name, and a feed's manifest last, as the mark that all is there."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from outbox.channels.base import Finding, Settings, Surroundings
from outbox.channels.files import files_of
from outbox.messages import Blame, Deferred, Delivered, Message, Outcome, Refused

_NOT_THERE = (FileNotFoundError, NotADirectoryError, PermissionError)


class FolderSettings(Settings, frozen=True, kw_only=True):
    """An existing folder. It is never created: an unmounted share must not turn into a local folder."""

    path: str


class FolderChannel:
    """One folder that a receiver collects from."""

    #: Files are small and local; a share that hangs longer is the operating system's to end.
    longest = timedelta(minutes=1)

    def __init__(self, settings: FolderSettings, _: Surroundings) -> None:
        """Open nothing yet."""
        self._folder = Path(settings.path)

    def send(self, message: Message) -> Outcome:
        """Write the message's files; a name already used for other content is refused."""
        try:
            files = files_of(message)
        except ValueError as problem:
            return Refused(Blame.MESSAGE, str(problem))
        try:
            return self._write(files)
        except _NOT_THERE as error:
            return Refused(Blame.DESTINATION, f"the folder cannot be written to ({type(error).__name__}): mount it")
        except OSError as error:
            return Deferred(Blame.DESTINATION, f"writing failed: {error.strerror}")

    def find(self, _: Message) -> None:
        """Sending again compares what is there before it writes: nothing has to be asked first."""

    def follow(self, _: Sequence[Message]) -> tuple[()]:
        """What was written has arrived."""
        return ()

    def check(self) -> tuple[Finding, ...]:
        """Write a file and remove it again."""
        probe = self._folder / ".attendance-relay-check"
        try:
            _write(probe, b"")
            probe.unlink()
        except OSError as error:
            return (Finding("folder", False, f"cannot be written to: {error.strerror}"),)
        return (Finding("folder", True, "can be written to"),)

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, files: list[tuple[str, bytes]]) -> Outcome:
        for name, content in files:
            final = self._folder / name
            if final.exists():
                if final.read_bytes() == content:
                    continue
                return Refused(Blame.MESSAGE, f"another file named {name} is already there: it is never overwritten")
            _write(final, content)
        return Delivered(files[-1][0])


def _write(final: Path, content: bytes) -> None:
    """Write aside, make it durable, then give it its name: a reader never sees part of a file."""
    aside = final.with_name(f".{final.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

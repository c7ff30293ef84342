"""A folder on an SFTP server whose host key is pinned."""

import json
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, ClassVar

from connectors.base import Finding, Kept, PullFailed, Refusal, Rejected, Unavailable
from connectors.drops import names
from connectors.drops.base import StillWritten, Stuck, Waiting
from connectors.drops.places import SftpSettings
from wire import ssh

_LEFT = "files_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpDrop:
    """One remote folder. A connection lasts for one visit."""

    noun: ClassVar[str] = "SFTP folder"

    server: ssh.Server
    settings: SftpSettings
    pattern: str
    settle: Callable[[], object]
    settle_seconds: float
    wants_done: bool
    kept: Kept
    #: Files refused and left where they are, by name with their stamp; kept when a pull is stored.
    refused: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def visit(self) -> Iterator["SftpVisit"]:
        """Connect, compare the host key and sign in."""
        limit = timedelta(seconds=self.settings.timeout_seconds + self.settle_seconds)
        with _in_our_words(self.server.host), ssh.signed_in(self.server, limit) as session:
            yield SftpVisit(self, session)

    def check(self) -> tuple[Finding, ...]:
        """See whether the folder can be listed, and the folders made into which files are moved."""
        try:
            with self.visit() as visit:
                visit.look()
                visit.make_folders()
        except (PullFailed, Stuck) as problem:
            return (Finding(subject=self.noun, ok=False, message=str(problem)),)
        return ()


@dataclass(slots=True)
class SftpVisit:
    """One connection to the folder."""

    drop: SftpDrop
    session: ssh.Session
    _left: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._left = json.loads(self.drop.kept.get(_LEFT) or "{}")

    def waiting(self) -> list[Waiting]:
        """Return the complete files that were not read before and left, the newest first."""
        drop = self.drop
        found = names.complete(self.look, drop.pattern, settle=drop.settle, wants_done=drop.wants_done)
        fresh = [(name, entry) for name, entry in found.items() if self._left.get(name) != entry.stamp]
        return sorted((self._waiting(name, entry) for name, entry in fresh), key=Waiting.order, reverse=True)

    @contextmanager
    def opened(self, file: Waiting) -> Iterator[BinaryIO]:
        """Fetch a file into a temporary one, whole, and open that."""
        with tempfile.TemporaryFile() as copy:
            with self._one_file("read"), _in_our_words(self.drop.server.host):
                self.session.fetch(self._path(file.name), copy, most=self.drop.settings.largest_mb << 20)
            if copy.tell() != _size(file) or not self.is_unchanged(file):
                raise StillWritten("somebody wrote to it while it was fetched: the next pull has it whole")
            yield copy

    def is_unchanged(self, file: Waiting) -> bool:
        """Whether size and time of writing are the same."""
        with _in_our_words(self.drop.server.host):
            try:
                there = self.session.stat(self._path(file.name))
            except ssh.Status:
                return False
        return _entry(there).stamp == file.stamp

    def put_away(self, file: Waiting) -> None:
        """Move a file into ``processed``; without the right to, leave it there and remember it."""
        if not self._moved(file, names.PROCESSED):
            self._remember({file.name: file.stamp})
        elif self.drop.refused:
            self._remember({})

    def refuse(self, file: Waiting, reason: str) -> str:
        """Move a file into ``rejected`` with the reason beside it; without the right to, leave it there."""
        moved = self._moved(file, names.REJECTED)
        if not moved:
            self.drop.refused[file.name] = file.stamp
            return "the file is left where it is, and not read again until it changes"
        with self._one_file("moved with its reason beside it"):
            self.session.store(f"{moved}.reason.txt", names.reason_text(reason).encode(), replaces=True)
        return names.IN_REJECTED

    def look(self) -> dict[str, names.Entry]:
        """List the regular files of the folder."""
        try:
            listed = self.session.listdir_attr(self.drop.settings.folder)
        except ssh.Status as status:
            raise _not_listed(self.drop.server.host, status.code) from None
        return {each.filename: _entry(each) for each in listed if stat.S_ISREG(each.st_mode or stat.S_IFREG)}

    def make_folders(self) -> None:
        """Make the folders into which files are moved, if any are; raises ``Stuck``."""
        if not self.drop.settings.move:
            return
        try:
            for folder in (names.PROCESSED, names.REJECTED):
                self._make(folder)
        except ssh.Status:
            message = "this user may make no folder processed there: have the right granted, or set move = false"
            raise Stuck(message) from None

    def _make(self, folder: str) -> None:
        if self.session.size(self._path(folder)) is None:
            self.session.mkdir(self._path(folder))

    def _moved(self, file: Waiting, folder: str) -> str | None:
        """Return the path to which a file was moved; none where this program may not."""
        if not self.drop.settings.move:
            return None
        try:
            self._make(folder)
            free = names.free_name(
                file.name, lambda name: self.session.size(self._path(f"{folder}/{name}")) is not None
            )
            self.session.rename(self._path(file.name), target := self._path(f"{folder}/{free}"))
        except ssh.Status:
            return None
        for companion in (names.DONE, names.CHECKSUM):
            self.session.discard(self._path(file.name + companion))
        return target

    def _remember(self, left: dict[str, str]) -> None:
        present = self.look()
        known = self._left | self.drop.refused | left
        self._left = {name: stamp for name, stamp in known.items() if name in present}
        self.drop.kept[_LEFT] = json.dumps(self._left)
        self.drop.refused.clear()

    def _waiting(self, name: str, entry: names.Entry) -> Waiting:
        said, trouble = self._said(name)
        if entry.size > self.drop.settings.largest_mb << 20:
            trouble = f"it is larger than {self.drop.settings.largest_mb} MB (largest_mb): have it split"
        written = datetime.fromtimestamp(entry.written, UTC)
        return Waiting.listed(name, entry, written, said, trouble)

    def _said(self, name: str) -> tuple[str | None, str | None]:
        path = self._path(name + names.CHECKSUM)
        with suppress(ssh.Status):
            if self.session.size(path) is not None:
                return names.said(name, self.session.read(path, names.LONGEST_CHECKSUM))
        return None, None

    @contextmanager
    def _one_file(self, done: str) -> Iterator[None]:
        try:
            yield
        except ssh.Status:
            raise Stuck(f"the file could not be {done}: have its owner give this user the right to") from None

    def _path(self, name: str) -> str:
        return f"{self.drop.settings.folder.rstrip('/')}/{name}"


def _entry(attributes: ssh.Attributes) -> names.Entry:
    return names.Entry(int(attributes.st_size or 0), int(attributes.st_mtime or 0))


def _size(file: Waiting) -> int:
    return int(file.stamp.split()[0])


def _not_listed(host: str, code: int) -> PullFailed:
    if code == ssh.PERMISSION_DENIED:
        message = f"{host} forbids this user to list the folder: have its owner grant the right to read it"
        return Rejected(message, refusal=Refusal.PERMISSION)
    if code == ssh.NO_SUCH_FILE:
        message = f"{host} has no such folder for this user: correct the setting folder, or have its owner make it"
        return Rejected(message, refusal=Refusal.LOCAL)
    return Unavailable(f"{host} cannot list the folder now (status {code})")


@contextmanager
def _in_our_words(host: str) -> Iterator[None]:
    try:
        yield
    except ssh.Unwelcome as problem:
        raise Rejected(f"{host}: {problem}", refusal=Refusal.CREDENTIAL) from None
    except ssh.TROUBLE as problem:
        raise Unavailable(f"the connection to {host} failed ({type(problem).__name__})") from None

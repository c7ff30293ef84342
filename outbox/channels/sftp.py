"""SFTP: files that appear whole, or behind a marker, on a server whose host key is pinned.

A file's name is never used for other content. Where it is there already, the earlier attempt had arrived.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Literal

from outbox.channels.base import Finding, Settings, Surroundings
from outbox.channels.files import files_of
from outbox.messages import Blame, Deferred, Delivered, Message, NotFound, Outcome, Refused
from wire import ssh
from wire.access import check_access, server_of

_SUFFIX = re.compile(r"[A-Za-z0-9._-]{1,40}")
_PROBE = "attendance-relay-check"
_MARKER = ".done"


class SftpSettings(Settings, frozen=True, kw_only=True):
    """The server, how to sign in (one way), and how a file is finished.

    ``host_key`` is the line that ``ssh-keyscan`` prints, confirmed by the server's owner, or its SHA256 fingerprint.
    ``finish`` is ``rename``; ``direct`` for servers that take a file the moment it is closed; or ``marker``: an
    empty file ``.done`` is written last, and readers act on that. ``part_suffix`` ends the name of a file that is
    still being written.
    """

    host: str
    username: str
    host_key: str
    port: int = 22
    password: str = ""
    private_key: str = ""
    private_key_file: str = ""
    passphrase: str = ""
    folder: str = "."
    finish: Literal["rename", "direct", "marker"] = "rename"
    part_suffix: str = ""
    timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        check_access(self)
        if self.part_suffix and not _SUFFIX.fullmatch(self.part_suffix):
            raise ValueError("part_suffix is the end of a file name, as .filepart")
        if self.timeout_seconds <= 0:
            raise ValueError("timeout_seconds must be more than 0")


class _Found(Enum):
    """What is there under a file's name: nothing, our file, the beginning of it, something else, or nobody may look."""

    NOTHING = "nothing"
    HIDDEN = "hidden"
    SAME = "same"
    PART = "part"
    OTHER = "other"


@dataclass(slots=True)
class _Progress:
    """Which step the conversation has reached, and whether the message may have arrived if it breaks off now."""

    step: Literal["connect", "look", "write", "rename", "remove"] = "connect"
    may_have_arrived: bool = False


class _Taken(Exception):  # noqa: N818
    """Another file has this name: it is never overwritten."""


#: Everything that a server or the way to it may do; each becomes an outcome.
_FAILURES = (ssh.Unwelcome, ssh.Status, *ssh.TROUBLE)


class SftpChannel:
    """One folder on one server. A connection lasts for one message."""

    def __init__(self, settings: SftpSettings, _: Surroundings) -> None:
        """Connect nowhere yet; raises ``OSError`` or ``ValueError`` when ``private_key_file`` cannot be used."""
        self.longest = timedelta(seconds=settings.timeout_seconds)
        self._settings = settings
        self._server = server_of(settings)

    def send(self, message: Message) -> Outcome:
        """Leave the message's files, the one that says all is there last; what is there already is not sent again."""
        try:
            files = self._files(message)
        except ValueError as problem:
            return Refused(Blame.MESSAGE, str(problem))
        progress = _Progress()
        try:
            with ssh.signed_in(self._server, self.longest) as session:
                for name, content in files:
                    self._put(session, name, content, progress, is_last=name == files[-1][0])
        except _Taken as name:
            return Refused(Blame.MESSAGE, f"another file named {name} is already there: it is never overwritten")
        except _FAILURES as failure:
            return _outcome_of_failure(failure, progress)
        return Delivered(files[-1][0])

    def find(self, message: Message) -> Outcome | NotFound | None:
        """Look for the message's files. A server that takes files away as they come cannot be asked."""
        if self._settings.finish == "direct":
            return None
        progress = _Progress()
        try:
            files = self._files(message)
            with ssh.signed_in(self._server, self.longest) as session:
                found = {_found(session, self._path(name), content) for name, content in files}
        except ValueError as problem:
            return Refused(Blame.MESSAGE, str(problem))
        except _FAILURES as failure:
            return _outcome_of_failure(failure, progress)
        if _Found.HIDDEN in found:
            return None
        return Delivered(files[-1][0]) if found == {_Found.SAME} else NotFound()

    def follow(self, _: Sequence[Message]) -> tuple[()]:
        """What was written has arrived."""
        return ()

    def check(self) -> tuple[Finding, ...]:
        """Connect, compare the host key, sign in and list the folder; where files are renamed, try that out."""
        progress = _Progress()
        try:
            with ssh.signed_in(self._server, self.longest) as session:
                progress.step = "look"
                self._look(session)
                if self._settings.finish == "rename":
                    self._try_out(session, progress)
        except _FAILURES as failure:
            return (Finding("sftp server", False, _outcome_of_failure(failure, progress).reason),)
        return (Finding("sftp server", True, "shows the pinned host key and accepts the sign-in; the folder is there"),)

    def close(self) -> None:
        """Nothing is held open."""

    def _files(self, message: Message) -> list[tuple[str, bytes]]:
        files = files_of(message)
        return [*files, (files[0][0] + _MARKER, b"")] if self._settings.finish == "marker" else files

    def _path(self, name: str) -> str:
        return f"{self._settings.folder.rstrip('/')}/{name}"

    def _aside(self, name: str) -> str:
        suffix = self._settings.part_suffix
        return self._path(f"{name}{suffix}" if suffix else f".{name}.part")

    def _put(self, session: ssh.Session, name: str, content: bytes, progress: _Progress, *, is_last: bool) -> None:
        progress.step = "look"
        found = _found(session, self._path(name), content)
        if found is _Found.SAME:
            return
        if self._settings.finish == "rename":
            if found in {_Found.PART, _Found.OTHER}:
                raise _Taken(name)
            self._rename_in(session, name, content, progress, is_last=is_last)
            return
        if found is _Found.OTHER:
            raise _Taken(name)
        progress.step, progress.may_have_arrived = "write", is_last
        # The beginning of our own file is what an attempt left that broke off.
        session.store(self._path(name), content, replaces=found is _Found.PART)

    def _rename_in(
        self, session: ssh.Session, name: str, content: bytes, progress: _Progress, *, is_last: bool
    ) -> None:
        progress.step = "write"
        try:
            session.store(self._aside(name), content, replaces=True)
            progress.step, progress.may_have_arrived = "rename", is_last
            session.rename(self._aside(name), self._path(name))
        except ssh.Status:
            session.discard(self._aside(name))
            found = _found(session, self._path(name), content)
            if found in {_Found.NOTHING, _Found.HIDDEN}:
                raise
            if found is not _Found.SAME:
                raise _Taken(name) from None

    def _look(self, session: ssh.Session) -> None:
        try:
            session.listdir(self._settings.folder)
        except ssh.Status as status:
            # A letter box: files go in, and nobody sees which are there.
            if status.code != ssh.PERMISSION_DENIED:
                raise

    def _try_out(self, session: ssh.Session, progress: _Progress) -> None:
        self._rename_in(session, _PROBE, b"", progress, is_last=False)
        progress.step = "remove"
        session.remove(self._path(_PROBE))


def _found(session: ssh.Session, path: str, content: bytes) -> _Found:
    """Compare what is there; by its size alone, where the server lets nobody read."""
    try:
        size = session.size(path)
    except ssh.Status:
        return _Found.HIDDEN
    if size is None:
        return _Found.NOTHING
    if size > len(content):
        return _Found.OTHER
    try:
        there = session.read(path, size)
    except ssh.Status:
        return _Found.SAME if size == len(content) else _Found.OTHER
    if there == content:
        return _Found.SAME
    return _Found.PART if content.startswith(there) else _Found.OTHER


def _outcome_of_failure(failure: Exception, progress: _Progress) -> Deferred | Refused:
    match failure:
        case ssh.Unwelcome():
            return Refused(Blame.DESTINATION, str(failure))
        case ssh.Status(code=code):
            return _outcome_of_status(code, progress.step)
        case _ if progress.may_have_arrived:
            return Deferred(Blame.UNKNOWN, "the connection failed after the last file and before the server's answer")
        case _:
            return Deferred(Blame.DESTINATION, f"the connection to the server failed ({type(failure).__name__})")


def _outcome_of_status(code: int, step: str) -> Deferred | Refused:
    if code == ssh.NO_SUCH_FILE and step == "rename":
        return Refused(
            Blame.DESTINATION, "the server takes each file away as soon as it is closed: set finish = 'direct'"
        )
    if code == ssh.NO_SUCH_FILE:
        return Refused(Blame.DESTINATION, "the server has no such folder: correct folder, or have its owner make it")
    if code == ssh.PERMISSION_DENIED:
        return Refused(Blame.DESTINATION, f"the server forbids this user to {step} in the folder: ask its owner")
    if code == ssh.OP_UNSUPPORTED:
        return Refused(Blame.DESTINATION, f"the server cannot {step}: ask its owner, or set another finish")
    return Deferred(Blame.DESTINATION, f"the server could not {step} (status {code}): its disk or quota may be full")

"""A mailbox to which a provider sends its files, read by IMAP over TLS."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, ClassVar

from connectors.base import Finding, Kept, PullFailed
from connectors.drops import mails
from connectors.drops.base import Stuck, Waiting
from connectors.drops.imap import Conversation, Heading, signed_in
from connectors.drops.places import MailboxSettings

_LEFT = "mails_left"


@dataclass(slots=True)
class _Mail:
    """Which attachments of a mail are still to be seen to, and whether one was refused."""

    parts: set[int]
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxDrop:
    """One folder of one mailbox. A connection lasts for one visit."""

    noun: ClassVar[str] = "mailbox"

    settings: MailboxSettings
    pattern: str
    kept: Kept
    #: The mails of the last look, by number.
    pending: dict[int, _Mail] = field(default_factory=dict)
    #: Mails refused and left where they are; kept when a pull is stored.
    refused: set[int] = field(default_factory=set)

    @contextmanager
    def visit(self) -> Iterator["MailboxVisit"]:
        """Connect, sign in and open the folder."""
        with tempfile.TemporaryDirectory() as copies, signed_in(self.settings) as server:
            yield MailboxVisit(self, server, server.select(self.settings.folder), Path(copies))

    def check(self) -> tuple[Finding, ...]:
        """See whether the folder can be opened, and the folders made into which mails are moved."""
        try:
            with self.visit() as visit:
                visit.make_folders()
        except (PullFailed, Stuck) as problem:
            return (Finding(subject=self.noun, ok=False, message=str(problem)),)
        return ()


@dataclass(slots=True)
class MailboxVisit:
    """One connection to the mailbox. ``validity`` is the folder's UIDVALIDITY; ``copies`` holds what was fetched."""

    drop: MailboxDrop
    server: Conversation
    validity: str
    copies: Path
    _left: set[int] = field(init=False)

    def __post_init__(self) -> None:
        before = json.loads(self.drop.kept.get(_LEFT) or "{}")
        self._left = set(before.get(self.validity, ()))

    def waiting(self) -> list[Waiting]:
        """Return the attachments of the mails that are meant, the newest first; a mail is complete by itself."""
        self.drop.pending.clear()
        found = {uid for sender in self.drop.settings.senders for uid in self.server.search(sender)}
        files = [file for uid in sorted(found - self._left) for file in self._files(uid)]
        return sorted(files, key=Waiting.order, reverse=True)

    @contextmanager
    def opened(self, file: Waiting) -> Iterator[BinaryIO]:
        """Open what was fetched."""
        with self._copy(*_numbers(file)).open("rb") as opened:
            yield opened

    def is_unchanged(self, file: Waiting) -> bool:
        """Whether the mail's number still means this mail; mails themselves never change."""
        return file.stamp == self.validity

    def put_away(self, file: Waiting) -> None:
        """Move a mail once the last of its attachments is stored: to ``processed``, or ``rejected`` if one was bad."""
        uid, part = _numbers(file)
        mail = self.drop.pending.setdefault(uid, _Mail({part}))
        mail.parts.discard(part)
        if mail.parts:
            return
        if not self._moved(uid, is_bad=mail.is_bad):
            self.server.mark(uid, r"\Seen")
            self._remember({uid})
        elif self.drop.refused:
            self._remember(set())

    def refuse(self, file: Waiting, reason: str) -> str:
        """Lay the reason into ``rejected``, and the mail itself unless another attachment has to be stored first."""
        uid, part = _numbers(file)
        mail = self.drop.pending.setdefault(uid, _Mail({part}))
        mail.is_bad = True
        mail.parts.discard(part)
        if self.drop.settings.move:
            self.server.lay(self.drop.settings.rejected, mails.note(file.name, reason))
        if mail.parts:
            return "the mail goes to rejected when its other attachments are stored"
        if self._moved(uid, is_bad=True):
            return "the mail is kept in rejected"
        self.server.mark(uid, r"\Flagged")
        self.drop.refused.add(uid)
        return "the mail is left where it is, and not read again"

    def make_folders(self) -> None:
        """Make the folders into which mails are moved, if any are; raises ``Stuck``."""
        settings = self.drop.settings
        if settings.move and not all(map(self.server.make, (settings.processed, settings.rejected))):
            raise Stuck(
                "this user may make no folder processed there: have the right granted, name other folders, or set "
                "move = false"
            )

    def _files(self, uid: int) -> list[Waiting]:
        heading = self.server.heading(uid)
        if heading is None or not self._is_meant(heading):
            return []
        try:
            found = self._fetched(uid, heading)
        except ValueError as trouble:
            self.drop.pending[uid] = _Mail({0})
            name = f"mail of {heading.received:%Y-%m-%d %H:%M} (number {uid})"
            return [self._waiting(name, uid, 0, heading, trouble=str(trouble))]
        self.drop.pending[uid] = _Mail(set(range(len(found))))
        for part, each in enumerate(found):
            self._copy(uid, part).write_bytes(each.content)
        return [
            replace(self._waiting(each.name, uid, part, heading), is_whole=each.is_whole)
            for part, each in enumerate(found)
        ]

    def _is_meant(self, heading: Heading) -> bool:
        """Whether a mail is from one of the senders and about what is wanted: others are none of our business."""
        headers = mails.parsed(heading.headers)
        wanted = {address.lower() for address in self.drop.settings.senders}
        return mails.sender(headers) in wanted and mails.is_about(headers, self.drop.settings.subject)

    def _fetched(self, uid: int, heading: Heading) -> list[mails.Attached]:
        settings = self.drop.settings
        if settings.proven_by and not mails.is_proven(mails.parsed(heading.headers), settings.proven_by):
            raise ValueError(f"{settings.proven_by} did not find its sender genuine (dmarc=pass): ask the sender")
        if heading.size > settings.largest_mb << 20:
            raise ValueError(f"the mail is larger than {settings.largest_mb} MB (largest_mb): have it split")
        raw = self.server.fetch(uid)
        # Somebody has taken the mail away since.
        return mails.attachments(mails.parsed(raw), self.drop.pattern) if raw else []

    def _waiting(self, name: str, uid: int, part: int, heading: Heading, trouble: str | None = None) -> Waiting:
        return Waiting(name=name, key=f"{uid}.{part}", stamp=self.validity, written=heading.received, trouble=trouble)

    def _moved(self, uid: int, *, is_bad: bool) -> bool:
        settings = self.drop.settings
        return settings.move and self.server.moved(uid, settings.rejected if is_bad else settings.processed)

    def _remember(self, left: set[int]) -> None:
        self._left |= self.drop.refused | left
        self.drop.kept[_LEFT] = json.dumps({self.validity: sorted(self._left)})
        self.drop.refused.clear()

    def _copy(self, uid: int, part: int) -> Path:
        return self.copies / f"{uid}.{part}"


def _numbers(file: Waiting) -> tuple[int, int]:
    """Return the number of the mail and that of the attachment in it."""
    uid, _, part = file.key.partition(".")
    return int(uid), int(part)

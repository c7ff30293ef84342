"""Mail that comes back after the relay took it: delivery reports (RFC 3464) in a folder that the mail server fills.

A report names the message by the envelope id we gave (RFC 3461), or by the Message-ID of the mail it returns. Both hold
the outbox id, which nobody can guess: a forged report would have to know it. Nothing a report says in words is kept.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Mail
from itertools import count
from pathlib import Path

from outbox.channels.base import Finding
from outbox.messages import Message, Receipt, ReceiptKind

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ENVELOPE_ID = re.compile(rf"\s*({_ID})\s*", re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"\s*<({_ID})@([^<>\s]+)>\s*", re.IGNORECASE)
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
#: A report returns headers, or a notice of some 50 kB; more is not one of ours.
_LARGEST = 5_000_000
_AT_ONCE = 1000
#: What to do, by the subject of an enhanced status code (RFC 3463, 3).
_ADVICE = {
    "1": "there is no such address: correct contacts.csv",
    "2": "the mailbox is full or closed: ask the recipient, by telephone",
    "4": "the recipient's server could not be reached for days: ask the recipient, by telephone",
    "7": "the recipient's server refuses our mail by its rules: ask who runs it, by telephone",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says of one message. ``status`` is the enhanced status code; empty where it has none."""

    message_id: str
    has_failed: bool
    status: str


class Bounces:
    """A folder of reports: a Maildir, or files ``*.eml`` that appear whole.

    A file that was dealt with moves into ``done``, one that is no report about a message of ours into ``unreadable``.
    """

    def __init__(self, folder: Path, domain: str) -> None:
        """Take the folder, and the domain of the ids that the mails carry."""
        self._folder, self._domain = folder, domain
        self._reported: set[str] = set()

    def receipts(self, waiting: Sequence[Message], now: datetime) -> Iterator[Receipt]:
        """Yield a bounce for each message that came back.

        The file stays until the next call, and as long as its message still waits: a crash between the receipt and
        its being written down loses nothing, and hearing it twice does no harm.
        """
        known = {message.id for message in waiting}
        for path in self._files():
            content = _content(path)
            if content is None:
                continue
            report = _read(content, self._domain)
            if report is None:
                self._move(path, "unreadable")
            elif not report.has_failed or (path.name in self._reported and report.message_id not in known):
                self._move(path, "done")
            else:
                yield Receipt(message_id=report.message_id, kind=ReceiptKind.BOUNCED, at=now, said=_said(report.status))
                self._reported.add(path.name)

    def check(self) -> Finding:
        """Say whether the folder is there and files can be moved out of it."""
        if not self._folder.is_dir():
            return Finding(
                "bounces_folder", False, "is not there: create it, and have the mail server put reports there"
            )
        if not all(os.access(place, os.R_OK | os.W_OK | os.X_OK) for place in (self._folder, *self._places())):
            return Finding("bounces_folder", False, "cannot be read and written by this user")
        unread = self._folder / "unreadable"
        if unread.is_dir() and any(unread.iterdir()):
            return Finding("bounces_folder", None, "its folder unreadable holds mail that a person should look at")
        return Finding("bounces_folder", True, "is read for mail that came back")

    def _places(self) -> list[Path]:
        """Return where reports appear: both folders of a Maildir, for a mail program may have seen a new one."""
        if (self._folder / "new").is_dir():
            return [place for place in (self._folder / "new", self._folder / "cur") if place.is_dir()]
        return [self._folder]

    def _files(self) -> list[Path]:
        pattern = "*" if (self._folder / "new").is_dir() else "*.eml"
        try:
            found = [path for place in self._places() for path in place.glob(pattern) if path.is_file()]
        except OSError:
            return []
        return sorted(path for path in found if not path.name.startswith("."))[:_AT_ONCE]

    def _move(self, path: Path, where: str) -> None:
        self._reported.discard(path.name)
        # Left where it is when it cannot be moved: it is read again, and check says so.
        with suppress(OSError):
            (self._folder / where).mkdir(exist_ok=True)
            path.rename(_free(self._folder / where / path.name))


def _free(wanted: Path) -> Path:
    """Return a path that nothing has: an earlier file of the same name is not written over."""
    if not wanted.exists():
        return wanted
    return next(path for n in count(2) if not (path := wanted.with_name(f"{n}-{wanted.name}")).exists())


def _content(path: Path) -> bytes | None:
    """Return a file's bytes; empty when it is too large to be ours, none when it cannot be read now."""
    try:
        return path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError:
        return None


def _read(content: bytes, domain: str) -> Report | None:
    try:
        return read_report(content, domain)
    except Exception:  # noqa: BLE001 - anybody may write to that address: one mail must not keep the others unread
        return None


def _said(status: str) -> str:
    advice = _ADVICE.get(status.split(".")[1] if status else "", "ask the recipient, by telephone")
    return f"the mail came back{f' ({status})' if status else ''}: {advice}"


def read_report(content: bytes, domain: str) -> Report | None:
    """Read a delivery report about a message whose ids end in ``domain``; none when it is not one."""
    mail = message_from_bytes(content)
    if mail.get_content_type() != "multipart/report":
        return None
    blocks = next((_inner(part) for part in mail.walk() if part.get_content_type() == "message/delivery-status"), [])
    message_id = _envelope_id(blocks) or _returned_id(mail, domain)
    recipients = [block for block in blocks if block.get("Action")]
    if not message_id or not recipients:
        return None
    # The action decides, not the class of the status: what expired after days failed with the 4.4.7 of the last try.
    failed = [block for block in recipients if str(block["Action"]).strip().lower() == "failed"]
    status = next((found[1] for block in failed if (found := _STATUS.match(str(block.get("Status", ""))))), "")
    return Report(message_id, bool(failed), status)


def _inner(part: Mail) -> list[Mail]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Mail)] if isinstance(payload, list) else []


def _envelope_id(blocks: Sequence[Mail]) -> str:
    given = (_ENVELOPE_ID.fullmatch(str(block.get("Original-Envelope-Id", ""))) for block in blocks)
    return next((found[1].lower() for found in given if found), "")


def _returned_id(mail: Mail, domain: str) -> str:
    """Return the id in the Message-ID of the mail, or of its headers, that the report returns."""
    for each in (returned for part in mail.walk() for returned in _returned(part)):
        found = _MESSAGE_ID.fullmatch(str(each.get("Message-ID", "")))
        if found and found[2].lower() == domain.lower():
            return found[1].lower()
    return ""


def _returned(part: Mail) -> list[Mail]:
    if part.get_content_type() == "text/rfc822-headers":
        content = part.get_payload(decode=True)
        return [message_from_bytes(content)] if isinstance(content, bytes) else []
    # The standard library parses what any other part of the type message holds.
    is_mail = part.get_content_maintype() == "message" and part.get_content_type() != "message/delivery-status"
    return _inner(part) if is_mail else []

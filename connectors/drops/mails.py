"""What a mail holds for us: who sent it by its header, whether that is proven, and the files attached to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect
from email.message import EmailMessage
from typing import cast

from connectors.drops import names

_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_UNSAFE = re.compile(r"[^\w .()+-]", re.ASCII)
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment that is meant: its name, made safe to show, and its bytes.

    ``is_whole``: the mail itself has its end.
    """

    name: str
    content: bytes
    is_whole: bool


def parsed(raw: bytes) -> EmailMessage:
    """Read a mail, or its headers alone; nothing in it makes this fail."""
    return message_from_bytes(raw, policy=policy.default)


def sender(mail: EmailMessage) -> str | None:
    """Return the one address a mail says it is from, in small letters; none where that is not plain."""
    try:
        headers = mail.get_all("From", [])
        if len(headers) == 1 and not headers[0].defects and len(headers[0].addresses) == 1:
            return str(headers[0].addresses[0].addr_spec).lower()
    except Exception:  # noqa: BLE001 - the parser raises whatever a malformed header makes it stumble over
        return None
    return None


def is_proven(mail: EmailMessage, server: str) -> bool:
    """Whether the mail server of that name found the sender genuine (``dmarc=pass``, RFC 8601).

    Only the topmost header counts: each server puts its own above those that came with the mail.
    """
    found = str(next(iter(mail.get_all("Authentication-Results", [])), ""))
    by, _, results = found.partition(";")
    return by.split()[:1] == [server] and re.search(r"(?:^|;)\s*dmarc\s*=\s*pass\b", results) is not None


def is_about(mail: EmailMessage, subject: str) -> bool:
    """Whether the subject holds these words, whatever their case."""
    try:
        said = str(mail.get("Subject", ""))
    except Exception:  # noqa: BLE001 - as above
        said = ""
    return subject.casefold() in said.casefold()


def attachments(mail: EmailMessage, pattern: str) -> list[Attached]:
    """Return the attachments the profile means; where there is none, raises ``ValueError`` with what to ask for."""
    if mail.get_content_type() in _ENCRYPTED:
        raise ValueError("the mail is encrypted: have the file attached as it is, or left on an SFTP server instead")
    try:
        named = [(_shown(name), part) for part in _leaves(mail) if (name := part.get_filename())]
    except Exception:  # noqa: BLE001 - as above
        raise ValueError("the mail is not written as mails are: have it sent again by another program") from None
    is_whole = not any(isinstance(each, CloseBoundaryNotFoundDefect) for part in mail.walk() for each in part.defects)
    meant = [Attached(name, _content(part), is_whole) for name, part in named if names.is_meant(name, pattern)]
    if not named:
        raise ValueError("the mail has no attachment: have the file attached, neither pasted nor linked")
    if not meant:
        raise ValueError(f"no attachment of the mail is named {pattern} as the profile says: correct its files, or ask")
    return meant


def note(name: str, reason: str) -> bytes:
    """Return the mail that is laid beside one whose attachment was refused."""
    mail = EmailMessage()
    mail["Subject"] = f"Refused: {name}"
    mail["From"] = "attendance-relay"
    mail.set_content(names.reason_text(reason))
    return mail.as_bytes(policy=policy.SMTP)


def _leaves(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that are no containers; a mail within the mail was sent by somebody else."""
    if mail.get_content_maintype() == "message":
        return
    if not mail.is_multipart():
        yield mail
        return
    for part in cast("list[EmailMessage]", mail.get_payload()):
        yield from _leaves(part)


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _shown(name: str) -> str:
    """Keep of a name what cannot harm a log or a path, and its ending in any case."""
    return _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2])[-_LONGEST_NAME:]

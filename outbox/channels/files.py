"""The files that a message is, where its channel leaves files: names, contents and the order in which they appear."""

import re
from collections.abc import Iterable

from outbox.encryption import SUFFIXES, plain_type
from outbox.messages import CLOUD_EVENT, EMAIL, MULTIPART, Message
from outbox.multipart import split

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_ENDINGS = {CLOUD_EVENT: ".json", EMAIL: ".eml"}


def files_of(message: Message) -> list[tuple[str, bytes]]:
    """Return file names and contents in the order of writing; raises ``ValueError`` for what is no set of files.

    A feed's manifest is the last: who sees it knows that all is there.
    """
    if message.content_type.startswith(MULTIPART):
        files = [(part.file_name, part.content) for part in split(message.content_type, message.payload)]
    else:
        files = [(message.id + _ending(message.content_type), message.payload)]
    if not files or not _are_plain(name for name, _ in files):
        raise ValueError("the message does not name its files plainly: this is a fault of the relay, report it")
    return files


def _ending(content_type: str) -> str:
    plain, encryption = plain_type(content_type)
    return _ENDINGS.get(plain, ".bin") + SUFFIXES.get(encryption, "")


def _are_plain(names: Iterable[str]) -> bool:
    return all(_NAME.fullmatch(name) for name in names)

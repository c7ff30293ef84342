"""A feed's two files as one payload, ``multipart/form-data`` (RFC 7578), byte for byte the same each time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outbox.messages import MULTIPART

_DISPOSITION = re.compile(rb'form-data; name="([^"]+)"; filename="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One named file."""

    name: str
    file_name: str
    content_type: str
    content: bytes


def join(parts: Sequence[Part], boundary: str) -> tuple[str, bytes]:
    """Return the content type and the payload. ``boundary`` is a message id: no content can be made to hold it."""
    mark = boundary.encode()
    lines = []
    for part in parts:
        disposition = f'form-data; name="{part.name}"; filename="{part.file_name}"'
        head = f"Content-Disposition: {disposition}\r\nContent-Type: {part.content_type}\r\n\r\n"
        lines.append(b"--%b\r\n%b%b\r\n" % (mark, head.encode(), part.content))
    return f"{MULTIPART}; boundary={boundary}", b"".join(lines) + b"--%b--\r\n" % mark


def split(content_type: str, payload: bytes) -> list[Part]:
    """Return the files of a payload that ``join`` made, in their order; raises ``ValueError`` for any other."""
    mark = b"--" + content_type.partition("boundary=")[2].encode()
    first, *pieces, last = (b"\r\n" + payload).split(b"\r\n" + mark)
    if first or last != b"--\r\n":
        raise ValueError("the message is not a whole multipart payload")
    return [_part(piece) for piece in pieces]


def _part(piece: bytes) -> Part:
    head, _, content = piece.partition(b"\r\n\r\n")
    found = _DISPOSITION.search(head)
    kind = re.search(rb"Content-Type: ([^\r]+)", head)
    if not (found and kind):
        raise ValueError("a part of the message names no file or content type")
    name, file_name = (text.decode() for text in found.groups())
    return Part(name=name, file_name=file_name, content_type=kind[1].decode(), content=content)

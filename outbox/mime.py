"""A message in plain text and HTML, written out (RFC 5322, 2045, 2046).

``email.message`` parses and folds every header of every message anew and encodes quoted-printable in Python: thirty
times the work of writing lines that need neither. What does need folding or encoding still goes through it.
"""

from binascii import b2a_qp
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache

#: The longest line that nothing has to be folded in (RFC 5322, 2.1.1).
_LINE = 78


def alternatives(headers: Mapping[str, str], *, text: str, html: str, boundary: str) -> bytes:
    """Return a whole message whose two alternatives say the same. ``boundary`` must occur in neither.

    Raises ``ValueError`` for a header that would begin another one.
    """
    return b"".join(
        [
            *(_header(name, value) for name, value in headers.items()),
            b"MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii"),
            _part(boundary, "plain", text),
            _part(boundary, "html", html),
            f"--{boundary}--\r\n".encode("ascii"),
        ]
    )


def _header(name: str, value: str) -> bytes:
    line = f"{name}: {value}"
    if line.isascii() and line.isprintable() and (lines := _at_spaces(line, len(name) + 2)):
        return "".join(f"{each}\r\n" for each in lines).encode("ascii")
    return _folded(name, value)


def _at_spaces(line: str, after: int) -> list[str]:
    """Break a header at its spaces, none before ``after``; empty where a word is too long.

    ``email.message`` would leave the first line of a long one empty, which some mail servers refuse.
    """
    lines = []
    while len(line) > _LINE:
        if (at := line.rfind(" ", after, _LINE + 1)) < after:
            return []
        lines.append(line[:at])
        line, after = line[at:], 1
    return [*lines, line]


@lru_cache(maxsize=256)
def _folded(name: str, value: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message[name] = value
    return message.as_bytes().removesuffix(b"\r\n")


def _part(boundary: str, subtype: str, content: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + b2a_qp(content.encode(), istext=True).replace(b"\n", b"\r\n") + b"\r\n"

"""Bearer tokens that another process keeps fresh in a file."""

import re
from pathlib import Path

#: A bearer token (RFC 6750, 2.1), and nothing that could end the line it is sent on.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class NoToken(Exception):  # noqa: N818
    """There is no token to sign in with: nothing is sent."""


def read_token(path: Path) -> str:
    """Return the token of a file; raises ``NoToken`` where there is none in it."""
    try:
        token = path.read_text("ascii").strip()
    except (OSError, ValueError):
        token = ""
    if not _TOKEN.fullmatch(token):
        raise NoToken
    return token

"""Dates and national codes as people write them in the files that try a policy."""

from datetime import date

from mapping.codes import CodeTable
from mapping.model import Half, Session


class Unreadable(ValueError):  # noqa: N818 - it is said to the person who wrote it
    """What cannot be taken as written; the text says what was found and what is allowed."""


def read_date(text: str) -> date:
    """Read ``2026-11-02``. Raises ``Unreadable``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # The same day can be written as 20261102 or 2026-W45-1: one way is enough.
    if day is None or f"{day}" != text:
        raise Unreadable(f"{shown(text)} is no date: write it as 2026-11-02")
    return day


def byte_of(sign: str, session: Session, codes: CodeTable) -> int:
    """Return the byte of a national code in force at a session. Raises ``Unreadable`` for any other sign.

    Registers mix up the two strokes; both say present, and the half says which one is written.
    """
    if sign in {"/", "\\"}:
        sign = "/" if session.half is Half.AM else "\\"
    code = codes.get(sign)
    if code is None:
        known = " ".join(sorted(each.code for each in codes))
        raise Unreadable(f"{shown(sign)} is no national code: the codes are {known}")
    if code.valid_from and session.day < code.valid_from:
        raise Unreadable(f"code {sign} came into force on {code.valid_from}, after {session.day}")
    if code.valid_to and session.day > code.valid_to:
        instead = f": use {' or '.join(code.replaced_by)}" if code.replaced_by else ""
        raise Unreadable(f"code {sign} was withdrawn after {code.valid_to}, before {session.day}{instead}")
    return code.byte


def shown(text: str) -> str:
    """Quote what is short enough to be a code, a date or an id; anything longer may be somebody's name."""
    return repr(text) if len(text) <= 12 else f"a text of {len(text)} characters"

"""How a document writes values: dates, shares and sessions in words, and tables and lines that fit plain text."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from textwrap import wrap
from typing import Any

from mapping.model import Half, Session
from outbox.document_parts import Share
from outbox.emails import day_text, moment_text, session_text, words_text

#: The widest a line of plain text gets.
WIDTH = 78

_LABEL = 30
_ROLES = {
    "dsl": "designated safeguarding lead",
    "home_school_dsl": "safeguarding lead of the home school",
    "head_of_provision": "head of provision",
    "local_authority": "local authority",
    "send": "special educational needs or disability (SEND)",
    "ehcp": "education, health and care plan (EHCP)",
    "social_worker": "has a social worker",
    "youth_justice": "known to youth justice",
}
#: The flags among these words; elsewhere the same word is a role.
_FLAGS_ONLY = {"social_worker"}
_HANG = re.compile(r" *(?:- |\[ \] |\d+\. )?")


def role_text(role: str) -> str:
    """Write a role in words: ``dsl`` as ``designated safeguarding lead``."""
    return words_text(role) if role in _FLAGS_ONLY else _ROLES.get(role, words_text(role))


def flag_text(flag: str) -> str:
    """Write a flag of a placement in words: ``social_worker`` as ``has a social worker``."""
    return _ROLES.get(flag, words_text(flag))


def long_day(day: date) -> str:
    """Write a date in full, as a letter does: ``Monday 2 November 2026``."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def birthday(day: date | None) -> str | None:
    """Write a date of birth: ``14 March 2012``."""
    return f"{day.day} {day:%B %Y}" if day else None


def percent_text(percent: float | None) -> str | None:
    """Write per cent with one decimal place, cut and not rounded: 89.96 is below 90 and never shown as 90.0%."""
    if percent is None:
        return None
    # The hair on top undoes what binary fractions take away from 28.999999999999996.
    cut = math.floor(percent * 10 + 1e-9) / 10
    return f"{cut:.1f}".removesuffix(".0") + "%"


def share_text(share: Share) -> str | None:
    """Write a share with what it is made of: ``52 of 60 sessions (86.6%)``; nothing without a possible session."""
    return f"{share.attended} of {share.possible} sessions ({percent_text(share.percent)})" if share.possible else None


def days_text(sessions: Iterable[Session]) -> list[str]:
    """Write sessions by day: ``Mon 2 Nov 2026``, and ``Tue 3 Nov 2026 (morning)`` where half a day is meant."""
    days = groupby(sorted(set(sessions)), lambda session: session.day)
    return [f"{day_text(day)}{_part_of_day({each.half for each in halves})}" for day, halves in days]


def _part_of_day(halves: set[Half]) -> str:
    if len(halves) == 2:
        return ""
    return " (morning)" if Half.AM in halves else " (afternoon)"


def shown(value: Any) -> Any:
    """Return a value as a document shows it; ``None`` and what is empty stay empty."""
    writers: Mapping[type, Callable[[Any], Any]] = {
        datetime: moment_text,
        date: day_text,
        Session: session_text,
        Share: share_text,
        bool: lambda truth: "yes" if truth else "no",
        int: str,
        tuple: ", ".join,
    }
    return writers[type(value)](value) if type(value) in writers else value


def label_line(label: str, value: object) -> str:
    """Write ``Label: value`` with the values under one another, the long ones continued under their beginning."""
    lines = _lines(str(value), WIDTH - _LABEL) or [""]
    heads = _lines(f"{label}:", _LABEL - 2)
    rows = max(len(lines), len(heads))
    return "\n".join(f"{_nth(heads, row):<{_LABEL}}{_nth(lines, row)}".rstrip() for row in range(rows))


def _lines(text: str, width: int) -> list[str]:
    """Return what ``wrap`` does, at once for the short lines that most are."""
    if len(text) > width or not text.isprintable():
        return wrap(text, width)
    return [text.rstrip()] if text.strip() else []


def _nth(lines: Sequence[str], index: int) -> str:
    return lines[index] if index < len(lines) else ""


def table_text(rows: Iterable[Sequence[object]], headers: Sequence[str]) -> str:
    """Write a table in columns where it fits the width, otherwise a block of labelled lines for each row."""
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > WIDTH:
        return "\n\n".join(_block(headers, row) for row in cells)
    ruled = [list(headers), ["-" * width for width in widths], *cells]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in ruled)


def _block(headers: Sequence[str], row: Sequence[str]) -> str:
    return "\n".join(label_line(header, value) for header, value in zip(headers, row, strict=True) if value)


def plain(text: str) -> str:
    """Return finished plain text: no line beyond the width, no trailing space, one empty line at most."""
    lines = "\n".join(_wrapped(line) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _wrapped(line: str) -> str:
    if len(line.rstrip()) <= WIDTH:
        return line.rstrip()
    head = _HANG.match(line)
    hang = " " * (head.end() if head else 0)
    return "\n".join(wrap(line, WIDTH, subsequent_indent=hang, break_on_hyphens=False))


def many(number: int, noun: str) -> str:
    """Write a number of things: ``1 session``, ``6 sessions``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """Write a reason as a sentence: with a capital and one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


#: What the templates of documents may call, beside those of notices.
FILTERS: Mapping[str, Callable[..., Any]] = {
    "role": role_text,
    "flag": flag_text,
    "long_day": long_day,
    "birthday": birthday,
    "percent": percent_text,
    "share": share_text,
    "days": days_text,
    "shown": shown,
    "line": label_line,
    "columns": table_text,
    "many": many,
    "sentence": sentence,
    "flow": lambda text: " ".join(text.split()),
}

"""What a person can get wrong in a layout, each with its key and what to do about it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from string import Formatter

from outbox.feed_rows import COLUMNS, IDENTITY_COLUMNS, Profile
from outbox.layouts import OF_THE_DAY, STANDARD_NAME, Column, Layout, Naming, Rows, file_name

_SOURCES = COLUMNS[Profile.IDENTITY]
_PLACES = ("sender", "destination", "date", "sequence", "revision", "edition")
_TRIAL = Naming(sender="a", destination="b", day=date(2026, 9, 2), sequence=1, revision=1, edition="final")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_DIRECTIVE = re.compile(r"%[a-zA-Z]")
_DIRECTIVES = frozenset(["%d", "%m", "%b", "%B", "%Y", "%y", "%a", "%A", "%H", "%I", "%M", "%S", "%p"])
_DAY, _CLOCK = ("%d", "%m|%b|%B", "%Y|%y"), ("%H|%I", "%M")


def layout_problems(layout: Layout, words: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, str]]:
    """Yield the key and what is wrong with it; ``words`` are the closed words of each column that has them."""
    for number, column in enumerate(layout.columns, start=1):
        yield from ((f"column[{number}].{key}", what) for key, what in _column_problems(layout, column))
    names = [column.name for column in layout.columns]
    yield from ((f"column[{at}].name", "stands twice") for at, name in enumerate(names, 1) if name in names[: at - 1])
    for source, mapping in layout.codes.items():
        yield from _code_problems(source, mapping, words.get(source))
    yield from _format_problems("date", layout.date_format, needs=_DAY)
    yield from _format_problems("time", layout.time_format, needs=_CLOCK)
    yield from _format_problems("instant", layout.instant_format, needs=_DAY + _CLOCK)
    if problem := _name_problem(layout.file_name):
        yield "file_name", problem


def _column_problems(layout: Layout, column: Column) -> Iterable[tuple[str, str]]:
    if bool(column.source) is bool(column.constant):
        yield "from", "says where the value comes from: give either from or constant"
        return
    if column.source and column.source not in _SOURCES:
        near = get_close_matches(column.source, _SOURCES, n=1)
        yield "from", f"is no column of {STANDARD_NAME}" + (f": did you mean {near[0]!r}?" if near else "")
        return
    is_of_session = bool(column.source) and column.source not in OF_THE_DAY
    if layout.rows is Rows.DAY and is_of_session and not column.half:
        yield "session", 'is missing: in a row of a day say whose it is, "AM" or "PM"'
    if column.half and (layout.rows is Rows.SESSION or not is_of_session):
        yield "session", "has no place here: the value is the same all day, or a row is one session"
    if column.source in IDENTITY_COLUMNS and not column.is_identity:
        yield "identity", "must be true: names and dates of birth go only where the profile is identity"


def _code_problems(source: str, mapping: Mapping[str, str], words: Sequence[str] | None) -> Iterable[tuple[str, str]]:
    if words is None:
        yield f"codes.{source}", "is no column with words of its own: its values cannot be mapped"
        return
    for word in mapping:
        if word and word not in words:
            yield f"codes.{source}.{word}", f"is no word of the column: they are {', '.join(words)}"
    if source != "attended":
        return
    for word in words:
        if word not in mapping:
            yield f"codes.attended.{word}", "is missing: say what each of the words becomes"
    unknown = mapping.get("not_recorded")
    if unknown is not None and list(mapping.values()).count(unknown) > 1:
        message = "is also what another word becomes: not recorded is neither present nor absent"
        yield "codes.attended.not_recorded", message


def _format_problems(key: str, pattern: str, *, needs: Sequence[str]) -> Iterable[tuple[str, str]]:
    there = set(_DIRECTIVE.findall(pattern.replace("%%", "")))
    if unknown := sorted(there - _DIRECTIVES):
        yield key, f"holds {unknown[0]}, which is not used here: take %d %m %Y %H %M and the like"
    elif missing := [need for need in needs if there.isdisjoint(need.split("|"))]:
        yield key, f"lacks {missing[0].replace('|', ' or ')}: day, month and year, or hour and minute, must be readable"


def _name_problem(pattern: str) -> str | None:
    try:
        places = [place for _, place, _, _ in Formatter().parse(pattern) if place is not None]
        name = file_name(pattern, _TRIAL) if set(places) <= set(_PLACES) else ""
    except ValueError:
        places, name = [""], ""
    if not set(places) <= set(_PLACES) or not name:
        return f"may hold {', '.join(f'{{{place}}}' for place in _PLACES)}, and nothing else in braces"
    if "sequence" not in places:
        return "lacks {sequence}: a name is never used again for other content"
    if not _PLAIN.fullmatch(name) or name.endswith(".json"):
        return "must come to a plain file name: letters, digits, '.', '_' and '-', not ending in .json"
    return None

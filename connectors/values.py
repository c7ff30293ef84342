"""The cells of an attendance file as people and spreadsheets write them: dates, sessions, learner references.

Every reader raises ``ValueError`` with a sentence for the person who keeps the file. No sentence repeats a cell: in a
row that slipped by one column the date may be a name.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from connectors.profiles import Sessions
from mapping.model import Half

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]|$)")
_WITH_CLOCK = re.compile(r"(\S+)[ T]\d{1,2}:\d\d")
#: Day 0 of Excel's usual calendar, whose false 29 February 1900 makes it 30 December. Serials of 1982 to 2118.
_EXCEL_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"([3-7]\d{4})(?:\.0*)?")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(?::\d\d)?\s*([ap]m)?\b", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Codes and words for codes are short; a longer cell is a comment or a name in the wrong column.
LONGEST_CODE = 24


def normal(text: str) -> str:
    """Return a header cell or a word as it is compared: case, spaces and apostrophes do not matter."""
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).casefold()


@dataclass(slots=True)
class Dates:
    """Reads dates in the profile's formats, in ISO form, with a clock time behind them, and as Excel serials."""

    formats: Iterable[str]
    _known: dict[str, date] = field(default_factory=dict)

    def __call__(self, text: str) -> date:
        """Return the local date; a file holds few different ones, so each is worked out once."""
        day = self._known.get(text)
        if day is None:
            day = self._known[text] = self._read(text.strip())
        return day

    def _read(self, text: str) -> date:
        if serial := _SERIAL.fullmatch(text):
            return _EXCEL_ZERO + timedelta(days=int(serial[1]))
        dated = _WITH_CLOCK.match(text)
        for candidate in (text, dated[1]) if dated else (text,):
            day = self._in_a_format(candidate)
            if day is not None:
                return day
        raise ValueError("its date is in none of the profile's date_formats: add the format or correct the row")

    def _in_a_format(self, text: str) -> date | None:
        try:
            if _ISO.match(text):
                return date.fromisoformat(text[:10])
        except ValueError:
            return None
        for each in self.formats:
            try:
                return datetime.strptime(text, each).date()  # noqa: DTZ007 - a local date, never an instant
            except ValueError:
                continue
        return None


class Halves:
    """Reads the session column: AM, PM, both for a full day, or a clock time."""

    def __init__(self, sessions: Sessions) -> None:
        """Take the words of the profile."""
        words = ((sessions.am, (Half.AM,)), (sessions.pm, (Half.PM,)), (sessions.full_day, (Half.AM, Half.PM)))
        self._known = {normal(word): halves for each, halves in words for word in each}
        self._noon = time.fromisoformat(sessions.noon)

    def __call__(self, text: str) -> tuple[Half, ...]:
        """Return the halves of the day the cell speaks of."""
        halves = self._known.get(text)
        if halves is None:
            halves = self._known[text] = self._known.get(normal(text)) or (self._by_clock(text.strip()),)
        return halves

    def _by_clock(self, text: str) -> Half:
        match = _CLOCK.match(text)
        try:
            clock = time(int(match[1]) % 12 if match[3] else int(match[1]), int(match[2])) if match else None
        except ValueError:
            clock = None
        if match is None or clock is None:
            raise ValueError("its session is no word of the profile's [sessions] and no time: add the word there")
        is_afternoon = match[3].casefold() == "pm" if match[3] else clock >= self._noon
        return Half.PM if is_afternoon else Half.AM

    def of_header(self, text: str) -> tuple[int, tuple[Half, ...]] | None:
        """Return weekday (Monday 0) and halves of a wide header such as ``Mon AM``; none for any other column."""
        first, _, rest = normal(text).replace("-", " ").partition(" ")
        weekday = next((n for n, name in enumerate(_DAYS) if len(first) >= 3 and name.startswith(first)), None)
        halves = self._known.get(rest.strip())
        return (weekday, halves) if weekday is not None and halves else None


def learner_ref(text: str, digits: int) -> str:
    """Return a learner reference with the zeros that a spreadsheet ate put back; other references are left alone."""
    ref = text.strip().lstrip("'").removesuffix(".0")
    return ref.zfill(digits) if ref.isdecimal() else ref


def stand_in(upn: str) -> str:
    """Return what serves as platform id where a file gives a UPN alone: the UPN itself has no place in messages."""
    return f"upn-{hashlib.sha256(upn.encode()).hexdigest()[:12]}"


def minutes(text: str) -> int | None:
    """Return minutes late; none for an empty cell."""
    digits = text.strip().removesuffix(".0")
    if not digits:
        return None
    if not digits.isdecimal() or len(digits) > 3:
        raise ValueError("its minutes late are no number of minutes: correct the row")
    return int(digits)


def code(text: str) -> str:
    """Return a mark's code as it stands, without the spaces around it."""
    stripped = text.strip()
    if len(stripped) > LONGEST_CODE:
        raise ValueError("its mark is too long for a code: check whether the row slipped by a column")
    return stripped

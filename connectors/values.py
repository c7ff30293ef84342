"""The cells of an attendance file as people and spreadsheets write them: dates, sessions, learner references.

Every reader raises ``ValueError`` with a sentence for the person who keeps the file. No sentence repeats a cell: in a
row that slipped by one column the date may be a name.
"""

import hashlib
import re
from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import TypeVar

from connectors.profiles import Sessions
from mapping.model import Half

Cell = TypeVar("Cell", bound=Hashable)
Meant = TypeVar("Meant")

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]|$)")
_WITH_CLOCK = re.compile(r"(\S+)[ T]\d{1,2}:\d\d")
#: Day 0 of Excel's usual calendar, whose false 29 February 1900 makes it 30 December. Serials of 1982 to 2118.
EXCEL_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"([3-7]\d{4})(?:\.0*)?")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(?::\d\d)?\s*([ap]m)?\b", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Codes and words for codes are short; a longer cell is a comment or a name in the wrong column.
LONGEST_CODE = 24


def normal(text: str) -> str:
    """Return a header cell or a word as it is compared: case, spaces and apostrophes do not matter."""
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).casefold()


class Cells(dict[Cell, Meant]):
    """What cells mean, each different one worked out once: a file of a million rows holds few different dates."""

    def __init__(self, read: Callable[[Cell], Meant]) -> None:
        self._read = read

    def __missing__(self, cell: Cell) -> Meant:
        meant = self[cell] = self._read(cell)
        return meant


class Dates:
    """Reads dates in the profile's formats, in ISO form, with a clock time behind them, and as Excel serials."""

    def __init__(self, formats: Iterable[str], *, zero: date = EXCEL_ZERO) -> None:
        """``zero`` is the day 0 of the serials: a workbook may count from 1904."""
        self._formats = tuple(formats)
        self._zero = zero

    def __call__(self, text: str) -> date:
        """Return the local date of a cell."""
        text = text.strip()
        if serial := _SERIAL.fullmatch(text):
            return self._zero + timedelta(days=int(serial[1]))
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
        for each in self._formats:
            try:
                return datetime.strptime(text, each).date()  # noqa: DTZ007 - a local date, never an instant
            except ValueError:
                continue
        return None


class UnknownWord(ValueError):  # noqa: N818 - it reads as what was met
    """A session word that the profile does not know: told once for all rows that carry it, not once a row."""

    def __init__(self, word: str) -> None:
        super().__init__("its session is no word of the profile's [sessions] and no time: add the word there")
        self.word = word


class Halves:
    """Reads the session column: AM, PM, both for a full day, none for a lesson, or a clock time."""

    def __init__(self, sessions: Sessions) -> None:
        """Take the words of the profile."""
        words = ((sessions.am, (Half.AM,)), (sessions.pm, (Half.PM,)), (sessions.full_day, (Half.AM, Half.PM)))
        self._known = {normal(word): halves for each, halves in words for word in each}
        self._ignored = tuple(map(normal, sessions.ignore))
        self._noon, self._afternoon = time.fromisoformat(sessions.noon), time.fromisoformat(sessions.afternoon)

    def __call__(self, text: str, end: str = "") -> tuple[Half, ...]:
        """Return the halves of the day that a word, or a begin and an end, speak of; none for a lesson.

        Raises ``UnknownWord``.
        """
        word = normal(text)
        if word in self._known:
            return self._known[word]
        if self.is_lesson(text):
            return ()
        begin = _clock(word)
        if begin is None:
            raise UnknownWord(text.strip())
        return self._between(begin, end) if end.strip() else (Half.AM if begin < self._noon else Half.PM,)

    def is_lesson(self, text: str) -> bool:
        """Whether the profile leaves rows of this word out."""
        return any(fnmatchcase(normal(text), pattern) for pattern in self._ignored)

    def is_word(self, text: str) -> bool:
        """Whether the cell is a word of the profile, not a time."""
        return normal(text) in self._known or self.is_lesson(text)

    def _between(self, begin: time, end: str) -> tuple[Half, ...]:
        until = _clock(end)
        if until is None or until <= begin:
            raise ValueError("it does not end after it begins: correct its times")
        if begin >= self._noon:
            return (Half.PM,)
        return (Half.AM, Half.PM) if until > self._afternoon else (Half.AM,)

    def of_header(self, text: str) -> tuple[int, tuple[Half, ...]] | None:
        """Return weekday (Monday 0) and halves of a wide header such as ``Mon AM``; none for any other column."""
        first, _, rest = normal(text).replace("-", " ").partition(" ")
        weekday = next((n for n, name in enumerate(_DAYS) if len(first) >= 3 and name.startswith(first)), None)
        halves = self._known.get(rest.strip())
        return (weekday, halves) if weekday is not None and halves else None


def _clock(text: str) -> time | None:
    match = _CLOCK.match(text.strip())
    if match is None:
        return None
    hour, half = int(match[1]), (match[3] or "").casefold()
    try:
        return time((hour % 12 + 12 * (half == "pm")) if half else hour, int(match[2]))
    except ValueError:
        return None


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

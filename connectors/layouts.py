"""From the rows of an attendance file to marks: one row a mark, or one row a pupil and week."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import compress
from typing import Protocol

from connectors import values
from connectors.base import Window
from connectors.headers import Header, columns
from connectors.learners import Learners
from connectors.profiles import Profile
from mapping.model import Half, Session, SourceMark

#: What a time is counted as: a new word is drift, another minute is not.
A_TIME = "(a time)"
#: As ``SourceMark`` called by its name, in a third of the time; marks come by the million.
_new = tuple.__new__


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the rows of a file add up to.

    ``sessions`` and ``lessons`` are marked rows by their word (in a wide file, by the header of their column); lessons
    and the marks ``outside`` the window were left out. ``days`` are those of which marks were read.
    """

    sessions: Mapping[str, int]
    lessons: Mapping[str, int]
    outside: int
    days: frozenset[date]


class Layout(Protocol):
    """Reads rows into marks, any number at once. Every row is as wide as the header.

    Where ``marks`` raises ``ValueError`` it has counted nothing, so that the same rows can be given again one by one.
    """

    def marks(self, rows: Sequence[list[str]], numbers: Sequence[int]) -> list[SourceMark]:
        """Return the marks; an empty cell is a register not taken yet, and no mark. ``numbers`` are the rows'."""
        ...

    def tally(self) -> Tally:
        """Return what the rows so far add up to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a layout stands on; ``where`` is written in front of each row's number."""

    profile: Profile
    header: Header
    learners: Learners
    dates: values.Dates
    window: Window
    where: str


def layout(ground: Ground) -> Layout:
    """Return the reader of the profile's layout."""
    return WideLayout(ground) if ground.profile.layout == "wide" else LongLayout(ground)


class LongLayout:
    """One row a mark: its date and its session are cells."""

    def __init__(self, ground: Ground) -> None:
        self._learners, self._window, self._where = ground.learners, ground.window, ground.where
        self._halves, self._days = values.Halves(ground.profile.sessions), values.Cells(ground.dates)
        at = ground.header.at
        self._when_at = [at[field] for field in ("date", "session", "start", "end") if field in at]
        self._what_at = [at[field] for field in ("code", "minutes_late") if field in at]
        self._when, self._what = values.Cells(self._read_when), values.Cells(_read_what)
        #: The different cells of day and session, and how many rows have the cells at each place of that list.
        self._cells: list[tuple[str, ...]] = []
        self._rows: Counter[int] = Counter()

    def marks(self, rows: Sequence[list[str]], numbers: Sequence[int]) -> list[SourceMark]:
        """Return the marks, as ``Layout`` says."""
        what = list(map(self._what.__getitem__, columns(rows, self._what_at)))
        taken = [code != "" for code, _ in what]
        if not all(taken):
            rows, numbers = list(compress(rows, taken)), list(compress(numbers, taken))
            what = list(compress(what, taken))
        when, where = list(map(self._when.__getitem__, columns(rows, self._when_at))), self._where
        marks = [
            # Minutes late are those of the arrival: of a full day's first session alone.
            _new(SourceMark, (ref, session, code, f"{where}{number}", upn, late if session is sessions[0] else None))
            for number, (ref, upn), (_, sessions), (code, late) in zip(
                numbers, self._learners.of(rows), when, what, strict=True
            )
            for session in sessions
        ]
        self._rows.update([at for at, _ in when])
        return marks

    def tally(self) -> Tally:
        """Return what was counted."""
        sessions, lessons, outside = Counter[str](), Counter[str](), 0
        days: set[date] = set()
        for at, rows in self._rows.items():
            text, *words = self._cells[at]
            word, day = words[0], self._days[text]
            sessions[word.strip() if self._halves.is_word(word) else A_TIME] += rows
            if self._halves.is_lesson(word):
                lessons[word.strip()] += rows
            elif day in self._window:
                days.add(day)
            else:
                outside += rows * len(self._halves(*words))
        return Tally(sessions=sessions, lessons=lessons, outside=outside, days=frozenset(days))

    def _read_when(self, cells: tuple[str, ...]) -> tuple[int, tuple[Session, ...]]:
        text, *words = cells
        day, halves = self._days[text], self._halves(*words)
        self._cells.append(cells)
        return len(self._cells) - 1, tuple(Session(day, half) for half in halves) if day in self._window else ()


class WideLayout:
    """One row a pupil and week: every session has a column of its own."""

    def __init__(self, ground: Ground) -> None:
        self._learners, self._window, self._where = ground.learners, ground.window, ground.where
        self._header, self._week_at = ground.header, ground.header.at["week_commencing"]
        self._dates, self._codes = ground.dates, values.Cells(values.code)
        self._weeks = values.Cells(self._read_week)
        self._cells: Counter[tuple[date, int]] = Counter()

    def marks(self, rows: Sequence[list[str]], numbers: Sequence[int]) -> list[SourceMark]:
        """Return the marks, as ``Layout`` says."""
        marks, filled, codes = [], [], self._codes
        for number, row, (ref, upn) in zip(numbers, rows, self._learners.of(rows), strict=True):
            where = f"{self._where}{number}"
            for position, day, sessions in self._weeks[row[self._week_at]]:
                if code := codes[row[position]]:
                    filled.append((day, position))
                    marks += [SourceMark(ref, session, code, where, upn) for session in sessions]
        self._cells.update(filled)
        return marks

    def tally(self) -> Tally:
        """Return what was counted."""
        halves = {position: len(halves) for position, _, halves in self._header.days}
        sessions, outside = Counter[str](), 0
        for (day, position), rows in self._cells.items():
            sessions[self._header.cells[position]] += rows
            outside += 0 if day in self._window else rows * halves[position]
        days = frozenset(day for day, _ in self._cells if day in self._window)
        return Tally(sessions=sessions, lessons={}, outside=outside, days=days)

    def _read_week(self, text: str) -> tuple[tuple[int, date, tuple[Session, ...]], ...]:
        monday = self._dates(text)
        if monday.weekday():
            raise ValueError("its week does not begin on a Monday: correct the row")
        days = ((position, monday + timedelta(days=weekday), halves) for position, weekday, halves in self._header.days)
        return tuple((position, day, self._of(day, halves)) for position, day, halves in days)

    def _of(self, day: date, halves: tuple[Half, ...]) -> tuple[Session, ...]:
        return tuple(Session(day, half) for half in halves) if day in self._window else ()


def _read_what(cells: tuple[str, ...]) -> tuple[str, int | None]:
    code = values.code(cells[0])
    return code, values.minutes(cells[1]) if code and len(cells) > 1 else None

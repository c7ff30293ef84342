"""From the days of Class Charts' pupils to marks: AM and PM alone, lessons counted, nothing made up."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from connectors.base import Window
from connectors.class_charts_words import Entry
from mapping.model import Half, Session, SourceMark, SourceRow

_HALVES = {"AM": Half.AM, "PM": Half.PM}
#: What an entry without a code may say and still be no mark; any other word may be one, and is shown to a person.
_NOTHING = frozenset({"", "ignore"})


class Days:
    """Gathers the marks of pupil after pupil."""

    def __init__(self, window: Window, seen: Callable[[int], object]) -> None:
        self.marks: list[SourceMark] = []
        self.unreadable: list[SourceRow] = []
        #: Entries by the name of their session or lesson.
        self.sessions: Counter[str] = Counter()
        #: Entries of AM and PM, marked or not.
        self.count = 0
        self._outside = 0
        self._window, self._seen = window, seen

    def take(self, platform_id: str, days: Mapping[str, Mapping[str, Entry]]) -> None:
        """Read one pupil's days."""
        for text, entries in days.items():
            self.sessions.update(list(entries))
            halves = {_HALVES[name]: entry for name, entry in entries.items() if name in _HALVES}
            self.count += len(halves)
            self._seen(len(halves))
            try:
                day = date.fromisoformat(text[:10])
            except ValueError:
                reason = "a day of this pupil has no date: ask for nothing more until a person has looked"
                self.unreadable.append(SourceRow(where=f"pupil {platform_id}", reason=reason))
                continue
            if day in self._window:
                for half, entry in halves.items():
                    self._mark(platform_id, Session(day, half), entry)
            else:
                self._outside += len(halves)

    def remarks(self) -> Iterator[SourceRow]:
        """Yield what was left out, and why."""
        lessons = sum(count for name, count in self.sessions.items() if name not in _HALVES)
        if lessons:
            yield SourceRow(
                where="lessons", reason=f"{lessons} entries of lessons were left out: a lesson is no session"
            )
        if self._outside:
            yield SourceRow(where="dates", reason=f"{self._outside} entries of days nobody asked for were left out")

    def _mark(self, platform_id: str, session: Session, entry: Entry) -> None:
        where = f"pupil {platform_id} {session.day} {session.half}"
        if code := (entry.code or "").strip():
            mark = SourceMark(platform_id, session, code, where, minutes_late=_minutes(entry.late_minutes))
            self.marks.append(mark)
        elif (entry.status or "").casefold() not in _NOTHING:
            reason = "it has a status and no code, and a status is never guessed from: look at the register"
            self.unreadable.append(SourceRow(where=where, reason=reason, platform_id=platform_id, session=session))


def _minutes(late: int | str | None) -> int | None:
    """Return minutes late; where there are none, the platform writes empty text."""
    if isinstance(late, str):
        return int(late) if late.isdecimal() and len(late) <= 3 else None
    return late

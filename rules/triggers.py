"""What makes a rule fire: one row of ``TRIGGERS`` a metric, each read from a policy's ``when`` table.

A trigger is bound to a school day once, which does all arithmetic that is the same for every pupil; what is left
for each pupil are a few ``bytes`` methods. All facts are worked out afresh: a late correction unwinds nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple, Protocol

from mapping.codes import CodeTable
from mapping.model import Session
from rules.asof import AsOf
from rules.facts import Share, attendance, run_of_days, run_of_sessions
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.wording import count_of, days_in_words, stretch
from rules.words import ATTENDED, BREAK, COUNT, MISSED, Presence, Word, presence, words


class Vocabulary(NamedTuple):
    """The counting words of a policy under one code table."""

    words: Mapping[str, Word]
    presence: Presence
    codes: CodeTable


def vocabulary(table: CodeTable) -> Vocabulary:
    """Return what policies may say under this code table."""
    return Vocabulary(words(table), presence(table), table)


class Bound(NamedTuple):
    """A trigger on one school day, for any pupil.

    ``fact`` is what it measures, ``fires`` whether this is the day, ``reason`` why. ``holds`` says whether its
    condition stands, newly or not; ``is_over`` whether nothing is left of what it saw.
    """

    fact: Callable[[PupilMarks], object]
    fires: Callable[[PupilMarks], bool]
    reason: Callable[[PupilMarks], Reason]
    holds: Callable[[PupilMarks], bool]
    is_over: Callable[[PupilMarks], bool]
    #: Whether a day with these two marks, AM and PM, can make the rule fire at all; true when in doubt.
    is_possible: Callable[[bytes], bool] = lambda _: True


class Trigger(Protocol):
    """A condition over one pupil's marks at the end of one school day."""

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """Work out what is the same for every pupil of the school on that day."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsecutiveDays:
    """So many days of absence running.

    Fires on the day that completes them: once a run, again after the run broke.
    """

    category: str
    at_least: int

    @classmethod
    def read(cls, table: Table) -> "ConsecutiveDays":
        """Read ``category`` and ``at_least``."""
        return cls(category=table.choice("category", CATEGORIES), at_least=table.whole("at_least", at_least=1))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end = vocabulary.words[self.category], at.end
        fact = _days_running(word, end)

        def is_possible(today: bytes) -> bool:
            return word.kinds[today[0]] | word.kinds[today[1]] == COUNT

        def fires(pupil: PupilMarks) -> bool:
            return is_possible(pupil.marks[end - 2 : end]) and fact(pupil) == self.at_least

        def reason(pupil: PupilMarks) -> Reason:
            run = run_of_days(pupil.marks[:end], word)
            found = stretch(at, pupil.marks, run.begin, word)
            days = days_in_words({session.day for session in found.counted}, at.calendar)
            running = f"{word.phrase} on {count_of(run.days, 'school day')} running: {days}"
            return Reason(
                text=f"{running}; the rule asks for {self.at_least}",
                counted=found.counted,
                stepped_over=found.stepped_over,
                not_recorded=found.not_recorded,
            )

        return Bound(
            fact, fires, reason, lambda pupil: fact(pupil) >= self.at_least, lambda pupil: not fact(pupil), is_possible
        )


@lru_cache(maxsize=64)
def _days_running(word: Word, end: int) -> Callable[[PupilMarks], int]:
    """Return the measure that all rules of one word share on a day: the same rungs are not counted again."""
    kinds, last = word.kinds, end - 1

    def days_running(pupil: PupilMarks) -> int:
        marks = pupil.marks
        # Nearly every pupil was seen in the last session: no run, and nothing to look for.
        return 0 if kinds[marks[last]] == BREAK else run_of_days(marks[:end], word).days

    return days_running


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsecutiveSessions:
    """So many sessions of absence running.

    Fires on the day of the one that completes them, even if the next breaks it.
    """

    category: str
    at_least: int

    @classmethod
    def read(cls, table: Table) -> "ConsecutiveSessions":
        """Read ``category`` and ``at_least``."""
        return cls(category=table.choice("category", CATEGORIES), at_least=table.whole("at_least", at_least=1))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end = vocabulary.words[self.category], at.end

        def reaching(pupil: PupilMarks) -> int | None:
            """Return the end of the session that makes the run long enough, where it is one of this day's."""
            for stop in (end - 1, end):
                is_counted = word.kinds[pupil.marks[stop - 1]] == COUNT
                if is_counted and run_of_sessions(pupil.marks[:stop], word) == self.at_least:
                    return stop
            return None

        def fact(pupil: PupilMarks) -> int:
            return run_of_sessions(pupil.marks[:end], word)

        def reason(pupil: PupilMarks) -> Reason:
            stop = reaching(pupil) or end
            begin = len(pupil.marks[:stop].rstrip(word.keeps))
            found = stretch(at, pupil.marks[:stop], begin, word)
            count = len(found.counted)
            text = f"{word.phrase} in {count_of(count, 'session')} running; the rule asks for {self.at_least}"
            return Reason(text=text, counted=found.counted, stepped_over=found.stepped_over)

        return Bound(
            fact,
            lambda pupil: reaching(pupil) is not None,
            reason,
            lambda pupil: fact(pupil) >= self.at_least,
            lambda pupil: not fact(pupil),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceBelow:
    """Attendance under a percentage of the possible sessions.

    Counted since the later of the school year's first school day and the pupil's start. Unrounded; not before
    ``min_sessions`` possible sessions. Fires on the day it falls below, and again only after it has been back at
    ``clear_at``.
    """

    below: float
    min_sessions: int
    clear_at: float

    @classmethod
    def read(cls, table: Table) -> "AttendanceBelow":
        """Read ``window``, ``below``, ``min_sessions`` and ``clear_at``, which must not lie under ``below``."""
        table.choice("window", ("school_year",))
        trigger = cls(
            below=table.percent("below"),
            min_sessions=table.whole("min_sessions", at_least=1),
            clear_at=table.percent("clear_at"),
        )
        if trigger.clear_at < trigger.below:
            table.problem("clear_at", f"is {trigger.clear_at:g}: give a percentage not under below ({trigger.below:g})")
        return trigger

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        counting, sides = vocabulary.presence, vocabulary.presence.to_side
        since, end = at.year_begin, at.end
        begin = at.offset(since)
        enough = self.min_sessions

        #: Where each earlier school day of the year ends, the latest first.
        ends = tuple(at.offset(day) + 2 for day in reversed(at.calendar.between(since, at.day)) if day < at.day)

        # Nothing was due before a pupil's start, so the year may begin where it begins for everybody.
        def fact(pupil: PupilMarks) -> Share:
            return attendance(pupil.marks[begin:end], counting)

        def is_settled(pupil: PupilMarks) -> bool:
            """Whether the day cannot matter: only a missed session lowers attendance, once the sample is large enough.

            The first marks tell whether it is, by those attended alone: four positions for each one wanted leave
            room for weekends.
            """
            marks = pupil.marks
            if sides[marks[end - 2]] == MISSED or sides[marks[end - 1]] == MISSED:
                return False
            first = marks[begin : min(begin + 4 * enough, end - 2)]
            return first.translate(sides).count(ATTENDED) >= enough

        def fires(pupil: PupilMarks) -> bool:
            if is_settled(pupil) or not self._is_below(fact(pupil)):
                return False
            return self._is_armed(attendance(pupil.marks[begin:stop], counting) for stop in ends)

        def reason(pupil: PupilMarks) -> Reason:
            return Reason(text=self._in_words(fact(pupil), max(since, pupil.start)))

        return Bound(
            fact,
            fires,
            reason,
            lambda pupil: self._is_below(fact(pupil)),
            lambda pupil: self._is_clear(fact(pupil)),
        )

    def _is_below(self, share: Share) -> bool:
        return share.possible >= self.min_sessions and share.attended * 100 < self.below * share.possible

    def _is_clear(self, share: Share) -> bool:
        return share.attended * 100 >= self.clear_at * share.possible

    def _is_armed(self, earlier: Iterable[Share]) -> bool:
        """Walk back from the day before: it was at the clearing threshold since it was last below, or never below."""
        for share in earlier:
            if self._is_below(share):
                return False
            if self._is_clear(share):
                return True
        return True

    def _in_words(self, share: Share, start: date) -> str:
        level = f"{100 * share.attended / share.possible:.2f} %" if share.possible else "no possible session"
        return (
            f"attendance {level} since {start:%-d %b %Y}: {share.attended} of {share.possible} possible sessions, "
            f"C2 left out; the rule asks for below {self.below:g} % of at least {self.min_sessions}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeStands:
    """A provisional code still standing at the end of the n-th school day after its session (day 0).

    Fires once per pupil and day, naming the sessions that are due (design section 4; A4).
    """

    code: str
    after_school_days: int

    @classmethod
    def read(cls, table: Table) -> "CodeStands":
        """Read ``code`` and ``after_school_days``."""
        return cls(code=table.text("code"), after_school_days=table.whole("after_school_days", at_least=0))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        byte = vocabulary.codes[self.code].byte
        day = at.calendar.nth_before(at.day, self.after_school_days)
        is_within = day is not None and day >= at.origin
        begin, stop = (at.offset(day), at.offset(day) + 2) if day and is_within else (0, 0)

        def fact(pupil: PupilMarks) -> tuple[Session, ...]:
            if byte not in pupil.marks[begin:stop]:
                return ()
            return tuple(at.session(begin + half) for half in (0, 1) if pupil.marks[begin + half] == byte)

        def reason(pupil: PupilMarks) -> Reason:
            due = fact(pupil)
            named = " and ".join(map(str, due)) or "no session"
            days = count_of(self.after_school_days, "school day")
            return Reason(text=f"{self.code} still stands {days} after {named}", counted=due)

        def is_due(pupil: PupilMarks) -> bool:
            return bool(fact(pupil))

        return Bound(fact, is_due, reason, is_due, lambda pupil: not fact(pupil))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMissing:
    """A register that is not complete at a time of day, local time. It is asked about the school, not a pupil."""

    by: time
    session: str

    @classmethod
    def read(cls, table: Table) -> "RegisterMissing":
        """Read ``by`` and ``session``."""
        return cls(by=table.clock("by"), session=table.choice("session", ("AM", "PM")))


CATEGORIES = ("absent", "authorised", "unauthorised", "unexplained", "illness")

#: Metric and unit, as a policy writes them, to the trigger that reads the rest of the ``when`` table.
TRIGGERS: Mapping[tuple[str, str], Callable[[Table], Trigger]] = {
    ("consecutive", "school_day"): ConsecutiveDays.read,
    ("consecutive", "session"): ConsecutiveSessions.read,
    ("percentage", "session"): AttendanceBelow.read,
    ("deadline", "school_day"): CodeStands.read,
}
REGISTER = ("register", "session")

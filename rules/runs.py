"""Triggers that count days or sessions running."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rules.asof import AsOf
from rules.binding import CATEGORIES, Bound, Vocabulary
from rules.facts import run_of_days, run_of_sessions
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.wording import count_of, days_in_words, stretch
from rules.words import BREAK, COUNT, Word


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

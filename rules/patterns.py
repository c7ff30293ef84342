"""The trigger that sees a pattern: the same weekday missed again and again, or the days around holidays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rules.asof import AsOf
from rules.binding import CATEGORIES, WIDER, Bound, Vocabulary, idle
from rules.breaks import after_holidays, before_holidays
from rules.facts import positions, total
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.thresholds import AtLeast
from rules.wording import count_of, days_in_words
from rules.words import Word

_SHAPES = ("weekday", "after_holiday", "before_holiday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The same weekday, or the first or last school days around holidays, missed so often in so many school weeks.

    A day counts when it holds a session of the category. Fires on the day that completes the number, and again once
    it has been below it.
    """

    once_per: ClassVar[tuple[str, ...]] = ("episode", *WIDER)

    shape: str
    category: str
    at_least: int
    school_weeks: int

    @classmethod
    def read(cls, table: Table) -> "Pattern":
        """Read ``shape``, ``category``, ``at_least`` and ``school_weeks``."""
        return cls(
            shape=table.choice("shape", _SHAPES),
            category=table.choice("category", CATEGORIES),
            at_least=table.whole("at_least", at_least=2),
            school_weeks=table.whole("school_weeks", at_least=1),
        )

    @property
    def condition(self) -> AtLeast:
        """From how many such days on it stands, on a day that is one of them."""
        return AtLeast((type(self), self.shape, self.category, self.school_weeks), self.at_least)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, days = vocabulary.words[self.category], self._days(at, at.day)
        if not days or days[-1] != at.day:
            quiet = idle(f"the day is not one of the pattern ({self.shape.replace('_', ' ')})")
            # Nothing can be said of the pattern today, so nothing is over either.
            return quiet._replace(is_over=lambda _: False)
        # The same kind of day before this one, with the window as it was then.
        earlier = self._days(at, days[-2]) if len(days) > 1 else []

        def counted(pupil: PupilMarks, among: list[date]) -> list[date]:
            spots = [(day, max(at.offset(day), 0)) for day in among if day >= at.origin]
            return [day for day, begin in spots if total(pupil.marks[begin : begin + 2], word)]

        def fact(pupil: PupilMarks) -> int:
            return len(counted(pupil, days))

        def fires(pupil: PupilMarks) -> bool:
            found = counted(pupil, days)
            is_reached = len(found) >= self.at_least and found[-1] == at.day
            return is_reached and len(counted(pupil, earlier)) < self.at_least

        def is_possible(today: bytes) -> bool:
            return bool(total(today, word))

        return Bound(
            fact,
            fires,
            self._reason(at, word, days, counted),
            lambda pupil: fact(pupil) < self.at_least,
            self.condition.stands,
            is_possible=is_possible,
        )

    def _days(self, at: AsOf, day: date) -> list[date]:
        """Return the days of the pattern in the window that ends on a day."""
        first = at.calendar.weeks_back(day, self.school_weeks)
        if self.shape == "after_holiday":
            return after_holidays(at.calendar, first, day)
        if self.shape == "before_holiday":
            return before_holidays(at.calendar, first, day)
        return [each for each in at.calendar.between(first, day) if each.weekday() == day.weekday()]

    def _reason(
        self, at: AsOf, word: Word, days: list[date], counted: Callable[[PupilMarks, list[date]], list[date]]
    ) -> Callable[[PupilMarks], Reason]:
        kind = {
            "weekday": f"on {count_of(len(days), at.day.strftime('%A'))}",
            "after_holiday": f"on {count_of(len(days), 'first day')} after a holiday",
            "before_holiday": f"on {count_of(len(days), 'last day')} before a holiday",
        }[self.shape]

        def reason(pupil: PupilMarks) -> Reason:
            found = counted(pupil, days)
            sessions = tuple(
                at.session(position)
                for day in found
                for position in positions(pupil.marks[: at.offset(day) + 2], word, at.offset(day))
            )
            named = days_in_words(set(found), at.calendar)
            within = f"{len(found)} times {kind} within {count_of(self.school_weeks, 'school week')}"
            return Reason(text=f"{word.phrase} {within}: {named}; the rule asks for {self.at_least}", counted=sessions)

        return reason

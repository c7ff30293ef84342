"""The trigger that counts sessions in a rolling window of school weeks, and uses up those that made it fire."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rules.asof import AsOf
from rules.binding import CATEGORIES, WIDER, Bound, Vocabulary
from rules.facts import positions, total
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.thresholds import AtLeast
from rules.wording import count_of, days_in_words
from rules.words import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingCount:
    """So many sessions in the current school week and those before it. Sessions that made it fire are used up.

    A school week begins on Monday and holds at least one session; the window crosses terms and years (A30).
    """

    once_per: ClassVar[tuple[str, ...]] = ("episode", *WIDER)

    category: str
    at_least: int
    school_weeks: int

    @classmethod
    def read(cls, table: Table) -> "RollingCount":
        """Read ``category``, ``at_least`` and ``school_weeks``."""
        return cls(
            category=table.choice("category", CATEGORIES),
            at_least=table.whole("at_least", at_least=1),
            school_weeks=table.whole("school_weeks", at_least=1),
        )

    @property
    def condition(self) -> AtLeast:
        """From how many sessions of the window on it stands, those that are used up included."""
        return AtLeast((type(self), self.category, self.school_weeks), self.at_least)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end = vocabulary.words[self.category], at.end
        begin = max(at.offset(at.calendar.weeks_back(at.day, self.school_weeks)), 0)

        def raw(pupil: PupilMarks) -> int:
            return total(pupil.marks[begin:end], word)

        def left(pupil: PupilMarks) -> tuple[int, ...]:
            """Return the sessions of the window that no earlier firing has used up."""
            *_, (_, kept) = [(False, ()), *self._course(at, word, pupil)]
            return tuple(position for position in kept if position >= begin)

        def fires(pupil: PupilMarks) -> bool:
            if not total(pupil.marks[end - 2 : end], word) or raw(pupil) < self.at_least:
                return False
            return self._made_today(at, word, pupil) is not None

        def reason(pupil: PupilMarks) -> Reason:
            made = self._made_today(at, word, pupil) if raw(pupil) >= self.at_least else None
            return self._reason(at, word, left(pupil) if made is None else made)

        return Bound(
            raw,
            fires,
            reason,
            lambda pupil: raw(pupil) < self.at_least,
            self.condition.stands,
            is_possible=lambda today: bool(total(today, word)),
        )

    def _made_today(self, at: AsOf, word: Word, pupil: PupilMarks) -> tuple[int, ...] | None:
        """Return the sessions that made it fire on the day, or nothing."""
        fired = [kept for is_reached, kept in self._course(at, word, pupil) if is_reached and kept[-1] >= at.end - 2]
        return fired[0] if fired else None

    def _course(self, at: AsOf, word: Word, pupil: PupilMarks) -> Iterator[tuple[bool, tuple[int, ...]]]:
        """Yield after each session of the category whether the count was reached, and the sessions it counts."""
        kept: tuple[int, ...] = ()
        for position in positions(pupil.marks[: at.end], word, 0):
            begin = at.offset(at.calendar.weeks_back(at.day_at(position), self.school_weeks))
            kept = (*(earlier for earlier in kept if earlier >= begin), position)
            is_reached = len(kept) == self.at_least
            yield is_reached, kept
            if is_reached:
                kept = ()
                yield False, kept

    def _reason(self, at: AsOf, word: Word, made: tuple[int, ...]) -> Reason:
        counted = tuple(map(at.session, made))
        dates = {session.day for session in counted}
        return Reason(
            text=f"{word.phrase} in {count_of(len(counted), 'session')} within {self.school_weeks} school weeks: "
            f"{days_in_words(dates, at.calendar)}; the rule asks for {self.at_least}",
            counted=counted,
        )

"""Triggers that count days or sessions running."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from rules.asof import AsOf
from rules.band import Band
from rules.binding import CATEGORIES, WIDER, Bound, Vocabulary, events_of
from rules.facts import run_of_days, run_of_sessions
from rules.limits import Within, stands
from rules.model import PupilMarks, Reason, is_on_roll
from rules.reading import Table
from rules.recorded import CONCERNS
from rules.thresholds import AtLeast
from rules.wording import count_of, days_in_words, side_by_side, stretch
from rules.words import BREAK, COUNT, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Consecutive:
    """So much absence running, with what limits it.

    ``within`` is the initial period it must be reached in; ``standing`` a recorded concern that must stand: then it
    fires on the day on which both are true for the first time.
    """

    once_per: ClassVar[tuple[str, ...]] = ("run", *WIDER)

    category: str
    band: Band
    within: Within | None = None
    standing: str | None = None

    @classmethod
    def read(cls, table: Table) -> Self:
        """Read ``category``, the band, and where written ``within`` and ``standing``."""
        return cls(
            category=table.choice("category", CATEGORIES),
            band=Band.read(table),
            within=Within.read(table.table("within")) if table.has("within") else None,
            standing=table.choice("standing", CONCERNS) if table.has("standing") else None,
        )

    @property
    def condition(self) -> AtLeast:
        """From how long a run on it stands, the rest of it set aside; all rules of one word share the measure."""
        return AtLeast((type(self), self.category), self.band.first)

    def limited(self, at: AsOf, word: Word, bound: Bound, ending: "Ending") -> Bound:
        """Return the bound trigger inside its initial period, and while its concern stands."""
        is_early = self.within.bind(at, word) if self.within else _always
        if self.within is not None:
            bound = _inside(self.within, bound, is_early, ending)
        if self.standing is None:
            return bound
        return _while_standing(at, bound, self.standing, lambda pupil: is_early(pupil, at.end))


#: The position after the session of the day that completes a pupil's run; none where no session does.
Ending = Callable[[PupilMarks], int | None]


def _always(_: PupilMarks, __: int) -> bool:
    return True


def _inside(within: Within, bound: Bound, is_early: Callable[[PupilMarks, int], bool], ending: Ending) -> Bound:
    """Return a run that fires only where it is completed in the initial period."""

    def fires(pupil: PupilMarks) -> bool:
        stop = ending(pupil)
        return stop is not None and is_early(pupil, stop) and bound.fires(pupil)

    def reason(pupil: PupilMarks) -> Reason:
        found = bound.reason(pupil)
        return replace(found, text=f"{found.text}, reached within the {within}")

    return bound._replace(fires=fires, reason=reason)


def _while_standing(at: AsOf, bound: Bound, concern: str, is_early: Callable[[PupilMarks], bool]) -> Bound:
    """Return a run that counts only beside a concern, whichever of the two came first; a new concern counts anew.

    ``is_early`` says whether a concern of the day is still raised in the initial period.
    """
    day, before = at.day, at.day_before()

    def is_open(pupil: PupilMarks) -> bool:
        return stands(pupil, concern, day)

    def fires(pupil: PupilMarks) -> bool:
        if not is_on_roll(pupil, day) or not is_open(pupil):
            return False
        is_new = before is None or not stands(pupil, concern, before)
        return bound.fires(pupil) or (is_new and is_early(pupil) and bound.holds(pupil))

    # A concern may be recorded on a day without a mark: no pair of marks rules it out.
    return bound._replace(fires=fires, is_open=is_open, is_possible=lambda _: True, news=events_of)


class ConsecutiveDays(Consecutive):
    """So many days of absence running.

    Fires on the day that completes them: once a run, again after the run broke.
    """

    __slots__ = ()

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end, first = vocabulary.words[self.category], at.end, self.band.first
        fact = _days_running(word, end)

        def is_possible(today: bytes) -> bool:
            return word.kinds[today[0]] | word.kinds[today[1]] == COUNT

        def fires(pupil: PupilMarks) -> bool:
            return is_possible(pupil.marks[end - 2 : end]) and fact(pupil) == first

        def reason(pupil: PupilMarks) -> Reason:
            run = run_of_days(pupil.marks[:end], word)
            found = stretch(at, pupil.marks, run.begin, word)
            dates = {session.day for session in found.counted}
            days = days_in_words(dates, at.calendar)
            running = f"{word.phrase} on {count_of(run.days, 'school day')} running: {days}"
            return Reason(
                text=f"{running}{side_by_side(at, run.days, found)}; the rule asks for {self.band}",
                counted=found.counted,
                stepped_over=found.stepped_over,
                not_recorded=found.not_recorded,
            )

        bound = Bound(
            fact, fires, reason, lambda pupil: not fact(pupil), self.condition.stands, is_possible=is_possible
        )
        return self.limited(at, word, bound, lambda _: end)


def _days_running(word: Word, end: int) -> Callable[[PupilMarks], int]:
    """Return how many days of a word a pupil's marks end with."""
    kinds, last = word.kinds, end - 1

    def days_running(pupil: PupilMarks) -> int:
        marks = pupil.marks
        # Nearly every pupil was seen in the last session: no run, and nothing to look for.
        return 0 if kinds[marks[last]] == BREAK else run_of_days(marks[:end], word).days

    return days_running


class ConsecutiveSessions(Consecutive):
    """So many sessions of absence running.

    Fires on the day of the one that completes them, even if the next breaks it.
    """

    __slots__ = ()

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end, first = vocabulary.words[self.category], at.end, self.band.first
        kinds = word.kinds

        def reaching(pupil: PupilMarks) -> int | None:
            """Return the end of the session that makes the run long enough, where it is one of this day's."""
            for stop in (end - 1, end):
                is_counted = kinds[pupil.marks[stop - 1]] == COUNT
                if is_counted and run_of_sessions(pupil.marks[:stop], word) == first:
                    return stop
            return None

        def fact(pupil: PupilMarks) -> int:
            return run_of_sessions(pupil.marks[:end], word)

        def reason(pupil: PupilMarks) -> Reason:
            stop = reaching(pupil) or end
            begin = len(pupil.marks[:stop].rstrip(word.keeps))
            found = stretch(at, pupil.marks[:stop], begin, word)
            count = len(found.counted)
            running = f"{word.phrase} in {count_of(count, 'session')} running"
            text = f"{running}{side_by_side(at, None, found)}; the rule asks for {self.band}"
            return Reason(text=text, counted=found.counted, stepped_over=found.stepped_over)

        bound = Bound(
            fact,
            lambda pupil: reaching(pupil) is not None,
            reason,
            lambda pupil: not fact(pupil),
            self.condition.stands,
            is_possible=lambda today: kinds[today[0]] == COUNT or kinds[today[1]] == COUNT,
        )
        return self.limited(at, word, bound, reaching)

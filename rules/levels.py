"""Triggers that look at the level of attendance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rules.asof import AsOf
from rules.binding import Bound, Vocabulary
from rules.facts import Share, attendance
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.words import ATTENDED, MISSED


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

"""The trigger that looks at a level: attendance under a percentage, or absence of a kind over one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rules.asof import AsOf
from rules.binding import WIDER, Bound, Vocabulary
from rules.facts import Share
from rules.model import PupilMarks, Reason, is_on_roll
from rules.reading import Table
from rules.readings import Reading
from rules.sides import Side
from rules.thresholds import Line
from rules.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A share of the possible sessions on the wrong side of a line.

    ``line`` is in per cent; ``is_reached_at`` says that standing exactly on it is enough (``at_most``,
    ``at_least``). Unrounded; not before ``min_sessions`` possible sessions. Fires on the day the line is crossed,
    and again only after the share has been back at ``clear_at``.
    """

    once_per: ClassVar[tuple[str, ...]] = ("episode", *WIDER)

    side: Side
    window: Window
    line: float
    is_reached_at: bool
    min_sessions: int
    clear_at: float

    @classmethod
    def read(cls, table: Table) -> "Level":
        """Read the window, the line and which side of it is the wrong one, the sample and the clearing threshold."""
        side = Side.read(table)
        key = table.one_of(*side.operators)
        level = cls(
            side=side,
            window=Window.read(table),
            line=table.percent(key) if key else 0,
            is_reached_at=key in {"at_most", "at_least"},
            min_sessions=table.whole("min_sessions", at_least=1),
            clear_at=table.percent("clear_at"),
        )
        if key and side.gain(level.clear_at) < side.gain(level.line):
            under = "over" if side.is_absence else "under"
            table.problem("clear_at", f"is {level.clear_at:g}: give a percentage not {under} {key} ({level.line:g})")
        return level

    @property
    def condition(self) -> Line:
        """Which line is crossed; all lines of one reading share the measure."""
        measure = (type(self), self.side, self.window, self.min_sessions)
        return Line(measure, self.line, self.is_reached_at, self.min_sessions, self.side.is_absence)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        reading = Reading.of(self.side, self.window, self.min_sessions, at=at, vocabulary=vocabulary)
        fact, news, crossed = reading.fact, reading.news, self.condition.crossing()

        def fires(pupil: PupilMarks) -> bool:
            share = news(pupil)
            if share is None or not crossed(share) or not is_on_roll(pupil, at.day):
                return False
            return self._is_armed(reading.earlier(pupil), crossed)

        def reason(pupil: PupilMarks) -> Reason:
            return Reason(text=self._in_words(fact(pupil), max(at.day_at(reading.begin(pupil)), pupil.start)))

        return Bound(
            fact,
            fires,
            reason,
            lambda pupil: self._is_clear(fact(pupil)),
            crossed,
            news=news,
        )

    def _is_clear(self, share: Share) -> bool:
        return self.side.gain(100 * share.attended) >= self.side.gain(self.clear_at * share.possible)

    def _is_armed(self, earlier: Iterable[Share], crossed: Callable[[Share], bool]) -> bool:
        """Walk back from the day before: it was at the clearing threshold since it was last crossed, or never crossed.

        A sample too small to judge says nothing.
        """
        for share in earlier:
            if crossed(share):
                return False
            if share.possible >= self.min_sessions and self._is_clear(share):
                return True
        return True

    def _in_words(self, share: Share, start: date) -> str:
        level = f"{100 * share.attended / share.possible:.2f} %" if share.possible else "no possible session"
        counted = f"{share.attended} of {share.possible} possible sessions, {self.side.c2}"
        return (
            f"{self.side} {level} since {start:%-d %b %Y}: {counted}; "
            f"the rule asks for {self.side.compared(is_reached_at=self.is_reached_at)} {self.line:g} % "
            f"of at least {self.min_sessions}"
        )

"""One reading of a pupil's attendance a day, shared by all levels that take it in the same way."""

from collections.abc import Callable, Iterator
from functools import cached_property

from rules.asof import AsOf
from rules.binding import Vocabulary
from rules.facts import Share
from rules.model import PupilMarks
from rules.sides import Side
from rules.windows import Window
from rules.words import ATTENDED, MISSED


class Reading:
    """A share of the possible sessions in a window that ends on one school day, for any pupil."""

    def __init__(self, side: Side, window: Window, least: int, *, at: AsOf, vocabulary: Vocabulary) -> None:
        """``least`` is the number of possible sessions from which the share says something."""
        self._window, self._at = window, at
        self._measure = side.bind(vocabulary)
        self.begin = window.bind(at)
        self.fact = self._whole()
        # In a window that only grows, nothing but a missed session lowers attendance once the sample is large enough.
        settles = window.grows and side == Side()
        self.news = _once(self._news(vocabulary.presence.to_side, least) if settles else self.fact)

    @staticmethod
    def of(side: Side, window: Window, least: int, *, at: AsOf, vocabulary: Vocabulary) -> "Reading":
        """Return the day's reading of this kind, worked out by the first who asks."""
        kind = (side, window, least)
        found = at.shared.get(kind)
        if not isinstance(found, Reading):
            found = at.shared[kind] = Reading(side, window, least, at=at, vocabulary=vocabulary)
        return found

    def earlier(self, pupil: PupilMarks) -> Iterator[Share]:
        """Yield the share at the end of each earlier school day, the latest first."""
        measure, marks = self._measure, pupil.marks
        return (measure(marks[since:stop]) for since, stop in self._before(self.begin(pupil)))

    @cached_property
    def _before(self) -> Callable[[int], Iterator[tuple[int, int]]]:
        return self._window.before(self._at)

    def _whole(self) -> Callable[[PupilMarks], Share]:
        measure, begin, end = self._measure, self.begin, self._at.end
        return lambda pupil: measure(pupil.marks[begin(pupil) : end])

    def _news(self, sides: bytes, least: int) -> Callable[[PupilMarks], Share | None]:
        """Return the share of a pupil to whom the day can matter, told from a few of the marks; else nothing.

        The first marks tell whether the sample is large enough, by those attended alone: four positions for each
        one wanted leave room for weekends.
        """
        fact, begin, end = self.fact, self.begin, self._at.end

        def news(pupil: PupilMarks) -> Share | None:
            marks = pupil.marks
            if sides[marks[end - 2]] == MISSED or sides[marks[end - 1]] == MISSED:
                return fact(pupil)
            since = begin(pupil)
            first = marks[since : min(since + 4 * least, end - 2)]
            return None if first.translate(sides).count(ATTENDED) >= least else fact(pupil)

        return news


def _once(read: Callable[[PupilMarks], Share | None]) -> Callable[[PupilMarks], Share | None]:
    """Return a reading that is taken once of a pupil, however many levels ask for it in a row."""
    last: PupilMarks | None = None
    found: Share | None = None

    def once(pupil: PupilMarks) -> Share | None:
        nonlocal last, found
        if pupil is not last:
            last, found = pupil, read(pupil)
        return found

    return once

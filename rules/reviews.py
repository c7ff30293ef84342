"""The trigger that looks back to another rule: so many school days after it fired, what has improved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rules.asof import AsOf
from rules.binding import WIDER, Bound, Vocabulary, idle, momentary
from rules.facts import Share, attendance
from rules.model import PupilMarks, Reason, is_on_roll
from rules.reading import Table
from rules.wording import count_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """So many school days after rule ``of`` fired, without the improvement the policy asks for (A20).

    ``below``: attendance on the school days since is under so many per cent. ``improved_by_less_than``: it is not so
    many points better than on as many school days up to that day. Neither: the other rule's condition still holds.
    """

    once_per: ClassVar[tuple[str, ...]] = ("day", *WIDER)

    of: str
    after_school_days: int
    below: float | None = None
    improved_by_less_than: float | None = None
    min_sessions: int = 1

    @classmethod
    def read(cls, table: Table) -> "Review":
        """Read ``of``, ``after_school_days``, ``measure`` and what the measure needs."""
        of, days = table.text("of"), table.whole("after_school_days", at_least=1)
        if table.choice("measure", ("attendance", "still_holds")) == "still_holds":
            return cls(of=of, after_school_days=days)
        key = table.one_of("below", "improved_by_less_than")
        given = {key: table.percent(key)} if key else {}
        return cls(of=of, after_school_days=days, min_sessions=table.whole("min_sessions", at_least=1), **given)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        then = at.calendar.nth_before(at.day, self.after_school_days)
        if then is None or then < at.origin or at.other is None:
            return idle(f"the calendar begins less than {count_of(self.after_school_days, 'school day')} earlier")
        reviewed = at.other(self.of, then)
        fired = reviewed.fires
        failed, words = self._failing(at, then, vocabulary)

        def fires(pupil: PupilMarks) -> bool:
            return is_on_roll(pupil, at.day) and fired(pupil) and failed(pupil)

        def reason(pupil: PupilMarks) -> Reason:
            since = count_of(self.after_school_days, "school day")
            if not fired(pupil):
                return Reason(text=f"{self.of} did not fire {since} ago ({then:%a %-d %b %Y})")
            return Reason(text=f"{since} after {self.of} fired ({then:%a %-d %b %Y}): {words(pupil)}")

        # What is asked first about the rule that fired goes for what looks back to it.
        return momentary(fires, reason, news=reviewed.news)

    def _failing(
        self, at: AsOf, then: date, vocabulary: Vocabulary
    ) -> tuple[Callable[[PupilMarks], bool], Callable[[PupilMarks], str]]:
        """Return whether the improvement is missing, and how that is said."""
        if self.below is None and self.improved_by_less_than is None:
            assert at.other is not None
            holds = at.other(self.of, at.day).holds
            return holds, lambda pupil: "its condition still holds" if holds(pupil) else "its condition no longer holds"
        begin, middle, end = self._first_before(at, then), at.offset(then) + 2, at.end

        presence = vocabulary.presence

        def shares(pupil: PupilMarks) -> tuple[Share, Share]:
            marks = pupil.marks
            return attendance(marks[begin:middle], presence), attendance(marks[middle:end], presence)

        return lambda pupil: self._is_short(*shares(pupil)), lambda pupil: self._in_words(*shares(pupil))

    def _first_before(self, at: AsOf, then: date) -> int:
        """Return where as many school days up to the day it fired begin."""
        first = at.calendar.nth_before(then, self.after_school_days - 1)
        return max(at.offset(first), 0) if first else 0

    def _is_short(self, before: Share, since: Share) -> bool:
        if since.possible < self.min_sessions:
            return False
        if self.below is not None:
            return since.attended * 100 < self.below * since.possible
        assert self.improved_by_less_than is not None
        is_judged = before.possible >= self.min_sessions
        return is_judged and _percent(since) - _percent(before) < self.improved_by_less_than

    def _in_words(self, before: Share, since: Share) -> str:
        now, then = (f"{share.attended} of {share.possible}" for share in (since, before))
        found = f"{now} sessions attended since, {then} before"
        if self.below is not None:
            return f"{found}; the rule asks for {self.below:g} % of at least {self.min_sessions}"
        return f"{found}; the rule asks for {self.improved_by_less_than:g} points more, of at least {self.min_sessions}"


def _percent(share: Share) -> float:
    return 100 * share.attended / share.possible

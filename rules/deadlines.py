"""Triggers that wait so many school days: a code that stands too long, something recorded that is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from rules.asof import AsOf
from rules.binding import WIDER, Bound, Trigger, Vocabulary, events_of, idle, momentary
from rules.model import PupilMarks, Reason, is_on_roll
from rules.reading import Table
from rules.recorded import RECORDED
from rules.wording import count_of

_DAILY = ("day", *WIDER)


def read_deadline(table: Table) -> Trigger:
    """Read ``code`` or ``event``, and ``after_school_days``."""
    key = table.one_of("code", "event")
    days = table.whole("after_school_days", at_least=0)
    if key == "event":
        return EventDue(event=table.choice("event", tuple(RECORDED)), after_school_days=days)
    return CodeStands(code=table.text("code") if key else "", after_school_days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeStands:
    """A provisional code still standing at the end of the n-th school day after its session (day 0).

    Fires once per pupil and day, naming the sessions that are due (design section 4; A4).
    """

    once_per: ClassVar[tuple[str, ...]] = _DAILY

    code: str
    after_school_days: int

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        byte = vocabulary.codes[self.code].byte
        day = at.calendar.nth_before(at.day, self.after_school_days)
        is_within = day is not None and day >= at.origin
        begin, stop = (at.offset(day), at.offset(day) + 2) if day and is_within else (0, 0)

        def fact(pupil: PupilMarks) -> int:
            """Count the sessions that are as old or older: the code is chased until it is changed."""
            return pupil.marks.count(byte, 0, stop)

        def fires(pupil: PupilMarks) -> bool:
            return byte in pupil.marks[begin:stop]

        def reason(pupil: PupilMarks) -> Reason:
            due = tuple(at.session(position) for position in range(begin, stop) if pupil.marks[position] == byte)
            named = " and ".join(map(str, due)) or "no session"
            return Reason(text=f"{self.code} {self._stands} {named}", counted=due)

        return Bound(fact, fires, reason, lambda pupil: not fact(pupil))

    @property
    def _stands(self) -> str:
        days = self.after_school_days
        return f"still stands {count_of(days, 'school day')} after" if days else "was recorded for"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDue:
    """Something recorded about a pupil, so many school days ago: a contract to be evaluated."""

    once_per: ClassVar[tuple[str, ...]] = _DAILY

    event: str
    after_school_days: int

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:  # noqa: ARG002 - a trigger that looks at no mark
        """See ``Trigger``."""
        day = at.calendar.nth_before(at.day, self.after_school_days)
        if day is None:
            return idle("the calendar begins later")
        is_day_zero = self._day_zero(at, day)

        def fires(pupil: PupilMarks) -> bool:
            return any(map(is_day_zero, at.recorded(pupil, self.event))) and is_on_roll(pupil, at.day)

        def reason(pupil: PupilMarks) -> Reason:
            days = at.recorded(pupil, self.event)
            last = f"was recorded on {max(days):%a %-d %b %Y}" if days else "is not recorded"
            due = count_of(self.after_school_days, "school day")
            return Reason(text=f"{self.event.replace('_', ' ')} {last}; the rule is due {due} later")

        return momentary(fires, reason, news=events_of)

    def _day_zero(self, at: AsOf, day: date) -> Callable[[date], bool]:
        """Return whether a date is day 0 of this day: a Saturday is, so that day 1 is the Monday after it."""
        if not self.after_school_days:
            return at.happened
        next_day = at.calendar.nth_after(day, 1)
        return lambda on: day <= on < next_day

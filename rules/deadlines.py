"""Triggers that look at the clock and the calendar: a code that stands too long, a register that is late."""

from dataclasses import dataclass
from datetime import time

from mapping.model import Session
from rules.asof import AsOf
from rules.binding import Bound, Vocabulary
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.wording import count_of


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

"""Every metric a policy may use: one row each. A new one is its module and a line here."""

from collections.abc import Callable, Mapping

from rules.binding import SchoolTrigger, Trigger
from rules.deadlines import read_deadline
from rules.events import read_event
from rules.levels import Level
from rules.patterns import Pattern
from rules.reading import Table
from rules.registers import RegisterMissing
from rules.reviews import Review
from rules.rolling import RollingCount
from rules.runs import ConsecutiveDays, ConsecutiveSessions
from rules.single import BeforeSession, EachDay, EachSession
from rules.totals import Cumulative

AnyTrigger = Trigger | SchoolTrigger | RegisterMissing

#: Metric and unit, as a policy writes them, to the trigger that reads the rest of the ``when`` table. An event has
#: no unit.
TRIGGERS: Mapping[tuple[str, str | None], Callable[[Table], AnyTrigger]] = {
    ("consecutive", "school_day"): ConsecutiveDays.read,
    ("consecutive", "session"): ConsecutiveSessions.read,
    ("each", "school_day"): EachDay.read,
    ("each", "session"): EachSession.read,
    ("percentage", "session"): Level.read,
    ("rolling_count", "session"): RollingCount.read,
    ("cumulative", "school_day"): Cumulative.in_days,
    ("cumulative", "session"): Cumulative.in_sessions,
    ("deadline", "school_day"): read_deadline,
    ("time_of_day", "session"): EachSession.at_time,
    ("minutes", "session"): EachSession.after_minutes,
    ("before_session", "session"): BeforeSession.read,
    ("register", "session"): RegisterMissing.read,
    ("event", None): read_event,
    ("review", "school_day"): Review.read,
    ("pattern", "session"): Pattern.read,
}

"""Every metric a policy may use: one row each. A new one is its module and a line here."""

from collections.abc import Callable, Mapping

from rules.binding import Trigger
from rules.deadlines import CodeStands
from rules.levels import AttendanceBelow
from rules.reading import Table
from rules.runs import ConsecutiveDays, ConsecutiveSessions

#: Metric and unit, as a policy writes them, to the trigger that reads the rest of the ``when`` table.
TRIGGERS: Mapping[tuple[str, str], Callable[[Table], Trigger]] = {
    ("consecutive", "school_day"): ConsecutiveDays.read,
    ("consecutive", "session"): ConsecutiveSessions.read,
    ("percentage", "session"): AttendanceBelow.read,
    ("deadline", "school_day"): CodeStands.read,
}
#: The one metric that is asked about a school's register and not about a pupil.
REGISTER = ("register", "session")

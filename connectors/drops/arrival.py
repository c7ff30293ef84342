"""Whether the file that should have come by now has come: silence is the commonest failure of a feed of files."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from connectors.base import Surroundings
from mapping.school_days import at_local, school_date

_CAME = "file_came"
#: Beyond this many days without a school day nothing is due: those are holidays.
_LOOK_BACK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalWatch:
    """When one school's file is due: by a local time of every school day, or at no time that anybody told."""

    expected_by: time | None
    surroundings: Surroundings

    def came(self) -> None:
        """Keep that a new file has come today; one whose content was there before is none."""
        self.surroundings.kept[_CAME] = school_date(self.surroundings.now()).isoformat()

    def overdue(self) -> str | None:
        """Return a sentence where the latest file that was due has not come."""
        now = self.surroundings.now()
        due, last = self._due(now), self.surroundings.kept.get(_CAME)
        if due is None or (last is not None and date.fromisoformat(last) >= due):
            return None
        since = f"since {last}" if last else "yet"
        hour = f"{self.expected_by:%H:%M}"
        return f"the file of {due}, expected by {hour}, has not come: no new one {since}; ask whoever sends it"

    def _due(self, now: datetime) -> date | None:
        """Return the latest school day whose hour has passed."""
        if self.expected_by is None:
            return None
        today = school_date(now)
        for day in (today - timedelta(days=back) for back in range(_LOOK_BACK + 1)):
            if self.surroundings.is_school_day(day) and at_local(day, self.expected_by) <= now:
                return day
        return None

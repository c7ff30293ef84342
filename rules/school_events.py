"""Events about a school: its days, weeks and terms, and the date by which its policy is to be reviewed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from mapping.school_days import Calendar
from rules.breaks import before_holidays, week_of
from rules.reading import Table

#: Events that a policy may ask about each pupil or about the school.
SCHOOL_DAYS = ("weekly", "term_end", "half_term_end")
#: Events that are always about the school.
ABOUT_SCHOOL = ("daily", "policy_review_due")
#: A date this many days or less after the calendar's end falls into the holiday that follows it.
SUMMER_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDay:
    """A day of the school's calendar: every one, the first or last of a week, the last of a half term or term."""

    day: str

    def happens(self, calendar: Calendar, day: date, review_by: date) -> str | None:  # noqa: ARG002 - see PolicyReview
        """See ``SchoolTrigger``."""
        return self.day.replace("_", " ") if is_such_a_day(self.day, calendar, day) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReview:
    """So many school days before the policy's review date; with none, the last school day up to it."""

    school_days_before: int

    @classmethod
    def read(cls, table: Table) -> "PolicyReview":
        """Read ``school_days_before``."""
        return cls(school_days_before=table.whole("school_days_before", at_least=0))

    def happens(self, calendar: Calendar, day: date, review_by: date) -> str | None:
        """See ``SchoolTrigger``."""
        last = calendar.last_on_or_before(review_by)
        if last is None or (review_by - last).days > SUMMER_DAYS:
            return None
        # The date itself is day 0, whether or not it is a school day.
        due = calendar.nth_before(review_by, self.school_days_before) if self.school_days_before else last
        return f"the policy is to be reviewed by {review_by:%a %-d %b %Y}" if due == day else None


def is_such_a_day(name: str, calendar: Calendar, day: date) -> bool:
    """Whether a school day is one of that name in the school's calendar."""
    return calendar.is_school_day(day) and _DAYS[name](calendar, day)


def _ends_term(calendar: Calendar, day: date) -> bool:
    term = calendar.term_of(day)
    return term is not None and calendar.last_on_or_before(term.last) == day


_DAYS: Mapping[str, Callable[[Calendar, date], bool]] = {
    "daily": lambda _, __: True,
    "weekly_first_day": lambda calendar, day: week_of(calendar, day)[0] == day,
    "weekly_last_day": lambda calendar, day: week_of(calendar, day)[-1] == day,
    "half_term_end": lambda calendar, day: bool(before_holidays(calendar, day, day)),
    "term_end": _ends_term,
}

"""Events: what the roll, the calendar and the marks show by themselves, and what somebody recorded."""

from dataclasses import dataclass

from rules.asof import AsOf
from rules.binding import WIDER, Bound, SchoolTrigger, Trigger, Vocabulary, events_of, idle, momentary
from rules.model import PupilMarks, Reason, is_on_roll
from rules.placement_events import PLACEMENT_EVENTS
from rules.reading import Table
from rules.recorded import RECORDED
from rules.school_events import ABOUT_SCHOOL, SCHOOL_DAYS, PolicyReview, SchoolDay, is_such_a_day

#: What a day is called in a school's calendar, and how often it comes for one pupil.
_PERIOD = {"weekly": "week", "part_time": "week", "term_end": "term", "half_term_end": "half_term"}


def read_event(table: Table) -> Trigger | SchoolTrigger:
    """Read ``event`` and the keys that this one takes."""
    event = table.choice("event", (*PLACEMENT_EVENTS, *SCHOOL_DAYS, *ABOUT_SCHOOL, "part_time", *RECORDED))
    if event in RECORDED:
        return Recorded(event=event)
    if event in PLACEMENT_EVENTS:
        return PLACEMENT_EVENTS[event](table)
    if event == "policy_review_due":
        return PolicyReview.read(table)
    return _read_day(event, table)


def _read_day(event: str, table: Table) -> Trigger | SchoolTrigger:
    is_weekly = event in {"weekly", "part_time"}
    day = f"weekly_{table.choice('on', ('first_day', 'last_day'))}" if is_weekly else event
    if event == "part_time":
        return PupilDay(event=event, day=day)
    about = "school" if event in ABOUT_SCHOOL else table.choice("about", ("pupil", "school"))
    return SchoolDay(day=day) if about == "school" else PupilDay(event=event, day=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Something that somebody recorded on a date; where that is no school day, it is the next one."""

    event: str

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once for each record."""
        return ("day", *WIDER)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:  # noqa: ARG002 - a trigger that looks at no mark
        """See ``Trigger``."""

        def fires(pupil: PupilMarks) -> bool:
            return any(map(at.happened, at.recorded(pupil, self.event)))

        def reason(pupil: PupilMarks) -> Reason:
            days = at.recorded(pupil, self.event)
            name = self.event.replace("_", " ")
            return Reason(text=f"{name} recorded on {max(days):%a %-d %b %Y}" if days else f"no {name} recorded")

        return momentary(fires, reason, news=events_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilDay:
    """A day of the school's calendar, asked about every pupil on the roll; ``part_time`` only about some of them."""

    event: str
    day: str

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once a week, a half term or a term."""
        period = _PERIOD[self.event]
        return (period, *(word for word in WIDER if word != period))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:  # noqa: ARG002 - a trigger that looks at no mark
        """See ``Trigger``."""
        name = self.day.replace("_", " ")
        if not is_such_a_day(self.day, at.calendar, at.day):
            return idle(f"the day is not such a day: {name}")
        is_for_all = self.event != "part_time"

        def fires(pupil: PupilMarks) -> bool:
            return is_on_roll(pupil, at.day) and (is_for_all or pupil.is_part_time)

        who = "" if is_for_all else ", expected for a part of the sessions only"
        return momentary(fires, lambda _: Reason(text=f"{name}{who}"))

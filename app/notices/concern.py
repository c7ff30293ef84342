"""One decision about one pupil, and the facts behind it that a notice or a document tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from app.notices.parties import home_school
from app.reading import Site
from config.placements import Placement
from mapping.codes import NO_SESSION
from mapping.marks import last_of
from mapping.model import Session
from outbox.notice_parts import Absence, Child
from outbox.seen import Seen, seen
from rules.asof import AsOf
from rules.model import Decision, PupilMarks
from store.tasks import Task

#: How many weeks a notice's calendar goes back from the day of the decision.
_WEEKS_SHOWN = 4
_NOT_MISSED = frozenset({NO_SESSION, *b"-?"})


@dataclass(frozen=True, kw_only=True)
class Concern:
    """One decision about one pupil, with what a notice about it needs to know.

    What its notices and documents all tell is worked out once.
    """

    site: Site
    decision_id: str
    case_id: str
    decision: Decision
    pupil: PupilMarks
    placement: Placement
    #: The pupil's tasks at the school that were done with an outcome noted.
    tried: Callable[[], Sequence[Task]]
    #: The decision that this one takes the place of: a correction moved the day on which the rule fires.
    instead_of: str = ""

    @cached_property
    def child(self) -> Child:
        """Return who it is about, as far as the operator's files say."""
        placement = self.placement
        return Child(
            local_pupil_id=placement.pupil_id,
            placement_ref=placement.placement_ref or placement.pupil_id,
            responsible_la_code=placement.la_code,
            upn=placement.upn or "",
            home_school=home_school(placement),
            full_name=" ".join(filter(None, (placement.forename, placement.surname))),
            date_of_birth=placement.date_of_birth,
            year_group=placement.year_group or "",
            placed_since=placement.start_date,
        )

    @cached_property
    def absence(self) -> Absence:
        """Return the facts of the run, or of the school year where the rule looks at all of it."""
        at, marks, codes = self.asof, self.pupil.marks, self.site.operator.library.national
        counted = self.decision.reason.counted
        first = counted[0].day if counted else max(at.year_begin, self.pupil.start)
        window = range(at.offset(first), at.end)
        missed = [position for position in window if marks[position] in codes.absent_bytes]
        seen_at = last_of(marks[: at.end], codes.attended_bytes)
        return Absence(
            first_missed_date=at.session(missed[0]).day if missed else first,
            consecutive_sessions=_running(marks[seen_at + 1 : at.end]),
            sessions_missed_in_window=len(missed),
            window_from=first,
            window_to=at.day,
            codes=tuple((at.session(position), codes.spell(marks[position])) for position in missed),
            last_attended=at.session(seen_at) if seen_at >= 0 else None,
            not_recorded=tuple(at.session(position) for position in window if chr(marks[position]) in "-?"),
        )

    @cached_property
    def calendar(self) -> tuple[tuple[Session, Seen], ...]:
        """Return the sessions of the last weeks, up to the day of the decision."""
        at, marks, codes = self.asof, self.pupil.marks, self.site.operator.library.national
        monday = at.day - timedelta(days=at.day.weekday() + 7 * (_WEEKS_SHOWN - 1))
        begin = max(at.offset(max(monday, self.pupil.start, at.year_begin)), 0)
        return tuple((at.session(position), seen(marks[position], codes)) for position in range(begin, at.end))

    @cached_property
    def asof(self) -> AsOf:
        """Return the day of the decision in the school's calendar."""
        return AsOf(calendar=self.site.calendar, day=self.decision.fired_on, origin=self.pupil.origin)


def _running(since: bytes) -> int:
    """Return how many sessions were missed of those since the last one attended."""
    return sum(byte not in _NOT_MISSED for byte in since)

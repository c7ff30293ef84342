"""One decision about one pupil, and the facts behind it that a notice or a document tells."""

from dataclasses import dataclass
from datetime import timedelta

from app.reading import Site
from config.placements import Placement
from mapping.codes import NO_SESSION
from mapping.model import Session
from outbox.notice_parts import Absence, Child, HomeSchool
from outbox.seen import Seen, seen
from rules.asof import AsOf
from rules.model import Decision, PupilMarks

#: How many weeks a notice's calendar goes back from the day of the decision.
_WEEKS_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One decision about one pupil, with what a notice about it needs to know."""

    site: Site
    decision_id: str
    case_id: str
    decision: Decision
    pupil: PupilMarks
    placement: Placement


def child(concern: Concern) -> Child:
    """Return who it is about, as far as the operator's files say."""
    placement = concern.placement
    home = placement.home_school_urn
    return Child(
        local_pupil_id=placement.pupil_id,
        placement_ref=placement.placement_ref or placement.pupil_id,
        responsible_la_code=placement.la_code,
        upn=placement.upn or "",
        home_school=HomeSchool(urn=home, laestab="", name=placement.home_school or "") if home else None,
        full_name=" ".join(filter(None, (placement.forename, placement.surname))),
        date_of_birth=placement.date_of_birth,
        year_group=placement.year_group or "",
        placed_since=placement.start_date,
    )


def absence(concern: Concern) -> Absence:
    """Return the facts of the run, or of the school year where the rule looks at all of it."""
    decision, at = concern.decision, asof(concern)
    marks, codes = concern.pupil.marks, concern.site.operator.library.national
    counted = decision.reason.counted
    first = counted[0].day if counted else max(at.year_begin, concern.pupil.start)
    absent = {code.byte for code in codes if code.meaning.is_absence}
    attended = {code.byte for code in codes if code.meaning.is_attendance}
    window = range(at.offset(first), at.end)
    missed = [position for position in window if marks[position] in absent]
    last = next((at.session(position) for position in range(at.end - 1, -1, -1) if marks[position] in attended), None)
    return Absence(
        first_missed_date=at.session(missed[0]).day if missed else first,
        consecutive_sessions=_running(marks[: at.end], attended),
        sessions_missed_in_window=len(missed),
        window_from=first,
        window_to=at.day,
        codes=tuple((at.session(position), codes.spell(marks[position])) for position in missed),
        last_attended=last,
        not_recorded=tuple(at.session(position) for position in window if chr(marks[position]) in "-?"),
    )


def _running(marks: bytes, attended: set[int]) -> int:
    """Return how many sessions were missed since the last one attended."""
    since = max((position for position, byte in enumerate(marks) if byte in attended), default=-1)
    return sum(byte not in {NO_SESSION, *b"-?"} for byte in marks[since + 1 :])


def calendar(concern: Concern) -> tuple[tuple[Session, Seen], ...]:
    """Return the sessions of the last weeks, up to the day of the decision."""
    at, codes = asof(concern), concern.site.operator.library.national
    monday = at.day - timedelta(days=at.day.weekday() + 7 * (_WEEKS_SHOWN - 1))
    begin = max(at.offset(max(monday, concern.pupil.start, at.year_begin)), 0)
    return tuple(
        (at.session(position), seen(concern.pupil.marks[position], codes)) for position in range(begin, at.end)
    )


def asof(concern: Concern) -> AsOf:
    """Return the day of the decision in the school's calendar."""
    return AsOf(calendar=concern.site.calendar, day=concern.decision.fired_on, origin=concern.pupil.origin)

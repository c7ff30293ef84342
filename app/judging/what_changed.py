"""What a withdrawal says of its cause: which of the sessions that counted are another now, in words without codes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby

from app.reading import Site
from app.wiring import Relay
from mapping.codes import NO_SESSION
from mapping.model import Session
from outbox.seen import seen
from rules.model import Decision, PupilMarks

#: How many stretches are named; the calendar in the notice shows all of them.
_SHOWN = 6


def what_changed(relay: Relay, site: Site, decision: Decision, pupil: PupilMarks, *, since: datetime) -> str:
    """Return the beginning of a sentence; ``since`` is when the decision was made.

    Only sessions that counted are named, or where a decision names none, those up to its day. A change between two
    reasons for an absence is none to a recipient, who may know neither.
    """
    if amended := _amended(relay, site, decision, pupil, since=since):
        return f"A register was corrected ({_in_words(amended)})"
    if gone := _not_due(site, decision, pupil):
        return f"The calendar or the placement was corrected ({_in_words(gone)})"
    return "What this rested on was corrected"


def _amended(relay: Relay, site: Site, decision: Decision, pupil: PupilMarks, *, since: datetime) -> dict[Session, str]:
    codes, counted = site.operator.library.national, set(decision.reason.counted)
    before: dict[Session, int] = {}
    for each in relay.store.history.amendments_of(pupil.pupil_id):
        is_named = each.session in counted if counted else each.session.day <= decision.fired_on
        if is_named and each.school == site.id and each.seen_at > since:
            before.setdefault(each.session, each.old)
    return {
        session: f'was "{was.lower()}", is "{now.lower()}"'
        for session, old in sorted(before.items())
        for was, now in [(seen(old, codes), seen(_byte(pupil, session), codes))]
        if was != now
    }


def _not_due(site: Site, decision: Decision, pupil: PupilMarks) -> dict[Session, str]:
    """Return the sessions that counted and at which the pupil is not due any more, with the reason."""
    gone = [session for session in decision.reason.counted if _byte(pupil, session) == NO_SESSION]
    reasons = {session: site.calendar.why_closed(session.day) for session in gone}
    return {session: f"no school day: {why}" if why else "not due" for session, why in reasons.items()}


def _byte(pupil: PupilMarks, session: Session) -> int:
    at = 2 * (session.day - pupil.origin).days + (session.half == "PM")
    return pupil.marks[at]


def _in_words(changes: Mapping[Session, str]) -> str:
    every = list(_stretches(changes))
    more = f"; and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return "; ".join(every[:_SHOWN]) + more


def _stretches(changes: Mapping[Session, str]) -> Iterator[str]:
    """Yield what became of each day, or of each half where they differ."""
    for (day, change), sessions in groupby(changes.items(), key=lambda item: (item[0].day, item[1])):
        halves = [session.half for session, _ in sessions]
        half = f" {halves[0]}" if len(halves) == 1 else ""
        yield f"{day:%a %-d %b}{half}: {change}"

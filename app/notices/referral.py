"""What a referral says beyond a notification: the fields that authorities' forms ask for, as far as they are known.

What is held elsewhere is said to be; what is incomplete is a sentence. Flags and notes stay inside: they are free text
or special category data, and the recipient is told whom to ask.
"""

from dataclasses import replace

from app.documents.case_history import notices_to
from app.notices.concern import Concern
from app.notices.enquiries import as_actions, enquiries
from app.notices.parties import sender
from app.notices.referring import profile, referral
from app.wiring import Relay
from mapping.rates import Counter
from mapping.school_days import school_date
from outbox.notice import Notice
from outbox.notice_parts import Action as Enquiry
from outbox.notice_parts import ActionOutcome, History, LastKnown
from rules.model import Action
from rules.wording import count_of

#: What forms ask for and a provider without its own admission register has not got, in the words of the forms.
_SOUGHT = {
    "full_name": "full name",
    "date_of_birth": "date of birth",
    "upn": "UPN",
    "year_group": "year group",
    "address": "address",
    "parents": "parents and carers",
}


def what_was_done(concern: Concern, notice: Notice) -> Notice:
    """Return the notice with the enquiries made since the first session missed."""
    since = notice.absence.first_missed_date if notice.absence else concern.decision.fired_on
    until = school_date(notice.created_at)
    tasks = enquiries(concern, since=since, until=until)
    return replace(notice, actions=as_actions(tasks))


def as_referral(relay: Relay, concern: Concern, action: Action, notice: Notice) -> Notice:
    """Return the notice with what a referral says: under which name, the history, and what is incomplete."""
    return replace(
        notice,
        sender=sender(relay, is_named=True),
        referral=referral(concern.decision, action, profile(relay.operator, concern.placement)),
        history=_history(relay, concern, notice),
        last_known=_last_seen(notice.actions),
        incomplete=_incomplete(notice),
    )


def _history(relay: Relay, concern: Concern, notice: Notice) -> History:
    """Return the attendance of the school year so far and what the same recipient was told before."""
    at = concern.asof
    first = max(at.year_begin, concern.pupil.start)
    counts = Counter(concern.site.operator.library.national)(concern.pupil.marks[at.offset(first) : at.end])
    return History(
        since=first,
        possible_sessions=counts.possible,
        missed_sessions=counts.absent,
        unauthorised_sessions=counts.unauthorised,
        earlier_notices=tuple(notices_to(relay, concern, notice.recipient.role)),
    )


def _last_seen(made: tuple[Enquiry, ...]) -> LastKnown | None:
    """Return the latest visit at which the child was seen; a session attended is in the absence."""
    seen = [each for each in made if each.outcome is ActionOutcome.CHILD_SEEN]
    return LastKnown(seen_at=seen[-1].at, by_role=seen[-1].by_role, place_type="home visit") if seen else None


def _incomplete(notice: Notice) -> tuple[str, ...]:
    lacking = [words for name, words in _SOUGHT.items() if not getattr(notice.child, name)]
    not_recorded = notice.absence.not_recorded if notice.absence else ()
    sentences = (
        f"Held by the {notice.held_by.replace('_', ' ')}: {', '.join(lacking)}." if lacking else "",
        f"{_days(not_recorded)} not recorded in the registers." if not_recorded else "",
        "" if notice.actions else "No enquiry is recorded here: ask the home school what was tried.",
        "Whether the child is looked after, has a social worker or special educational needs is not sent: ask us.",
    )
    return tuple(filter(None, sentences))


def _days(sessions: tuple[object, ...]) -> str:
    count = len(sessions)
    return f"{count_of(count, 'session')} {'is' if count == 1 else 'are'}"

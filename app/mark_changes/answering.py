"""A person's word on a change: approved with a code, or refused. Said twice, it changes nothing."""

from app.mark_changes.moving import ask, happened
from app.mark_changes.permission import hindrance
from app.mark_changes.reasons import wrong_code
from app.mark_changes.states import AWAY, Event, State
from app.people.answers import Answer, done, refused
from app.people.messages import Word
from app.routing import column_of
from app.wiring import Relay
from config.models import ROLES
from store.mark_changes import PLATFORM, MarkChange

#: Roles that have no say in a register though they are no other body's.
_NO_SAY = frozenset({"admin", "parent"})


def identified(relay: Relay, name: str) -> MarkChange | Answer:
    """Return the one change that somebody means by its id or the beginning of it."""
    match relay.store.mark_changes.named(name):
        case [one]:
            change = relay.store.mark_changes.get(one)
            assert change is not None  # its id was read from the store
            return change
        case []:
            return refused(f"there is no change {name}: `attendance-relay changes list` shows the ids")
        case several:
            return refused(f"{name} may be any of {', '.join(several)}: give more of the id")


def approve(relay: Relay, name: str, code: str, word: Word) -> Answer:
    """Approve a change with the code that the register is to show."""
    with relay.store.transaction():
        change = identified(relay, name)
        if isinstance(change, Answer):
            return change
        if problem := _not_to_be_approved(relay, change, code, word):
            return problem
        happened(relay, change, Event.APPROVED, said_by=word.by, note=word.note, code=code)
        return done(f"change {change.id} is approved: {_what_follows(relay, change, code)}")


def refuse(relay: Relay, name: str, word: Word) -> Answer:
    """Refuse a proposed change, or take an approval back that was not sent yet."""
    with relay.store.transaction():
        change = identified(relay, name)
        if isinstance(change, Answer):
            return change
        if why := _has_no_say(word.by):
            return refused(why)
        if change.state == State.REFUSED and change.said_by != PLATFORM:
            return done(f"change {change.id} was already refused by {change.said_by}: {change.note}")
        if happened(relay, change, Event.REFUSED, said_by=word.by, note=word.note):
            return done(f"change {change.id} is refused: nothing is written, and the N is still to be seen to")
        return refused(f"change {change.id} is {change.state}: {_too_late(change)}")


def _not_to_be_approved(relay: Relay, change: MarkChange, code: str, word: Word) -> Answer | None:
    """Return why a change cannot be approved so, or that it was before."""
    if why := _has_no_say(word.by):
        return refused(why)
    if change.state not in {State.PROPOSED, State.REFUSED}:
        said = f"change {change.id} is {change.state}"
        if change.new == code and change.state != State.OVERTAKEN:
            return done(f"{said} already, with {code}; nothing was changed")
        return refused(f"{said}: {_too_late(change)}")
    wrong = wrong_code(relay.operator.library.national, code, change.session, note=word.note)
    if why := wrong or _why_over(relay, change):
        return refused(f"change {change.id}: {why}")
    return None


def _has_no_say(by: str) -> str | None:
    if not by.strip():
        return "say whose word it is: --by NAME or --by attendance_lead"
    if by in ROLES and (by in _NO_SAY or column_of(by)):
        return f"--by {by}: the reason of an absence is recorded on the word of the provider's own staff"
    return None


def _too_late(change: MarkChange) -> str:
    match change.state:
        case State.APPROVED:
            return f"{change.said_by} approved it with {change.new}: refuse it first"
        case state if state in AWAY:
            return f"{change.new} may stand at the platform already; correct the mark there"
        case _:
            return f"it is over ({change.note})"


def _why_over(relay: Relay, change: MarkChange) -> str | None:
    row, site = relay.store.cases.get(change.decision_id), relay.sites.get(change.school)
    assert row is not None  # a decision is kept before its changes
    if row.state != "standing":
        return f"the decision was withdrawn on {row.withdrawn_at:%Y-%m-%d}"
    if site is None:
        return f"school {change.school} is no longer in relay.toml"
    if change.pupil_id not in site.roll:
        return f"pupil {change.pupil_id} is no longer in placements.csv"
    return None


def _what_follows(relay: Relay, change: MarkChange, code: str) -> str:
    """Say who enters the code, and ask for it where it is a person."""
    site = relay.sites[change.school]
    platform, why_not = site.school.platform, hindrance(relay, site)
    if site.school.write_back:
        waits = f"; not while {why_not}" if why_not else ""
        return f"{code} is written to {platform} after the next pull, if {change.old} still stands there{waits}"
    role = ask(relay, change, f"Enter {code} instead of {change.old} for {change.session} in {platform}.")
    return f"{role} is asked to enter {code} in {platform}; the task closes when a pull shows it"

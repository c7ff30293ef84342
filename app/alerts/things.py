"""What the admins must be told of: what has died, is held, is late, paused, stale or about to end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.dates import working_time
from app.mark_changes.listing import stuck
from app.safety.holding import MASS, PAUSED, TRIAL, UNCONFIRMED
from app.wiring import Relay
from mapping.school_days import at_local, school_date
from store.alerts import Untold

#: The kind of a message to the admins. One that dies tells nobody by another message: it would go the same way.
ADMIN_ALERT = "alert.admin"

_LONG_PAUSED = timedelta(hours=1)
_LATE = timedelta(minutes=15)
_STALE = timedelta(hours=1)
_ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that needs a person. ``key`` is the same whenever it is looked at, and another when it happens again.

    Things with the same ``what`` are told in one line, the ``id`` of each behind it where it has one. No text names a
    pupil, an address or what a receiver answered.
    """

    key: str
    what: str
    id: str = ""
    is_urgent: bool = False


def things(relay: Relay) -> list[Thing]:
    """Return everything that needs a person now, told before or not, the messages of which nobody was told first."""
    return [
        *(_of_message(each) for each in relay.store.alerts.untold() if _is_news(each)),
        *_late(relay),
        *_paused(relay),
        *_stale(relay),
        *_agreements(relay),
        *(Thing(key=key, what=what) for key, what in stuck(relay)),
    ]


def _is_news(message: Untold) -> bool:
    """Whether nobody knows yet: an alert of its own went out the minute these were held, and a trial is wanted."""
    is_known = message.hold in {TRIAL, PAUSED, UNCONFIRMED} or message.hold.startswith(MASS)
    return message.kind != ADMIN_ALERT and not is_known


def lost_alerts(relay: Relay) -> list[Untold]:
    """Return the alerts to the admins themselves that died: for these there are the log, the metrics and ``status``."""
    return [each for each in relay.store.alerts.untold() if each.kind == ADMIN_ALERT]


def _of_message(message: Untold) -> Thing:
    is_urgent = message.kind.startswith("notice")
    return Thing(key=message.key, what=f"to {message.destination}: {_why(message)}", id=message.id, is_urgent=is_urgent)


def why_dead(*, is_unroutable: bool, has_expired: bool, has_bounced: bool, reason: str) -> str:
    """Return the class of a death in one word."""
    if is_unroutable:
        return "unrouted"
    if has_expired:
        return "expired"
    if has_bounced:
        return "bounced"
    return "given_up" if reason.startswith("given up") else "refused"


_WORDS = {
    "unrouted": "nobody can receive it; `outbox show` says what to add",
    "expired": "expired before it could be delivered",
    "bounced": "taken, and came back",
    "given_up": "tried as often as is allowed",
    "refused": "refused for good",
}


def _why(message: Untold) -> str:
    if message.hold:
        return f"held by the check {message.hold} until somebody releases it"
    return _WORDS[
        why_dead(
            is_unroutable=message.is_unroutable,
            has_expired=message.has_expired,
            has_bounced=message.has_bounced,
            reason=message.reason,
        )
    ]


def _late(relay: Relay) -> Iterator[Thing]:
    """Yield once a day each destination that notices have waited for longer than they may."""
    now, calendars = relay.now(), [site.calendar for site in relay.sites.values()]
    oldest: dict[str, datetime] = {}
    for (destination, kind), due_at in relay.store.overview.oldest_by_kind().items():
        if kind.startswith("notice"):
            oldest[destination] = min(due_at, oldest.get(destination, due_at))
    for destination, due_at in sorted(oldest.items()):
        if working_time(calendars, due_at, now) > _LATE:
            what = (
                f"to {destination}: a notice has waited since {_clock(due_at)}; who must know now is told by telephone"
            )
            yield Thing(key=f"late/{destination}/{school_date(now)}", what=what, is_urgent=True)


def _paused(relay: Relay) -> Iterator[Thing]:
    now = relay.now()
    for circuit in relay.store.messages.circuits():
        if now - circuit.opened_at > _LONG_PAUSED:
            what = f"destination {circuit.destination} has taken nothing since {_clock(circuit.opened_at)}"
            yield Thing(key=f"paused/{circuit.destination}/{circuit.opened_at.isoformat()}", what=what)


def _stale(relay: Relay) -> Iterator[Thing]:
    """Yield the schools whose latest pull of today is an hour overdue."""
    now, progress = relay.now(), relay.store.runs.all_progress()
    today = school_date(now)
    due = [at_local(today, clock) for clock in relay.operator.times.pull]
    missed = max((at for at in due if at + _STALE < now), default=None)
    for site in relay.sites.values():
        pulled_at = progress[site.id].pulled_at if site.id in progress else None
        if missed and site.calendar.is_school_day(today) and (pulled_at is None or pulled_at < missed):
            since = f"since {_clock(pulled_at)}" if pulled_at else "ever"
            yield Thing(key=f"stale/{site.id}/{today}", what=f"school {site.id}: no register was pulled {since}")


def _agreements(relay: Relay) -> Iterator[Thing]:
    today = school_date(relay.now())
    for each in relay.operator.destinations:
        until = each.agreement_until
        if until is not None and until < today + _ENDS_SOON:
            yield Thing(key=f"agreement/{each.id}/{until}/{until < today}", what=_agreement(each.id, until, today))


def _agreement(destination: str, until: date, today: date) -> str:
    if until < today:
        return f"destination {destination}: its agreement ended on {until}; nothing about a pupil goes there"
    return f"destination {destination}: its agreement ends on {until}; renew it"


def _clock(instant: datetime) -> str:
    return f"{instant:%a %-d %b %H:%M} UTC"

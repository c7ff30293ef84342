"""Raise an alert: one message an admin for everything new, in one transaction with the note of what it tells."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.alerts import digest
from app.alerts.thing import Thing
from app.alerts.things import ADMIN_ALERT, lost_alerts, things
from app.notices.writing import Writer
from app.routing import Route
from app.wiring import Relay
from outbox.messages import Draft

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """How many things were told now, and how many nobody can be told of: contacts.csv names no admin."""

    told: int = 0
    unheard: int = 0


def admins(relay: Relay) -> list[Route]:
    """Return where the admins are reached. An alert holds no pupil's data, so no agreement stands in its way."""
    operator = relay.operator
    return [
        Route(
            role="admin",
            organisation=contact.organisation,
            contact=contact,
            destination=operator.destination(contact.destination),
        )
        for contact in operator.contacts
        if contact.role == "admin" and contact.organisation == operator.provider.id
    ]


def raise_alerts(relay: Relay) -> Raised:
    """Tell the admins what is new. Nothing is told twice, and what cannot be told yet is told when it can."""
    _give_up_lost_alerts(relay)
    found = {thing.key: thing for thing in things(relay)}
    known = relay.store.alerts.are_told(found)
    new = [thing for key, thing in found.items() if key not in known]
    if not new or _is_too_soon(relay, new):
        return Raised()
    to = admins(relay)
    if not to:
        return Raised(unheard=len(new))
    return Raised(told=_tell(relay, to, new))


def _is_too_soon(relay: Relay, new: list[Thing]) -> bool:
    last = relay.store.alerts.last_told()
    pause = timedelta(minutes=relay.operator.limits.alert_minutes)
    return last is not None and relay.now() - last < pause and not any(thing.is_urgent for thing in new)


def _tell(relay: Relay, to: list[Route], new: list[Thing]) -> int:
    with relay.store.transaction():
        # Another process may have told some of it since: `deliver` by hand beside `run`.
        known = relay.store.alerts.are_told(thing.key for thing in new)
        new = [thing for thing in new if thing.key not in known]
        if not new:
            return 0
        drafts = [_draft(relay, route, new, number) for number, route in enumerate(to)]
        for draft in drafts:
            Writer(relay=relay).enqueue(draft)
        relay.store.alerts.tell((thing.key for thing in new), drafts[0].id, relay.now())
    return len(new)


def _draft(relay: Relay, route: Route, new: list[Thing], number: int) -> Draft:
    cause = hashlib.sha256("\n".join(sorted(thing.key for thing in new)).encode()).hexdigest()
    return Writer(relay=relay).word(
        route, f"admin/{cause}/{number}", kind=ADMIN_ALERT, says=(digest.heading(new), digest.text(new), digest.TO_DO)
    )


def _give_up_lost_alerts(relay: Relay) -> None:
    """Say once in the log that an alert itself died. A message about it would die as well, and so on for ever."""
    lost = lost_alerts(relay)
    if not lost:
        return
    with relay.store.transaction():
        relay.store.alerts.tell((each.key for each in lost), "", relay.now())
    for each in lost:
        log.error("an alert reached nobody", message_id=each.id, destination=each.destination, reason=each.reason)

"""What waits and why: listed, shown as what changed, released or cancelled by somebody who says who they are."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from app.people.answers import Answer, done, refused, those_there_are
from app.safety.holding import MASS, PAUSED, TRIAL, UNCONFIRMED, Holding
from app.safety.sentry import UNAGREED, Sentry
from app.safety.surges import sentence
from app.wiring import Relay
from rules.wording import count_of
from store.message_rows import Message
from store.safety import Surge

#: What ends a hold that no command ends: whoever could release it by hand would send what must not leave.
_ENDS = {
    TRIAL: 'going live cancels it: mode = "live" in [safety]',
    PAUSED: 'going live releases it: mode = "live" in [safety]',
    UNCONFIRMED: "confirm the recipient: `contacts list`, then `contacts confirm` or confirmed_on",
    UNAGREED: "renew the agreement or correct contacts.csv",
}
_BY_HAND = "somebody looks: `hold show`, then `hold release` or `hold cancel`"


def holds(relay: Relay) -> list[dict[str, Any]]:
    """Return every hold with what waits under it, ids only."""
    return [
        {
            "hold": each.hold,
            "messages": each.messages,
            "changes": 0,
            "since": each.since,
            "ends_when": _ENDS.get(each.hold, _BY_HAND),
        }
        for each in relay.store.safety.holds()
    ]


def needs_somebody(rows: list[dict[str, Any]]) -> bool:
    """Whether any of these holds waits for a person; a trial ends when it ends."""
    return any(row["hold"] not in {TRIAL, PAUSED} for row in rows)


def show(relay: Relay, name: str) -> dict[str, Any] | None:
    """Return what waits under a hold and, of a batch, what it came from; none where there is no such hold."""
    hold = _named(relay, name)
    surge = relay.store.safety.surge(hold.removeprefix(MASS)) if hold.startswith(MASS) else None
    messages = relay.store.messages.held(hold)
    if not messages and surge is None:
        return None
    return {
        "hold": hold,
        "ends_when": _ENDS.get(hold, _BY_HAND),
        "batch": _batch(surge) if surge else None,
        "by_rule": _by_rule(relay, messages),
        "by_recipient": _by_recipient(relay, messages),
        "registers": surge.facts["registers"] if surge else [],
    }


def _batch(surge: Surge) -> dict[str, Any]:
    return {
        "school": surge.school,
        "held_at": surge.held_at,
        "says": sentence(surge.facts),
        "outcome": surge.outcome,
        "by": surge.settled_by,
        "note": surge.note,
    }


def _by_rule(relay: Relay, messages: list[Message]) -> list[dict[str, Any]]:
    pupils: dict[str, set[str]] = {}
    notices: Counter[str] = Counter()
    for each in messages:
        row = relay.store.cases.get(each.cause) if each.cause else None
        rule = row.rule if row else each.kind
        notices[rule] += 1
        pupils.setdefault(rule, set()).update({row.pupil_id} if row and row.pupil_id else ())
    return [
        {"rule": rule, "messages": count, "pupils": len(pupils[rule]), "pupil_ids": sorted(pupils[rule])}
        for rule, count in sorted(notices.items())
    ]


def _by_recipient(relay: Relay, messages: list[Message]) -> list[dict[str, Any]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for each in messages:
        made = relay.store.safety.addressee(each.id)
        found[(made.role, made.organisation, each.destination) if made else ("", "", each.destination)] += 1
    return [
        {"role": role, "organisation": organisation, "destination": destination, "messages": count}
        for (role, organisation, destination), count in sorted(found.items())
    ]


def release(relay: Relay, name: str, *, by: str, note: str) -> Answer:
    """Let what waits under a hold leave, but for what another check keeps."""

    def let_go(message: Message, why: str) -> bool:
        return Sentry(relay=relay).release(message, why)

    return _settle(relay, name, outcome="released", said=(by, note), settle=let_go)


def cancel(relay: Relay, name: str, *, by: str, note: str) -> Answer:
    """Cancel the messages that wait under a hold; the decisions behind them stand."""

    def call_off(message: Message, why: str) -> bool:
        return relay.store.messages.cancel(message.id, relay.now(), why)

    return _settle(relay, name, outcome="cancelled", said=(by, note), settle=call_off)


def _settle(
    relay: Relay, name: str, *, outcome: str, said: tuple[str, str], settle: Callable[[Message, str], bool]
) -> Answer:
    hold, (by, note) = _named(relay, name), said
    if outcome == "released" and hold in _ENDS:
        return refused(f"{hold} is not released by hand: {_ENDS[hold]}")
    with relay.store.transaction():
        messages = relay.store.messages.held(hold)
        batch = hold.removeprefix(MASS)
        relay.store.safety.settle(batch, outcome=outcome, at=relay.now(), by=by, note=note)
        count = sum([settle(each, f"{outcome} by {by}: {note}") for each in messages])
    if not messages:
        return _nothing_there(relay, hold)
    waits = len(messages) - count
    still = f"; {waits} still {'waits' if waits == 1 else 'wait'} for another check" if waits else ""
    return done(f"{hold}: {count_of(count, 'message')} {outcome}{still}")


def _nothing_there(relay: Relay, hold: str) -> Answer:
    surge = relay.store.safety.surge(hold.removeprefix(MASS))
    if surge and surge.outcome:
        return done(f"{hold} was {surge.outcome} by {surge.settled_by} on {surge.settled_at:%Y-%m-%d}; nothing is left")
    there = [each.hold for each in relay.store.safety.holds()]
    return refused(f"{hold}: nothing waits under it; {those_there_are('hold', there)}")


def _named(relay: Relay, name: str) -> str:
    """Return the hold that somebody means: a batch may be named by its reference alone."""
    return f"{MASS}{name}" if relay.store.safety.surge(name) else name


def contacts(relay: Relay) -> list[dict[str, Any]]:
    """Return every recipient with when it was confirmed. No address: it may be a person's name."""
    holding = Holding(relay=relay)
    return [
        {
            "role": each.role,
            "organisation": each.organisation,
            "destination": each.destination,
            "row": number,
            "confirmed_on": holding.confirmed_on(each),
        }
        for number, each in enumerate(relay.operator.contacts, start=2)
    ]

"""``deliver``: empty the outbox once, and hear what became of what left earlier."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from uuid import uuid4

import structlog

from app.feeding import retell
from app.restoring import reconcile
from app.safety.sentry import keep_safe
from app.wiring import Relay
from config.models import Destination
from outbox.channels.base import Channel
from outbox.hours import Opening
from outbox.messages import Settlement
from outbox.relay import Delivery, Outside
from outbox.relay import deliver as empty
from outbox.settling import Limits

#: How often those are asked who carry messages on, and for how long after they took one.
_FOLLOW_EVERY, _FOLLOW_FOR = timedelta(minutes=5), timedelta(days=14)
#: Where the latest time that was seen is kept, and by how much a clock may be corrected without a word.
_CLOCK, _TOLERANCE = "clock", timedelta(minutes=1)
log = structlog.get_logger()


def deliver(
    relay: Relay,
    *,
    stop: Callable[[], bool] = lambda: False,
    seen: Callable[[Settlement], object] = lambda _: None,
    pulse: Callable[[], object] = lambda: None,
) -> Delivery:
    """Send what is due and may leave, as the relay's own limits say. ``pulse`` is called at least once a second.

    Before that the sentry makes its round, and what would go to the wrong body is made anew; first of all what was sent
    before a restore is learnt, or its numbers would be given out again.
    """
    reconcile(relay)
    keep_safe(relay)
    retell(relay)
    with relay.store.transaction():
        _mind_the_clock(relay, relay.now())
        relay.store.messages.expire(relay.now())
    outside = Outside(
        clock=relay.now, stop=stop, seen=seen, pulse=pulse, openings=openings(relay), witness=relay.sent_log
    )
    done = empty(relay.store.messages, relay.channels, outside, token=uuid4().hex, limits=limits(relay))
    if not stop():
        follow(relay)
    return done


def _mind_the_clock(relay: Relay, now: datetime) -> None:
    """Notice that the clock was put back: a notice must not wait until it has caught up with itself."""
    kept = relay.store.runs.kept(_CLOCK)
    seen_at = datetime.fromisoformat(kept) if kept else now
    if now < seen_at - _TOLERANCE:
        count = relay.store.messages.due_again(now, limits(relay).cap)
        log.warning("the clock was put back", seconds=(seen_at - now).total_seconds(), due_again=count)
    if abs(now - seen_at) > _TOLERANCE or not kept:
        relay.store.runs.keep(_CLOCK, now.isoformat())


def follow(relay: Relay) -> int:
    """Hear what became of messages that others carry on; returns how much was heard.

    Each destination is asked every few minutes. What a channel cannot tell now it tells later.
    """
    now = relay.now()
    return sum(
        _follow(relay, destination, channel, now)
        for destination, channel in relay.channels.items()
        if _is_time(relay, destination, now)
    )


def _follow(relay: Relay, destination: str, channel: Channel, now: datetime) -> int:
    waiting = relay.store.messages.on_their_way(destination, now - _FOLLOW_FOR)
    receipts = list(channel.follow(waiting))
    with relay.store.transaction():
        relay.store.runs.keep(_followed(destination), now.isoformat())
        return sum(relay.store.messages.receive(receipt) for receipt in receipts)


def _is_time(relay: Relay, destination: str, now: datetime) -> bool:
    asked = relay.store.runs.kept(_followed(destination))
    return asked is None or now >= datetime.fromisoformat(asked) + _FOLLOW_EVERY


def _followed(destination: str) -> str:
    return f"followed/{destination}"


def limits(relay: Relay) -> Limits:
    """Return how often and how long a message is tried, and for how long one claim lasts."""
    given = relay.operator.limits
    return Limits(
        attempts=given.delivery_attempts,
        patience=timedelta(hours=given.patience_hours),
        lease=timedelta(seconds=given.lease_seconds),
    )


def openings(relay: Relay) -> Mapping[str, Opening]:
    """Return when the people behind each destination work."""
    return {each.id: opening(relay, each) for each in relay.operator.destinations}


def opening(relay: Relay, destination: Destination) -> Opening:
    """Return when the people behind a destination work: on the days of its calendar, or on England's working days."""
    library = relay.operator.library

    def is_working_day(day: date) -> bool:
        if destination.calendar is not None:
            return library.calendars[destination.calendar].is_school_day(day)
        return day.weekday() < 5 and day not in library.bank_holidays

    return Opening(opens=destination.opens, closes=destination.closes, is_open=is_working_day)

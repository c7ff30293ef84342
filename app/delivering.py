"""``deliver``: empty the outbox once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from app.wiring import Relay
from outbox.messages import Settlement
from outbox.relay import Delivery
from outbox.relay import deliver as empty
from outbox.settling import Limits


def deliver(
    relay: Relay,
    *,
    stop: Callable[[], bool] = lambda: False,
    seen: Callable[[Settlement], object] = lambda _: None,
) -> Delivery:
    """Send what is due, as the relay's own limits say."""
    return empty(
        relay.store.messages,
        relay.channels,
        clock=relay.now,
        token=uuid4().hex,
        limits=limits(relay),
        stop=stop,
        seen=seen,
    )


def limits(relay: Relay) -> Limits:
    """Return how often a message is tried and for how long one claim lasts."""
    given = relay.operator.limits
    return Limits(attempts=given.delivery_attempts, lease=timedelta(seconds=given.lease_seconds))

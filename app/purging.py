"""Purge: when its time is over, what was sent is removed from the database; that it was sent, and when, stays."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.wiring import Relay
from config.models import Retention
from store.purging import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many payloads of each class, and how many addresses. ``is_smaller`` is false where the file kept its size."""

    payloads: Mapping[str, int]
    addresses: int
    is_smaller: bool = True


def purge(relay: Relay, *, is_trial: bool = False) -> Purged:
    """Remove what is due, or only count it. What is not delivered stays, and so does a dead letter nobody knows of."""
    now, retention, purging = relay.now(), relay.operator.retention, relay.store.purging
    due = [each for each in purging.settled() if is_due(each, retention, now)]
    settled_before = now - timedelta(days=retention.addresses_days)
    payloads = dict(sorted(Counter(class_of(each.kind) for each in due).items()))
    if is_trial:
        return Purged(payloads=payloads, addresses=purging.count_addresses(settled_before))
    purging.remove_payloads([each.id for each in due], now)
    addresses = purging.remove_addresses(settled_before)
    return Purged(payloads=payloads, addresses=addresses, is_smaller=purging.give_back())


def class_of(kind: str) -> str:
    """Return under which key of ``[retention]`` a kind of message falls; what is not known falls under notices."""
    if kind == "notice.referral":
        return "referrals"
    return {"feed": "feeds", "alert": "alerts"}.get(kind.partition(".")[0], "notices")


def is_due(message: Settled, retention: Retention, now: datetime) -> bool:
    """Whether a settled message has been kept for as long as was agreed."""
    days: int = getattr(retention, f"{class_of(message.kind)}_days")
    if message.state == "dead":
        # Somebody may still send it again, so it stays longer, and for as long as nobody was told of it.
        return message.is_told and message.settled_at < now - timedelta(days=max(days, retention.dead_days))
    return message.settled_at < now - timedelta(days=days)

"""Relays that break a promise, so that the soak can be seen to find them out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from outbox.channels.base import Channel
from outbox.messages import Message, Outcome, Settlement, State


def made(fault: str, outbox: Any, channels: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the outbox and the channels with one fault in them, or as they are."""
    if fault == "marks before sending":
        return _MarksFirst(outbox), dict(channels)
    if fault == "a new id each time":
        return outbox, {name: _Changing(channel, id=lambda _: str(uuid4())) for name, channel in channels.items()}
    if fault == "other bytes again":
        return outbox, {
            name: _Changing(channel, payload=lambda message: message.payload + b" " * bool(message.is_unsure))
            for name, channel in channels.items()
        }
    return outbox, dict(channels)


class _MarksFirst:
    """Writes a message down as delivered when it is claimed: a crash before it is sent loses it."""

    def __init__(self, outbox: Any) -> None:
        self._outbox = outbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    def claim(self, destination: str, now: datetime, /, **given: Any) -> Sequence[Message]:
        claimed: Sequence[Message] = self._outbox.claim(destination, now, **given)
        self._outbox.record([_delivered(message, now) for message in claimed], now)
        return claimed

    def record(self, settlements: Sequence[Settlement], now: datetime, /) -> Sequence[str]:  # noqa: ARG002
        return [settlement.message_id for settlement in settlements]


def _delivered(message: Message, now: datetime) -> Settlement:
    return Settlement(
        message_id=message.id,
        token=message.lease_token,
        destination=message.destination,
        outcome="delivered",
        started_at=now,
        ended_at=now,
        state=State.DELIVERED,
    )


class _Changing:
    """A channel that sends something else than it was given."""

    def __init__(self, channel: Channel, **changes: Any) -> None:
        self._channel, self._changes = channel, changes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def send(self, message: Any) -> Outcome:
        return self._channel.send(replace(message, **{name: of(message) for name, of in self._changes.items()}))

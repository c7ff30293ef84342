"""Empty the outbox: claim, send, record. At least once, with a stable id and the exact stored bytes.

No transaction is open while a channel talks to the world, and nothing here sleeps: the time of the next attempt is
written down, so that a restart forgets none of it.
"""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Protocol

from outbox.channels.base import Channel
from outbox.messages import Blame, Deferred, Message, Outcome, Refused, Settlement, State
from outbox.settling import Attempt, Limits, released, settle


class OpenCircuit(Protocol):
    """A destination that is not being tried, but for one probe after a time, and since when."""

    @property
    def destination(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...


class Outbox(Protocol):
    """What the relay needs of the store."""

    def claim(self, now: datetime, /, *, limit: int, lease: timedelta, token: str) -> Sequence[Message]:
        """Lease the messages that are due, the longest due first: heads of their ordering key, circuits respected."""
        ...

    def record(self, settlements: Sequence[Settlement], now: datetime, /) -> int:
        """Write attempts down and return how many still held their lease; the others change nothing."""
        ...

    def circuits(self) -> Sequence[OpenCircuit]:
        """Return the circuits that are open now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one emptying of the outbox came to, in messages. ``stale`` ones had lost their lease when recorded."""

    delivered: int = 0
    deferred: int = 0
    refused: int = 0
    dead: int = 0
    released: int = 0
    stale: int = 0


def deliver(  # noqa: PLR0913 - what a delivery needs from outside, each named
    outbox: Outbox,
    channels: Mapping[str, Channel],
    *,
    clock: Callable[[], datetime],
    token: str,
    limits: Limits | None = None,
    limit: int = 50,
    jitter: Callable[[], float] = random.random,
    stop: Callable[[], bool] = lambda: False,
    seen: Callable[[Settlement], object] = lambda _: None,
) -> Delivery:
    """Send what is due until nothing is, or ``stop`` says so.

    ``channels`` is by destination; one failing message or channel never stops the others. ``token`` is new for every
    call. ``seen`` is told of each settlement (to log, to count). Raises ``ValueError`` before anything is claimed
    when a channel may take longer than the lease lasts.
    """
    limits = limits or Limits()
    _check_leases(channels, limits)
    tally: Counter[str] = Counter()
    while not stop() and (claimed := outbox.claim(clock(), limit=limit, lease=limits.lease, token=token)):
        batch = _Batch(channels, limits, clock, jitter, _failing_since(outbox), clock() + limits.lease)
        for message in claimed:
            settlement = batch.release(message, "stopping") if stop() else batch.attempt(message)
            still_ours = outbox.record([settlement], clock())
            tally[_tallied(settlement) if still_ours else "stale"] += 1
            seen(settlement)
    return Delivery(**tally)


@dataclass(slots=True)
class _Batch:
    """The messages of one claim, and what was learnt about their destinations while sending them."""

    channels: Mapping[str, Channel]
    limits: Limits
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    failing_since: dict[str, datetime]
    lease_ends: datetime
    paused: frozenset[str] = frozenset()

    def release(self, message: Message, reason: str) -> Settlement:
        return released(message, self.clock(), reason)

    def attempt(self, message: Message) -> Settlement:
        channel = self.channels.get(message.destination)
        started_at = self.clock()
        if message.destination in self.paused:
            return self.release(message, "its destination has just been paused")
        if channel and started_at + channel.longest > self.lease_ends:
            # Sending now could outlast the lease, and another worker would send it too.
            return self.release(message, "too little of the lease is left")
        outcome = _send(channel, message)
        settlement = settle(message, outcome, self._attempt(message, started_at), self.limits)
        if settlement.circuit == "open":
            self.paused |= {message.destination}
        else:
            self.failing_since.pop(message.destination, None)
        return settlement

    def _attempt(self, message: Message, started_at: datetime) -> Attempt:
        since = self.failing_since.get(message.destination)
        return Attempt(started_at=started_at, ended_at=self.clock(), failing_since=since, jitter=self.jitter())


def _send(channel: Channel | None, message: Message) -> Outcome:
    if channel is None:
        return Refused(
            Blame.DESTINATION, f"no channel is configured for destination {message.destination!r}: add it to relay.toml"
        )
    try:
        return channel.send(message)
    except Exception as error:  # noqa: BLE001 - a channel's fault must not stop the other messages
        return Deferred(Blame.MESSAGE, f"the channel failed unexpectedly: {_where(error)}")


def _where(error: Exception) -> str:
    """Name the error and its place, not its text, which may quote the payload."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" at {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"


def _tallied(settlement: Settlement) -> str:
    return "dead" if settlement.state is State.DEAD else settlement.outcome


def _failing_since(outbox: Outbox) -> dict[str, datetime]:
    return {circuit.destination: circuit.opened_at for circuit in outbox.circuits()}


def _check_leases(channels: Mapping[str, Channel], limits: Limits) -> None:
    for destination, channel in channels.items():
        if channel.longest >= limits.lease:
            raise ValueError(
                f"destination {destination!r} may take {channel.longest.total_seconds():g} s for one message and the "
                f"lease lasts {limits.lease.total_seconds():g} s: shorten its timeout or lengthen the lease"
            )

"""Empty the outbox: claim, send, record. At least once, with a stable id and the exact stored bytes.

One thread talks to the store and the others send, each to one destination at a time: a receiver that hangs costs one
of them, and no other receiver waits for it. What the senders bring back is recorded together with the next claims. No
transaction is open while a channel talks to the world, and nothing here sleeps: the time of the next attempt is
written down, so that a restart forgets none of it.
"""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Protocol

from outbox.channels.base import Channel
from outbox.hours import ALWAYS, Opening
from outbox.lane import Lane
from outbox.messages import Message, Settlement, State
from outbox.settling import Limits

#: How long the recording thread waits for a result before it looks at ``stop`` and gives a sign of life, in seconds.
_PULSE = 0.5


class OpenCircuit(Protocol):
    """A destination that is not being tried, but for one probe after a time, and since when."""

    @property
    def destination(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...


class Outbox(Protocol):
    """What the relay needs of the store. Only the thread that calls ``deliver`` uses it."""

    def together(self) -> AbstractContextManager[None]:
        """Commit everything inside as one."""
        ...

    def due(self, now: datetime, /) -> Sequence[str]:
        """Take back leases that ran out, and return the destinations for which something may be claimed."""
        ...

    def claim(
        self, destination: str, now: datetime, /, *, limit: int, lease: timedelta, token: str
    ) -> Sequence[Message]:
        """Lease a destination's due messages, the longest due first: heads of their ordering key, one for a probe."""
        ...

    def record(self, settlements: Sequence[Settlement], now: datetime, /) -> Sequence[str]:
        """Write attempts down and return the ids that still held their lease; the others change nothing."""
        ...

    def circuits(self) -> Sequence[OpenCircuit]:
        """Return the circuits that are open now."""
        ...


class Witness(Protocol):
    """Keeps, outside the database, the ids of what was delivered: it outlives a restored backup."""

    def note(self, delivered: Iterable[Message], at: datetime, /) -> None: ...


class _NoWitness:
    def note(self, delivered: Iterable[Message], at: datetime, /) -> None:
        """Keep nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one emptying of the outbox came to, in messages. ``stale`` ones had lost their lease when recorded."""

    delivered: int = 0
    deferred: int = 0
    refused: int = 0
    dead: int = 0
    released: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a delivery takes from outside.

    ``clock`` returns aware UTC and ``jitter`` a number in [0, 1), from any thread. ``stop`` ends the delivery after the
    messages in hand. ``seen`` is told of each settlement (to log, to count); ``pulse`` is called at least once a second
    while senders are at work. ``openings`` are the working hours of destinations that are not always there.
    """

    clock: Callable[[], datetime]
    jitter: Callable[[], float] = random.random
    stop: Callable[[], bool] = lambda: False
    seen: Callable[[Settlement], object] = lambda _: None
    pulse: Callable[[], object] = lambda: None
    openings: Mapping[str, Opening] = field(default_factory=dict)
    witness: Witness = _NoWitness()  # noqa: RUF009 - it holds nothing


def deliver(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    outside: Outside,
    *,
    token: str,
    limits: Limits | None = None,
    limit: int = 50,
    workers: int = 8,
) -> Delivery:
    """Send what is due until nothing is, or ``stop`` says so.

    ``channels`` is by destination; one failing message or channel never stops the others. ``token`` is new for every
    call. ``limit`` bounds what one sender is handed at a time, ``workers`` how many destinations are served at once.
    Raises ``ValueError`` before anything is claimed when a channel may take longer than the lease lasts; what the
    outbox raises ends the delivery once the senders have finished the message in hand.
    """
    limits = limits or Limits()
    _check_leases(channels, limits)
    delivery = _Delivery(outbox, channels, outside, token=token, limits=limits, limit=limit, workers=workers)
    with ThreadPoolExecutor(workers, thread_name_prefix="sender") as pool:
        try:
            delivery.run(pool)
        finally:
            delivery.halt()
    return Delivery(**delivery.tally)


class _Delivery:
    """One emptying of the outbox, as the recording thread sees it."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        outside: Outside,
        *,
        token: str,
        limits: Limits,
        limit: int,
        workers: int,
    ) -> None:
        self._outbox, self._channels, self._outside = outbox, channels, outside
        self._token, self._limits, self._limit, self._workers = token, limits, limit, workers
        self._results: SimpleQueue[Settlement] = SimpleQueue()
        self._work: list[Future[None]] = []
        #: What each destination's sender has in hand, by id.
        self._busy: dict[str, dict[str, Message]] = {}
        #: Destinations by when they were last served, so that with more of them than workers each has its turn.
        self._turns: OrderedDict[str, None] = OrderedDict()
        self._is_over = False
        self.tally: Counter[str] = Counter()

    def run(self, pool: ThreadPoolExecutor) -> None:
        """Record and claim by turns until nothing is due and nothing is on its way."""
        settlements: list[Settlement] = []
        while True:
            for lane, messages in self._exchange(settlements):
                self._work.append(pool.submit(self._send, lane, messages))
            if not self._busy:
                return
            settlements = self._collected()
            self._outside.pulse()

    def halt(self) -> None:
        """Have the senders finish the message in hand and hand back the others."""
        self._is_over = True

    def _exchange(self, settlements: list[Settlement]) -> list[tuple[Lane, Sequence[Message]]]:
        """Record what came back and claim for those who are free, in one transaction."""
        now = self._outside.clock()
        claimed: list[tuple[str, Sequence[Message]]] = []
        since: dict[str, datetime] = {}
        self._witness(settlements, now)
        with self._outbox.together():
            kept = frozenset(self._outbox.record(settlements, now) if settlements else ())
            self._take_off(settlements)
            if not self._is_stopping():
                claimed = [(name, messages) for name in self._next(now) if (messages := self._claim(name, now))]
                since = {circuit.destination: circuit.opened_at for circuit in self._outbox.circuits()}
        for settlement in settlements:
            self.tally[_tallied(settlement) if settlement.message_id in kept else "stale"] += 1
            self._outside.seen(settlement)
        for name, messages in claimed:
            self._busy[name] = {message.id: message for message in messages}
        return [(self._lane(name, now, since.get(name)), messages) for name, messages in claimed]

    def _lane(self, destination: str, claimed_at: datetime, failing_since: datetime | None) -> Lane:
        return Lane(
            channel=self._channels.get(destination),
            limits=self._limits,
            clock=self._outside.clock,
            jitter=self._outside.jitter,
            opening=self._outside.openings.get(destination, ALWAYS),
            lease_ends=claimed_at + self._limits.lease,
            failing_since=failing_since,
        )

    def _witness(self, settlements: Iterable[Settlement], now: datetime) -> None:
        """Note what was delivered before the database does: after a crash in between it is known, not guessed."""
        delivered = [
            self._busy[each.destination][each.message_id] for each in settlements if each.state is State.DELIVERED
        ]
        if delivered:
            self._outside.witness.note(delivered, now)

    def _take_off(self, settlements: Iterable[Settlement]) -> None:
        for settlement in settlements:
            in_hand = self._busy[settlement.destination]
            in_hand.pop(settlement.message_id)
            if not in_hand:
                del self._busy[settlement.destination]

    def _next(self, now: datetime) -> list[str]:
        """Return the destinations whose turn it is, as many as there are senders free."""
        due = set(self._outbox.due(now)) - self._busy.keys()
        for name in sorted(due - self._turns.keys()):
            self._turns[name] = None
        chosen = [name for name in self._turns if name in due][: self._workers - len(self._busy)]
        for name in chosen:
            self._turns.move_to_end(name)
        return chosen

    def _claim(self, destination: str, now: datetime) -> Sequence[Message]:
        return self._outbox.claim(destination, now, limit=self._limit, lease=self._limits.lease, token=self._token)

    def _collected(self) -> list[Settlement]:
        """Wait for a result, and take whatever else has come in."""
        settlements: list[Settlement] = []
        try:
            settlements.append(self._results.get(timeout=_PULSE))
            while True:
                settlements.append(self._results.get_nowait())
        except Empty:
            self._raise_if_broken()
            return settlements

    def _raise_if_broken(self) -> None:
        """Raise what ended a sender's thread: a fault of this program, for a channel's own faults are outcomes."""
        for work in [work for work in self._work if work.done()]:
            self._work.remove(work)
            work.result()

    def _is_stopping(self) -> bool:
        return self._is_over or self._outside.stop()

    def _send(self, lane: Lane, messages: Sequence[Message]) -> None:
        """Work through a lane, in a sender's thread."""
        for message in messages:
            self._results.put(lane.released(message, "stopping") if self._is_stopping() else lane.attempt(message))


def _tallied(settlement: Settlement) -> str:
    return "dead" if settlement.state is State.DEAD else settlement.outcome


def _check_leases(channels: Mapping[str, Channel], limits: Limits) -> None:
    for destination, channel in channels.items():
        if channel.longest >= limits.lease:
            raise ValueError(
                f"destination {destination!r} may take {channel.longest.total_seconds():g} s for one message and the "
                f"lease lasts {limits.lease.total_seconds():g} s: shorten its timeout or lengthen the lease"
            )

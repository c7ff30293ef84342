"""One destination's messages of one claim, sent one after another, and what is learnt about it on the way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import TypeVar

from outbox.channels.base import Channel
from outbox.hours import Opening
from outbox.messages import Blame, Deferred, Delivered, Message, NotFound, Outcome, Refused, Settlement
from outbox.settling import Attempt, Limits, released, settle

Answer = TypeVar("Answer")


@dataclass(slots=True, kw_only=True)
class Lane:
    """One destination, served by one sender at a time.

    ``failing_since`` is when its circuit opened. Once an attempt has paused it, what is left is handed back untried.
    ``lease_ends`` is when another worker may take the messages over.
    """

    channel: Channel | None
    limits: Limits
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    opening: Opening
    lease_ends: datetime
    failing_since: datetime | None
    is_paused: bool = False

    def attempt(self, message: Message) -> Settlement:
        """Send a message, or hand it back where its destination is paused or its lease nearly over."""
        started_at = self.clock()
        if self.is_paused:
            return self.released(message, "its destination has just been paused")
        if not self._has_time():
            return self.released(message, "too little of the lease is left")
        found = self._found(message) if message.is_unsure else NotFound()
        if found is None or isinstance(found, NotFound):
            if not self._has_time():
                return self.released(message, "asking for an earlier attempt took most of the lease")
            return self._settled(message, self._sent(message), started_at, is_unsure=found is None)
        return self._settled(message, found, started_at, is_unsure=True)

    def _has_time(self) -> bool:
        """Whether an attempt ends before the lease: afterwards another worker would send the message, too."""
        return self.channel is None or self.clock() + self.channel.longest <= self.lease_ends

    def _settled(self, message: Message, outcome: Outcome, started_at: datetime, *, is_unsure: bool) -> Settlement:
        attempt = Attempt(
            started_at=started_at,
            ended_at=self.clock(),
            failing_since=self.failing_since,
            jitter=self.jitter(),
            is_unsure=is_unsure,
            opening=self.opening,
        )
        settlement = settle(message, outcome, attempt, self.limits)
        self.is_paused = settlement.circuit == "open"
        if not self.is_paused:
            self.failing_since = None
        return settlement

    def released(self, message: Message, reason: str) -> Settlement:
        """Hand a message back untried."""
        return released(message, self.clock(), reason)

    def _sent(self, message: Message) -> Outcome:
        return _guarded(self.channel.send, message) if self.channel else _no_channel(message)

    def _found(self, message: Message) -> Outcome | NotFound | None:
        """Ask the receiver for an earlier attempt that may have arrived; none where it cannot be asked at all."""
        found = _guarded(self.channel.find, message) if self.channel else None
        return replace(found, reference=f"found there: {found.reference}") if isinstance(found, Delivered) else found


def _no_channel(message: Message) -> Refused:
    return Refused(
        Blame.DESTINATION, f"no channel is configured for destination {message.destination!r}: add it to relay.toml"
    )


def _guarded(ask: Callable[[Message], Answer], message: Message) -> Answer | Deferred:
    try:
        return ask(message)
    except Exception as error:  # noqa: BLE001 - a channel's fault must not stop the other messages
        return Deferred(Blame.MESSAGE, f"the channel failed unexpectedly: {_where(error)}")


def _where(error: Exception) -> str:
    """Name the error and its place, not its text, which may quote the payload."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" at {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"

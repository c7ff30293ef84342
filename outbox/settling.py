"""What becomes of a message and its destination after one attempt, as a pure decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from outbox.hours import ALWAYS, Opening
from outbox.messages import Blame, Deferred, Delivered, Message, Outcome, Refused, Settlement, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient the relay is.

    Waits grow from ``base`` to ``cap``, which bounds a receiver's Retry-After too: no receiver can park a notice for
    days. A message dies of failures of its own when there were ``attempts`` of them and the recipient's ``patience`` in
    working time is over as well: a Friday afternoon and a bank holiday use up neither. A destination that refuses us (a
    wrong credential, a closed address) is probed no more often than every ``refused``.
    """

    base: timedelta = timedelta(seconds=30)
    cap: timedelta = timedelta(hours=2)
    refused: timedelta = timedelta(minutes=15)
    attempts: int = 12
    patience: timedelta = timedelta(hours=8)
    lease: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """When one attempt began and ended, since when its destination has been failing, and a number in [0, 1).

    ``is_unsure`` says that an earlier attempt may have arrived, ``opening`` when the recipient works.
    """

    started_at: datetime
    ended_at: datetime
    failing_since: datetime | None = None
    jitter: float = 0.0
    is_unsure: bool = False
    opening: Opening = ALWAYS


def backoff(attempts: int, limits: Limits, jitter: float, retry_after: timedelta | None = None) -> timedelta:
    """Return how long a message waits after its own ``attempts``-th failure: full jitter under a doubling bound.

    Retry-After can lengthen the wait, up to the cap, and never shortens it.
    """
    bound = min(limits.cap, limits.base * 2 ** min(attempts - 1, 20))
    return _at_least(bound * jitter, retry_after, limits)


def pause(failing_for: timedelta, limits: Limits, jitter: float, retry_after: timedelta | None = None) -> timedelta:
    """Return how long a destination that has failed for so long is left alone: about as long again.

    Waiting in proportion to the time already failed doubles the wait each time, with no counter to keep.
    """
    bound = min(limits.cap, max(limits.base, failing_for))
    return _at_least(bound * (0.5 + jitter / 2), retry_after, limits)


def _at_least(wait: timedelta, retry_after: timedelta | None, limits: Limits) -> timedelta:
    return min(limits.cap, max(wait, retry_after or timedelta(0)))


def settle(message: Message, outcome: Outcome, attempt: Attempt, limits: Limits) -> Settlement:
    """Decide what becomes of a message and its destination after an attempt. Pure, and defined for every outcome.

    =========================  ==========  ========  =========
    outcome                    message     counts    circuit
    =========================  ==========  ========  =========
    delivered                  delivered   no        closes
    deferred, message          pending*    yes       closes
    deferred, destination      pending     no        opens
    deferred, unknown          pending     no        opens
    refused, message           dead        yes       closes
    refused, destination       pending     no        opens
    =========================  ==========  ========  =========

    ``*`` dead when attempts and patience are both used up. A failure that is the message's own shows that the
    destination answers. An ambiguous one is repeated under the same id, ever more rarely, for a duplicate is better
    than a loss.
    """
    settled = _settling(message, attempt)
    match outcome:
        case Delivered(reference, has_arrived):
            return settled(
                state=State.DELIVERED,
                outcome="delivered",
                reference=reference,
                has_arrived=has_arrived,
                circuit="close",
                is_unsure=False,
            )
        case Deferred(Blame.MESSAGE, reason, _) if _is_used_up(message, attempt, limits):
            reason = f"given up after {message.attempts + 1} attempts: {reason}{_doubt(attempt)}"
            return settled(
                state=State.DEAD, outcome="deferred", counts=True, blame=Blame.MESSAGE, reason=reason, circuit="close"
            )
        case Deferred(Blame.MESSAGE, reason, retry_after):
            wait = backoff(message.attempts + 1, limits, attempt.jitter, retry_after)
            return settled(
                next_attempt_at=attempt.ended_at + wait,
                outcome="deferred",
                counts=True,
                blame=Blame.MESSAGE,
                reason=reason,
                circuit="close",
            )
        case Refused(Blame.MESSAGE, reason):
            return settled(
                state=State.DEAD,
                outcome="refused",
                counts=True,
                blame=Blame.MESSAGE,
                reason=reason + _doubt(attempt),
                circuit="close",
            )
        case Deferred() | Refused():
            return _paused(message, outcome, attempt, limits)
        case _:
            assert_never(outcome)


def _is_used_up(message: Message, attempt: Attempt, limits: Limits) -> bool:
    if message.attempts + 1 < limits.attempts:
        return False
    began = message.first_attempt_at or attempt.started_at
    return attempt.opening.worked(began, attempt.ended_at) >= limits.patience


def _doubt(attempt: Attempt) -> str:
    """Return what a person who reads a dead letter must know besides."""
    return "; an earlier attempt may have arrived" if attempt.is_unsure else ""


def _paused(message: Message, outcome: Deferred | Refused, attempt: Attempt, limits: Limits) -> Settlement:
    """Keep the message, count nothing against it, and leave its destination alone for a while."""
    retry_after = outcome.retry_after if isinstance(outcome, Deferred) else limits.refused
    wait = pause(_since(attempt.failing_since, attempt), limits, attempt.jitter, retry_after)
    is_ambiguous = outcome.blame is Blame.UNKNOWN
    # Due again with the probe, so behind those due before: another message probes next time. One that was ambiguous
    # waits by its own age, or a message that makes its receiver hang would be the probe for ever.
    own_wait = wait
    if is_ambiguous:
        own_wait = max(wait, pause(_since(message.first_attempt_at, attempt), limits, attempt.jitter))
    return _settling(message, attempt)(
        next_attempt_at=attempt.ended_at + own_wait,
        outcome="deferred" if isinstance(outcome, Deferred) else "refused",
        blame=outcome.blame,
        reason=outcome.reason,
        circuit="open",
        probe_at=attempt.ended_at + wait,
        is_unsure=attempt.is_unsure or is_ambiguous,
    )


def _since(instant: datetime | None, attempt: Attempt) -> timedelta:
    return attempt.ended_at - instant if instant else timedelta(0)


def _settling(message: Message, attempt: Attempt) -> "partial[Settlement]":
    """Return the settlement of an attempt with what the outcome decides still open."""
    return partial(
        Settlement,
        message_id=message.id,
        token=message.lease_token,
        destination=message.destination,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        is_unsure=attempt.is_unsure,
    )


def released(message: Message, now: datetime, reason: str) -> Settlement:
    """Hand a claimed message back untried."""
    attempt = Attempt(started_at=now, ended_at=now, is_unsure=message.is_unsure)
    return _settling(message, attempt)(outcome="released", reason=reason, next_attempt_at=now)

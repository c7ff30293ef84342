"""What people do to messages: find one, look at it, send it again, put it aside, let a destination go on.

Everything is kept with the role that asked and why. What a message says is not shown to anybody here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.people.answers import Answer, done, refused
from app.restoring import hold_everything
from app.wiring import Relay
from outbox.messages import spoken_reference
from rules.wording import count_of
from store.overview import Outline, Wanted

#: What may be sent again: what nobody takes, and what a receiver took and lost.
REPLAYABLE = ("dead", "delivered")
_SHOWN_REASON = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """On whose word something is done, and why."""

    by: str
    note: str = ""


def reference_of(message: Outline) -> str:
    """Return what people call a message on the telephone."""
    return message.subject_ref if message.kind.startswith(("notice", "alert")) else spoken_reference(message.id)


def listed(relay: Relay, wanted: Wanted, *, limit: int) -> list[dict[str, Any]]:
    """Return messages by id, state and age, the latest first."""
    return [_row(each) for each in relay.store.overview.listed(wanted, limit=limit)]


def _row(message: Outline) -> dict[str, Any]:
    reason = message.reason or (f"held: {message.hold}" if message.hold else "")
    return {
        "id": message.id,
        "reference": reference_of(message),
        "destination": message.destination,
        "kind": message.kind,
        "state": message.state,
        "created_at": message.created_at,
        "settled_at": message.settled_at,
        "next_attempt_at": message.next_attempt_at if message.state in {"pending", "sending"} else None,
        "attempts": message.attempts,
        "reason": reason[:_SHOWN_REASON],
    }


def identified(relay: Relay, name: str) -> str | Answer:
    """Return the one message that somebody means by its id, the beginning of it, or its reference."""
    match relay.store.overview.named(name):
        case []:
            return refused(f"there is no message {name}: `attendance-relay outbox list` shows the ids")
        case [one]:
            return one
        case several:
            return refused(f"{name} may be any of {', '.join(several)}: give more of the id")


def shown(relay: Relay, message_id: str) -> dict[str, Any]:
    """Return everything about one message but its payload and its address."""
    message, messages = relay.store.overview.get(message_id), relay.store.messages
    assert message is not None  # it was identified
    return asdict(message) | {
        "reference": reference_of(message),
        "answered": message.reference,
        "tries": [asdict(each) for each in messages.attempts(message_id)],
        "interventions": [asdict(each) for each in messages.interventions(message_id)],
        "receipts": [asdict(each) for each in messages.receipts(message_id)],
    }


def replayable(relay: Relay, wanted: Wanted) -> list[str]:
    """Return the messages of a destination or a time that can be sent again, in the order of enqueueing."""
    return relay.store.overview.ids(wanted)


def replay(relay: Relay, ids: Iterable[str], word: Word) -> list[Answer]:
    """Send messages again under the same ids with the same bytes; say of each one why not."""
    return [_done_to(relay, each, lambda one: _replay(relay, one, word)) for each in ids]


def cancel(relay: Relay, ids: Iterable[str], word: Word) -> list[Answer]:
    """Withdraw messages that have not left, and put dead letters aside."""
    return [_done_to(relay, each, lambda one: _cancel(relay, one, word)) for each in ids]


def resume(relay: Relay, destination: str, word: Word) -> Answer:
    """Let a paused destination take its messages at once."""
    known = [each.id for each in relay.operator.destinations]
    if destination not in known:
        return refused(f"there is no destination {destination} in relay.toml; there are {', '.join(known)}")
    why = word.note or "asked to go on"
    with relay.store.transaction():
        was_open = relay.store.messages.close_circuit(destination, relay.now(), why, by=word.by)
    if not was_open:
        return done(f"destination {destination} is not paused")
    return done(f"destination {destination} takes its messages again with the next delivery")


def restored(relay: Relay, word: Word) -> Answer:
    """Keep everything pending from leaving, because nobody knows what was sent since the backup."""
    why = f"{word.note or 'the database was restored together with its log'} ({word.by})"
    held = hold_everything(relay, why)
    if not held:
        return done("nothing was pending: look at `status` for what is made again")
    return done(f"{count_of(held, 'message')} will wait: `hold show restored`, then `hold release` or `hold cancel`")


def would_replay(relay: Relay, ids: Iterable[str]) -> Iterator[Answer]:
    """Say what ``replay`` would do to each, and do nothing."""
    for each in ids:
        message = relay.store.overview.get(each)
        assert message is not None  # it was identified
        why = _not_replayed(message)
        yield refused(why) if why else done(f"{each} would be sent to {message.destination} again")


def _done_to(relay: Relay, message_id: str, do: Callable[[Outline], Answer]) -> Answer:
    """Do something to one message in a transaction of its own, so that one refusal undoes no other."""
    with relay.store.transaction():
        message = relay.store.overview.get(message_id)
        assert message is not None  # it was identified
        return do(message)


def _replay(relay: Relay, message: Outline, word: Word) -> Answer:
    if why := _not_replayed(message):
        return refused(why)
    why = word.note or "asked to be sent again"
    was_replayed = relay.store.messages.replay(message.id, relay.now(), why, by=word.by)
    assert was_replayed  # everything that it refuses was asked for above, in this transaction
    held = f", once its hold {message.hold!r} is released" if message.hold else ""
    return done(f"{message.id} leaves for {message.destination} with the next delivery{held}")


def _not_replayed(message: Outline) -> str:
    """Return why a message cannot be sent again; empty when it can."""
    if message.state in {"pending", "sending"}:
        return f"{message.id} is {message.state} already: it leaves by itself"
    if message.state == "cancelled":
        return f"{message.id} was cancelled ({message.reason}): what is withdrawn is not sent"
    if message.is_unroutable:
        return f"{message.id} has no address yet ({message.reason}); the next decide sends it by itself"
    if message.payload_bytes is None:
        return f"the content of {message.id} was removed after its time, so it cannot be sent again: tell them by phone"
    return ""


def _cancel(relay: Relay, message: Outline, word: Word) -> Answer:
    messages, now = relay.store.messages, relay.now()
    match message.state:
        case "pending":
            messages.cancel(message.id, now, word.note, by=word.by)
            unsure = "; an earlier attempt may have arrived" if message.is_unsure else ""
            return done(f"{message.id} is cancelled{unsure}")
        case "dead":
            messages.discard(message.id, now, word.note, by=word.by)
            return done(f"the dead letter {message.id} is put aside")
        case "sending":
            return refused(f"{message.id} is being sent just now: try again in a minute")
        case "delivered":
            return refused(f"{message.id} was delivered at {_clock(message.settled_at)}: it cannot be called back")
        case _:
            return done(f"{message.id} is cancelled already")


def _clock(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "an unknown time"


def summed(answers: list[Answer], what: str) -> Answer:
    """Put what came of many into one sentence for the end of a list."""
    fine = sum(answer.is_ok for answer in answers)
    bad = len(answers) - fine
    rest = f", {bad} refused" if bad else ""
    return Answer(sentence=f"{count_of(fine, 'message')} {what}{rest}", is_ok=not bad)

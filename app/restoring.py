"""Before anything is sent, the log of what was sent is read for deliveries that the database does not know.

After a crash the log's last lines say what arrived just before it. After a backup was restored they say what was sent
since it was made, and nothing of it is sent again. Where the log itself is gone nobody can say: everything waits for
a person.
"""

from dataclasses import dataclass

import structlog

from app.wiring import Relay
from outbox.feeds import numbers_of
from store.restored import Learnt
from store.sent_log import Lost, Place

_PLACE = "sent_log"
HOLD = "restored"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """How many deliveries the database learnt of, how many of them it knew nothing of, and how many messages wait."""

    learnt: int = 0
    unknown: int = 0
    held: int = 0


def reconcile(relay: Relay) -> Reconciled:
    """Take over from the log what the database does not know; a second call right after it finds nothing."""
    with relay.store.transaction():
        kept = relay.store.runs.kept(_PLACE)
        if kept is None:
            # A new installation, or one from before there was a log: from here on it is kept.
            relay.store.runs.keep(_PLACE, str(relay.sent_log.start()))
            return Reconciled()
        try:
            sent, end = relay.sent_log.since(Place.read(kept))
        except Lost as lost:
            return _hold_everything(relay, str(lost))
        learnt = relay.store.restored.learn(sent, relay.now())
        _count_feeds_on(relay, learnt)
        if learnt.is_all and str(end) != kept:
            relay.store.runs.keep(_PLACE, str(end))
    return _told(learnt)


def _told(learnt: Learnt) -> Reconciled:
    if learnt.unknown:
        log.error(
            "the database is older than what was sent: a backup was restored",
            sent_since=len(learnt.unknown),
            todo="look at `attendance-relay status`",
        )
    return Reconciled(learnt=len(learnt.delivered), unknown=len(learnt.unknown))


def hold_everything(relay: Relay, why: str) -> int:
    """Keep everything pending from leaving, on the word of a person who has restored database and log together."""
    with relay.store.transaction():
        return relay.store.restored.hold_all(relay.now(), HOLD, why)


def _hold_everything(relay: Relay, why: str) -> Reconciled:
    held = relay.store.restored.hold_all(relay.now(), HOLD, f"{why}: nobody knows what was sent since")
    relay.store.runs.keep(_PLACE, str(relay.sent_log.start()))
    log.error("the log of what was sent is lost", why=why, held=held, todo="`attendance-relay hold list`")
    return Reconciled(held=held)


def _count_feeds_on(relay: Relay, learnt: Learnt) -> None:
    """Let numbers of feeds go on from what was sent: a number or a revision is never used for something else."""
    for sent in learnt.unknown:
        if numbers := numbers_of(sent.subject_ref):
            day, sequence, revision = numbers
            series = sent.idempotency_key.split("/")[1]
            relay.store.publications.raise_floor(series, "", day, sequence=sequence, revision=revision)

"""Pulls, messages and settlements in a line each."""

from datetime import UTC, datetime, timedelta

from mapping.model import Mark, Quarantined
from outbox.messages import Draft, Settlement, State
from tests.builders import session

SCHOOL = "riverside"
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
LEASE = timedelta(minutes=10)


def after(**span):
    """Return an instant so long after Monday 2 November 2026, 9:00."""
    return MONDAY + timedelta(**span)


def mark(pupil_id, sign, at="Mon 2026-11-02 AM"):
    return Mark(pupil_id=pupil_id, session=session(at), byte=ord(sign))


def in_doubt(code="X9", at="Mon 2026-11-02 AM", **fields):
    """Return a quarantined row about platform id ``900411``, its pupil unknown unless given."""
    plain = {
        "where": "page 1",
        "reason": "no such code",
        "platform_id": "900411",
        "session": at and session(at),
        "code": code,
    }
    return Quarantined(**(plain | fields))


def ingest(store, *brought, school=SCHOOL, seen_at=MONDAY, scope=None, source="arbor"):
    """Ingest marks and quarantined rows, as they come, in a transaction of their own."""
    with store.transaction():
        return store.registers.ingest(
            school,
            [each for each in brought if isinstance(each, Mark)],
            [each for each in brought if isinstance(each, Quarantined)],
            source=source,
            seen_at=seen_at,
            scope=scope and [session(text) for text in scope],
        )


def register(store, at="Mon 2026-11-02 AM", school=SCHOOL):
    """Return one register as it stands: pupil id to sign, without those not recorded."""
    from mapping.marks import offset, year_of

    when = session(at)
    strings = store.registers.year_of_school(school, year_of(when.day))
    return {pupil: chr(marks[offset(when)]) for pupil, marks in strings if marks[offset(when)] != ord("-")}


def draft(name, **fields):
    """Return a message named ``name`` to the LA, alone on its ordering key."""
    plain = {
        "id": name,
        "idempotency_key": f"key of {name}",
        "destination": "coventry",
        "ordering_key": f"order of {name}",
        "kind": "notice",
        "content_type": "application/json",
        "payload": b"{}",
        "subject_ref": "A7C3-K9MP",
        "created_at": MONDAY,
    }
    return Draft(**(plain | fields))


def enqueue(store, *drafts, **fields):
    with store.transaction():
        return [store.messages.enqueue(each, **fields) for each in drafts]


def claim(store, now=MONDAY, limit=10, token="worker-1"):
    """Return the ids of what one worker gets, destination by destination."""
    return [each.id for each in claimed(store, now, limit=limit, token=token)]


def claimed(store, now=MONDAY, *, limit=10, lease=LEASE, token="worker-1"):
    with store.messages.together():
        due = store.messages.due(now)
        return [
            message
            for destination in due
            for message in store.messages.claim(destination, now, limit=limit, lease=lease, token=token)
        ]


def settled(name, token="worker-1", **fields):
    """Return a settlement: delivered at once unless said otherwise."""
    plain = {
        "message_id": name,
        "token": token,
        "destination": "coventry",
        "outcome": "delivered",
        "state": State.DELIVERED,
        "started_at": MONDAY,
        "ended_at": MONDAY,
    }
    return Settlement(**(plain | fields))


def deferred(name, token="worker-1", **fields):
    return settled(name, token, outcome="deferred", state=State.PENDING, **fields)


def record(store, *settlements, now=MONDAY):
    """Return how many settlements still held their lease."""
    return len(store.messages.record(settlements, now))


def states(store, *names):
    return [store.messages.get(name).state for name in names]

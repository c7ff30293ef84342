"""Changes of registers that wait: listed, shown as old and new mark, carried out or refused by somebody with a name."""

from typing import Any

from app.people.answers import Answer, done, refused
from app.wiring import Relay
from rules.wording import count_of
from store.held_changes import CANCELLED, RELEASED, HeldChanges

_ENDS_WHEN = (
    "somebody looks: `hold show`, then `hold release` or `hold cancel`; or when the source takes the changes back"
)


def is_one(relay: Relay, name: str) -> bool:
    """Whether a name is that of changes, waiting or settled, and not of a hold of messages."""
    return relay.store.changes.get(name) is not None


def holds(relay: Relay) -> list[dict[str, Any]]:
    """Return the changes that wait, in the form of the other holds."""
    return [
        {
            "hold": each.id,
            "messages": 0,
            "changes": len(each.changes),
            "since": each.held_at,
            "ends_when": _ENDS_WHEN,
        }
        for each in relay.store.changes.waiting()
    ]


def sentence(held: HeldChanges) -> str:
    """Say how much it is, compared with what, and about which days."""
    pupils = len({each.pupil_id for each in held.changes})
    gone = sum(each.new is None for each in held.changes)
    days = sorted({each.session.day for each in held.changes})
    lost = f" {count_of(gone, 'mark')} of them are not shown any more." if gone else ""
    return (
        f"{count_of(len(held.changes), 'change')} of {held.recorded} recorded marks, of {count_of(pupils, 'pupil')}, "
        f"{days[0]:%a %-d %b} to {days[-1]:%a %-d %b}.{lost}"
    )


def show(relay: Relay, name: str) -> dict[str, Any]:
    """Return what is held under a name: every pupil, session, old and new mark."""
    held = _get(relay, name)
    spell = relay.operator.library.national.spell
    return {
        "hold": held.id,
        "school": held.school,
        "held_at": held.held_at,
        "says": sentence(held),
        "ends_when": _ENDS_WHEN if held.outcome is None else None,
        "outcome": held.outcome,
        "settled_at": held.settled_at,
        "by": held.settled_by,
        "note": held.note,
        "changes": [
            {
                "pupil_id": each.pupil_id,
                "session": str(each.session),
                "old": spell(each.old),
                "new": None if each.new is None else spell(each.new),
            }
            for each in sorted(held.changes, key=lambda each: (each.session, each.pupil_id))
        ],
    }


def release(relay: Relay, name: str, *, by: str, note: str) -> Answer:
    """Carry out exactly the changes that were shown; pupils concerned are judged again with the next ``decide``."""
    with relay.store.transaction():
        held = _get(relay, name)
        if not relay.store.changes.settle(name, RELEASED, at=relay.now(), by=by, note=note):
            return _was(held)
        applied = relay.store.registers.apply(held.school, held.changes, source=held.source, seen_at=relay.now())
        relay.store.intake.add(held.school, applied.changed)
    count = applied.amended + len(applied.retracted)
    left = len(held.changes) - count
    others = f"; {left} left as they are: their marks were others by now" if left else ""
    return done(f"{name}: {count_of(count, 'change')} carried out{others}")


def cancel(relay: Relay, name: str, *, by: str, note: str) -> Answer:
    """Refuse changes: the registers stay, and the same changes are not asked about again."""
    with relay.store.transaction():
        held = _get(relay, name)
        if not relay.store.changes.settle(name, CANCELLED, at=relay.now(), by=by, note=note):
            return _was(held)
    return done(f"{name}: {count_of(len(held.changes), 'change')} refused; correct them at the source as well")


def _was(held: HeldChanges) -> Answer:
    at = held.settled_at or held.held_at
    if held.outcome in {RELEASED, CANCELLED}:
        return done(f"{held.id} was {held.outcome} by {held.settled_by} on {at:%Y-%m-%d}; nothing is left")
    return refused(f"{held.id} ended by itself on {at:%Y-%m-%d}: {held.note}")


def _get(relay: Relay, name: str) -> HeldChanges:
    held = relay.store.changes.get(name)
    if held is None:
        raise KeyError(name)
    return held

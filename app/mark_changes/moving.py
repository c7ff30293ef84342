"""What every step of a change has in common: it is kept with who, when and what, and tasks about it open and close."""

from dataclasses import replace

from app.ledger import read_back
from app.mark_changes.states import OVER, Event, State, after
from app.wiring import Relay
from mapping.school_days import school_date
from outbox.messages import message_id
from rules.model import ActionKind
from store.mark_changes import RELAY, MarkChange, Step
from store.tasks import Task

#: Who is asked where the rule behind a change asks nobody.
_KEEPER = "attendance_lead"


def happened(relay: Relay, change: MarkChange, event: Event, *, is_late: bool = False, **said: str | None) -> bool:
    """Move a change on, inside the caller's transaction; false where the event changes nothing.

    ``said`` are fields of the step that is kept: ``said_by``, ``note``, ``code``, ``receipt``, ``platform_id``.
    """
    state = after(State(change.state), event, is_late=is_late)
    if state is None:
        return False
    now = relay.now()
    step = Step(at=now, state=state, said_by=RELAY, code=change.new, note=event)
    if not relay.store.mark_changes.move(change, replace(step, **said)):  # type: ignore[arg-type]
        return False
    if state in OVER or event is Event.REFUSED:
        relay.store.tasks.answered(change.id, now, f"change {change.id} is {state}: {said.get('note') or event}")
    return True


def ask(relay: Relay, change: MarkChange, says: str) -> str:
    """Ask whoever the rule asks to see to a mark at the platform, inside the caller's transaction; return the role."""
    now, role = relay.now(), _role(relay, change)
    relay.store.tasks.add(
        Task(
            id=message_id(relay.key, f"{change.id}/{says}/{now.isoformat()}"),
            decision_id=change.decision_id,
            school=change.school,
            pupil_id=change.pupil_id,
            role=role,
            says=says,
            due_on=max(change.due_on, school_date(now)),
            opened_at=now,
            about=change.id,
        )
    )
    return role


def _role(relay: Relay, change: MarkChange) -> str:
    row = relay.store.cases.get(change.decision_id)
    assert row is not None  # a decision is kept before its changes
    tasks = (action for action in read_back(row).actions if action.kind is ActionKind.TASK)
    return next((role for action in tasks for role in action.to), _KEEPER)

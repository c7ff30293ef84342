"""Changes as people see them: lists and counts with ids only, and which of them need somebody."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from app.dates import working_time
from app.mark_changes.states import AWAY, State
from app.wiring import Relay
from mapping.school_days import school_date
from store.mark_changes import PLATFORM, MarkChange


def listed(relay: Relay, *, schools: Collection[str], state: State | None = None) -> list[dict[str, Any]]:
    """Return the changes that are not over, or those in a state, in the order of sessions."""
    kept = relay.store.mark_changes
    changes = kept.open() if state is None else kept.in_states(state)
    return [_shown(relay, each) for each in changes if each.school in schools]


def shown(relay: Relay, change: MarkChange) -> dict[str, Any]:
    """Return one change with everything that happened to it."""
    steps = relay.store.mark_changes.steps(change.id)
    return _shown(relay, change) | {"steps": [asdict(step) for step in steps]}


def _shown(relay: Relay, change: MarkChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "decision_id": change.decision_id,
        "school": change.school,
        "pupil_id": change.pupil_id,
        "session": f"{change.session.day} {change.session.half}",
        "from": change.old,
        "to": change.new,
        "due_on": change.due_on,
        "is_overdue": change.state == State.PROPOSED and change.due_on < school_date(relay.now()),
        "state": change.state,
        "since": change.since,
        "by": change.said_by,
        "note": change.note,
    }


def counts(relay: Relay) -> dict[str, int]:
    """Return how many changes there are in each state that is not over."""
    return dict(sorted(Counter(each.state for each in relay.store.mark_changes.open()).items()))


def stuck(relay: Relay) -> Iterator[tuple[str, str]]:
    """Yield each change that somebody must see to: a key that is new when it happens again, and what is the matter."""
    for change in relay.store.mark_changes.in_states(State.APPROVED, State.REFUSED, *AWAY):
        key, where = f"{change.id}/{change.state}/{change.since}", f"school {change.school}: change {change.id}"
        if (change.state, change.said_by) == (State.REFUSED, PLATFORM):
            yield f"change/{key}", f"{where} was not written; `changes show` says why"
        elif is_late(relay, change):
            yield (
                f"change/late/{change.id}/{change.state}",
                f"{where} is {change.state}, and no pull has confirmed it yet",
            )


def is_late(relay: Relay, change: MarkChange) -> bool:
    """Whether what a platform should have carried out has waited for longer than ``write_back_hours``."""
    site = relay.sites.get(change.school)
    if site is None or change.since is None:
        return False
    is_due = change.state in AWAY or (change.state == State.APPROVED and site.school.write_back)
    patience = timedelta(hours=relay.operator.limits.write_back_hours)
    return is_due and working_time([site.calendar], change.since, relay.now()) > patience

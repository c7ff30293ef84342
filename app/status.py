"""``status``: how fresh each school is, what waits in the outbox, which destinations are paused, what people owe."""

from typing import Any

from app.judging.mutes import holds
from app.mark_changes.listing import counts, stuck
from app.people.approving import waiting
from app.people.tasking import by_role
from app.safety import held as held_back
from app.wiring import Relay
from mapping.school_days import school_date

#: How many quarantined rows of a school are listed; the school's own line has the count of all.
_SHOWN = 20


def status(relay: Relay) -> dict[str, Any]:
    """Return the state of everything as plain values, ids only."""
    store, today = relay.store, school_date(relay.now())
    progress, held = store.runs.all_progress(), store.quarantine.counts()
    tasks, overdue = store.tasks.open(), store.tasks.overdue(today)
    return {
        "as_of": relay.now(),
        "mode": relay.operator.safety.mode,
        "held": held_back.holds(relay),
        "database": store.about(),
        "schools": [
            {
                "school": site.id,
                "pulled_at": progress[site.id].pulled_at if site.id in progress else None,
                "decided_through": progress[site.id].decided_through if site.id in progress else None,
                "quarantined": held.get(site.id, 0),
                "retraction_candidates": len(store.quarantine.retractions(site.id)),
                "open_cases": len(store.cases.episodes(site.id)),
            }
            for site in relay.sites.values()
        ],
        "outbox": [
            {"destination": destination, "state": state, "messages": count}
            for (destination, state), count in sorted(store.messages.counts().items())
        ],
        "oldest_undelivered": store.messages.oldest_undelivered(),
        "dead": [
            {"id": each.id, "destination": each.destination, "kind": each.kind, "reason": each.reason}
            for each in store.messages.dead()
        ],
        "quarantine": [
            {"school": row.school, "where": row.row.where, "reason": row.row.reason}
            for site in relay.sites.values()
            for row in store.quarantine.held(site.id)[:_SHOWN]
        ],
        "circuits": store.messages.circuits(),
        "sent_before_restore": [
            {"id": each.message_id, "destination": each.destination, "kind": each.kind, "sent_at": each.at}
            for each in store.restored.forgotten()
        ],
        "tasks": {
            "open": len(tasks),
            "overdue": len(overdue),
            "escalated": len(store.tasks.escalations()),
            "by_role": by_role(relay),
        },
        "holds": holds(relay, today),
        "mark_changes": {"open": counts(relay), "stuck": [what for _, what in stuck(relay)]},
        "documents": {"open": len(store.documents.open())},
        "approvals": waiting(relay),
        "runs": [
            {"job": run.job, "slot": run.slot, "outcome": run.outcome, "detail": run.detail}
            for run in store.runs.latest()
            if not run.job.startswith(("register/", "clock/"))
        ],
    }


def is_well(state: dict[str, Any]) -> bool:
    """Whether nothing of a status needs a person: a dead letter, a hold (not a trial's), a failed run, and so on."""
    return not (
        state["dead"]
        or state["circuits"]
        or state["mark_changes"]["stuck"]
        or held_back.needs_somebody(state["held"])
        or any(run["outcome"] in {"failed", "refused"} for run in state["runs"])
        or any(approval["is_overdue"] for approval in state["approvals"])
    )

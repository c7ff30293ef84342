"""``status``: how fresh each school is, what waits in the outbox, which destinations are paused, what people owe."""

from dataclasses import asdict
from typing import Any

from app.crosswalk_proposals import to_be_matched
from app.drift import drift
from app.judging.mutes import holds
from app.mark_changes.listing import counts, stuck
from app.people.approving import waiting
from app.people.tasking import by_role
from app.pulling import held as changes
from app.pulling import stops, unread
from app.pulling.registers import known_untaken
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
    sources = store.pulls.sources()
    return {
        "as_of": relay.now(),
        "mode": relay.operator.safety.mode,
        "held": held_back.holds(relay) + changes.holds(relay),
        "database": store.about(),
        "schools": [
            {
                "school": site.id,
                "pulled_at": progress[site.id].pulled_at if site.id in progress else None,
                "decided_through": progress[site.id].decided_through if site.id in progress else None,
                "stale_since": sources[site.id].as_of if site.id in sources and sources[site.id].is_stale else None,
                "quarantined": held.get(site.id, 0),
                "to_be_matched": len(to_be_matched(relay, site)) if site.id in held else 0,
                "retraction_candidates": len(store.quarantine.retractions(site.id)),
                "open_cases": len(store.cases.episodes(site.id)),
            }
            for site in relay.sites.values()
        ],
        "stopped": [
            {"school": stop.school, "since": stop.since, "says": stop.says, "waits_for": stops.who(stop)}
            for stop in stops.refusals(relay)
        ],
        "unread": [
            {
                "school": each.school,
                "since": each.since,
                "tried_at": each.tried_at,
                "first": each.first,
                "says": each.says,
            }
            for each in unread.still(relay)
        ],
        "untaken": [
            {"school": school, **asdict(each)} for school, late in known_untaken(relay).items() for each in late
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
        "drift": [
            {"school": each.school, "since": each.since, "what": each.says}
            for site in relay.sites.values()
            for each in drift(relay, site)
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
    """Whether nothing of a status needs a person: a dead letter, a hold (not a trial's), a failed run, and so on.

    Earlier days that could not be read once may be read by themselves; twice, and somebody has to look.
    """
    return not (
        state["dead"]
        or state["stopped"]
        or state["circuits"]
        or any(unread["since"] < unread["tried_at"] for unread in state["unread"])
        or state["mark_changes"]["stuck"]
        or held_back.needs_somebody(state["held"])
        or any(run["outcome"] in {"failed", "refused"} for run in state["runs"])
        or any(approval["is_overdue"] for approval in state["approvals"])
    )

"""What followed from the decisions about a pupil: tasks, documents, approvals and messages, ids only."""

from collections.abc import Iterable
from typing import Any

from app.wiring import Relay
from store.cases import Decision


def followed(relay: Relay, school: str, pupil_id: str, decisions: Iterable[Decision]) -> dict[str, Any]:
    """Return decisions, standing and withdrawn, with the pupil's open tasks and what was written, asked and sent."""
    store, rows = relay.store, list(decisions)
    return {
        "decisions": [_decision(row) for row in rows],
        "tasks": [
            {"id": task.id, "role": task.role, "due_on": task.due_on, "says": task.says}
            for task in store.tasks.of_pupil(school, pupil_id)
            if task.state == "open"
        ],
        "documents": [
            {"id": document.id, "template": document.template, "state": document.state}
            for row in rows
            for document in store.documents.of_decision(row.id)
        ],
        "approvals": [
            {"id": approval.id, "kind": approval.kind, "state": approval.state, "due_on": approval.due_on}
            for row in rows
            for approval in store.approvals.of_decision(row.id)
        ],
        "messages": [
            {
                "id": message.id,
                "kind": message.kind,
                "destination": message.destination,
                "state": message.state,
                "reason": message.reason,
            }
            for row in rows
            for message in store.messages.caused_by(row.id)
        ],
    }


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "id": row.id,
        "rule": row.rule,
        "rows": row.rows,
        "fired_on": row.fired_on,
        "state": row.state,
        "reason": row.reason,
        "why_withdrawn": row.why,
    }

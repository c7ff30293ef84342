"""The tasks of people: listed with ids only, and closed by whoever did them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.notices.enquiries import Method, Outcome, method_of
from app.people.answers import Answer, done, refused, those_there_are
from app.wiring import Relay
from mapping.school_days import school_date
from store.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody says of a task: ``by`` is a name or a role; ``outcome`` where the family was tried."""

    by: str
    note: str
    method: Method | None = None
    outcome: Outcome | None = None


def open_tasks(
    relay: Relay, *, schools: Collection[str], role: str | None = None, overdue: bool = False
) -> list[dict[str, Any]]:
    """Return the open tasks of some schools by due date, as plain values with ids only."""
    today = school_date(relay.now())
    return [
        _shown(task, today)
        for task in relay.store.tasks.open()
        if task.school in schools and role in {None, task.role} and (not overdue or task.due_on < today)
    ]


def _shown(task: Task, today: date) -> dict[str, Any]:
    return {
        "id": task.id,
        "school": task.school,
        "pupil_id": task.pupil_id,
        "role": task.role,
        "due_on": task.due_on,
        "is_overdue": task.due_on < today,
        "says": task.says,
        "about": task.about,
        "decision_id": task.decision_id,
    }


def by_role(relay: Relay) -> list[dict[str, Any]]:
    """Return how many tasks each role has open, and how many of those are overdue."""
    today, tasks = school_date(relay.now()), relay.store.tasks.open()
    open_ones, overdue = Counter(task.role for task in tasks), Counter(t.role for t in tasks if t.due_on < today)
    return [{"role": role, "open": count, "overdue": overdue[role]} for role, count in sorted(open_ones.items())]


def finish(relay: Relay, task_id: str, report: Report) -> Answer:
    """Close a task as done; said twice, the first report stays."""
    with relay.store.transaction():
        task = relay.store.tasks.get(task_id)
        if problem := _not_to_be_done(relay, task_id, task):
            return problem
        assert task is not None
        now, method = relay.now(), method_of(report.method, report.outcome)
        relay.store.tasks.done(task_id, now, report.note, by=report.by, method=method, outcome=report.outcome)
        if task.about:
            relay.store.documents.settle(task.about, now)
    return done(f"task {task_id} is done")


def _not_to_be_done(relay: Relay, task_id: str, task: Task | None) -> Answer | None:
    """Return why a task cannot be closed as done now, or that it was before."""
    if task is None:
        known = [each.id for each in relay.store.tasks.open()]
        return refused(f"task {task_id}: there is no such task; {those_there_are('open task', known)}")
    if task.state == "done":
        return done(f"task {task_id} was already done on {task.done_at:%Y-%m-%d}; nothing was changed")
    if task.state != "open":
        return refused(f"task {task_id} was withdrawn on {task.done_at:%Y-%m-%d}: {task.note}")
    if task.about and (asked := relay.store.approvals.get(task.about)) and asked.state == "waiting":
        return refused(f"task {task_id} asks for an approval: run `attendance-relay approve {task.about} --by ROLE`")
    return None

"""What people have been asked to do, by when, and whether they did."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from dataclasses import dataclass, field, fields
from datetime import date, datetime

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing for one role to do. ``state`` is ``open``, ``done`` or ``withdrawn``; ``note`` is what or why.

    ``about`` is the id of the document or the approval that it asks for. ``method`` and ``outcome`` are closed words
    for how a family was tried and what came of it; they may leave in a referral, ``note`` never does.
    """

    id: str
    decision_id: str | None
    school: str
    pupil_id: str | None
    role: str
    says: str
    due_on: date
    opened_at: datetime
    state: str = "open"
    done_at: datetime | None = None
    note: str | None = field(default=None, repr=False)
    about: str | None = None
    done_by: str | None = field(default=None, repr=False)
    method: str | None = None
    outcome: str | None = None


_IS_ESCALATION = "EXISTS (SELECT 1 FROM task AS other WHERE other.id = task.about)"
_IS_ESCALATED = "EXISTS (SELECT 1 FROM task AS other WHERE other.about = task.id)"
_COLUMNS = ", ".join(each.name for each in fields(Task))


class Tasks:
    """Tasks by state; an id names the same task for ever."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def add(self, task: Task) -> bool:
        """Open a task; false when its id is already there, whatever its state. Its decision must be in the store."""
        values = (task.id, task.decision_id, task.school, task.pupil_id, task.role, task.says, task.about)
        return (
            self._db.write(
                "INSERT INTO task (id, decision_id, school, pupil_id, role, says, about, due_on, opened_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (*values, task.due_on.isoformat(), instant_text(task.opened_at)),
            )
            == 1
        )

    def done(
        self,
        task_id: str,
        at: datetime,
        note: str,
        *,
        by: str | None = None,
        method: str | None = None,
        outcome: str | None = None,
    ) -> bool:
        """Close an open task as done; ``note`` says what was done. False when there is no such open task."""
        if self._close("done", at, note, ("id", task_id)) == 0:
            return False
        sql = "UPDATE task SET done_by = ?, method = ?, outcome = ? WHERE id = ?"
        return self._db.write(sql, (by, method, outcome, task_id)) == 1

    def answered(self, about: str, at: datetime, note: str) -> int:
        """Close the open tasks about a document or an approval as done: one answer is enough. Returns how many."""
        return self._close("done", at, note, ("about", about))

    def withdraw(self, decision_id: str, at: datetime, why: str) -> int:
        """Withdraw the open tasks of a decision; returns how many."""
        return self._close("withdrawn", at, why, ("decision_id", decision_id))

    def _close(self, state: str, at: datetime, note: str, which: tuple[str, str]) -> int:
        sql = f"UPDATE task SET state = ?, done_at = ?, note = ? WHERE {which[0]} = ? AND state = 'open'"
        return self._db.write(sql, (state, instant_text(at), note, which[1]))

    def get(self, task_id: str) -> Task | None:
        """Return one task."""
        return next(iter(self._where("id = ?", task_id)), None)

    def open(self, school: str | None = None) -> list[Task]:
        """Return the open tasks of a school, or of all, by due date."""
        if school is None:
            return self._where("state = 'open' ORDER BY due_on, id")
        return self._where("state = 'open' AND school = ? ORDER BY due_on, id", school)

    def overdue(self, today: date) -> list[Task]:
        """Return the open tasks that were due before today, the longest overdue first."""
        return self._where("state = 'open' AND due_on < ? ORDER BY due_on, id", today.isoformat())

    def escalations(self, school: str | None = None) -> list[Task]:
        """Return the open tasks of a school, or of all, that ask somebody to see to another task."""
        where = f"state = 'open' AND {_IS_ESCALATION}"
        return self._where(where) if school is None else self._where(f"{where} AND school = ?", school)

    def settled_escalations(self, school: str) -> list[str]:
        """Return the tasks of a school's open escalations that are open no more, by id."""
        sql = (
            "SELECT DISTINCT task.about FROM task JOIN task AS other ON other.id = task.about"
            " WHERE task.state = 'open' AND task.school = ? AND (other.state != 'open' OR other.school != task.school)"
        )
        return [about for (about,) in self._db.rows(sql, (school,))]

    def late(self, school: str, before: date) -> list[Task]:
        """Return a school's open tasks that were due before a date and that nobody has been asked to see to yet."""
        where = f"state = 'open' AND school = ? AND due_on < ? AND NOT {_IS_ESCALATION} AND NOT {_IS_ESCALATED}"
        return self._where(f"{where} ORDER BY due_on, id", school, before.isoformat())

    def of_decision(self, decision_id: str) -> list[Task]:
        """Return the tasks of a decision, whatever their state."""
        return self._where("decision_id = ? ORDER BY id", decision_id)

    def of_pupil(self, school: str, pupil_id: str) -> list[Task]:
        """Return a pupil's tasks at a school, whatever their state, in the order in which they were opened."""
        return self._where("school = ? AND pupil_id = ? ORDER BY opened_at, id", school, pupil_id)

    def asked_about(self, school: str, pupil_id: str) -> list[Task]:
        """Return what was asked about a pupil and is not withdrawn, in order of opening, without what is ``about``."""
        condition = "school = ? AND pupil_id = ? AND about IS NULL AND state != 'withdrawn' ORDER BY opened_at, id"
        return self._where(condition, school, pupil_id)

    def with_outcome(self, school: str, pupil_id: str) -> list[Task]:
        """Return a pupil's tasks at a school that were done with an outcome noted, in the order of their opening."""
        condition = "school = ? AND pupil_id = ? AND outcome != '' AND done_at IS NOT NULL ORDER BY opened_at, id"
        return self._where(condition, school, pupil_id)

    def tried_on(self, school: str, begin: datetime, end: datetime) -> list[Task]:
        """Return a school's tasks that were done with an outcome noted in a stretch of time, in the order of doing."""
        condition = "school = ? AND outcome != '' AND done_at >= ? AND done_at < ? ORDER BY done_at, id"
        return self._where(condition, school, instant_text(begin), instant_text(end))

    def since(self, school: str, day: date) -> list[Task]:
        """Return a school's tasks that are open or were opened on or after a UTC date, in order of opening."""
        condition = "school = ? AND (opened_at >= ? OR state = 'open') ORDER BY opened_at, id"
        return self._where(condition, school, day.isoformat())

    def _where(self, condition: str, *values: str) -> list[Task]:
        return [_task(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM task WHERE {condition}", values)]


def _task(row: Row) -> Task:
    given = dict(zip(Task.__slots__, row, strict=True))
    given["due_on"] = date.fromisoformat(given["due_on"])
    given["opened_at"] = datetime.fromisoformat(given["opened_at"])
    given["done_at"] = instant_or_none(given["done_at"])
    return Task(**given)

"""What leaves only when a person says so: who was asked when, and who said yes."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from dataclasses import dataclass, fields
from datetime import date, datetime

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One referral or notice that waits for a person, or no longer does.

    ``action`` is its place among the actions of the decision, from 0. ``approved_by`` is a name or a role: it is a
    member of staff who signs. ``state`` is ``waiting``, ``approved`` or ``withdrawn``.
    """

    id: str
    decision_id: str
    school: str
    pupil_id: str | None
    action: int
    kind: str
    due_on: date
    asked_at: datetime
    escalated_at: datetime | None = None
    state: str = "waiting"
    settled_at: datetime | None = None
    approved_by: str | None = None


_COLUMNS = ", ".join(field.name for field in fields(Approval))


class Approvals:
    """Approvals by state; each is given or withdrawn once."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def ask(self, approval: Approval) -> bool:
        """Keep that somebody was asked; false when this was asked before. Its decision must be in the store."""
        names = ("id", "decision_id", "school", "pupil_id", "action", "kind")
        values = (*(getattr(approval, name) for name in names), approval.due_on.isoformat())
        sql = f"INSERT INTO approval ({', '.join(names)}, due_on, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        return self._db.write(f"{sql} ON CONFLICT DO NOTHING", (*values, instant_text(approval.asked_at))) == 1

    def approve(self, approval_id: str, at: datetime, by: str) -> bool:
        """Write down who approved; false when nothing of that id waits."""
        sql = "UPDATE approval SET state = 'approved', settled_at = ?, approved_by = ? WHERE id = ?"
        return self._db.write(f"{sql} AND state = 'waiting'", (instant_text(at), by, approval_id)) == 1

    def escalated(self, approval_id: str, at: datetime) -> bool:
        """Write down that others were asked, because nobody had answered; false when they were before."""
        sql = "UPDATE approval SET escalated_at = ? WHERE id = ? AND state = 'waiting' AND escalated_at IS NULL"
        return self._db.write(sql, (instant_text(at), approval_id)) == 1

    def withdraw(self, decision_id: str, at: datetime) -> int:
        """Withdraw what still waits of a decision; returns how many."""
        sql = "UPDATE approval SET state = 'withdrawn', settled_at = ? WHERE decision_id = ? AND state = 'waiting'"
        return self._db.write(sql, (instant_text(at), decision_id))

    def get(self, approval_id: str) -> Approval | None:
        """Return one approval."""
        return next(iter(self._where("id = ?", approval_id)), None)

    def waiting(self, school: str | None = None) -> list[Approval]:
        """Return what waits for a person, at a school or at all, the oldest first."""
        if school is None:
            return self._where("state = 'waiting' ORDER BY seq")
        return self._where("state = 'waiting' AND school = ? ORDER BY seq", school)

    def of_decision(self, decision_id: str) -> list[Approval]:
        """Return the approvals of a decision, whatever their state."""
        return self._where("decision_id = ? ORDER BY action", decision_id)

    def _where(self, condition: str, *values: str) -> list[Approval]:
        return [_approval(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM approval WHERE {condition}", values)]


def _approval(row: Row) -> Approval:
    given = dict(zip(Approval.__slots__, row, strict=True))
    given["due_on"] = date.fromisoformat(given["due_on"])
    given["asked_at"] = datetime.fromisoformat(given["asked_at"])
    for name in ("escalated_at", "settled_at"):
        given[name] = instant_or_none(given[name])
    return Approval(**given)

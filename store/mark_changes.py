"""Changes of marks at their platforms: which there are, where each stands, and everything that happened to it."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from dataclasses import dataclass, fields
from datetime import date, datetime

from mapping.model import Session
from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text, session_of

#: Who said it, where it was no person.
RELAY, PLATFORM = "relay", "platform"
_OVER = "('confirmed', 'overtaken')"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkChange:
    """One pupil's mark of one session, to become another. ``old`` and ``new`` are national codes.

    ``state`` holds since ``since`` on the word of ``said_by`` (a person, ``relay`` or ``platform``), with ``note`` as
    what was said. ``receipt`` is the platform's own; ``approved_at`` that of the latest approval.
    """

    id: str
    decision_id: str
    school: str
    pupil_id: str
    session: Session
    old: str
    new: str
    due_on: date
    proposed_at: datetime
    state: str = "proposed"
    since: datetime | None = None
    said_by: str = RELAY
    note: str = ""
    approved_at: datetime | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened to a change: the state it was in afterwards, on whose word, and what was said.

    ``code`` is what the mark was to become then; ``platform_id`` for whom it was sent.
    """

    at: datetime
    state: str
    said_by: str
    code: str
    note: str = ""
    receipt: str | None = None
    platform_id: str | None = None


_COLUMNS = ", ".join(field.name for field in fields(MarkChange)).replace("session", "day, half")
_STEP = ", ".join(field.name for field in fields(Step))


class MarkChanges:
    """Changes by state. Nothing deletes one, and of a pupil's session only one is not over."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def unproposed(self, school: str, policy_row: str) -> list[str]:
        """Return the ids of a school's standing decisions that carry out a policy's row and have no change yet."""
        sql = (
            "SELECT id FROM decision WHERE school = ? AND state = 'standing' AND instr(rows, ?) > 0 AND NOT EXISTS"
            " (SELECT 1 FROM mark_change WHERE decision_id = decision.id) ORDER BY seq"
        )
        return [name for (name,) in self._db.rows(sql, (school, f'"{policy_row}"'))]

    def propose(self, change: MarkChange) -> bool:
        """Keep a proposal; false when one of this decision, or one that is not over, is about the same mark."""
        names = "id, decision_id, school, pupil_id, day, half, old, new, due_on, proposed_at, since"
        about = (change.id, change.decision_id, change.school, change.pupil_id, change.session.day.isoformat())
        at = instant_text(change.proposed_at)
        values = (*about, change.session.half.value, change.old, change.new, change.due_on.isoformat(), at, at)
        sql = f"INSERT INTO mark_change ({names}) VALUES ({', '.join('?' * len(values))}) ON CONFLICT DO NOTHING"
        if self._db.write(sql, values) == 0:
            return False
        self.note(change.id, Step(at=change.proposed_at, state="proposed", said_by=RELAY, code=change.new))
        return True

    def move(self, change: MarkChange, step: Step) -> bool:
        """Move a change on from where it was when it was read; false when somebody moved it since: nothing is kept."""
        moved = self._db.write(
            "UPDATE mark_change SET state = ?, since = iif(state = ?, since, ?), said_by = ?, note = ?, new = ?,"
            " receipt = iif(? = 'approved', NULL, coalesce(?, receipt)),"
            " approved_at = iif(? = 'approved', ?, approved_at)"
            " WHERE id = ? AND state = ? AND new = ?",
            (
                *(step.state, step.state, instant_text(step.at), step.said_by, step.note, step.code),
                *(step.state, step.receipt, step.state, instant_text(step.at)),
                *(change.id, change.state, change.new),
            ),
        )
        if moved:
            self.note(change.id, step)
        return moved == 1

    def note(self, change_id: str, step: Step) -> None:
        """Write down what happened to a change, also where it stays in its state."""
        values = (step.state, step.said_by, step.code, step.note, step.receipt, step.platform_id)
        sql = f"INSERT INTO mark_change_step (change_id, {_STEP}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        self._db.write(sql, (change_id, instant_text(step.at), *values))

    def get(self, change_id: str) -> MarkChange | None:
        """Return one change."""
        return next(iter(self._where("id = ?", change_id)), None)

    def named(self, beginning: str) -> list[str]:
        """Return the ids that begin so, at most ten."""
        sql = "SELECT id FROM mark_change WHERE substr(id, 1, ?) = ? ORDER BY seq LIMIT 10"
        return [name for (name,) in self._db.rows(sql, (len(beginning), beginning))]

    def open(self, school: str | None = None) -> list[MarkChange]:
        """Return what is not over, of a school or of all, in the order of sessions."""
        condition = f"state NOT IN {_OVER} AND school = coalesce(?, school) ORDER BY day, half, seq"
        return self._where(condition, school)

    def in_states(self, *states: str) -> list[MarkChange]:
        """Return every change in one of these states, over or not, in the order of sessions."""
        return self._where(f"state IN ({', '.join('?' * len(states))}) ORDER BY day, half, seq", *states)

    def steps(self, change_id: str) -> list[Step]:
        """Return everything that happened to a change, in order."""
        rows = self._db.rows(f"SELECT {_STEP} FROM mark_change_step WHERE change_id = ? ORDER BY id", (change_id,))
        return [_step(row) for row in rows]

    def _where(self, condition: str, *values: str | None) -> list[MarkChange]:
        return [_change(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM mark_change WHERE {condition}", values)]


def _change(row: Row) -> MarkChange:
    *begin, day, half = row[:6]
    given = dict(zip(MarkChange.__slots__, (*begin, session_of(day, half), *row[6:]), strict=True))
    given["due_on"] = date.fromisoformat(given["due_on"])
    for name in ("proposed_at", "since", "approved_at"):
        given[name] = instant_or_none(given[name])
    return MarkChange(**given)


def _step(row: Row) -> Step:
    at, *rest = row
    return Step(**dict(zip(Step.__slots__, (datetime.fromisoformat(at), *rest), strict=True)))

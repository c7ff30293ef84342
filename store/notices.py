"""What each recipient was told of a case, and which notices nobody has acknowledged yet."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text

_COLUMNS = (
    "notice.message_id, notice.notice_ref, notice.ordering_key, notice.role, notice.respond_by, notice.is_awaited,"
    " notice.facts, notice.replaced_by, notice.escalated_at, message.kind, message.state, message.is_unsure,"
    " message.created_at, message.settled_at, message.processed_at, message.cause, decision.school,"
    " decision.state = 'standing'"
)
_FROM = "notice JOIN message ON message.id = notice.message_id JOIN decision ON decision.id = message.cause"
#: Answered by nobody, and still for somebody to answer.
_OPEN = (
    "notice.is_awaited = 1 AND notice.replaced_by IS NULL AND message.state != 'cancelled'"
    " AND message.processed_at IS NULL AND decision.state = 'standing'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to keep. ``is_awaited`` says that its recipient is asked to acknowledge it; ``facts`` is JSON.

    ``replaces`` is the message id of the notice whose place it takes in the recipient's hands.
    """

    message_id: str
    notice_ref: str
    ordering_key: str
    role: str
    respond_by: date
    is_awaited: bool
    facts: Mapping[str, Any]
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One notice that was kept, with what became of its message and whether its decision still stands."""

    message_id: str
    notice_ref: str
    ordering_key: str
    role: str
    respond_by: date
    is_awaited: bool
    facts: Mapping[str, Any]
    replaced_by: str | None
    escalated_at: datetime | None
    kind: str
    state: str
    is_unsure: bool
    created_at: datetime
    settled_at: datetime | None
    processed_at: datetime | None
    decision_id: str
    school: str
    is_standing: bool


class Notices:
    """Notices by recipient; nothing deletes one."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def keep(self, notice: Notice) -> None:
        """Keep what a notice says; its message must be in the store. One kept before stays as it is."""
        self._db.write(
            "INSERT INTO notice (message_id, notice_ref, ordering_key, role, respond_by, is_awaited, facts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                notice.message_id,
                notice.notice_ref,
                notice.ordering_key,
                notice.role,
                notice.respond_by.isoformat(),
                notice.is_awaited,
                json.dumps(notice.facts, separators=(",", ":")),
            ),
        )
        if notice.replaces:
            sql = "UPDATE notice SET replaced_by = ? WHERE message_id = ?"
            self._db.write(sql, (notice.message_id, notice.replaces))

    def take_back(self, message_id: str) -> None:
        """Let the notice that another replaced be the one that counts again."""
        self._db.write("UPDATE notice SET replaced_by = NULL WHERE replaced_by = ?", (message_id,))

    def escalated(self, message_id: str, at: datetime) -> bool:
        """Write down that people were asked because no answer came; false when they were before."""
        sql = "UPDATE notice SET escalated_at = ? WHERE message_id = ? AND escalated_at IS NULL"
        return self._db.write(sql, (instant_text(at), message_id)) == 1

    def get(self, message_id: str) -> Sent | None:
        """Return one notice by its message."""
        return next(iter(self._where("notice.message_id = ?", message_id)), None)

    def by_reference(self, notice_ref: str) -> Sent | None:
        """Return the notice that people quote so."""
        return next(iter(self._where("notice.notice_ref = ?", notice_ref)), None)

    def told(self, ordering_key: str, role: str) -> list[Sent]:
        """Return what stands of what a recipient was told, or will be, of a case in a role: the latest first."""
        return self._where(
            "notice.ordering_key = ? AND notice.role = ? AND message.state IN ('pending', 'sending', 'delivered')"
            " AND decision.state = 'standing' ORDER BY message.seq DESC",
            ordering_key,
            role,
        )

    def of_case(self, ordering_key: str) -> list[Sent]:
        """Return every notice of a case to one recipient, the first one first."""
        return self._where("notice.ordering_key = ? ORDER BY message.seq", ordering_key)

    def awaited(self, school: str) -> list[Sent]:
        """Return the notices of a school that nobody has acknowledged, the earliest deadline first."""
        return self._where(f"decision.school = ? AND {_OPEN} ORDER BY notice.respond_by, message.seq", school)

    def unanswered(self, school: str, before: date) -> list[Sent]:
        """Return those that were to be answered before a date and about which nobody has been asked yet."""
        return self._where(
            f"decision.school = ? AND notice.respond_by < ? AND notice.escalated_at IS NULL AND {_OPEN}"
            " ORDER BY notice.respond_by, message.seq",
            school,
            before.isoformat(),
        )

    def _where(self, condition: str, *values: str) -> list[Sent]:
        return [_sent(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM {_FROM} WHERE {condition}", values)]


def _sent(row: Row) -> Sent:
    given = dict(zip(Sent.__slots__, row, strict=True))
    given["respond_by"] = date.fromisoformat(given["respond_by"])
    given["facts"] = json.loads(given["facts"])
    given["created_at"] = datetime.fromisoformat(given["created_at"])
    for name in ("is_awaited", "is_unsure", "is_standing"):
        given[name] = bool(given[name])
    for name in ("escalated_at", "settled_at", "processed_at"):
        given[name] = instant_or_none(given[name])
    return Sent(**given)

"""The documents that decisions asked for, each kept as it was made on its day."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from dataclasses import dataclass, field, fields
from datetime import datetime

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document to be checked and sent by a person. ``pupil_id`` is ``None`` when it is about a school.

    ``title`` names no pupil; ``text``, ``html`` and ``workbook`` (XLSX) may, and stay out of every log. ``state`` is
    ``open``, ``done`` or ``withdrawn``.
    """

    id: str
    decision_id: str
    school: str
    pupil_id: str | None
    template: str
    title: str
    made_at: datetime
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    workbook: bytes | None = field(default=None, repr=False)
    state: str = "open"
    settled_at: datetime | None = None
    why: str | None = None


_COLUMNS = ", ".join(each.name for each in fields(Document))


class Documents:
    """Documents by state; an id names the same document for ever."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def add(self, document: Document) -> bool:
        """Keep a document; false when its id is already there, whatever its state. Its decision is kept first."""
        names = ("id", "decision_id", "school", "pupil_id", "template", "title", "text", "html", "workbook")
        values = (*(getattr(document, name) for name in names), instant_text(document.made_at))
        sql = f"INSERT INTO document ({', '.join(names)}, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        return self._db.write(f"{sql} ON CONFLICT (id) DO NOTHING", values) == 1

    def withdraw(self, decision_id: str, at: datetime, why: str) -> int:
        """Mark the documents of a decision as withdrawn, sent ones too; returns how many."""
        sql = "UPDATE document SET state = 'withdrawn', settled_at = ?, why = ? WHERE decision_id = ?"
        return self._db.write(f"{sql} AND state <> 'withdrawn'", (instant_text(at), why, decision_id))

    def settle(self, document_id: str, at: datetime) -> bool:
        """Mark an open document as done when nobody is asked to send it any more; false while somebody is."""
        sql = "UPDATE document SET state = 'done', settled_at = ? WHERE id = ? AND state = 'open'"
        nobody = "NOT EXISTS (SELECT 1 FROM task WHERE about = document.id AND task.state = 'open')"
        return self._db.write(f"{sql} AND {nobody}", (instant_text(at), document_id)) == 1

    def get(self, document_id: str) -> Document | None:
        """Return one document."""
        return next(iter(self._where("id = ?", document_id)), None)

    def open(self, school: str | None = None) -> list[Document]:
        """Return the documents that wait to be sent, of a school or of all, the oldest first."""
        if school is None:
            return self._where("state = 'open' ORDER BY seq")
        return self._where("state = 'open' AND school = ? ORDER BY seq", school)

    def listed(self, *, limit: int = 1000) -> list[Document]:
        """Return up to ``limit`` documents of every state, the newest last."""
        return self._where("seq > (SELECT coalesce(max(seq), 0) FROM document) - ? ORDER BY seq", limit)

    def of_decision(self, decision_id: str) -> list[Document]:
        """Return the documents of a decision, whatever their state."""
        return self._where("decision_id = ? ORDER BY seq", decision_id)

    def _where(self, condition: str, *values: str | int) -> list[Document]:
        return [_document(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM document WHERE {condition}", values)]


def _document(row: Row) -> Document:
    given = dict(zip(Document.__slots__, row, strict=True))
    given["made_at"] = datetime.fromisoformat(given["made_at"])
    given["settled_at"] = instant_or_none(given["settled_at"])
    return Document(**given)

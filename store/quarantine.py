"""What waits for a person: source rows that became no mark, and marks that a source stopped showing."""

from dataclasses import dataclass
from datetime import datetime

from mapping.model import Quarantined, Session
from store.connection import Connection, Row
from store.instants import instant_text, session_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An open quarantine row; ``id`` is what ``dismiss`` takes."""

    id: int
    school: str
    row: Quarantined
    source: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """A recorded mark that its source, answering for the whole session, no longer shows."""

    pupil_id: str
    session: Session
    byte: int
    source: str
    seen_at: datetime


class Quarantine:
    """What waits for a person; ``Registers.ingest`` writes it and settles what it can."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def held(self, school: str) -> list[Held]:
        """Return a school's open rows, oldest first."""
        rows = self._db.rows(
            "SELECT id, place, reason, platform_id, pupil_id, code, day, half, upn, minutes_late, source, seen_at"
            " FROM quarantine WHERE school = ? AND resolved_at IS NULL ORDER BY id",
            (school,),
        )
        return [_held(school, row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many rows are open at each school that has any."""
        return dict(self._db.rows("SELECT school, count(*) FROM quarantine WHERE resolved_at IS NULL GROUP BY school"))

    def of_code(self, school: str, code: str) -> tuple[int, int]:
        """Return how many open rows carry a platform's code, and of how many of its pupils they are."""
        sql = "SELECT count(*), count(DISTINCT coalesce(platform_id, pupil_id)) FROM quarantine"
        row = self._db.row(f"{sql} WHERE school = ? AND code = ? AND resolved_at IS NULL", (school, code))
        return (row[0], row[1]) if row else (0, 0)

    def ever(self) -> int:
        """Return how many rows have been held for their code, at any school, resolved ones included."""
        row = self._db.row("SELECT count(*) FROM quarantine WHERE code IS NOT NULL")
        return int(row[0]) if row else 0

    def dismiss(self, row: int, at: datetime, why: str) -> bool:
        """Close an open row on a person's word; false when there is no such open row. The session stays ``?``."""
        sql = "UPDATE quarantine SET resolved_at = ?, resolution = ?, upn = NULL WHERE id = ? AND resolved_at IS NULL"
        return self._db.write(sql, (instant_text(at), why, row)) == 1

    def retractions(self, school: str) -> list[Retraction]:
        """Return the marks of a school that a source no longer shows, oldest finding first."""
        rows = self._db.rows(
            "SELECT pupil_id, day, half, mark, source, seen_at FROM retraction"
            " WHERE school = ? AND resolved_at IS NULL ORDER BY id",
            (school,),
        )
        return [
            Retraction(
                pupil_id=pupil,
                session=session_of(day, half),
                byte=ord(mark),
                source=source,
                seen_at=datetime.fromisoformat(at),
            )
            for pupil, day, half, mark, source, at in rows
        ]


def _held(school: str, values: Row) -> Held:
    row, place, reason, platform_id, pupil_id, code, day, half, upn, minutes_late, source, seen_at = values
    session = session_of(day, half) if day else None
    return Held(
        id=row,
        school=school,
        row=Quarantined(
            where=place,
            reason=reason,
            platform_id=platform_id,
            session=session,
            code=code,
            pupil_id=pupil_id,
            upn=upn,
            minutes_late=minutes_late,
        ),
        source=source,
        seen_at=datetime.fromisoformat(seen_at),
    )

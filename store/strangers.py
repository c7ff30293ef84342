"""Whose rows wait because no pupil is known, and what the platform says of them: no name, no date of birth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mapping.model import SourcePupil
from store.connection import Connection
from store.instants import date_or_none, day_text, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The held rows of one platform id with one UPN (or none): how many marks, of which days, held since when."""

    platform_id: str
    upn: str | None
    marks: int
    first: date
    last: date
    since: datetime


class Strangers:
    """Those who wait, by school and its platform (``source``). Writes join the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def waiting(self, school: str, source: str) -> list[Waiting]:
        """Return whose rows are held because no pupil is known, by platform id and UPN."""
        rows = self._db.rows(
            "SELECT platform_id, upn, count(*), min(day), max(day), min(seen_at) FROM quarantine"
            " WHERE school = ? AND source = ? AND resolved_at IS NULL AND pupil_id IS NULL AND platform_id IS NOT NULL"
            " AND day IS NOT NULL GROUP BY platform_id, upn ORDER BY platform_id, min(day)",
            (school, source),
        )
        return [
            Waiting(
                platform_id=platform_id,
                upn=upn,
                marks=marks,
                first=date.fromisoformat(first),
                last=date.fromisoformat(last),
                since=datetime.fromisoformat(since),
            )
            for platform_id, upn, marks, first, last, since in rows
        ]

    def keep_records(self, school: str, source: str, records: Iterable[SourcePupil], at: datetime) -> None:
        """Keep what the platform says of those who wait, in place of what it said before."""
        self._db.write("DELETE FROM source_pupil WHERE school = ?", (school,))
        self._db.write_many(
            "INSERT INTO source_pupil"
            " (school, source, platform_id, upn, is_temporary, start_on, end_on, likeness, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    school,
                    source,
                    each.platform_id,
                    each.upn or "",
                    int(each.is_temporary),
                    day_text(each.start),
                    day_text(each.end),
                    each.likeness,
                    seen,
                )
                for seen in (instant_text(at),)
                for each in records
            ],
        )

    def records(self, school: str, source: str) -> list[SourcePupil]:
        """Return what the platform last said of those who wait."""
        rows = self._db.rows(
            "SELECT platform_id, upn, is_temporary, start_on, end_on, likeness FROM source_pupil"
            " WHERE school = ? AND source = ? ORDER BY id",
            (school, source),
        )
        return [
            SourcePupil(
                platform_id=platform_id,
                upn=upn or None,
                is_temporary=bool(is_temporary),
                start=date_or_none(start),
                end=date_or_none(end),
                likeness=likeness,
            )
            for platform_id, upn, is_temporary, start, end, likeness in rows
        ]

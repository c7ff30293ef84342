"""Who waits to be matched, what persons decided about it, and what the platforms say of those who wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mapping.identity import Link
from mapping.model import SourcePupil
from store.connection import Connection, Row
from store.instants import date_or_none, instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The held rows of one platform id with one UPN (or none): how many marks, of which days, held since when."""

    platform_id: str
    upn: str | None
    marks: int
    first: date
    last: date
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedLink:
    """A link that a person approved; with ``ended_at`` it is no longer in force on any day."""

    school: str
    source: str
    link: Link
    approved_at: datetime
    approved_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A person's word that a platform id with this UPN (or none) is none of the school's pupils."""

    platform_id: str
    upn: str | None
    refused_at: datetime
    refused_by: str
    note: str


class Identities:
    """Strangers, links and refusals, by school and its platform (``source``). Writes join the caller's transaction."""

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

    def approve(self, school: str, source: str, links: Iterable[Link], *, at: datetime, by: str) -> None:
        """Keep that a person approved links, each with a platform id."""
        self._db.write_many(
            "INSERT INTO approved_link"
            " (school, source, platform_id, upn, pupil_id, start_on, end_on, approved_at, approved_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(school, source, *_who(each), each.pupil_id, *_span(each), instant_text(at), by) for each in links],
        )

    def end(self, school: str, source: str, platform_id: str, *, at: datetime, by: str) -> int:
        """End every link of a platform id that is in force; returns how many were."""
        sql = "UPDATE approved_link SET ended_at = ?, ended_by = ? WHERE school = ? AND source = ? AND platform_id = ?"
        return self._db.write(f"{sql} AND ended_at IS NULL", (instant_text(at), by, school, source, platform_id))

    def approved(self, school: str) -> list[ApprovedLink]:
        """Return every link a person ever approved at a school, ended ones included, in the order of approval."""
        rows = self._db.rows(
            "SELECT source, platform_id, upn, pupil_id, start_on, end_on, approved_at, approved_by, ended_at, ended_by"
            " FROM approved_link WHERE school = ? ORDER BY id",
            (school,),
        )
        return [_approved(school, row) for row in rows]

    def links(self, school: str, source: str) -> list[Link]:
        """Return the approved links that are in force for a platform's ids."""
        return [each.link for each in self.approved(school) if each.ended_at is None and each.source == source]

    def refuse(self, school: str, source: str, refusals: Iterable[Refusal]) -> None:
        """Keep that persons refused; the last word about a platform id and UPN stands."""
        self._db.write_many(
            "INSERT INTO refused_link (school, source, platform_id, upn, refused_at, refused_by, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (school, source, platform_id, upn) DO UPDATE SET"
            " refused_at = excluded.refused_at, refused_by = excluded.refused_by, note = excluded.note",
            [
                (school, source, *_who(each), instant_text(each.refused_at), each.refused_by, each.note)
                for each in refusals
            ],
        )

    def refused(self, school: str, source: str) -> dict[tuple[str, str | None], Refusal]:
        """Return what persons refused, by platform id and UPN."""
        sql = "SELECT platform_id, upn, refused_at, refused_by, note FROM refused_link WHERE school = ? AND source = ?"
        refusals = (
            Refusal(
                platform_id=platform_id,
                upn=upn or None,
                refused_at=datetime.fromisoformat(at),
                refused_by=by,
                note=note,
            )
            for platform_id, upn, at, by, note in self._db.rows(sql, (school, source))
        )
        return {(each.platform_id, each.upn): each for each in refusals}

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
                    *_span(each),
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


def _who(of: Link | Refusal) -> tuple[str | None, str]:
    return of.platform_id, of.upn or ""


def _span(dated: Link | SourcePupil) -> tuple[str, str]:
    return tuple(day.isoformat() if day else "" for day in (dated.start, dated.end))  # type: ignore[return-value]


def _approved(school: str, row: Row) -> ApprovedLink:
    source, platform_id, upn, pupil_id, start, end, approved_at, approved_by, ended_at, ended_by = row
    return ApprovedLink(
        school=school,
        source=source,
        link=Link(
            pupil_id=pupil_id,
            platform_id=platform_id,
            upn=upn or None,
            start=date_or_none(start),
            end=date_or_none(end),
        ),
        approved_at=datetime.fromisoformat(approved_at),
        approved_by=approved_by,
        ended_at=instant_or_none(ended_at),
        ended_by=ended_by,
    )

"""Links and refusals: what persons said about a platform's pupils, kept with who said it and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mapping.identity import Link
from store.connection import Connection, Row
from store.instants import date_or_none, day_text, instant_or_none, instant_text


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


class Links:
    """Approved links and refusals, by school and its platform (``source``). Writes join the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def approve(self, school: str, source: str, links: Iterable[Link], *, at: datetime, by: str) -> None:
        """Keep that a person approved links, each with a platform id."""
        self._db.write_many(
            "INSERT INTO approved_link"
            " (school, source, platform_id, upn, pupil_id, start_on, end_on, approved_at, approved_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    school,
                    source,
                    *_who(each),
                    each.pupil_id,
                    day_text(each.start),
                    day_text(each.end),
                    instant_text(at),
                    by,
                )
                for each in links
            ],
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

    def in_force(self, school: str, source: str) -> list[Link]:
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


def _who(of: Link | Refusal) -> tuple[str | None, str]:
    return of.platform_id, of.upn or ""


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

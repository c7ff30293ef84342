"""Keeping what a pull did not settle, and resolving what an earlier one left open. ``Registers.ingest`` calls it."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from mapping.codes import QUARANTINED
from mapping.model import Quarantined, Session
from store.connection import Connection, Row
from store.gathering import Column, Gathered, Pull
from store.instants import session_of


def settle_quarantine(connection: Connection, pull: Pull, gathered: Gathered) -> None:
    """Keep the rows that a pull held back, each once, and resolve earlier ones that it settles."""
    held = {_subject(row): row for row in gathered.held}
    still_open = connection.rows(
        "SELECT id, subject, pupil_id, platform_id, day, half FROM quarantine WHERE school = ? AND resolved_at IS NULL",
        (pull.school,),
    )
    again = {(row.platform_id, row.session) for row in gathered.held}
    links = _links(connection, pull) if any(row[2] is None for row in still_open) else {}
    resolved = [
        (pull.seen_at, resolution, row[0])
        for row in still_open
        if row[1] not in held and (resolution := _resolution(row, pull, gathered.columns, Known(links, again)))
    ]
    # The UPN was kept to read the row again; nobody will.
    connection.write_many("UPDATE quarantine SET resolved_at = ?, resolution = ?, upn = NULL WHERE id = ?", resolved)
    connection.write_many(
        "INSERT INTO quarantine"
        " (school, subject, pupil_id, platform_id, day, half, code, place, reason, upn, minutes_late, source, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        # The same row again changes nothing, unless more is known about it now.
        " ON CONFLICT (school, subject) WHERE resolved_at IS NULL"
        " DO UPDATE SET pupil_id = excluded.pupil_id, reason = excluded.reason, place = excluded.place,"
        " upn = excluded.upn, minutes_late = excluded.minutes_late"
        " WHERE pupil_id IS NOT excluded.pupil_id OR reason <> excluded.reason OR upn IS NOT excluded.upn"
        " OR minutes_late IS NOT excluded.minutes_late",
        [_values(pull, subject, row) for subject, row in held.items()],
    )


def _subject(row: Quarantined) -> str:
    """Name the source row so that the same one is recognised in a later pull, on whatever page it stands."""
    who = ["platform", row.platform_id] if row.platform_id else ["pupil", row.pupil_id]
    is_placed = row.session is not None and (row.platform_id or row.pupil_id)
    when = [row.session.day.isoformat(), row.session.half] if row.session else []
    return json.dumps([*who, *when, row.code, *([] if is_placed else [row.where])])


def _values(pull: Pull, subject: str, row: Quarantined) -> Row:
    day, half = (row.session.day.isoformat(), row.session.half) if row.session else (None, None)
    known = (row.pupil_id, row.platform_id, day, half, row.code, row.where, row.reason, row.upn, row.minutes_late)
    return (pull.school, subject, *known, pull.source, pull.seen_at)


#: Platform id to (pupil id, first day, last day), an open day being ''.
Links = Mapping[str, Collection[tuple[str, str, str]]]


class Known(NamedTuple):
    """What helps to settle a row without a pupil: the crosswalk, and the source rows held back again."""

    links: Links
    again: Collection[tuple[str | None, Session | None]]


def _resolution(row: Row, pull: Pull, columns: Mapping[Session, Column], known: Known) -> str | None:
    """Return why an earlier row is settled by this pull, which did not hold it back again; none while it is not."""
    _, _, pupil_id, platform_id, day, half = row
    if day is None:
        return None
    session = session_of(day, half)
    whose = pupil_id or _linked(known.links, platform_id, day)
    byte = columns.get(session, {}).get(whose or "")
    if byte is not None:
        return "replaced" if byte == QUARANTINED else "recorded"
    if pupil_id is not None:
        # Its session was written as ``?`` and stays so until a mark comes.
        return None
    if (platform_id, session) in known.again:
        return "replaced"
    # No mark was touched by it, and the source, which answered in full, does not send it any more.
    return "no longer sent" if session in (pull.scope or ()) else None


def _links(connection: Connection, pull: Pull) -> Links:
    links: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    sql = (
        "SELECT platform_id, pupil_id, start_on, end_on FROM link WHERE school = ? AND gone_at IS NULL UNION ALL"
        " SELECT platform_id, pupil_id, start_on, end_on FROM approved_link"
        " WHERE school = ? AND source = ? AND ended_at IS NULL"
    )
    for platform_id, *link in connection.rows(sql, (pull.school, pull.school, pull.source)):
        links[platform_id].append((link[0], link[1], link[2]))
    return links


def _linked(links: Links, platform_id: str | None, day: str) -> str | None:
    spans = links.get(platform_id or "", ())
    pupils = {pupil_id for pupil_id, start, end in spans if start <= day and (not end or day <= end)}
    return pupils.pop() if len(pupils) == 1 else None


def record_retractions(
    connection: Connection, pull: Pull, gathered: Gathered, gone: Mapping[tuple[str, Session], int]
) -> tuple[tuple[str, Session], ...]:
    """Keep the marks that a pull no longer shows and close those that are back; returns what is newly missing."""
    sql = "SELECT id, pupil_id, day, half FROM retraction WHERE school = ? AND resolved_at IS NULL"
    known = {(pupil, session_of(day, half)): row for row, pupil, day, half in connection.rows(sql, (pull.school,))}
    back = [row for (pupil_id, session), row in known.items() if pupil_id in gathered.columns.get(session, {})]
    connection.write_many("UPDATE retraction SET resolved_at = ? WHERE id = ?", [(pull.seen_at, row) for row in back])
    new = tuple(sorted(gone.keys() - known.keys()))
    connection.write_many(
        "INSERT INTO retraction (school, pupil_id, day, half, mark, source, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (pull.school, who, when.day.isoformat(), when.half, chr(gone[who, when]), pull.source, pull.seen_at)
            for who, when in new
        ],
    )
    return new

"""Who waits to be matched: proposals to a person, and never more than that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from app.crosswalk import with_approved
from app.reading import Site
from app.wiring import Relay
from mapping.identity import likeness, upn_status
from mapping.marks import is_recorded
from mapping.model import Pulled, Session
from mapping.suggesting import Stranger, Suggester
from store.links import Refusal
from store.strangers import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pupil of the platform whom no link knows: how many marks wait, of which days, and who it may be.

    ``upn`` says what the rows carry: ``permanent``, ``temporary``, ``invalid``, ``missing``, or several of these.
    ``pupil_id`` is suggested, never taken; ``candidates`` are listed where nobody can be suggested. ``in_the_way`` is
    how many of the marks are of sessions of which the suggested pupil has a mark already. ``refused_by`` says who said
    that it is nobody of the school: then it waits for nobody.
    """

    school: str
    platform_id: str
    upn: str
    marks: int
    first: date
    last: date
    since: datetime
    pupil_id: str | None
    because: str
    candidates: tuple[str, ...]
    in_the_way: int
    refused_by: str | None


def proposals(relay: Relay, site: Site) -> list[Proposal]:
    """Return who waits to be matched, by platform id, with whom each may be as the files and the platform say now."""
    waiting = relay.store.strangers.waiting(site.id, site.school.platform)
    if not waiting:
        return []
    desk = _Desk(
        relay=relay,
        site=site,
        suggester=_suggester(relay, site),
        refused=relay.store.links.refused(site.id, site.school.platform),
        sessions=_sessions(relay, site),
    )
    return [
        desk.proposal(platform_id, list(rows)) for platform_id, rows in groupby(waiting, lambda each: each.platform_id)
    ]


def open_proposals(relay: Relay, site: Site) -> list[Proposal]:
    """Return the proposals that wait for a person."""
    return [each for each in proposals(relay, site) if each.refused_by is None]


def to_be_matched(relay: Relay, site: Site) -> dict[str, datetime]:
    """Return the platform ids that wait for a person, each with since when: proposals without the work of them."""
    refused = relay.store.links.refused(site.id, site.school.platform)
    since: dict[str, datetime] = {}
    for each in relay.store.strangers.waiting(site.id, site.school.platform):
        if (each.platform_id, each.upn) not in refused:
            since[each.platform_id] = min(each.since, since.get(each.platform_id, each.since))
    return since


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """All that one school's proposals are made from; ``sessions`` are those that wait, by platform id."""

    relay: Relay
    site: Site
    suggester: Suggester
    refused: Mapping[tuple[str, str | None], Refusal]
    sessions: Mapping[str, set[Session]]

    def proposal(self, platform_id: str, rows: list[Waiting]) -> Proposal:
        upns = frozenset(each.upn for each in rows if each.upn)
        suggestion = self.suggester.suggest(Stranger(platform_id=platform_id, upns=upns))
        in_the_way = self._in_the_way(platform_id, suggestion.pupil_id)
        # A pupil who has marks of the same sessions is perhaps a twin of the one who is meant.
        pupil_id = None if in_the_way else suggestion.pupil_id
        return Proposal(
            school=self.site.id,
            platform_id=platform_id,
            upn=", ".join(dict.fromkeys(_status(each.upn) for each in rows)),
            marks=sum(each.marks for each in rows),
            first=min(each.first for each in rows),
            last=max(each.last for each in rows),
            since=min(each.since for each in rows),
            pupil_id=pupil_id,
            because="; ".join(suggestion.because),
            candidates=() if pupil_id else suggestion.candidates,
            in_the_way=in_the_way,
            refused_by=self._refused_by(rows),
        )

    def _in_the_way(self, platform_id: str, pupil_id: str | None) -> int:
        if pupil_id is None:
            return 0
        marks = self.relay.store.registers.marks_of_pupil(self.site.id, pupil_id)
        return sum(is_recorded(marks, session) for session in self.sessions.get(platform_id, ()))

    def _refused_by(self, rows: list[Waiting]) -> str | None:
        """Return who refused; a UPN that the person did not see opens the proposal again."""
        refusals = [self.refused.get((each.platform_id, each.upn)) for each in rows]
        return refusals[0].refused_by if refusals[0] and all(refusals) else None


def _sessions(relay: Relay, site: Site) -> dict[str, set[Session]]:
    sessions: dict[str, set[Session]] = {}
    for held in relay.store.quarantine.held(site.id):
        row = held.row
        if row.pupil_id is None and row.platform_id and row.session:
            sessions.setdefault(row.platform_id, set()).add(row.session)
    return sessions


def _status(upn: str | None) -> str:
    return upn_status(upn).value if upn else "missing"


def _suggester(relay: Relay, site: Site) -> Suggester:
    placements = relay.operator.placements_of(site.id)
    known = [placement.link for placement in placements] + list(with_approved(relay, site).approved)
    alike = [
        (each.pupil_id, likeness(each.surname, each.date_of_birth))
        for each in placements
        if each.surname and each.date_of_birth
    ]
    return Suggester(known, alike, relay.store.strangers.records(site.id, site.school.platform))


def keep_records(relay: Relay, site: Site, pulled: Pulled) -> None:
    """Keep what the platform says of those who wait, in the caller's transaction: suggestions rest on it."""
    if not pulled.pupils:
        return
    waiting = relay.store.strangers.waiting(site.id, site.school.platform)
    ids, upns = {each.platform_id for each in waiting}, {each.upn for each in waiting if each.upn}
    ids |= {each.platform_id for each in pulled.pupils if each.upn in upns}
    of_waiting = [each for each in pulled.pupils if each.platform_id in ids]
    if of_waiting != relay.store.strangers.records(site.id, site.school.platform):
        relay.store.strangers.keep_records(site.id, site.school.platform, of_waiting, relay.now())


def as_rows(found: list[Proposal]) -> list[dict[str, Any]]:
    """Return proposals as a table shows them."""
    names = (
        "school",
        "platform_id",
        "upn",
        "marks",
        "first",
        "last",
        "pupil_id",
        "because",
        "candidates",
        "refused_by",
    )
    return [{name: getattr(each, name) for name in names} for each in found]

"""The links that persons approved, beside those of placements.csv, which decides where both speak."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from app.reading import Site
from app.wiring import Relay
from mapping.identity import Link, UpnStatus, upn_status


def with_approved(relay: Relay, site: Site) -> Site:
    """Return a school with the links that persons approved, of pupils whom placements.csv still knows there."""
    placed = {placement.pupil_id for placement in relay.operator.placements_of(site.id)}
    links = tuple(link for link in relay.store.links.in_force(site.id, site.school.platform) if link.pupil_id in placed)
    return replace(site, approved=links) if links else site


def contradictions(relay: Relay, site: Site) -> Iterator[str]:
    """Yield what placements.csv and the approved links say differently; the file decides."""
    placements = relay.operator.placements_of(site.id)
    placed = {placement.pupil_id for placement in placements}
    for link in relay.store.links.in_force(site.id, site.school.platform):
        if link.pupil_id not in placed:
            yield f"{_approved(link)}, who is not in placements.csv at this school: it is not used; end it"
        for placement in placements:
            if contradicts(placement.link, link):
                yield (
                    f"{_approved(link)}, and placements.csv says that it is {placement.pupil_id}: the file decides; "
                    "end the approved link, or correct the row"
                )


def approved_rows(relay: Relay, site: Site) -> list[dict[str, Any]]:
    """Return every link that persons approved at a school, ended ones included, as a table shows them."""
    return [
        {
            "school": site.id,
            "platform": each.source,
            "platform_id": each.link.platform_id,
            "pupil_id": each.link.pupil_id,
            "first": each.link.start,
            "last": each.link.end,
            "approved_by": each.approved_by,
            "approved_at": each.approved_at,
            "ended_by": each.ended_by,
        }
        for each in relay.store.links.approved(site.id)
    ]


def contradicts(one: Link, other: Link) -> bool:
    """Whether two links give the same platform id, or the same real UPN, to two pupils on some day."""
    if one.pupil_id == other.pupil_id or not _overlap(one, other):
        return False
    has_upn = one.upn is not None and one.upn == other.upn and upn_status(one.upn) is not UpnStatus.INVALID
    return has_upn or (one.platform_id is not None and one.platform_id == other.platform_id)


def _overlap(one: Link, other: Link) -> bool:
    starts, ends = (one.start or date.min, other.start or date.min), (one.end or date.max, other.end or date.max)
    return max(starts) <= min(ends)


def _approved(link: Link) -> str:
    return f"platform id {link.platform_id} was approved as {link.pupil_id}"

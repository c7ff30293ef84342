"""What a person says about a platform's pupil: who it is, that it is nobody here, or that an earlier word ends."""

from collections.abc import Sequence
from datetime import date

from app.crosswalk import contradicts
from app.crosswalk_retry import retry_held
from app.people.answers import Answer, done, refused, those_there_are
from app.reading import Site
from app.wiring import Relay
from mapping.identity import Link, UpnStatus, upn_status
from rules.wording import count_of
from store.links import Refusal
from store.strangers import Waiting


def approve(
    relay: Relay,
    site: Site,
    platform_id: str,
    pupil_id: str,
    *,
    by: str,
    first: date | None = None,
    last: date | None = None,
) -> Answer:
    """Keep that a platform's pupil is one of placements.csv, and record the marks that waited for it.

    Without dates the link is as long as the pupil's placements at the school. It holds for the platform id with the UPN
    that its rows carry: another UPN under the same id may be another child, and waits for another word.
    """
    placements = [each for each in relay.operator.placements_of(site.id) if each.pupil_id == pupil_id]
    if not placements:
        return refused(f"placements.csv has no pupil {pupil_id} at {site.id}: add the row there, then approve")
    ends = [each.end_date for each in placements]
    first = first or min(each.start_date for each in placements)
    last = last or (None if None in ends else max(each for each in ends if each))
    if last and last < first:
        return refused(f"--to {last} is before {first}: no day is between them")
    rows = _waiting(relay, site, platform_id, first, last)
    links = [Link(pupil_id=pupil_id, platform_id=platform_id, upn=upn, start=first, end=last) for upn in _upns(rows)]
    if problem := _problem(relay, site, platform_id, rows, links):
        return problem
    with relay.store.transaction():
        relay.store.links.approve(site.id, site.school.platform, links, at=relay.now(), by=by)
    came = retry_held(relay, site)
    until = f"to {last}" if last else "on"
    return done(f"{platform_id} is {pupil_id} at {site.id} from {first} {until}; {'; '.join(came) or 'no mark waited'}")


def _upns(rows: Sequence[Waiting]) -> list[str | None]:
    return list(dict.fromkeys(each.upn for each in rows))


def _waiting(
    relay: Relay, site: Site, platform_id: str, first: date = date.min, last: date | None = None
) -> list[Waiting]:
    return [
        each
        for each in relay.store.strangers.waiting(site.id, site.school.platform)
        if each.platform_id == platform_id and first <= each.last and each.first <= (last or date.max)
    ]


def _problem(
    relay: Relay, site: Site, platform_id: str, rows: Sequence[Waiting], links: Sequence[Link]
) -> Answer | None:
    """Return why links cannot be approved, or that they are; none where nothing stands in the way."""
    approved = relay.store.links.in_force(site.id, site.school.platform)
    if not rows:
        if known := [link for link in approved if link.platform_id == platform_id]:
            return refused(f"{platform_id} was approved as {known[-1].pupil_id} before, and no mark of it waits")
        ids = sorted({each.platform_id for each in relay.store.strangers.waiting(site.id, site.school.platform)})
        return refused(
            f"no mark of platform id {platform_id} waits at {site.id} on these days; "
            f"{those_there_are('platform id with waiting mark', ids)}"
        )
    if sum(upn_status(each.upn) is UpnStatus.PERMANENT for each in rows if each.upn) > 1:
        return refused(
            f"the rows of {platform_id} carry several permanent UPNs, so it may have been given to another child: say "
            "with --from and --to which days are meant"
        )
    for stands in (*relay.operator.links_of(site.id), *approved):
        if any(contradicts(stands, link) for link in links):
            where = "was approved before" if stands in approved else "stands in placements.csv"
            return refused(f"{platform_id}, or its UPN, {where} as {stands.pupil_id} on these days: end that first")
    return None


def refuse(relay: Relay, site: Site, platform_id: str, *, by: str, note: str) -> Answer:
    """Keep that a platform's pupil is nobody of the school's here. Its rows stay held and wait for nobody."""
    rows = _waiting(relay, site, platform_id)
    if not rows:
        ids = sorted({each.platform_id for each in relay.store.strangers.waiting(site.id, site.school.platform)})
        return refused(f"no mark of platform id {platform_id} waits; {those_there_are('platform id', ids)}")
    with relay.store.transaction():
        relay.store.links.refuse(
            site.id,
            site.school.platform,
            [
                Refusal(platform_id=platform_id, upn=upn, refused_at=relay.now(), refused_by=by, note=note)
                for upn in _upns(rows)
            ],
        )
    marks = sum(each.marks for each in rows)
    return done(
        f"{platform_id} is nobody of {site.id}: its {count_of(marks, 'row')} stay held, and nobody is asked again"
    )


def end(relay: Relay, site: Site, platform_id: str, *, by: str) -> Answer:
    """End what was approved about a platform id. Marks that were recorded on its word stay until they are corrected."""
    with relay.store.transaction():
        ended = relay.store.links.end(site.id, site.school.platform, platform_id, at=relay.now(), by=by)
    if not ended:
        ids = sorted({link.platform_id or "" for link in relay.store.links.in_force(site.id, site.school.platform)})
        return refused(f"nothing is approved about {platform_id} at {site.id}; {those_there_are('approved id', ids)}")
    return done(
        f"{platform_id} stands for nobody at {site.id} any more; marks recorded on that word stay until the school "
        "corrects them"
    )

"""Keeps in the database what the operator's files said when decisions were made on their word.

What has changed since may have made decisions wrong: whoever it concerns is noted, to be judged again.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from app.changes import Since, of_calendars, of_event, of_hold, of_placement
from app.judging.versions import put_in_force
from app.wiring import Relay
from config.contacts import Contact as ContactRow
from config.events import RecordedEvent as EventRow
from config.holds import Hold as HoldRow
from config.placements import Placement as PlacementRow
from store.records import Hold, RecordedEvent
from store.roll import Contact, Placement
from store.snapshots import Change, Synced

_SOURCE = "operator"


def sync(relay: Relay) -> None:
    """Write the files down, of which only what differs is written, and note whom that concerns since when."""
    with relay.store.transaction():
        sinces: dict[str, list[Since]] = {}
        for each in (*_sync_roll(relay), *_sync_records(relay), *of_calendars(relay)):
            sinces.setdefault(each.school, []).append(each)
        for site in relay.sites.values():
            judged = relay.store.runs.decided_through(site.id)
            # Days that were never judged will be judged on the files as they are now.
            noted = ((each.pupil_id, each.day) for each in sinces.get(site.id, ()))
            relay.store.intake.add(site.id, [each for each in noted if judged and each[1] <= judged])
            put_in_force(relay, site, judged)


def _sync_roll(relay: Relay) -> Iterator[Since]:
    operator, roll, now = relay.operator, relay.store.roll, relay.now()
    yield from _concerned(roll.sync_placements(_SOURCE, map(_placement, operator.placements), now), of_placement)
    roll.sync_contacts(_SOURCE, map(_contact, operator.contacts), now)
    roll.sync_links(_SOURCE, {school.id: operator.links_of(school.id) for school in operator.schools}, now)


def _sync_records(relay: Relay) -> Iterator[Since]:
    operator, records, now = relay.operator, relay.store.records, relay.now()
    yield from _concerned(records.sync_events(_SOURCE, map(_event, operator.events), now), of_event)
    yield from _concerned(records.sync_holds(_SOURCE, map(_hold, operator.holds.values()), now), of_hold)


def _concerned(synced: Synced, since: Callable[[Change], date | None]) -> Iterable[Since]:
    """Return the pupils whose rows changed in what rules look at; the first columns of a row are school and pupil."""
    days = ((change.key, since(change)) for change in synced.changes)
    return [Since(school=key[0], pupil_id=key[1], day=day) for key, day in days if day]


def _placement(row: PlacementRow) -> Placement:
    details = row.model_dump(mode="json", exclude={"school", "pupil_id", "start_date", "end_date"}, exclude_none=True)
    # Sets have no order; the same file must give the same text.
    for name in ("flags", "expected"):
        if name in details:
            details[name] = sorted(details[name])
    return Placement(school=row.school, pupil_id=row.pupil_id, start=row.start_date, end=row.end_date, details=details)


def _contact(row: ContactRow) -> Contact:
    details = row.model_dump(mode="json", include={"legal_basis", "agreement", "agreed_on", "confirmed_on"})
    return Contact(
        organisation=row.organisation,
        role=row.role,
        channel=row.destination,
        address=row.address or "",
        details={name: value for name, value in details.items() if value is not None},
    )


def _event(row: EventRow) -> RecordedEvent:
    return RecordedEvent(
        school=row.school, pupil_id=row.pupil_id, day=row.date, event=row.event, recorded_by=row.recorded_by
    )


def _hold(row: HoldRow) -> Hold:
    return Hold(
        school=row.school,
        pupil_id=row.pupil_id,
        rule=row.rule or "",
        first=row.first,
        last=row.last,
        author=row.author,
        role=row.role,
        reason=row.reason,
    )

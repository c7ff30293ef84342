"""Keeps in the database what the operator's files said when decisions were made on their word."""

from app.wiring import Relay
from config.contacts import Contact as ContactRow
from config.placements import Placement as PlacementRow
from store.roll import Contact, Placement

_SOURCE = "operator"


def sync(relay: Relay) -> None:
    """Write the placements, contacts and links of the files down; only what differs is written."""
    operator, now = relay.operator, relay.now()
    with relay.store.transaction():
        relay.store.roll.sync_placements(_SOURCE, map(_placement, operator.placements), now)
        relay.store.roll.sync_contacts(_SOURCE, map(_contact, operator.contacts), now)
        links = {school.id: operator.links_of(school.id) for school in operator.schools}
        relay.store.roll.sync_links(_SOURCE, links, now)


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

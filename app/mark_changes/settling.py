"""What a pull shows settles a change: the approved code confirms it, any other ends it."""

from app.mark_changes.listing import is_late
from app.mark_changes.moving import ask, happened
from app.mark_changes.shown import Shown, in_register
from app.mark_changes.states import Event
from app.reading import Site
from app.wiring import Relay
from store.mark_changes import PLATFORM, MarkChange


def settle_by_register(relay: Relay, site: Site) -> None:
    """End the changes of a school whose marks are no longer what they were, and those whose decision was withdrawn."""
    open_ones = relay.store.mark_changes.open(site.id)
    if not open_ones:
        return
    with relay.store.transaction():
        for change in open_ones:
            row = relay.store.cases.get(change.decision_id)
            is_withdrawn = row is not None and row.state == "withdrawn"
            if not (is_withdrawn and happened(relay, change, Event.WITHDRAWN)):
                settle(relay, change, in_register(relay, change))


def settle(relay: Relay, change: MarkChange, shown: Shown) -> None:
    """Keep what a source shows of a change, inside the caller's transaction."""
    note = f"{shown.code} stands there" if shown.code else shown.event.value
    is_moved = happened(relay, change, shown.event, is_late=is_late(relay, change), said_by=PLATFORM, note=note)
    if is_moved and shown.event is Event.IN_DOUBT:
        ask(relay, change, f"See who holds the mark of {change.session} at the platform: {shown.event.value}.")

"""Each N of which a decision says that it has stood too long becomes a proposal: O, until a person says otherwise."""

from collections.abc import Iterable

from app.ledger import read_back
from app.mark_changes.reasons import UNEXPLAINED, UNKNOWN_REASON
from app.reading import Site
from app.wiring import Relay
from outbox.messages import message_id
from store.cases import Decision as Kept
from store.mark_changes import MarkChange

#: The row of the floor, which every policy carries out: an N still stands five school days after its session.
_ROW = "FLOOR-N-FIVE"


def propose(relay: Relay, sites: Iterable[Site]) -> None:
    """Keep a proposal for each session of the decisions that have none yet; done twice, nothing is proposed twice."""
    for site in sites:
        if new := relay.store.mark_changes.unproposed(site.id, _ROW):
            with relay.store.transaction():
                for decision_id in new:
                    _propose(relay, decision_id)


def _propose(relay: Relay, decision_id: str) -> None:
    row = relay.store.cases.get(decision_id)
    assert row is not None  # its id was read from the store
    for change in _changes(relay, row):
        relay.store.mark_changes.propose(change)


def _changes(relay: Relay, row: Kept) -> Iterable[MarkChange]:
    for session in read_back(row).reason.counted:
        yield MarkChange(
            id=message_id(relay.key, f"{row.id}/change/{session.day.isoformat()}/{session.half}"),
            decision_id=row.id,
            school=row.school,
            pupil_id=row.pupil_id,
            session=session,
            old=UNEXPLAINED,
            new=UNKNOWN_REASON,
            due_on=row.fired_on,
            proposed_at=relay.now(),
        )

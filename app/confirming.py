"""What a home school is told each day of its pupils who are placed here: attended, did not attend, or not known yet."""

from collections.abc import Sequence

from outbox.confirmations import ConfirmationRow, Confirmed
from outbox.feed_rows import Attended, FeedRow

_CONFIRMED = {
    Attended.PRESENT: Confirmed.ATTENDED,
    Attended.LATE: Confirmed.ATTENDED,
    Attended.LEFT_EARLY: Confirmed.ATTENDED,
    Attended.ABSENT: Confirmed.DID_NOT_ATTEND,
    Attended.NOT_RECORDED: Confirmed.NOT_KNOWN,
}
#: What a home school may write for a session elsewhere (law-and-data 2.5): off-site, dual registration, LA-arranged.
_HOME_CODES = frozenset("BDK")


def confirmations(rows: Sequence[FeedRow]) -> list[ConfirmationRow]:
    """Return what the rows of a day confirm; a session at which the pupil was not due confirms nothing."""
    return [_confirmation(row) for row in rows if row.attended in _CONFIRMED]


def _confirmation(row: FeedRow) -> ConfirmationRow:
    return ConfirmationRow(
        record_id=row.record_id,
        local_pupil_id=row.local_pupil_id,
        placement_ref=row.placement_ref,
        upn=row.upn,
        session=row.session,
        attended=_CONFIRMED[row.attended],
        # The reason of an absence is the school's own to find and to code.
        suggested_home_code=row.suggested_home_code if row.suggested_home_code in _HOME_CODES else "",
        arrived_late=row.attended is Attended.LATE,
    )

"""``attendance-confirmation/1.0``: each day a home school learns of its own pupils whether they attended elsewhere.

What the school needs to write B, D or K into its own register, and nothing else: no name, no reason of an absence.
"""

from dataclasses import dataclass
from enum import StrEnum

from mapping.model import Session
from outbox.feed_rows import HEAD_COLUMNS, Profile


class Confirmed(StrEnum):
    """Whether the pupil attended. ``not_known`` is never absent: the register is missing or in doubt."""

    ATTENDED = "attended"
    DID_NOT_ATTEND = "did_not_attend"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRow:
    """One pupil, one session that was due. ``local_pupil_id`` orders the rows and is not written."""

    record_id: str
    local_pupil_id: str
    placement_ref: str
    upn: str
    session: Session
    attended: Confirmed
    suggested_home_code: str = ""
    arrived_late: bool = False


CONFIRMATION_COLUMNS = (
    *HEAD_COLUMNS,
    "placement_ref",
    "upn",
    "date",
    "session",
    "attended",
    "suggested_home_code",
    "arrived_late",
    "changed_since",
    "extracted_at",
)
_OF_THE_ROW = CONFIRMATION_COLUMNS[6:13]


def confirmation_cells(row: ConfirmationRow, profile: Profile) -> dict[str, str]:
    """Write a row's own columns as text; ``changed_since`` belongs to the file."""
    return dict(zip(_OF_THE_ROW, confirmation_texts(row, profile), strict=True))


def confirmation_texts(row: ConfirmationRow, _: Profile) -> list[str]:
    """Write the same without the names of the columns: what a revision is about."""
    return [
        row.placement_ref,
        row.upn,
        row.session.day.isoformat(),
        row.session.half.value,
        row.attended,
        row.suggested_home_code,
        "Y" if row.arrived_late else "N",
    ]

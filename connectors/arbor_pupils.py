"""Who Arbor's student ids stand for: UPNs are given from a date to a date, temporary ones first."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from connectors.arbor_rows import UpnAssignment, day_of
from connectors.base import Malformed, Window
from mapping.model import SourcePupil


def source_pupils(rows: Iterable[UpnAssignment]) -> tuple[SourcePupil, ...]:
    """Return who each student id stood for, and when; rows without a pupil or a UPN say nothing.

    Raises ``Malformed`` for a date that is none: guessing it could give one child's marks to another.
    """
    try:
        return tuple(_pupil(row.student.id, row.upn, row) for row in rows if row.student is not None and row.upn)
    except ValueError:
        raise Malformed("a UkDfe_UpnAssignment has a date that is none: ask Arbor's support") from None


def _pupil(student: str | int, upn: str, row: UpnAssignment) -> SourcePupil:
    return SourcePupil(
        platform_id=str(student),
        upn=upn.strip().upper(),
        is_temporary=bool(row.is_temporary),
        start=day_of(row.start_datetime),
        end=day_of(row.end_datetime),
    )


class UpnHistory:
    """The UPN each student id had on a day."""

    def __init__(self, pupils: Iterable[SourcePupil], window: Window) -> None:
        """Pupils with one UPN throughout the window, nearly all, are answered from ``throughout`` alone.

        It holds the id again as the text that all marks of a pupil share; Arbor sends a new one with each record.
        """
        spells: defaultdict[str, list[SourcePupil]] = defaultdict(list)
        for pupil in pupils:
            spells[pupil.platform_id].append(pupil)
        self._spells = spells
        self.throughout: dict[str | int, tuple[str, str | None]] = {
            platform_id: (platform_id, rows[0].upn)
            for platform_id, rows in spells.items()
            if len(rows) == 1 and _holds(rows[0], window.first) and _holds(rows[0], window.last)
        }

    def at_any_time(self) -> "UpnHistory":
        """Return the same history for marks of any day: nobody is answered without looking at the day."""
        history = UpnHistory((), Window(first=date.min, last=date.max))
        history._spells = self._spells
        return history

    def on(self, platform_id: str, day: date) -> str | None:
        """Return the UPN of that day; a permanent one before a temporary one, a later one before an earlier."""
        held = [row for row in self._spells.get(platform_id, ()) if _holds(row, day)]
        return max(held, key=lambda row: (not row.is_temporary, row.start or date.min)).upn if held else None


def _holds(row: SourcePupil, day: date) -> bool:
    return (row.start is None or row.start <= day) and (row.end is None or day <= row.end)

"""Who Arbor's student ids stand for: UPNs are given from a date to a date, temporary ones first."""

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
        return tuple(
            SourcePupil(
                platform_id=str(row.student.id),
                upn=row.upn.strip().upper(),
                is_temporary=bool(row.is_temporary),
                start=day_of(row.start_datetime),
                end=day_of(row.end_datetime),
            )
            for row in rows
            if row.student is not None and row.upn
        )
    except ValueError:
        raise Malformed("a UkDfe_UpnAssignment has a date that is none: ask Arbor's support") from None


class UpnHistory:
    """The UPN each student id had on a day."""

    def __init__(self, pupils: Iterable[SourcePupil], window: Window) -> None:
        """Pupils with one UPN throughout the window, nearly all, are answered from ``throughout`` alone.

        It holds the id again as the text that all marks of a pupil share; Arbor sends a new one with each record.
        """
        self._only: dict[str, SourcePupil] = {}
        self._several: dict[str, list[SourcePupil]] = {}
        for pupil in pupils:
            before = self._only.setdefault(pupil.platform_id, pupil)
            if before is not pupil:
                self._several.setdefault(pupil.platform_id, [before]).append(pupil)
        self.throughout: dict[str | int, SourcePupil] = {
            platform_id: row
            for platform_id, row in self._only.items()
            if (row.start is None or row.start <= window.first) and (row.end is None or window.last <= row.end)
        }
        for platform_id in self._several:
            self.throughout.pop(platform_id, None)

    def on(self, platform_id: str, day: date) -> str | None:
        """Return the UPN of that day; a permanent one before a temporary one, a later one before an earlier."""
        spells = self._several.get(platform_id) or [row for row in (self._only.get(platform_id),) if row is not None]
        held = [row for row in spells if (row.start or date.min) <= day <= (row.end or date.max)]
        return max(held, key=lambda row: (not row.is_temporary, row.start or date.min)).upn if held else None

    def at_any_time(self) -> "UpnHistory":
        """Return the same history for marks of any day: nobody is answered without looking at the day."""
        history = UpnHistory((), Window(first=date.min, last=date.max))
        history._only, history._several = self._only, self._several
        return history

"""Who Wonde's students are.

Wonde gives a pupil who left and came back another ``id``; the ``upi``, made from the ids of MIS and school, stays.
So a mark's ``platform_id`` is the ``upi`` where the pupil's row has one, and the ``id`` otherwise. The ``upi`` is no
UPN and never stands in for one: a pupil without a UPN has none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from connectors.wonde_dates import LocalDates, Moment
from connectors.wonde_rows import Education, EducationDetails, Id, StudentRow
from mapping.identity import UpnStatus, likeness, upn_status
from mapping.model import SourcePupil

_NO_DETAILS = EducationDetails()


@dataclass(slots=True)
class Roll:
    """The pupils of one pull: ``by_id`` gives platform id and UPN for each id of Wonde's, leavers' included."""

    dates: LocalDates
    by_id: dict[Id, tuple[str, str | None]] = field(default_factory=dict)
    on_roll: int = 0
    _pupils: dict[SourcePupil, None] = field(default_factory=dict)

    @property
    def pupils(self) -> tuple[SourcePupil, ...]:
        """Return who each platform id stands for."""
        return tuple(self._pupils)

    def add(self, rows: Iterable[StudentRow]) -> None:
        """Add a page of pupils on roll."""
        for row in rows:
            self.on_roll += 1
            self._put(row)

    def add_leavers(self, rows: Iterable[StudentRow]) -> None:
        """Add a page of leavers; who is on roll by the same id stays as they are."""
        for row in rows:
            if row.id not in self.by_id:
                self._put(row)

    def who(self, student: Id) -> tuple[str, str | None]:
        """Return platform id and UPN; a student that no list holds is known by Wonde's id alone."""
        return self.by_id.get(student, (str(student), None))

    def _put(self, row: StudentRow) -> None:
        platform_id = row.upi or str(row.id)
        spells = tuple(_spells(platform_id, row, self.dates))
        self.by_id[row.id] = (platform_id, spells[0].upn)
        self._pupils.update(dict.fromkeys(spells))


def _spells(platform_id: str, row: StudentRow, dates: LocalDates) -> Iterator[SourcePupil]:
    """Yield the UPN of now, then those before.

    Wonde does not say when a UPN changed, only that it had when the row was last written.
    """
    details = row.education_details.data if isinstance(row.education_details, Education) else None
    held = details if isinstance(details, EducationDetails) else _NO_DETAILS
    alike = _likeness(row, dates)
    now = _upn(held.upn)
    yield SourcePupil(platform_id=platform_id, upn=now, is_temporary=_is_temporary(now), likeness=alike)
    for before in dict.fromkeys((_upn(held.former_upn), _temporary(held.local_upn))):
        if before and before != now:
            yield SourcePupil(
                platform_id=platform_id,
                upn=before,
                is_temporary=_is_temporary(before),
                end=_day(row.updated_at, dates),
                likeness=alike,
            )


def _upn(text: str | None) -> str | None:
    return (text or "").strip().upper() or None


def _temporary(text: str | None) -> str | None:
    # What schools keep as "local UPN" differs from MIS to MIS; one of the temporary form can be nothing else.
    upn = _upn(text)
    return upn if _is_temporary(upn) else None


def _is_temporary(upn: str | None) -> bool:
    return upn is not None and upn_status(upn) is UpnStatus.TEMPORARY


def _likeness(row: StudentRow, dates: LocalDates) -> str | None:
    born = _day(row.date_of_birth, dates)
    return likeness(row.surname, born) if row.surname and born else None


def _day(moment: Moment | None, dates: LocalDates) -> date | None:
    try:
        return dates.day(moment) if moment is not None else None
    except ValueError:
        return None

"""Who the rows of an attendance file are about: references, UPNs, and what a proposal to a person rests on."""

from collections.abc import Iterator, Sequence

from connectors import values
from connectors.headers import Header, columns
from connectors.profiles import Profile
from mapping.identity import UpnStatus, likeness, upn_status
from mapping.model import SourcePupil

_FIELDS = ("platform_id", "upn", "surname", "date_of_birth")


class Learners:
    """Reads the cells that say whose row it is; each different learner is worked out once."""

    def __init__(self, profile: Profile, header: Header, dates: values.Dates) -> None:
        self._fields = [field for field in _FIELDS if field in header.at]
        self._at = [header.at[field] for field in self._fields]
        self._digits, self._dates = profile.platform_id_digits, dates
        self._pupils: dict[SourcePupil, None] = {}
        self._known = values.Cells(self._read)

    def of(self, rows: Sequence[list[str]]) -> Iterator[tuple[str, str | None]]:
        """Yield platform id and UPN of each row; raises ``ValueError`` at one that has neither."""
        return map(self._known.__getitem__, columns(rows, self._at))

    def pupils(self) -> tuple[SourcePupil, ...]:
        """Return the learners with what surname and date of birth come to; none where the file does not tell both."""
        return tuple(self._pupils)

    def _read(self, cells: tuple[str, ...]) -> tuple[str, str | None]:
        cell = dict(zip(self._fields, cells, strict=True))
        upn = cell.get("upn", "").strip().upper()
        ref = values.learner_ref(cell.get("platform_id", ""), self._digits)
        if not upn and not ref:
            raise ValueError("it has neither a learner reference nor a UPN: correct the row")
        platform_id = ref or values.stand_in(upn)
        if like := self._likeness(cell):
            is_temporary = upn_status(upn) is UpnStatus.TEMPORARY
            pupil = SourcePupil(platform_id=platform_id, upn=upn or None, is_temporary=is_temporary, likeness=like)
            self._pupils[pupil] = None
        return platform_id, upn or None

    def _likeness(self, cell: dict[str, str]) -> str | None:
        surname, born = cell.get("surname", "").strip(), cell.get("date_of_birth", "").strip()
        if not surname or not born:
            return None
        try:
            return likeness(surname, self._dates(born))
        except ValueError:
            # It serves a proposal to a person and nothing else: no mark is lost over it.
            return None

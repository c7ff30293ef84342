"""What Arbor offers beyond its marks: institutions, the roll, the list of marks, placements and part-time patterns.

None of it is needed for a pull, so a permission that is missing costs a line and nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.arbor_flags import offered_codes
from connectors.arbor_graphql import Arbor, Entity
from connectors.arbor_ids import R
from connectors.arbor_rows import (
    ENROLMENTS,
    INSTITUTIONS,
    MARK_FLAGS,
    PATTERNS,
    PLACEMENTS,
    Enrolment,
    Institution,
    Pattern,
    Placement,
    day_of,
)
from connectors.base import PullFailed
from connectors.offered import Offered, OfferedPlacement, OfferedSchool, offered
from mapping.codes import CodeTable
from mapping.model import Half, Pulled

_SCHOOL_DAYS = range(5)


@dataclass(slots=True)
class Offering:
    """One look at what one school's Arbor offers; ``remarks`` say what could not be seen."""

    arbor: Arbor
    national: CodeTable
    remarks: list[str] = field(default_factory=list)

    def of(self, pulled: Pulled) -> Offered:
        """Return everything that is offered for the days of a pull."""
        codes = offered_codes(self._rows(MARK_FLAGS), self.national, pulled.last)
        doubted = [code for code in codes.values() if code.because and not code.proposal]
        more: dict[str, object] = {
            "schools": tuple(map(_school, self._rows(INSTITUTIONS))),
            "placements": tuple(self._placements()),
        }
        if roll := _on_roll(self._rows(ENROLMENTS), pulled.last):
            more["pupils"] = roll
        plain = offered(pulled, codes, **more)
        doubts = (f"{code.symbol}: {code.because}" for code in doubted)
        return replace(plain, remarks=(*plain.remarks, *doubts, *self.remarks))

    def _rows(self, entity: Entity[R]) -> list[R]:
        try:
            return [row for page in self.arbor.pages(entity) for row in page.rows]
        except PullFailed as problem:
            self.remarks.append(f"{entity.name} could not be seen: {problem}")
            return []

    def _placements(self) -> Iterator[OfferedPlacement]:
        rows: list[Placement | Pattern] = [*self._rows(PLACEMENTS), *self._rows(PATTERNS)]
        for row in rows:
            yield from self._dated(row)

    def _dated(self, row: Placement | Pattern) -> Iterator[OfferedPlacement]:
        """Yield what a row offers; one without a pupil, or with a date that is none, is said and not guessed."""
        if row.student is None:
            self.remarks.append(f"placement id {row.id} names no pupil")
            return
        try:
            start, end = day_of(row.start_date), day_of(row.end_date)
        except ValueError:
            self.remarks.append(f"placement id {row.id} has a date that is none")
            return
        yield OfferedPlacement(
            platform_id=str(row.student.id),
            start=start,
            end=end,
            sessions_per_week=row.sessions_per_week if isinstance(row, Placement) else None,
            expected=_expected(row) if isinstance(row, Pattern) else None,
        )


def _school(row: Institution) -> OfferedSchool:
    urn = f" (URN {row.urn})" if row.urn else ""
    return OfferedSchool(ref=str(row.id), name=f"{row.educational_institution_name or 'without a name'}{urn}")


def _on_roll(rows: Iterable[Enrolment], day: date) -> int:
    """Count the pupils who have entered by a day and not left before it."""
    on_roll = set()
    for row in rows:
        try:
            entry, leaving = day_of(row.entry_date), day_of(row.leaving_date)
        except ValueError:
            continue
        if row.student is not None and (entry or date.min) <= day <= (leaving or date.max):
            on_roll.add(row.student.id)
    return len(on_roll)


def _expected(row: Pattern) -> frozenset[tuple[int, Half]] | None:
    """Return the sessions of a pattern of mornings or of afternoons; any other says too little."""
    kind = row.attendance_pattern
    if kind is None or bool(kind.is_morning_only) is bool(kind.is_afternoon_only):
        return None
    half = Half.AM if kind.is_morning_only else Half.PM
    return frozenset((weekday, half) for weekday in _SCHOOL_DAYS)

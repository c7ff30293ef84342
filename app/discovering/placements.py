"""Placements as the platform holds them, held against placements.csv: what differs, by id."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.reading import Site
from config.placements import Placement
from connectors.offered import Offered, OfferedPlacement


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the platform says otherwise about a placement; ``pupil_id`` where placements.csv knows it."""

    platform_id: str
    pupil_id: str | None
    says: str


def differences(site: Site, offered: Offered) -> list[Difference]:
    """Return what differs; nothing where the platform tells no placements."""
    return [difference for placement in offered.placements for difference in _of(site, placement)]


def _of(site: Site, offered: OfferedPlacement) -> Iterator[Difference]:
    rows = [row for row in site.operator.placements_of(site.id) if row.platform_id == offered.platform_id]
    if not rows:
        yield Difference(platform_id=offered.platform_id, pupil_id=None, says="placements.csv has no such platform_id")
        return
    row = min(rows, key=lambda each: abs((each.start_date - (offered.start or each.start_date)).days))
    for says in _says(row, offered):
        yield Difference(platform_id=offered.platform_id, pupil_id=row.pupil_id, says=says)


def _says(row: Placement, offered: OfferedPlacement) -> Iterator[str]:
    if offered.start and offered.start != row.start_date:
        yield f"begins on {offered.start} there, on {row.start_date} in placements.csv"
    if offered.end != row.end_date:
        yield f"ends {_on(offered.end)} there, {_on(row.end_date)} in placements.csv"
    if offered.expected is not None and row.expected is not None and offered.expected != row.expected:
        yield f"{len(offered.expected)} sessions a week there, not the {len(row.expected)} of placements.csv"
    elif offered.sessions_per_week and row.expected is not None and offered.sessions_per_week != len(row.expected):
        yield f"{offered.sessions_per_week} sessions a week there, {len(row.expected)} in placements.csv"


def _on(day: object) -> str:
    return f"on {day}" if day else "on no day"

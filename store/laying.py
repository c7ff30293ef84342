"""A pull laid over what is recorded, before anything is written: what it would change, and of how many marks."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mapping.codes import NOT_RECORDED, QUARANTINED
from mapping.marks import year_of
from mapping.model import Session
from store.gathering import Column, Gathered, Patch

#: One pupil's mark in one session.
Place = tuple[str, Session]
_NO_MARK = frozenset({NOT_RECORDED, QUARANTINED})


class Difference(NamedTuple):
    """What a pull would change of one recorded mark; no ``new``: the source does not show it any more."""

    pupil_id: str
    session: Session
    old: int
    new: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What a pull says of each session (``columns``), which it answered in full (``scope``), and what that changes.

    ``gone`` are recorded marks of the scope that it does not show.
    """

    columns: Mapping[Session, Column]
    scope: frozenset[Session]
    patches: Sequence[Patch]
    gone: Mapping[Place, int]

    def differences(self) -> Iterator[Difference]:
        """Yield the change of every mark recorded before, those that are not shown any more last."""
        for each in self.patches:
            for session, change in each.changes.items():
                for pupil_id, old, new in change.amended:
                    yield Difference(pupil_id, session, old, new)
        for (pupil_id, session), old in self.gone.items():
            yield Difference(pupil_id, session, old, None)

    def says(self, place: Place) -> tuple[bool, int | None]:
        """Return whether this pull speaks of a pupil's session, and the byte it shows there."""
        byte = self.columns.get(place[1], {}).get(place[0])
        return byte is not None or place[1] in self.scope, byte

    def recorded(self) -> dict[str, int]:
        """Count the marks recorded so far in the sessions that this pull is about, by pupil; no pupil without one."""
        counts: dict[str, int] = {}
        for each in self.patches:
            window = each.window
            there = {window.position(session) for session in self._sessions(window.year)}
            for pupil_id, _, marks in window.stored.values():
                if count := sum(marks[at] not in _NO_MARK for at in there):
                    counts[pupil_id] = counts.get(pupil_id, 0) + count
        return counts

    def _sessions(self, year: int) -> Iterator[Session]:
        return (session for session in self.columns.keys() | self.scope if year_of(session.day) == year)


#: Asked what of a pull is not to be written yet.
Withhold = Callable[[Laid], Collection[Place]]


def without(gathered: Gathered, places: Collection[Place]) -> Gathered:
    """Return a pull as if it said nothing of these marks; its quarantined rows stay to be looked at."""
    columns = {
        session: {pupil_id: byte for pupil_id, byte in column.items() if (pupil_id, session) not in places}
        for session, column in gathered.columns.items()
    }
    return Gathered(columns=columns, held=gathered.held, marks=gathered.marks)

"""Which rows of an entity came before: pages move under a reader, and a row that comes twice says so."""

from array import array
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Row(Protocol):
    """What paging needs of a row: an id that no other row of the entity has."""

    @property
    def id(self) -> str | int:
        """Arbor's own id of the row."""
        ...


R = TypeVar("R", bound=Row)


class SeenIds:
    """The ids of all rows so far: eight bytes each as long as they rise from page to page, a set from then on."""

    def __init__(self) -> None:
        self._rising = array("q")
        self._highest = -1
        self._others: set[str] | None = None

    def new(self, rows: list[R]) -> list[R]:
        """Return the rows whose ids are not known yet, and remember those; nearly always that is all of them."""
        if self._others is None:
            if self._rise(rows):
                return rows
            self._others = set(map(str, self._rising))
        return _unknown(rows, self._others)

    def _rise(self, rows: Sequence[Row]) -> bool:
        try:
            here = {int(row.id) for row in rows}
            if len(here) < len(rows) or min(here, default=self._highest + 1) <= self._highest:
                return False
            self._rising.extend(here)
        except (ValueError, OverflowError):
            return False
        self._highest = max(here, default=self._highest)
        return True


def _unknown(rows: list[R], known: set[str]) -> list[R]:
    fresh = {text: row for row in rows if (text := str(row.id)) not in known}
    known.update(fresh)
    return list(fresh.values())

"""Which rows of an attendance file count: those of this school's pupils in registers that were taken."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import compress

from connectors import values
from connectors.headers import Header
from connectors.profiles import Profile

OTHERS = "rows of other providers"
UNTAKEN = "rows of registers that nobody has taken"
#: A file numbers its learners; one that numbers its rows instead shall not fill the memory with them.
_REMEMBERED = 20_000
_MAY_LACK = frozenset({"minutes_late", "end"})


class Sieve:
    """Takes out what is no row of a pupil, and what the profile leaves to others."""

    def __init__(self, profile: Profile, header: Header) -> None:
        at = header.at
        self._header = header
        self._width = len(header.cells)
        needed = [position for field, position in at.items() if field not in _MAY_LACK]
        self._needed = 1 + max(needed + [position for position, *_ in header.days])
        self._sums = re.compile(rf"\s*(?:{'|'.join(map(re.escape, profile.skip_rows))})\b", re.IGNORECASE)
        self._has_sums = bool(profile.skip_rows)
        self._plain: set[str] = set()
        self._taken_at = [at[field] for field in ("taken_by", "taken_at") if field in at]
        self._provider_at = at.get("provider")
        self._only = frozenset(map(values.normal, profile.only))
        self._is_ours = values.Cells(self._read_provider)

    def pupils(self, rows: list[list[str]], numbers: Sequence[int]) -> tuple[list[list[str]], Sequence[int]]:
        """Return the rows that are neither blank nor a line of sums nor the header once more, with their numbers."""
        if self._are_plain(rows):
            return rows, numbers
        kept = [self._is_pupil(row) for row in rows]
        return list(compress(rows, kept)), list(compress(numbers, kept))

    def fit(self, rows: list[list[str]]) -> list[list[str]]:
        """Return rows as wide as the header; raises ``ValueError`` where one breaks off, or has a cell too many."""
        return rows if set(map(len, rows)) == {self._width} else [self._fit(row) for row in rows]

    def counting(
        self, rows: list[list[str]], numbers: Sequence[int]
    ) -> tuple[list[list[str]], Sequence[int], Counter[str]]:
        """Return the rows of this school's providers and of registers taken, and how many of the others there are.

        Raises ``ValueError`` at a row that names no provider, where the profile goes by them.
        """
        left: Counter[str] = Counter()
        if (at := self._provider_at) is not None:
            rows, numbers, left[OTHERS] = _kept(rows, numbers, [self._is_ours[row[at]] for row in rows])
        for at in self._taken_at:
            rows, numbers, count = _kept(rows, numbers, [not _is_blank(row[at]) for row in rows])
            left[UNTAKEN] += count
        return rows, numbers, left

    def _are_plain(self, rows: list[list[str]]) -> bool:
        try:
            fresh = {row[0] for row in rows} - self._plain
        except IndexError:
            return False
        if not all(self._is_plain(cell) for cell in fresh):
            return False
        if len(self._plain) > _REMEMBERED:
            self._plain.clear()
        self._plain |= fresh
        return True

    def _is_plain(self, first: str) -> bool:
        return not _is_blank(first) and not self._is_sum(first) and first.strip() != self._header.cells[0]

    def _is_pupil(self, row: list[str]) -> bool:
        first = next((cell for cell in row if not _is_blank(cell)), None)
        return first is not None and not self._is_sum(first) and not self._is_header(row)

    def _is_sum(self, first: str) -> bool:
        return self._has_sums and self._sums.match(first) is not None

    def _is_header(self, row: list[str]) -> bool:
        return tuple(cell.strip() for cell in row) == self._header.cells

    def _fit(self, row: list[str]) -> list[str]:
        if len(row) < self._needed:
            raise ValueError("it breaks off before its last column: have the file sent again")
        if not all(map(_is_blank, row[self._width :])):
            raise ValueError(
                "it has more cells than the header, so its marks may stand in the wrong column: correct it"
            )
        return row[: self._width] + [""] * (self._width - len(row))

    def _read_provider(self, cell: str) -> bool:
        if _is_blank(cell):
            raise ValueError("it names no provider, so nobody can tell whose it is: correct the row")
        return values.normal(cell) in self._only


def _is_blank(cell: str) -> bool:
    return not cell or cell.isspace()


def _kept(
    rows: list[list[str]], numbers: Sequence[int], keep: list[bool]
) -> tuple[list[list[str]], Sequence[int], int]:
    if all(keep):
        return rows, numbers, 0
    return list(compress(rows, keep)), list(compress(numbers, keep)), keep.count(False)

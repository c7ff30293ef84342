"""One attendance file, read whole or refused whole, whichever way it came."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, BinaryIO

from connectors.base import Malformed, Window
from connectors.collection import uncollected
from connectors.delimiters import fitting_delimiter
from connectors.headers import Header, find_header
from connectors.layouts import Ground, Tally, layout
from connectors.learners import Learners
from connectors.profiles import Profile
from connectors.sieve import OTHERS, Sieve
from connectors.tables import Batch, Content, Table, opened
from connectors.unknown_words import UnknownWords
from connectors.values import Dates, UnknownWord
from mapping.model import Pulled, SourceMark, SourcePupil, SourceRow

#: Rows between two reports to the progress bar.
_EVERY = 1000
_MAY_BE_CUT = (
    "the file ends without a line end, so its last row may be cut: have it sent again, or set ends_open = true in the "
    "profile where the provider's files always end so"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What a file holds: its marks, the rows of it that a person has to look at, and what it is made of.

    ``remarks`` are about rows left out as the profile says; they lose nothing. ``columns`` and ``sessions`` are the
    header cells and the marked rows of each session word, for whoever watches them change. ``whole_days`` are the days
    for which a snapshot answers in full: those it has marks of, and none as long as one of its rows cannot be read.
    """

    marks: list[SourceMark]
    unreadable: list[SourceRow]
    remarks: list[SourceRow] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    sessions: Mapping[str, int] = field(default_factory=dict)
    pupils: tuple[SourcePupil, ...] = ()
    whole_days: frozenset[date] = frozenset()

    def pulled(self, window: Window, **more: Any) -> Pulled:
        """Return a pull that brought this file alone; ``more`` is what the file does not tell of itself."""
        return Pulled(
            marks=tuple(self.marks),
            first=window.first,
            last=window.last,
            unreadable=tuple(self.unreadable),
            remarks=tuple(self.remarks),
            columns=self.columns,
            sessions=self.sessions,
            pupils=self.pupils,
            **{"whole_days": self.whole_days} | more,
        )


@uncollected()
def read_export(
    file: BinaryIO,
    content: Content,
    profile: Profile,
    *,
    name: str,
    window: Window,
    seen: Callable[[int], object],
) -> Export:
    """Read a file to its end; ``name`` stands in front of each row's number.

    Raises ``Malformed`` where the file as a whole cannot be believed: no header, not one row, or none that can be
    read. A file whose registers are all untaken yet brings no mark and is fine.
    """
    with opened(file, content, profile) as table:
        first: Batch = []
        try:
            first = next(table.batches, first)
            header = find_header(first, profile)
        except Malformed as problem:
            fitting = fitting_delimiter(file, content, profile)
            raise (Malformed(f"its cells are divided by {fitting}") if fitting else problem) from None
        reading = _Reading(profile, header, table, window=window, name=name)
        number, held = header.row + 2, Batch()
        for rows in chain([first[header.row + 1 :]], table.batches):
            batch, held = (held + rows[:-1], rows[-1:]) if table.is_open else (rows, held)
            reading.take(batch, number, seen)
            number += len(batch)
        reading.hold(held, number)
    return reading.export(seen)


class _Reading:
    """One file on its way from rows to marks."""

    def __init__(self, profile: Profile, header: Header, table: Table, *, window: Window, name: str) -> None:
        dates = Dates(profile.date_formats, zero=table.zero)
        self._profile, self._header, self._window, self._name = profile, header, window, name
        self._learners, self._sieve = Learners(profile, header, dates), Sieve(profile, header)
        self._layout = layout(
            Ground(
                profile=profile,
                header=header,
                learners=self._learners,
                dates=dates,
                window=window,
                where=f"{name} row ",
            )
        )
        self._marks: list[SourceMark] = []
        self._unreadable: list[SourceRow] = []
        self._left: Counter[str] = Counter()
        self._unknown = UnknownWords()
        self._count = self._told = 0

    def take(self, batch: Batch, first: int, seen: Callable[[int], object]) -> None:
        """Read the next rows; ``first`` is the number of the first of them."""
        rows, numbers = self._sieve.pupils(batch, range(first, first + len(batch)))
        self._count += len(rows)
        while self._count - self._told >= _EVERY:
            self._told += _EVERY
            seen(_EVERY)
        if rows:
            self._read(rows, numbers)

    def hold(self, rows: Batch, first: int) -> None:
        """Keep for a person what may be half a row; no row at all, or a blank one or sums, says nothing of a pupil.

        A closing quotation mark does not prove it whole: it may be half of a doubled one, or a cell may have followed.
        """
        kept, numbers = self._sieve.pupils(rows, range(first, first + len(rows)))
        self._count += len(kept)
        self._unreadable += [SourceRow(where=f"{self._name} row {number}", reason=_MAY_BE_CUT) for number in numbers]

    def _read(self, rows: list[list[str]], numbers: Sequence[int]) -> None:
        try:
            kept, numbered, left = self._sieve.counting(self._sieve.fit(rows), numbers)
            self._marks += self._layout.marks(kept, numbered)
        except ValueError as problem:
            if len(rows) == 1:
                self._tell(rows[0], f"{self._name} row {numbers[0]}", problem)
                return
            # One of them cannot be read: one by one, so that it alone is held back.
            for row, number in zip(rows, numbers, strict=True):
                self._read([row], [number])
        else:
            self._left += left

    def _tell(self, row: list[str], where: str, problem: ValueError) -> None:
        if isinstance(problem, UnknownWord):
            self._unknown.add(problem.word, where, self._who(row))
        else:
            self._unreadable.append(SourceRow(where=where, reason=str(problem)))

    def _who(self, row: list[str]) -> str | None:
        try:
            return next(self._learners.of(self._sieve.fit([row])))[0]
        except ValueError:
            return None

    def export(self, seen: Callable[[int], object]) -> Export:
        """Return what the file came to; raises ``Malformed`` where nothing of it can be believed."""
        seen(self._count - self._told)
        tally = self._layout.tally()
        unreadable = [*self._unreadable, *self._unknown.told(), *self._outside(tally.outside)]
        if not self._marks:
            self._doubt(tally, unreadable)
        is_whole = self._profile.content == "snapshot" and not unreadable
        return Export(
            marks=self._marks,
            unreadable=unreadable,
            remarks=list(self._left_out(tally.lessons)),
            columns=tuple(filter(None, self._header.cells)),
            sessions={**tally.sessions, **self._unknown.counts()},
            pupils=self._learners.pupils(),
            whole_days=tally.days if is_whole else frozenset(),
        )

    def _outside(self, marks: int) -> Iterator[SourceRow]:
        if marks:
            reason = f"marks outside {self._window}: {marks}, left out; check the dates in the file"
            yield SourceRow(where=self._name, reason=reason)

    def _left_out(self, lessons: Mapping[str, int]) -> Iterator[SourceRow]:
        for what, rows in self._left.items():
            if rows:
                yield SourceRow(where=self._name, reason=f"{what}: {rows}, left out as the profile says")
        if lessons:
            words = ", ".join(f"{word} {rows}" for word, rows in lessons.items())
            reason = f"rows of lessons: {sum(lessons.values())}, left out as the profile says ({words})"
            yield SourceRow(where=self._name, reason=reason)

    def _doubt(self, tally: Tally, unreadable: list[SourceRow]) -> None:
        if not self._count:
            raise Malformed(
                "no row follows the header: that is never read as an empty register; have the file sent again"
            )
        if unreadable:
            first = unreadable[0]
            raise Malformed(f"not one mark of {self._count} rows could be used; {first.where}: {first.reason}")
        if self._left[OTHERS] == self._count:
            raise Malformed(f"not one of {self._count} rows is of a provider in the profile's only: correct it")
        if tally.lessons:
            raise Malformed("every mark is of a lesson that the profile ignores: have AM and PM exported as well")

"""A day of marks into the store, beside a bare ``executemany`` of UPDATEs of the same rows in the same kind of file.

Ours reads what is stored, compares, writes what differs, and appends the register versions and amendments; the bare
one writes ready-made strings by row id. Both are one transaction with the same pragmas, on the same prefilled file.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import child, cohort
from benchmarks.child import Run
from benchmarks.facts import file_of
from benchmarks.measuring import Measured, Work, growth, in_turn, ratio
from benchmarks.table import Row, Section, times
from mapping.marks import BLANK_YEAR, position
from mapping.model import Half, Mark, Session
from store.connection import Connection
from store.database import Store
from store.registers import Ingested

SCHOOL = "benchmark"
_SEEN = datetime(2027, 3, 10, 15, tzinfo=UTC)
_AT = position(cohort.A_DAY)
_SESSIONS = [Session(cohort.A_DAY, half) for half in Half]
_BEFORE, _AFTER, _COPY = "before.db", "after.db", "copy.db"
_UPDATE = "UPDATE mark_string SET marks = ? WHERE id = ?"


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    rows = [row for pupils in sizes for row in _rows(folder, pupils, run)]
    return Section(
        title="Ingest of one day (two marks a pupil) into the store",
        rows=rows,
        notes=[
            "one transaction, committed; the year before the day is filled; every repeat on a fresh copy of the file.",
            "bare UPDATE: executemany of ready-made 732-byte strings by row id, same file, same pragmas, no reading,",
            "no comparing, no versions, no amendments; ratio: to it at the same size, all four in turn.",
        ],
    )


def _rows(folder: Path, pupils: int, run: Run) -> list[Row]:
    given = {"path": str(file_of(folder, pupils, run)), "folder": str(folder)}
    run("ingest:prepare", **given)
    seconds = run("ingest:days", repeats=_repeats(pupils), **given)
    taken = {
        what: Measured(tuple(each), run("ingest:growth_of", what=what, **given)) for what, (each, _) in seconds.items()
    }
    for file in (_BEFORE, _AFTER):
        (folder / file).unlink()
    return [
        Row(
            what=what,
            size=pupils,
            measured=each,
            each=f"{each.median / pupils * 1e6:.2f} us a pupil",
            ratio="1" if what == BARE else times(ratio(each, taken[BARE]), "<= 2"),
        )
        for what, each in taken.items()
    ]


def _repeats(pupils: int) -> int:
    return 9 if pupils <= 1_000 else 7 if pupils <= 50_000 else 3


# What the children do -------------------------------------------------------------------------------------------------


def prepare(path: str, folder: str) -> None:
    """Make the files on which the days are measured: on the morning of the day, and when it is recorded."""
    prefill(Path(folder) / _BEFORE, (_before(marks) for marks in cohort.read(Path(path))))
    shutil.copy(Path(folder) / _BEFORE, Path(folder) / _AFTER)
    with Store.open(Path(folder) / _AFTER) as store:
        ingest(store, _fresh(Path(path)))


def days(path: str, folder: str, repeats: int) -> dict[str, Measured]:
    """Measure every way in which a day comes, and the bare UPDATE, in turn."""
    with _copies(folder) as copy:
        return in_turn({what: _work(what, Path(path), copy) for what in (*DAYS, BARE)}, repeats=repeats)


def growth_of(what: str, path: str, folder: str) -> int:
    """Return the growth of one of them, in a process that has done nothing else."""
    with _copies(folder) as copy:
        return growth(_work(what, Path(path), copy))


def _work(what: str, path: Path, copy: "_Copy") -> Work:
    if what == BARE:
        return Work(_bare(path), lambda: copy.anew(_BEFORE))
    original, marks = _BEFORE if what == "fresh day" else _AFTER, DAYS[what](path)
    return Work(lambda store: ingest(store, marks), lambda: copy.anew(original))


def prefill(file: Path, strings: Iterable[bytes]) -> None:
    """Make a database whose one school has these strings, as years of ingest would leave them."""
    with Store.open(file) as store, store.transaction():
        connection_of(store).write_many(
            "INSERT INTO mark_string (school, school_year, pupil_id, marks) VALUES (?, ?, ?, ?)",
            ((SCHOOL, cohort.YEAR, cohort.pupil_id(number), marks) for number, marks in enumerate(strings)),
        )


def connection_of(store: Store) -> Connection:
    """Return the store's own connection: the bare UPDATE has to run under the very same pragmas."""
    return store._connection  # noqa: SLF001


class _Copy:
    """A database that is a fresh copy each time it is asked for, opened with nothing read yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store: Store | None = None

    def anew(self, original: str) -> Store:
        self.remove()
        shutil.copy(self._folder / original, self._folder / _COPY)
        self._store = Store.open(self._folder / _COPY)
        return self._store

    def remove(self) -> None:
        if self._store:
            self._store.close()
        for each in self._folder.glob(f"{_COPY}*"):
            each.unlink()


@contextmanager
def _copies(folder: str) -> Iterator[_Copy]:
    copy = _Copy(Path(folder))
    try:
        yield copy
    finally:
        copy.remove()


def ingest(store: Store, marks: Sequence[Mark]) -> Ingested:
    """Ingest a day as a pull does, in a transaction of its own."""
    with store.transaction():
        return store.registers.ingest(SCHOOL, marks, source="benchmark", seen_at=_SEEN, scope=_SESSIONS)


def _bare(path: Path) -> Callable[[Store], Any]:
    rows = [
        (_before(marks)[:_AT] + _due(marks) + BLANK_YEAR[_AT + 2 :], number)
        for number, marks in enumerate(cohort.read(path), start=1)
    ]

    def work(store: Store) -> None:
        with store.transaction():
            connection_of(store).sqlite.executemany(_UPDATE, rows)

    return work


def _before(marks: bytes) -> bytes:
    """Return a year as it stands on the morning of the day."""
    return marks[:_AT] + BLANK_YEAR[_AT:]


def _due(marks: bytes) -> bytes:
    """Return the day with a mark in both sessions: what is missing or in doubt counts as present here."""
    pair = zip(marks[_AT : _AT + 2], b"/\\", strict=True)
    return bytes(present if mark in b"-?" else mark for mark, present in pair)


def _fresh(path: Path) -> list[Mark]:
    return _marks([_due(marks) for marks in cohort.read(path)])


def _amended(path: Path) -> list[Mark]:
    """Change both marks of every hundredth pupil to another code."""
    pairs = [_due(marks) for marks in cohort.read(path)]
    pairs[::100] = [b"MM" if pair == b"II" else b"II" for pair in pairs[::100]]
    return _marks(pairs)


def _marks(pairs: Sequence[bytes]) -> list[Mark]:
    # Register by register, as platforms send them.
    return [
        Mark(pupil_id=cohort.pupil_id(number), session=session, byte=pair[half])
        for half, session in enumerate(_SESSIONS)
        for number, pair in enumerate(pairs)
    ]


BARE = "bare UPDATE"
DAYS = {"fresh day": _fresh, "same day again": _fresh, "day with 1 % amended": _amended}

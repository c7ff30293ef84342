"""A whole school year from the disk into decisions: read the strings, lay the masks, decide one day."""

import ctypes
import mmap
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks import child, cohort, policy
from benchmarks.child import Run
from benchmarks.facts import file_of
from benchmarks.ingest import SCHOOL, prefill
from benchmarks.measuring import Measured, Work, measured
from benchmarks.table import Row, Section
from rules.due import SessionsDue
from rules.model import Decision, PupilMarks
from store.database import Store


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    rows = [row for pupils in sizes for row in _rows(folder, pupils, run)]
    is_cold = any(row.what == COLD for row in rows)
    return Section(
        title="A school year of marks from the disk into the decisions of one day",
        rows=rows,
        notes=[
            "all three: the file opened, read, laid and decided in one go; wanted: 30,000 pupils in 0.2 s.",
            "warm: the file is in the machine's page cache, the database is opened anew; decided on the last day.",
            "cold: the file was dropped from this machine's page cache and found absent; a host below may hold it."
            if is_cold
            else "cold: not measured, because the page cache cannot be emptied, or not looked into, on this machine.",
        ],
    )


def _rows(folder: Path, pupils: int, run: Run) -> list[Row]:
    file, given = folder / "year.db", {"path": str(file_of(folder, pupils, run)), "file": str(folder / "year.db")}
    run("reading:prepare", **given)
    steps = [step for step in STEPS if step != COLD or forget(file)]
    taken = {step: Measured(*run("reading:step", step=step, pupils=pupils, file=str(file))) for step in steps}
    file.unlink()
    return [
        Row(
            what=step,
            size=pupils,
            measured=each,
            each=f"{each.median / pupils * 1e6:.2f} us a pupil",
            ratio=f"{each.median / 0.2:.2f} of 0.2 s" if step.startswith("all") and pupils == 30_000 else "",
        )
        for step, each in taken.items()
    ]


# What the children do -------------------------------------------------------------------------------------------------


def prepare(path: str, file: str) -> None:
    """Make a database with a whole year."""
    prefill(Path(file), cohort.read(Path(path)))


def step(step: str, pupils: int, file: str) -> Measured:
    """Measure one step, or all."""
    year = _Year(Path(file), pupils)
    repeats = 9 if pupils <= 50_000 else 3
    match step:
        case "read, warm":
            return measured(Work(year.read), repeats=repeats)
        case "masks laid":
            rows = year.read()
            return measured(Work(lambda: year.lay(rows)), repeats=repeats)
        case "day decided":
            laid = year.lay(year.read())
            return measured(Work(lambda: year.decide(laid)), repeats=repeats)
        case _:
            return measured(Work(lambda _: year.whole(), year.cool if step == COLD else lambda: None), repeats=repeats)


COLD = "all three, cold"
STEPS = ("read, warm", "masks laid", "day decided", "all three, warm", COLD)


class _Year:
    """A database of one year, and everything of the school that is there before it is read."""

    def __init__(self, file: Path, pupils: int) -> None:
        self._file = file
        self._roll = {cohort.pupil_id(number): (cohort.entry(number),) for number in range(pupils)}
        self._decide = policy.evaluator().on(cohort.CALENDAR, cohort.LAST_DAY, cohort.ORIGIN)

    def read(self) -> list[tuple[str, bytes]]:
        with Store.open(self._file) as store:
            return store.registers.year_of_school(SCHOOL, cohort.YEAR)

    def lay(self, rows: list[tuple[str, bytes]]) -> list[PupilMarks]:
        due = SessionsDue(cohort.CALENDAR)
        return [due.lay(self._roll[pupil_id], {cohort.YEAR: marks}) for pupil_id, marks in rows]

    def decide(self, pupils: list[PupilMarks]) -> list[Decision]:
        return [decision for pupil in pupils for decision in self._decide(pupil)]

    def whole(self) -> list[Decision]:
        return self.decide(self.lay(self.read()))

    def cool(self) -> None:
        if not forget(self._file):
            raise RuntimeError("the file did not leave the page cache: end whatever else reads it")


def forget(file: Path) -> bool:
    """Drop a file from the page cache; false where this machine cannot do that or cannot show that it is done."""
    if not hasattr(os, "posix_fadvise"):
        return False
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return cached_pages(opened.fileno()) == 0


def cached_pages(descriptor: int) -> int | None:
    """Count a file's pages that are in the page cache, reading none; none where the C library does not tell."""
    size = os.fstat(descriptor).st_size
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY) as pages:
        found = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
        start = ctypes.c_char.from_buffer(pages)
        try:
            failed = ctypes.CDLL(None).mincore(ctypes.byref(start), ctypes.c_size_t(size), found)
        except AttributeError:
            return None
        finally:
            # The map cannot be closed while anything points into it.
            del start
    return None if failed else sum(flag & 1 for flag in found)

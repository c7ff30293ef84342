"""Shipped policies over a whole year of marks, school by school, decisions with their reasons included."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

from benchmarks import child, cohort, policy
from benchmarks.child import Run
from benchmarks.facts import file_of
from benchmarks.measuring import Measured, Work, growth, measured
from benchmarks.operator import PER_SCHOOL
from benchmarks.table import Row, Section
from rules.model import PupilMarks

WANTED_NANOSECONDS, WANTED_MEBIBYTES = 60, 500
POLICIES = ("swift-learning", "st-johns")
LAST, ORDINARY, EVERY = "last day", "the day before it", "every day"
#: The school days that each row judges.
_DAYS = {LAST: cohort.CALENDAR.days[-1:], ORDINARY: cohort.CALENDAR.days[-2:-1], EVERY: cohort.CALENDAR.days}
#: Every day of the year is judged of so many at most.
_FEW = 3_000


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    rows = [row for name in POLICIES for pupils in sizes for row in _rows(folder, name, pupils, run=run)]
    return Section(
        title="Shipped policies, with the floor, over a year of marks, streamed in schools of a thousand",
        rows=rows,
        notes=[
            "last day: the decisions of the year's last school day, from all its marks; the file read, the masks laid,",
            "each school dropped when it is done, so the peak growth is that of one school; on that day a policy may",
            "have something to say of every pupil (the end of term). the day before it: the same on an ordinary day.",
            f"wanted: {WANTED_NANOSECONDS} ns a mark at every size, under {WANTED_MEBIBYTES} MiB for 200,000 pupils.",
            f"every day: the year's {len(cohort.CALENDAR.days)} school days judged in turn, as a backtest does.",
        ],
    )


def _rows(folder: Path, name: str, pupils: int, *, run: Run) -> list[Row]:
    path = str(file_of(folder, pupils, run))
    marks = run("facts:marks", path=path)
    whats = [LAST, ORDINARY, EVERY] if pupils <= _FEW else [LAST, ORDINARY]
    rows = []
    for what in whats:
        seconds, grown = run("year:judged", path=path, name=name, what=what)
        taken = Measured(tuple(seconds), grown)
        rows.append(
            Row(
                what=f"{name}, {what}",
                size=pupils,
                measured=taken,
                each=f"{taken.median / marks * 1e9:.1f} ns a mark",
                ratio=f"(wanted <= {WANTED_NANOSECONDS} ns)" if what != EVERY else "",
            )
        )
    return rows


# What the children do -------------------------------------------------------------------------------------------------


def judged(path: str, name: str, what: str) -> Measured:
    """Measure one policy over the pupils of a file."""
    judge = _judge(name, _DAYS[what])
    work = Work(lambda: sum(map(judge, _schools(Path(path)))))
    grown = growth(work)
    return measured(work, repeats=3)._replace(growth=grown)


def _judge(name: str, days: Sequence[date]) -> Callable[[list[PupilMarks]], int]:
    evaluator = policy.evaluator(name)
    decides = [evaluator.on(cohort.CALENDAR, day, cohort.ORIGIN) for day in days]
    return lambda pupils: sum(len(decide(pupil)) for decide in decides for pupil in pupils)


def _schools(path: Path) -> Iterator[list[PupilMarks]]:
    pupils = policy.laid(path)
    while school := list(islice(pupils, PER_SCHOOL)):
        yield school

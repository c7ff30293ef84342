"""One school day of ``decide`` as it runs: marks and cases read, policy judged, all that follows written.

Schools of a thousand pupils, one transaction each. Ten school days were judged before, so there are cases that stand
and cases that end. Every twentieth pupil is absent on the day. On an ordinary day their absences began on different
days, one to twenty school days before: most stand at some rung already, and few reach one. In the worst case all of
them reach the third day at once, as after a storm.
"""

import shutil
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple

from app import pipeline
from app.reading import read
from app.wiring import Relay, Surroundings, open_relay
from benchmarks import child, cohort, operator
from benchmarks.child import Run
from benchmarks.facts import file_of
from benchmarks.ingest import connection_of
from benchmarks.measuring import Measured, Work, measured
from benchmarks.table import Row, Section
from config.settings import Settings
from mapping.marks import BLANK_YEAR, position
from mapping.school_days import at_local
from store.database import Store
from store.instants import instant_text

WANTED_SECONDS = 3
AT_LARGE = 30_000
#: Rungs that ask for tasks alone, over the floor; and a shipped policy with its notices and documents.
POLICIES = ("six-rules", "swift-learning")
#: The largest size at which the worst day is measured: preparing it takes ten days.
_WORST_AT = 3_000
_DAY = cohort.A_DAY
#: The first of the days that are judged before anything is timed.
_FIRST = cohort.CALENDAR.days[cohort.CALENDAR.days.index(_DAY) - 10]
_DAYS = cohort.CALENDAR.between(cohort.CALENDAR.days[0], _DAY)
_EVERY = 20
#: One task in so many is not done by the evening.
_UNDONE = 10
#: The longest of the absences of an ordinary day, and all of those of the worst, in school days.
_LONGEST, _WORST = 20, 3


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    """Measure an ordinary day at every size, and the worst day at one."""
    rows, notes = [], list(_NOTES)
    for policy in POLICIES:
        for pupils, what in [*((pupils, DAY) for pupils in sizes), (min(max(sizes), _WORST_AT), WORST)]:
            there = folder / f"deciding-{policy}-{pupils}"
            given = {"folder": str(there), "pupils": pupils, "policy": policy, "is_worst": what == WORST}
            run("deciding:prepare", path=str(file_of(folder, pupils, run)), **given)
            taken, counted = run("deciding:day", folder=str(there), pupils=pupils)
            rows.append(_row(f"{what}, {policy}", pupils, Measured(*taken)))
            if what == DAY:
                reading = run("deciding:reading", folder=str(there), pupils=pupils)
                rows.append(_row(f"{FOLDER}, {policy}", pupils, Measured(*reading)))
            notes.append(f"{what}, {policy}, {pupils:,} pupils: {counted}.")
            shutil.rmtree(there)
    return Section(title="One school day of decide, store and outbox included", rows=rows, notes=notes)


def _row(what: str, pupils: int, taken: Measured) -> Row:
    is_goal = pupils == AT_LARGE and what.startswith(DAY)
    return Row(
        what=what,
        size=pupils,
        measured=taken,
        each=f"{taken.median / pupils * 1e6:.1f} us a pupil",
        ratio=f"{taken.median:.2f} s (wanted <= {WANTED_SECONDS})" if is_goal else "",
    )


DAY, WORST, FOLDER = "an ordinary day", "the worst day", "folder read"
_NOTES = (
    "a day: everything of `decide` for all schools but the feeds, from the marks in the file to the last commit;",
    "each time on a fresh copy of the file. Ten school days were judged before it, and of the tasks of each nine in",
    "ten were done by its evening.",
    "an ordinary day: one pupil in twenty is absent without a reason, for 1 to 20 school days by now, as many for each",
    "length; the others' marks are the cohort's. Only those who reach a rung that day are told of.",
    "the worst day: the same pupils, all absent for the third day, so that all of them reach that rung at once; it has",
    "no goal. folder read: relay.toml, placements.csv and the rest, which `run` reads before each job.",
)

# What the children do -------------------------------------------------------------------------------------------------


class Counted(NamedTuple):
    """What one day came to."""

    pupils: int
    decisions: int
    withdrawn: int
    cases: int
    tasks: int
    messages: int

    def __str__(self) -> str:
        return (
            f"{self.decisions:,} decisions about {self.pupils:,} pupils, {self.tasks:,} tasks and {self.messages:,} "
            f"messages that day; {self.cases:,} cases open after it"
        )


def prepare(folder: str, path: str, pupils: int, policy: str, *, is_worst: bool) -> None:
    """Make a folder and a database in which ten school days were judged, and the marks of the eleventh are there."""
    there = Path(folder)
    settings = operator.write(there, pupils, policy)
    _prefill(settings.database, Path(path), is_worst=is_worst)
    before = cohort.CALENDAR.nth_before(_FIRST, 1)
    assert before is not None
    with Store.open(settings.database) as store, store.transaction():
        for school in operator.schools(pupils):
            store.runs.keep(f"judged_from/{school}", _FIRST.isoformat())
            store.runs.decided(school, before)
    for day in cohort.CALENDAR.between(_FIRST, _DAY)[:-1]:
        _decide(settings, day)
        _do_tasks(settings, day)


def day(folder: str, pupils: int) -> tuple[Measured, str]:
    """Measure the day, each time on a fresh copy, and count what it came to."""
    there = Path(folder)
    settings = operator.settings(there)
    original = there / "original.db"
    shutil.copy(settings.database, original)
    opened: list[Relay] = []

    def fresh() -> Relay:
        while opened:
            opened.pop().close()
        for each in there.glob("relay.db*"):
            each.unlink()
        shutil.copy(original, settings.database)
        opened.append(_open(settings, _DAY))
        return opened[-1]

    taken = measured(Work(lambda relay: pipeline.decide(relay, relay.sites.values()), fresh), repeats=_repeats(pupils))
    counted = _count(opened[-1])
    opened.pop().close()
    return taken, str(counted)


def reading(folder: str, pupils: int) -> Measured:
    """Measure the reading of the folder."""
    settings = operator.settings(Path(folder))
    return measured(Work(lambda: read(settings)), repeats=_repeats(pupils))


def _repeats(pupils: int) -> int:
    return 5 if pupils < AT_LARGE else 2


def _open(settings: Settings, day: date) -> Relay:
    now: datetime = at_local(day, time(16, 30))
    return open_relay(read(settings), settings, Surroundings(now=lambda: now))


def _decide(settings: Settings, day: date) -> None:
    with _open(settings, day) as relay:
        done = pipeline.decide(relay, relay.sites.values())
        if done.problems:
            raise RuntimeError(done.problems[0])


def _do_tasks(settings: Settings, day: date) -> None:
    """Have most of what was asked done by the evening: an enquiry with nobody answering, a document sent."""
    sql = (
        "UPDATE task SET state = 'done', done_at = ?, note = '', done_by = role,"
        " method = iif(about IS NULL, 'call', NULL), outcome = iif(about IS NULL, 'no_answer', NULL)"
        " WHERE state = 'open' AND rowid % ? > 0"
    )
    at = instant_text(at_local(day, time(17)))
    with Store.open(settings.database) as store, store.transaction():
        connection_of(store).write(sql, (at, _UNDONE))


def _count(relay: Relay) -> Counted:
    found = [
        each for school in relay.sites for each in relay.store.cases.of_school(school, _DAY) if each.fired_on == _DAY
    ]
    if not found:
        raise RuntimeError("nothing was decided on the day")
    ids = {each.id for each in found}
    return Counted(
        pupils=len({each.pupil_id for each in found}),
        decisions=len(found),
        withdrawn=sum(each.state == "withdrawn" for each in found),
        cases=sum(len(relay.store.cases.episodes(school)) for school in relay.sites),
        tasks=_rows(relay, "task", ids),
        messages=sum(len(relay.store.messages.caused_by(each)) for each in ids),
    )


def _rows(relay: Relay, table: str, ids: set[str]) -> int:
    rows = connection_of(relay.store).sqlite.execute(f"SELECT decision_id FROM {table}")
    return sum(decision in ids for (decision,) in rows)


def _prefill(file: Path, path: Path, *, is_worst: bool) -> None:
    with Store.open(file) as store, store.transaction():
        connection_of(store).write_many(
            "INSERT INTO mark_string (school, school_year, pupil_id, marks) VALUES (?, ?, ?, ?)",
            (
                (
                    operator.school_of(number),
                    cohort.YEAR,
                    cohort.pupil_id(number),
                    _known(marks, _days_absent(number, is_worst=is_worst)),
                )
                for number, marks in enumerate(cohort.read(path))
            ),
        )


def _days_absent(number: int, *, is_worst: bool) -> int:
    """Return for how many school days a pupil is absent by the evening of the day, by the pupil's number."""
    if number % _EVERY:
        return 0
    return _WORST if is_worst else 1 + number // _EVERY % _LONGEST


def _known(marks: bytes, absent: int) -> bytes:
    """Return a year as it is known on the evening of the day, after so many days of absence and one of attendance."""
    until = position(_DAY) + 2
    marks = marks[:until] + BLANK_YEAR[until:]
    days = _DAYS[-absent - 1 :] if absent else ()
    for day, pair in zip(days, (b"/\\", *[b"NN"] * absent), strict=False):
        marks = marks[: position(day)] + pair + marks[position(day) + 2 :]
    return marks

"""Facts of one policy for a year of pupils: ours, the peers', and one pass over the same bytes.

A mark is one session that was due for the pupil: 380 a year for a full-time pupil of the whole year, on 190 school
days; what was not due is not counted, though our strings hold a byte for it.
"""

import importlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import child, cohort, policy
from benchmarks.child import Run
from benchmarks.measuring import Measured, Work, growth, in_turn, ratio
from benchmarks.peers import Peer
from benchmarks.table import Row, Section, times
from rules.due import SessionsDue

#: Each peer, and how many times faster the project wants its own facts to be.
WANTED = {"polars": ">= 2", "duckdb": ">= 4"}
WAYS = ("tuned", "plain")
#: Sizes at which all rows are compared beside those that are timed: none a multiple of 64.
ODD_SIZES = (1, 63, 65, 1_001)
_AT = (cohort.CALENDAR, cohort.LAST_DAY, cohort.ORIGIN)


def installed() -> list[str]:
    """Return the peers that are there."""
    return [name for name in WANTED if importlib.util.find_spec(name)]


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    """Compare all rows, then time."""
    compare(folder, ODD_SIZES, run)
    rows = [row for pupils in sizes for row in _rows(folder, pupils, run)]
    notes = [
        "facts: of the rules of benchmarks/policies/six-rules.toml (4 distinct: days absent and unexplained running,",
        "attendance this year, N standing), at the end of the last school day; decisions: the same day, reasons made.",
        "one pass: one translate and one count over each pupil's whole string; ours are given as multiples of it.",
        "ratio of a peer: to our facts, taken in turn in the same process (below 1: the peer is faster), one thread.",
        "tuned: the fastest way of asking that we found; plain: as one would write it from the policy.",
        f"before timing, every peer's rows equalled ours at {_listed((*ODD_SIZES, *sizes))} pupils.",
        *(f"{name} is not installed: its rows are missing" for name in WANTED if name not in installed()),
    ]
    return Section(title="Facts and decisions of one policy over a school year", rows=rows, notes=notes)


def compare(folder: Path, sizes: Sequence[int], run: Run = child.run) -> None:
    """Compare every row of every peer with ours at these sizes; raises when one differs."""
    for pupils in sizes:
        for name in installed():
            run("facts:check", peer=name, path=str(file_of(folder, pupils, run)))


def file_of(folder: Path, pupils: int, run: Run) -> Path:
    """Return a file of so many pupils, drawn when it is first asked for."""
    path = folder / f"year-of-{pupils}.marks"
    if not path.exists():
        run("facts:draw", path=str(path), pupils=pupils)
    return path


def _rows(folder: Path, pupils: int, run: Run) -> list[Row]:
    path, repeats = str(file_of(folder, pupils, run)), _repeats(pupils)
    compare(folder, [pupils], run)
    marks = run("facts:marks", path=path)
    ours = {
        what: _with_growth(seconds, run("facts:growth_of", what=what, path=path))
        for what, (seconds, _) in run("facts:ours", path=path, repeats=repeats).items()
    }
    rows = [
        Row(
            what=what,
            size=pupils,
            measured=taken,
            each=f"{taken.median / pupils * 1e6:.2f} us a pupil" if what == "mask laid" else _per_mark(taken, marks),
            ratio="1" if what == "one pass" else times(ratio(taken, ours["one pass"])),
        )
        for what, taken in ours.items()
    ]
    return [*rows, *(row for name in installed() for row in _peer_rows(path, pupils, marks, name=name, run=run))]


def _peer_rows(path: str, pupils: int, marks: int, *, name: str, run: Run) -> list[Row]:
    taken = run("facts:peer", peer=name, path=path, repeats=_repeats(pupils))
    ours = Measured(*taken.pop("ours"))
    ways = {
        way: _with_growth(seconds, run("facts:growth_of", what=way, path=path, peer=name))
        for way, (seconds, _) in taken.items()
    }
    return [
        Row(
            what=f"facts by {name}, {way}",
            size=pupils,
            measured=each,
            each=_per_mark(each, marks),
            ratio=times(ratio(each, ours), WANTED[name]),
        )
        for way, each in ways.items()
    ]


def _with_growth(seconds: Sequence[float], grown: int) -> Measured:
    return Measured(tuple(seconds), grown)


def _per_mark(taken: Measured, marks: int) -> str:
    return f"{taken.median / marks * 1e9:.2f} ns a mark"


def _repeats(pupils: int) -> int:
    return 15 if pupils <= 1_000 else 7 if pupils <= 50_000 else 3


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size:,}" for size in sorted(sizes))


# What the children do -------------------------------------------------------------------------------------------------


def draw(path: str, pupils: int) -> float:
    """Write a file of pupils; returns the seconds it took."""
    begin = time.perf_counter()
    cohort.write(Path(path), pupils)
    return time.perf_counter() - begin


def marks(path: str) -> int:
    """Count the sessions that were due to the pupils of a file."""
    return sum(len(pupil.marks) - pupil.marks.count(b".") for pupil in policy.laid(Path(path)))


def ours(path: str, repeats: int) -> dict[str, Measured]:
    """Measure everything of ours on one file, in turn."""
    return in_turn({what: Work(make(Path(path))) for what, make in OURS.items()}, repeats=repeats)


def peer(peer: str, path: str, repeats: int) -> dict[str, Measured]:
    """Measure both ways of a peer and our facts on one file, in turn."""
    works = {"ours": _facts(Path(path)), **_open(peer, path).ways}
    return in_turn({what: Work(do) for what, do in works.items()}, repeats=repeats)


def growth_of(what: str, path: str, peer: str = "") -> int:
    """Return the growth of one thing of ours, or of one way of a peer, in a process that has done nothing else."""
    return growth(Work(_open(peer, path).ways[what] if peer else OURS[what](Path(path))))


def _facts(path: Path) -> Callable[[], Any]:
    facts, pupils = policy.evaluator().facts(*_AT), list(policy.laid(path))
    return lambda: list(map(facts, pupils))


def _decisions(path: Path) -> Callable[[], Any]:
    decide, pupils = policy.evaluator().on(*_AT), list(policy.laid(path))
    return lambda: list(map(decide, pupils))


def _one_pass(path: Path) -> Callable[[], Any]:
    table, pupils = bytes(range(256)), list(policy.laid(path))
    return lambda: [pupil.marks.translate(table).count(b"/") for pupil in pupils]


def _mask(path: Path) -> Callable[[], Any]:
    stored = list(cohort.read(path))
    roll = [(cohort.entry(number),) for number in range(len(stored))]
    due = SessionsDue(cohort.CALENDAR)
    return lambda: [due.lay(entry, {cohort.YEAR: marks}) for entry, marks in zip(roll, stored, strict=True)]


OURS = {"facts": _facts, "decisions": _decisions, "one pass": _one_pass, "mask laid": _mask}


def check(peer: str, path: str) -> int:
    """Compare every row of a peer with ours, in each of its ways; raises when one differs."""
    facts = policy.evaluator().facts(*_AT)
    expected = [policy.plain(facts(pupil)) for pupil in policy.laid(Path(path))]
    opened = _open(peer, path)
    for way in WAYS:
        if (found := opened.facts(opened.ways[way]())) != expected:
            differ = sum(one != other for one, other in zip(found, expected, strict=False))
            raise AssertionError(f"{peer}, {way}: {differ} of {len(expected)} pupils differ")
    return len(expected)


def _open(peer: str, path: str) -> Peer:
    opened: Peer = importlib.import_module(f"benchmarks.peers.{peer}_facts").open_peer(Path(path))
    return opened

"""Timing and memory of one piece of work, in the process that does it."""

import gc
import resource
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


class Measured(NamedTuple):
    """Seconds of every repeat, and by how many bytes the process grew at most during the first, untimed one."""

    seconds: tuple[float, ...]
    growth: int = 0

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.seconds), max(self.seconds)


class Work(NamedTuple):
    """Something to measure; ``given`` makes its argument anew each time, outside the timing."""

    do: Callable[..., Any]
    given: Callable[[], Any] | None = None


def measured(work: Work, *, repeats: int) -> Measured:
    """Do the work once for its memory, then ``repeats`` times for its time; cycles are collected as in the program."""
    return in_turn({"": work}, repeats=repeats)[""]


def in_turn(works: Mapping[str, Work], *, repeats: int) -> dict[str, Measured]:
    """Measure works that are to be compared, turn and turn about, so that a slow minute of the machine hits all."""
    growths = {name: growth(work) for name, work in works.items()}
    rounds = [{name: _seconds(work) for name, work in works.items()} for _ in range(repeats)]
    return {name: Measured(tuple(each[name] for each in rounds), growths[name]) for name in works}


def ratio(one: Measured, other: Measured) -> float:
    """Return how many times longer one takes than the other: the median of what each turn says by itself."""
    return median(mine / its for mine, its in zip(one.seconds, other.seconds, strict=True))


def _seconds(work: Work) -> float:
    arguments = (work.given(),) if work.given else ()
    gc.collect()
    # As timeit does: the collector's turns depend on what else the process holds, not on the work.
    gc.disable()
    try:
        begin = time.perf_counter()
        # What comes out is kept until the clock is stopped: freeing it is the caller's business.
        result = work.do(*arguments)
        seconds = time.perf_counter() - begin
    finally:
        gc.enable()
    del result
    return seconds


def growth(work: Work) -> int:
    """Do the work once and return by how many bytes the process grew at most meanwhile."""
    arguments = (work.given(),) if work.given else ()
    gc.collect()
    with suppress(OSError):
        # Linux: forget the peak so far, such as that of reading the data in.
        _CLEAR.write_text("5", encoding="ascii")
    before = _peak()
    result = work.do(*arguments)
    grown = max(_peak() - before, 0)
    del result
    return grown


def _peak() -> int:
    """Return the most this process held, in bytes.

    Not getrusage where it can be helped: that begins with what the parent held when it started this process.
    """
    with suppress(OSError):
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

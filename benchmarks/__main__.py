"""``python -m benchmarks [--quick] [NAME...]``: measure everything, or what is named, and print it as tables."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import (
    conditions,
    deciding,
    facts,
    files,
    ingest,
    machine,
    outbox_backlog,
    outbox_fairness,
    outbox_throughput,
    pull,
    pull_wonde,
    reading,
    year,
)
from benchmarks.table import Section, text


class Sizes(NamedTuple):
    """How much is measured: pupils of a year, shapes of pulls as pupils and school days, messages, a file."""

    pupils: Sequence[int]
    pulls: Sequence[tuple[int, int]]
    messages: int
    due: int
    backlogs: Sequence[int]
    megabytes: float


FULL = Sizes(
    pupils=(100, 30_000, 200_000),
    pulls=((1_000, 100), (100, 1), (30_000, 1), (200_000, 1)),
    messages=300,
    due=10_000,
    backlogs=(1_000, 10_000, 100_000, 1_000_000),
    megabytes=50,
)
QUICK = Sizes(
    pupils=(100, 3_000), pulls=((100, 10), (1_000, 10)), messages=40, due=500, backlogs=(1_000, 10_000), megabytes=2
)

SECTIONS: dict[str, Callable[[Path, Sizes], Section]] = {
    "facts": lambda folder, sizes: facts.section(folder, sizes.pupils),
    "year": lambda folder, sizes: year.section(folder, sizes.pupils),
    "conditions": lambda folder, sizes: conditions.section(folder, [min(sizes.pupils), 3_000]),
    "deciding": lambda folder, sizes: deciding.section(folder, [each for each in sizes.pupils if each <= 30_000]),
    "ingest": lambda folder, sizes: ingest.section(folder, sizes.pupils),
    "reading": lambda folder, sizes: reading.section(folder, sizes.pupils),
    "files": lambda folder, sizes: files.section(folder, sizes.megabytes),
    "pull": lambda _, sizes: pull.section(sizes.pulls),
    "pull-wonde": lambda _, sizes: pull_wonde.section(sizes.pulls),
    "outbox": lambda folder, sizes: outbox_throughput.section(folder, sizes.messages),
    "slow-disk": lambda folder, sizes: outbox_throughput.slow_section(folder, sizes.messages // 3),
    "fairness": lambda folder, sizes: outbox_fairness.section(folder, sizes.due),
    "backlog": lambda folder, sizes: outbox_backlog.section(folder, sizes.backlogs),
}


def main(arguments: Sequence[str]) -> None:
    """Print the machine, then each table as soon as it is measured."""
    asked = _parser().parse_args(arguments)
    if unknown := set(asked.name) - SECTIONS.keys():
        sys.exit(f"no benchmark is called {' or '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}")
    begin = time.monotonic()
    print("\n".join(machine.lines()))
    print("medians of n repeats after one that is not timed; peak growth: of the process, during that first one")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        for name in asked.name or SECTIONS:
            print(f"\n{text(SECTIONS[name](Path(folder), QUICK if asked.quick else FULL))}", flush=True)
    print(f"\n{time.monotonic() - begin:.0f} s in all; load at the end {machine.load()}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(SECTIONS)}; all when none is given")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])

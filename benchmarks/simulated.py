"""A simulated Arbor or Wonde in a process of its own, with as many pupils and days as are asked for.

It ends when the process that started it closes its input or is gone, and by itself after some minutes.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.server import Server
from app.demo.platforms.wonde import simulate_wonde
from app.demo.platforms.world import UpnSpell, WorldMark, WorldPupil
from benchmarks import cohort
from benchmarks.child import ROOT
from mapping.identity import check_letter
from mapping.model import Half

SCHOOL, USER, PASSWORD = "benchmark", "relay", "simulated"
NOW = datetime(2027, 7, 30, 12, tzinfo=UTC)
_SECONDS = 300
_SYMBOLS = {Half.AM: "/", Half.PM: "\\"}


@dataclass(frozen=True)
class ManyMarks:
    """A world whose pupils all have a mark in every session: one in fourteen ill, one in fifty late."""

    count: int

    @property
    def clock(self) -> Callable[[], datetime]:
        return lambda: NOW

    @cached_property
    def _pupils(self) -> list[WorldPupil]:
        rests = (f"001{number:07}26" for number in range(self.count))
        upns = (check_letter(rest) + rest for rest in rests)
        return [
            WorldPupil(platform_id=str(4000 + number), upn=upn, history=(UpnSpell(upn),))
            for number, upn in enumerate(upns)
        ]

    def pupils(self, school: str) -> Iterable[WorldPupil]:  # noqa: ARG002 - there is one school
        return self._pupils

    def marks(self, school: str, first: date, last: date, at: datetime) -> Iterator[WorldMark]:  # noqa: ARG002
        for day in cohort.CALENDAR.between(first, last):
            # A mark has the same id whichever days are asked for.
            number = (day - cohort.ORIGIN).days * 2 * self.count
            for half in Half:
                for pupil in self._pupils:
                    number += 1
                    symbol = "I" if number % 14 == 0 else "L" if number % 50 == 0 else _SYMBOLS[half]
                    late = 7 if symbol == "L" else None
                    yield WorldMark(900_000 + number, pupil.platform_id, day, half, symbol, late)


def arbor(pupils: int) -> AbstractContextManager[str]:
    """Start a simulated Arbor and yield its address."""
    return _started("arbor", pupils)


def wonde(pupils: int) -> AbstractContextManager[str]:
    """Start a simulated Wonde and yield its address."""
    return _started("wonde", pupils)


@contextmanager
def _started(platform: str, pupils: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.simulated", platform, str(pupils)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def _serve(platform: str, pupils: int) -> None:
    with _simulator(platform, ManyMarks(pupils)) as server:
        json.dump(server.address, sys.stdout)
        print(flush=True)
        end = threading.Thread(target=sys.stdin.read, daemon=True)
        end.start()
        end.join(_SECONDS)


def _simulator(platform: str, world: ManyMarks) -> Server:
    if platform == "wonde":
        return simulate_wonde(world, SCHOOL, token=PASSWORD)
    return simulate_arbor(world, SCHOOL, username=USER, password=PASSWORD)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))

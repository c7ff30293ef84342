"""10,000 due messages to 50 destinations over HTTP, one of which accepts and never answers: do the others wait for it?

The receiver runs in a process of its own, each destination on a port of its own.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks import child
from benchmarks.child import Run
from benchmarks.measuring import Measured, ratio
from benchmarks.messages import MORNING, draft, posting, running
from benchmarks.receiver import Plan, receiving
from benchmarks.table import Row, Section, times
from outbox.messages import Settlement
from outbox.relay import Outside, deliver
from store.database import Store
from store.sent_log import SentLog

DESTINATIONS = 50
HANGING = "council-0"
TIMEOUT_SECONDS = 2.0
ALL_WELL, ONE_HANGS = "all answer", "one never answers"


def section(folder: Path, messages: int, run: Run = child.run, *, repeats: int = 3) -> Section:
    """Measure how long the other destinations take, with and without one that hangs."""
    answer = run("outbox_fairness:measure", folder=str(folder), messages=messages, repeats=repeats)
    taken = {what: Measured(*each) for what, each in answer.items()}
    others = messages - messages // DESTINATIONS
    return Section(
        title=f"{messages:,} due messages to {DESTINATIONS} destinations over HTTP on this machine",
        rows=[
            Row(
                what=f"the others, when {what}",
                size=others,
                measured=each,
                each=f"{others / each.median:,.0f}/s",
                ratio="1" if what == ALL_WELL else times(ratio(each, taken[ALL_WELL]), "<= 1.3"),
            )
            for what, each in taken.items()
        ],
        notes=[
            f"until the last message of the {DESTINATIONS - 1} others is recorded; as many are due to {HANGING},",
            f"which never answers: an attempt there ends after {TIMEOUT_SECONDS:g} s and opens its circuit.",
            "a connection and a request a message; the receiver is a process of its own on this machine.",
        ],
        counted="messages",
    )


# What the children do -------------------------------------------------------------------------------------------------


def measure(folder: str, messages: int, repeats: int) -> dict[str, Measured]:
    """Measure both in turn, each time with a fresh outbox, both receivers running; the first turn is not timed."""
    with ExitStack() as stack:
        ports = {what: stack.enter_context(_receiver(folder, what)) for what in (ALL_WELL, ONE_HANGS)}
        turns = [{what: _turn(Path(folder), messages, ports[what]) for what in ports} for _ in range(repeats + 1)]
    return {what: Measured(tuple(turn[what] for turn in turns[1:])) for what in ports}


def _turn(folder: Path, messages: int, ports: Mapping[str, int]) -> float:
    """Deliver until the others have all they are due; returns the seconds to the record of their last message."""
    others = _Others(messages - messages // DESTINATIONS)
    with tempfile.TemporaryDirectory(dir=folder) as place, Store.open(Path(place) / "relay.db") as store:
        _fill(store, messages)
        clock = running(MORNING + timedelta(hours=1))
        outside = Outside(clock=clock, seen=others.saw, stop=others.are_done, witness=SentLog(Path(place) / "sent.log"))
        channels = posting(ports, clock, timeout_seconds=TIMEOUT_SECONDS)
        begin = time.perf_counter()
        deliver(store.messages, channels, outside, token="the one relay")
    if not others.are_done():
        raise AssertionError(f"{others.left} messages to the others were not delivered")
    return others.done_at - begin


class _Others:
    """How many messages to the destinations that answer are still to be recorded, and when the last one was."""

    def __init__(self, left: int) -> None:
        self.left, self.done_at = left, 0.0

    def saw(self, settlement: Settlement) -> None:
        if settlement.outcome == "delivered":
            self.left -= settlement.destination != HANGING
            if not self.left:
                self.done_at = self.done_at or time.perf_counter()

    def are_done(self) -> bool:
        return self.left == 0


def _fill(store: Store, messages: int) -> None:
    with store.transaction():
        for number in range(messages):
            store.messages.enqueue(draft(number, destination=f"council-{number % DESTINATIONS}"))


@contextmanager
def _receiver(folder: str, what: str) -> Iterator[Mapping[str, int]]:
    hanging: dict[str, dict[str, float]] = {HANGING: {"hang": 1.0}} if what == ONE_HANGS else {}
    names = [f"council-{number}" for number in range(DESTINATIONS)]
    plan = Plan(
        ledger=f"{folder}/ledger-{what.split(maxsplit=1)[0]}.jsonl",
        destinations={name: hanging.get(name, {}) for name in names},
        hang_seconds=3 * TIMEOUT_SECONDS,
    )
    with receiving(plan) as ports:
        yield ports

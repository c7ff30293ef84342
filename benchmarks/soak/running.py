"""Runs a soak: enqueues while a relay in another process delivers, and kills it at random moments."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.ingest import connection_of
from benchmarks.receiver import Plan, Request, faulty, ledger_of, receiving
from benchmarks.soak import relay
from benchmarks.soak.checking import broken
from benchmarks.soak.expected import Soak, expected_of
from store.database import Store

#: Of so many requests one meets a fault.
FAULTY = 0.04
_LONGEST_SECONDS = 600
_STARTS_WITHIN_SECONDS = 20
# Each relay is a fork of a process that has imported all it needs: what is measured is not the time Python starts in.
_CONTEXT = get_context("forkserver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What came of a soak: what it broke, if anything, and how hard it was."""

    broken: list[str]
    ledger: list[Request]
    kills: int
    lapses: int

    @property
    def answers(self) -> Counter[str]:
        return Counter(request.answer for request in self.ledger)

    @property
    def repeats(self) -> int:
        return len(self.ledger) - len({request.message_id for request in self.ledger})


def soaked(folder: Path, soak: Soak, fault: relay.Fault = "") -> Soaked:
    """Run a soak in an empty folder; raises ``TimeoutError`` when the relay does not come to an end."""
    plan = Plan(
        ledger=str(folder / "ledger.jsonl"),
        destinations=dict.fromkeys(map(soak.destination, range(3 * soak.keys)), faulty(FAULTY)),
        seed=soak.seed,
        hang_seconds=1.5 * relay.TIMEOUT_SECONDS,
        closes=True,
    )
    with receiving(plan) as ports, Store.open(folder / relay.DATABASE) as store:
        kills = _killed(soak, store, Path(plan.ledger), partial(_started, str(folder), ports, fault))
        (folder / relay.ENOUGH).touch()
        _finish(_started(str(folder), ports, fault))
        ledger = ledger_of(Path(plan.ledger))
        states, lapses = _ends(store)
    return Soaked(broken=broken(expected_of(soak), ledger, states), ledger=ledger, kills=kills, lapses=lapses)


def _killed(soak: Soak, store: Store, ledger: Path, start: Callable[[], BaseProcess]) -> int:
    """Enqueue a share of the messages under each relay, and kill it; returns how many were alive to be killed."""
    chance, kills = random.Random(soak.seed), 0
    for share in _shares(soak):
        before, process = _size(ledger), start()
        with store.transaction():
            for number in share:
                store.messages.enqueue(soak.draft(number))
        # One in five dies while it starts; the others once they have begun to send, however slow the machine is.
        if chance.random() > 0.2:
            _wait(partial(_has_grown, ledger, before))
        time.sleep(chance.uniform(0.02, 0.7))
        process.kill()
        process.join(timeout=30)
        kills += process.exitcode == -9
    return kills


def _has_grown(file: Path, before: int) -> bool:
    return _size(file) > before


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _wait(has_come: Callable[[], bool]) -> None:
    end = time.monotonic() + _STARTS_WITHIN_SECONDS
    while not has_come() and time.monotonic() < end:
        time.sleep(0.01)


def _shares(soak: Soak) -> Iterable[range]:
    edges = [soak.messages * n // soak.kills for n in range(soak.kills + 1)]
    return [range(first, end) for first, end in pairwise(edges)]


def _started(folder: str, ports: Mapping[str, int], fault: relay.Fault) -> BaseProcess:
    _CONTEXT.set_forkserver_preload(["benchmarks.soak.relay"])
    process = _CONTEXT.Process(target=relay.run, args=(folder, ports, fault))
    process.start()
    return process


def _finish(process: BaseProcess) -> None:
    process.join(timeout=_LONGEST_SECONDS)
    with suppress(ValueError):
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"the relay was not done after {_LONGEST_SECONDS} s")
    if process.exitcode:
        raise RuntimeError(f"the relay ended with {process.exitcode}: its traceback is above")


def _ends(store: Store) -> tuple[dict[str, str], int]:
    rows = connection_of(store).rows("SELECT id, state, lapses FROM message")
    return {message_id: state for message_id, state, _ in rows}, sum(lapses for _, _, lapses in rows)

"""Messages a second through the outbox, beside queues in a SQLite file and beside what the disk allows at all.

Everything is durable: ``synchronous=FULL``, read back from the very connections that write. A share of the disk's
floor says how close one is to one forced write a message.
"""

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol, Self

from benchmarks import child
from benchmarks.child import Run
from benchmarks.ingest import connection_of
from benchmarks.measuring import Measured, Work, in_turn, ratio
from benchmarks.messages import Taking, draft, payload, ticking
from benchmarks.queues import Queue
from benchmarks.table import Row, Section, times
from outbox.messages import Draft
from outbox.relay import Outside, deliver
from store.database import Store
from store.sent_log import SentLog

#: Each queue: the package that must be there, where it is, and what it leaves out of what the outbox gives.
QUEUES = {
    "huey": ("huey", "huey_queue:HueyQueue", "no lease (a crash loses the task being carried out), no order per key"),
    "litequeue": ("litequeue", "lite_queue:LitequeueQueue", "no time of a next attempt, no lease, no order per key"),
    "persist-queue": ("persistqueue", "persist_queue:PersistQueue", "no time of a next attempt, no lease, one order"),
}
OURS, FSYNC, COMMIT = "outbox", "floor: write and fsync", "floor: SQLite commit"
ONE, DRAINED, BATCHES = "one by one", "put one by one, then delivered", "batches"
SLOW_MS = 5
WANTED = {ONE: ">= 1.2", DRAINED: ">= 1.2", BATCHES: ">= 20"}
_INSERT = "INSERT INTO bare (payload) VALUES (?)"


def section(folder: Path, messages: int, run: Run = child.run, *, repeats: int = 7) -> Section:
    """Measure each way for so many messages, and ten times as many where they go in batches."""
    given = {"folder": str(folder), "messages": messages}
    answer = run("outbox_throughput:measure", repeats=repeats, **given)
    taken = {what: Measured(*each) for what, each in answer.items()}
    missing = [name for name in QUEUES if name not in installed()]
    return Section(
        title=f"Durable throughput of the outbox: messages of 2 kB, batches of {batch_of(messages)}",
        rows=[_row(what, taken, messages) for what in taken],
        notes=[
            *_NOTES,
            *run("outbox_throughput:safety", folder=str(folder)),
            *_forced_writes(run, **given),
            *(f"{name} gives {QUEUES[name][2]}." for name in installed()),
            *(f"{name} is not installed: its rows are missing" for name in missing),
        ],
        counted="messages",
    )


def slow_section(folder: Path, messages: int, run: Run | None = None, *, repeats: int = 3) -> Section:
    """Measure the same on a disk that takes longer over each forced write, where strace can make this one so."""
    title = f"The same where a forced write takes {SLOW_MS} ms longer"
    given = {"folder": str(folder), "messages": messages, "repeats": repeats}
    if (answer := (run or _run_slowly)("outbox_throughput:measure", **given)) is None:
        return Section(title=title, rows=[], notes=["strace is not here, or may not look into processes."])
    taken = {what: Measured(*each) for what, each in answer.items()}
    return Section(
        title=title,
        rows=[_row(what, taken, messages) for what in taken],
        notes=[f"strace holds up every fsync and fdatasync for {SLOW_MS} ms, as network disks and hard disks do."],
        counted="messages",
    )


_NOTES = (
    "one by one: each is put, taken, sent to nobody and recorded before the next is put. then delivered: all are put,",
    "each in a transaction of its own, and then the relay (or the queue's own loop) delivers them.",
    "batches: put in one transaction, claimed and recorded in groups. No other queue here takes or records in groups.",
    "of the floor: messages a second as a share of write-and-fsync in the same run, on the same file system.",
    "ratio: messages a second to those of the fastest other queue in the same shape (batches: one by one).",
)


def installed() -> dict[str, str]:
    """Return the queues that are there, and where each is opened."""
    return {name: place for name, (package, place, _) in QUEUES.items() if importlib.util.find_spec(package)}


def batch_of(messages: int) -> int:
    """Return how many go into one batch."""
    return min(500, messages)


def _row(what: str, taken: Mapping[str, Measured], messages: int) -> Row:
    size, each = _size(what, messages), taken[what]
    speed = size / ratio(each, taken[FSYNC]) / messages
    return Row(
        what=what,
        size=size,
        measured=each,
        each=f"{size / each.median:,.0f}/s, {speed:.2f} of the floor",
        ratio=_to_the_best(what, taken, messages),
    )


def _size(what: str, messages: int) -> int:
    return messages * 10 if what.endswith(BATCHES) else messages


def _to_the_best(what: str, taken: Mapping[str, Measured], messages: int) -> str:
    name, _, shape = what.partition(", ")
    if name != OURS:
        return ""
    beside = ONE if shape == BATCHES else shape
    others = [taken[f"{queue}, {beside}"] for queue in installed()]
    if not others:
        return ""
    best = min(others, key=lambda each: each.median)
    return times(ratio(best, taken[what]) * _size(what, messages) / messages, WANTED[shape])


def _forced_writes(run: Run, folder: str, messages: int) -> list[str]:
    """Count the forced writes of each way with strace, where there is one that may look."""
    if run is not child.run or not shutil.which("strace"):
        return ["strace is not here: forced writes were not counted, only the settings that ask for them read back."]
    counted = {what: forced_writes(what, folder, messages) for what in ways(messages)}
    if not all(counted.values()):
        return ["strace may not look into processes here: forced writes were not counted."]
    each = (f"{what} {number / _size(what, messages):.2f}" for what, number in counted.items() if number)
    return ["forced writes a message, counted by strace (of whole runs, making the file included):", "; ".join(each)]


def _run_slowly(task: str, **given: Any) -> Any:
    """Run a task in a child process whose forced writes take longer; none where that cannot be done."""
    if not shutil.which("strace"):
        return None
    calls = "fsync,fdatasync"
    command = ["strace", "-f", "--seccomp-bpf", "-o", os.devnull, "-e", f"trace={calls}"]
    command += ["-e", f"inject={calls}:delay_exit={SLOW_MS * 1_000}", sys.executable, "-m", "benchmarks.child", task]
    done = subprocess.run(
        command, input=json.dumps(given), text=True, capture_output=True, cwd=child.ROOT, check=False, timeout=900
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def forced_writes(what: str, folder: str, messages: int) -> int | None:
    """Return how often a whole run called fsync or fdatasync; none when strace says nothing."""
    with tempfile.NamedTemporaryFile(dir=folder) as log:
        command = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", log.name, sys.executable, "-m"]
        subprocess.run(
            [*command, "benchmarks.child", "outbox_throughput:once"],
            input=json.dumps({"what": what, "folder": folder, "messages": messages}),
            text=True,
            capture_output=True,
            cwd=child.ROOT,
            check=False,
            timeout=300,
        )
        lines = Path(log.name).read_text(encoding="utf-8", errors="replace").splitlines()
    return sum("sync(" in line for line in lines) or None


# What the children do -------------------------------------------------------------------------------------------------


def measure(folder: str, messages: int, repeats: int) -> dict[str, Measured]:
    """Measure all ways in turn, each time in a file of its own."""
    with _Opened(Path(folder)) as opened:
        works = {
            what: Work(way, lambda place=place: opened.anew(place)) for what, (way, place) in ways(messages).items()
        }  # type: ignore[misc]
        return in_turn(works, repeats=repeats)


def once(what: str, folder: str, messages: int) -> None:
    """Do one of them once, to be looked at from outside."""
    with _Opened(Path(folder)) as opened:
        way, place = ways(messages)[what]
        way(opened.anew(place))


def safety(folder: str) -> list[str]:
    """Read back from each connection that writes how it is kept; raises when one is not as durable as ours."""
    said = []
    with _Opened(Path(folder)) as opened:
        for name, place in {OURS: Ours, COMMIT: Bare, **{n: opening_of(p) for n, p in installed().items()}}.items():
            asked = opened.anew(place).connection
            mode, level = (asked.execute(f"PRAGMA {what}").fetchone()[0] for what in ("journal_mode", "synchronous"))
            if level != 2:
                raise AssertionError(f"{name} writes with synchronous = {level}")
            said.append(f"{name} {mode}")
    return [f"synchronous = FULL (2) read back from every connection that writes; journal: {', '.join(said)}."]


class Opening(Protocol):
    """Makes something to write to in an empty folder."""

    def __call__(self, folder: Path, /) -> Any: ...


def ways(messages: int) -> dict[str, tuple[Callable[[Any], None], Opening]]:
    """Return every way: what is timed, and what it is done with."""
    # Whoever decides has made the message by then, and its id: only the queue's own work is timed.
    bodies = [payload(number) for number in range(messages)]
    drafts = [draft(number, body=bodies[number % messages]) for number in range(messages * 10)]
    found: dict[str, tuple[Callable[[Any], None], Opening]] = {
        FSYNC: (lambda file: file.write_all(bodies), Plain),
        COMMIT: (lambda bare: bare.write_all(bodies), Bare),
        f"{OURS}, {ONE}": (lambda ours: _one_by_one(ours, drafts[:messages]), Ours),
        f"{OURS}, {DRAINED}": (lambda ours: ours.drain(drafts[:messages]), Ours),
        f"{OURS}, {BATCHES}": (lambda ours: ours.batches(drafts, batch_of(messages)), Ours),
    }
    for name, place in installed().items():
        opening = opening_of(place)
        found[f"{name}, {ONE}"] = (lambda queue: _one_by_one(queue, bodies), opening)
        found[f"{name}, {DRAINED}"] = (lambda queue: _drained(queue, bodies), opening)
        if hasattr(opening, "put_all"):
            found[f"{name}, put in {BATCHES}"] = (
                lambda queue: _put_in_batches(queue, bodies * 10, batch_of(messages)),
                opening,
            )
    return found


def opening_of(place: str) -> Any:
    """Return what opens one of ``QUEUES`` in a folder."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"benchmarks.queues.{module}"), name)


def _one_by_one(queue: Any, bodies: Sequence[Any]) -> None:
    for body in bodies:
        queue.put(body)
        _deliver_one(queue)


def _drained(queue: Queue, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        queue.put(body)
    for _ in bodies:
        _deliver_one(queue)


def _put_in_batches(queue: Any, bodies: Sequence[bytes], size: int) -> None:
    for start in range(0, len(bodies), size):
        batch = bodies[start : start + size]
        queue.put_all(batch)
        for _ in batch:
            _deliver_one(queue)


def _deliver_one(queue: Queue) -> None:
    if not queue.deliver_one():
        raise AssertionError("a message that was put is not there")


class Ours:
    """The outbox through the relay, as ``deliver`` runs it."""

    def __init__(self, folder: Path) -> None:
        self._store = Store.open(folder / "relay.db")
        self.connection = connection_of(self._store).sqlite
        self._outside = Outside(clock=ticking(), witness=SentLog(folder / "sent.log"))
        self._numbers = count()

    def put(self, given: Draft) -> None:
        with self._store.transaction():
            self._store.messages.enqueue(given)

    def deliver_one(self) -> bool:
        return self._deliver(limit=1) == 1

    def drain(self, drafts: Sequence[Draft]) -> None:
        for given in drafts:
            self.put(given)
        self._check(self._deliver(), drafts)

    def batches(self, drafts: Sequence[Draft], size: int) -> None:
        for start in range(0, len(drafts), size):
            batch = drafts[start : start + size]
            with self._store.transaction():
                for given in batch:
                    self._store.messages.enqueue(given)
            self._check(self._deliver(limit=size), batch)

    def _deliver(self, **given: Any) -> int:
        token = f"worker-{next(self._numbers)}"
        return deliver(self._store.messages, {"council": Taking()}, self._outside, token=token, **given).delivered

    def _check(self, delivered: int, drafts: Sequence[Draft]) -> None:
        if delivered != len(drafts):
            raise AssertionError(f"{delivered} of {len(drafts)} messages were delivered")

    def close(self) -> None:
        self._store.close()


class Bare:
    """One table in a file that is kept as the store keeps its own; each row is committed by itself."""

    def __init__(self, folder: Path) -> None:
        self._store = Store.open(folder / "bare.db")
        self.connection = connection_of(self._store).sqlite
        self.connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT")

    def write_all(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self.connection.execute(_INSERT, (body,))

    def close(self) -> None:
        self._store.close()


class Plain:
    """A file that only grows; each write is forced to the disk."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "plain", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def write_all(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            os.write(self._file, body)
            os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)


class _Opened:
    """What is open just now, in an empty folder each time; the one before is closed and removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: Any = None
        self._place: Path | None = None

    def anew(self, opening: Opening) -> Any:
        self._remove()
        self._place = Path(tempfile.mkdtemp(dir=self._folder))
        self._open = opening(self._place)
        return self._open

    def _remove(self) -> None:
        if self._open is not None and self._place:
            self._open.close()
            shutil.rmtree(self._place)
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._remove()

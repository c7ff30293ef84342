"""What a claim costs with a thousand messages waiting and with a million: the time of a cycle, and the memory.

A backlog is written straight into the store's tables, in one transaction: 50 destinations, ordering keys of 1 to 1,000
messages, and beside the plain ones backlogs of which nine tenths are held back for one reason.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks import child
from benchmarks.child import Run
from benchmarks.ingest import connection_of
from benchmarks.measuring import Measured, Work, growth, in_turn, ratio
from benchmarks.messages import MORNING, identifier
from benchmarks.table import Row, Section, times
from outbox.messages import CLOUD_EVENT, Message, Settlement, State
from store.database import Store
from store.instants import instant_text

DESTINATIONS = 20
#: Messages of an ordering key; of every 500th key.
LENGTHS, LONG = (1, 1, 2, 3, 5), 1_000
#: Messages of one claim.
LIMIT = 5
PLAIN, CLOSED, HELD, LATER = "pending", "behind an open circuit", "held", "not yet due"
CLAIM, CYCLE = "claim", "claim and record"
_COLUMNS = (
    "seq, id, idempotency_key, destination, address, ordering_key, kind, content_type, payload_sha256, subject_ref,"
    " created_at, state, is_head, is_unroutable, next_attempt_at, hold"
)
_TOKEN, _NOW = "the one worker", MORNING + timedelta(hours=1)


class Backlog(NamedTuple):
    """So many messages, nine tenths of them kept from being sent for one reason unless they are all plain."""

    size: int
    kept: str = PLAIN

    @property
    def what(self) -> str:
        return PLAIN if self.kept == PLAIN else f"nine tenths {self.kept}"

    def file(self, folder: Path) -> Path:
        return folder / f"backlog-{self.size}-{self.kept.split()[-1]}.db"


def backlogs(sizes: Sequence[int]) -> list[Backlog]:
    """Return one of each size, and the largest with nine tenths kept back for each reason."""
    return [*map(Backlog, sizes), *(Backlog(max(sizes), kept) for kept in (CLOSED, HELD, LATER))]


def section(folder: Path, sizes: Sequence[int], run: Run = child.run, *, repeats: int = 9) -> Section:
    """Fill every backlog, measure its memory by itself, and time them all in turn."""
    asked = backlogs(sizes)
    given = [{"folder": str(folder), "size": backlog.size, "kept": backlog.kept} for backlog in asked]
    for each in given:
        run("outbox_backlog:fill", **each)
    grown = [run("outbox_backlog:growth_of", repeats=repeats, **each) for each in given]
    taken = run("outbox_backlog:cycles", folder=str(folder), sizes=list(sizes), repeats=repeats)
    for backlog in asked:
        backlog.file(folder).unlink()
    return Section(
        title=f"Claims of {LIMIT} messages from a backlog",
        rows=[
            _row(what, backlog, Measured(tuple(seconds), memory), Measured(*taken[what][0]))
            for what in (CLAIM, CYCLE)
            for backlog, (seconds, _), memory in zip(asked, taken[what], grown, strict=True)
        ],
        notes=_NOTES,
        counted="messages",
    )


_NOTES = (
    f"{DESTINATIONS} destinations take turns; ordering keys of 1 to 1,000 messages; all backlogs in turn.",
    "claim: what is due is looked for and one destination claimed from. claim and record: the same, and what was",
    "claimed before is recorded as delivered in the same transaction, which lets the next of its key through.",
    "ratio: to the same with the smallest backlog. peak growth: over 9 cycles, opening the file included, in a process",
    "of its own.",
)


def _row(what: str, backlog: Backlog, taken: Measured, smallest: Measured) -> Row:
    return Row(
        what=f"{what}, {backlog.what}",
        size=backlog.size,
        measured=taken,
        each=f"{taken.median / LIMIT * 1e6:.0f} us a message",
        ratio=times(ratio(taken, smallest), "<= 1.5"),
    )


# What the children do -------------------------------------------------------------------------------------------------


def fill(folder: str, size: int, kept: str) -> None:
    """Write a backlog."""
    backlog = Backlog(size, kept)
    with Store.open(backlog.file(Path(folder))) as store:
        connection = connection_of(store)
        with store.transaction():
            marks = ", ".join("?" * len(_COLUMNS.split(",")))
            connection.write_many(f"INSERT INTO message ({_COLUMNS}) VALUES ({marks})", _rows(backlog))
            connection.write_many(
                "INSERT INTO message_payload (seq, payload) VALUES (?, ?)", ((seq, b"{}") for seq in range(1, size + 1))
            )
            if kept == CLOSED:
                connection.write(
                    "INSERT INTO circuit (destination, opened_at, probe_at, reason) VALUES (?, ?, ?, ?)",
                    ("closed", instant_text(MORNING), instant_text(MORNING + timedelta(days=1)), "does not answer"),
                )
        # What a day of enqueueing would have left in the write-ahead log is in the file.
        connection.sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def cycles(folder: str, sizes: Sequence[int], repeats: int) -> dict[str, list[Measured]]:
    """Time claims by themselves, then whole cycles, of all backlogs in turn."""
    opened = [_Worker(Store.open(backlog.file(Path(folder)))) for backlog in backlogs(sizes)]
    works: dict[str, Callable[[_Worker], Work]] = {
        CLAIM: lambda worker: Work(lambda _: worker.claim(), worker.record),
        CYCLE: lambda worker: Work(worker.cycle),
    }
    taken = {
        what: list(in_turn({str(n): work(worker) for n, worker in enumerate(opened)}, repeats=repeats).values())
        for what, work in works.items()
    }
    for worker in opened:
        worker.store.close()
    return taken


def growth_of(folder: str, size: int, kept: str, repeats: int) -> int:
    """Return the growth over some cycles, the opening of the file included."""

    def some() -> None:
        with Store.open(Backlog(size, kept).file(Path(folder))) as store:
            worker = _Worker(store)
            for _ in range(repeats):
                worker.cycle()

    return growth(Work(some))


class _Worker:
    """Claims and records as the relay does, one destination after another; every cycle is a moment later."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._claimed: Sequence[Message] = ()
        self._turn, self._now = 0, _NOW

    def cycle(self) -> None:
        """Record what was claimed before and claim again, as one commit."""
        with self.store.messages.together():
            self.record()
            self.claim()

    def claim(self) -> None:
        self._turn, self._now = self._turn + 1, self._now + timedelta(seconds=1)
        lease = timedelta(minutes=10)
        with self.store.messages.together():
            due = self.store.messages.due(self._now)
            self._claimed = self.store.messages.claim(
                due[self._turn % len(due)], self._now, limit=LIMIT, lease=lease, token=_TOKEN
            )
        if len(self._claimed) != LIMIT:
            raise AssertionError(f"{len(self._claimed)} messages were claimed instead of {LIMIT}")

    def record(self) -> None:
        self.store.messages.record([_delivered(message, self._now) for message in self._claimed], self._now)
        self._claimed = ()


def _delivered(message: Message, now: datetime) -> Settlement:
    return Settlement(
        message_id=message.id,
        token=_TOKEN,
        destination=message.destination,
        outcome="delivered",
        started_at=now,
        ended_at=now,
        state=State.DELIVERED,
        circuit="close",
    )


def _rows(backlog: Backlog) -> Iterator[tuple[object, ...]]:
    created_at = instant_text(MORNING)
    for seq, key, is_head, is_kept in _places(backlog):
        due_at = MORNING + timedelta(days=1) if is_kept and backlog.kept == LATER else MORNING
        yield (
            seq,
            identifier(seq),
            f"benchmark:{seq}",
            "closed" if is_kept and backlog.kept == CLOSED else f"council-{key % DESTINATIONS}",
            "",
            f"case-{key}",
            "notice",
            CLOUD_EVENT,
            "0" * 64,
            f"case-{key}",
            created_at,
            "pending",
            is_head,
            0,
            instant_text(due_at),
            "mass-send" if is_kept and backlog.kept == HELD else None,
        )


def _places(backlog: Backlog) -> Iterator[tuple[int, int, bool, bool]]:
    """Give every message its number, its ordering key, whether it is the first of that, and whether it is kept."""
    chance = random.Random(7)
    key, left, is_kept = 0, 0, False
    for seq in range(1, backlog.size + 1):
        is_head = left == 0
        if is_head:
            key += 1
            left = chance.choice(LENGTHS) if key % 500 else LONG
            is_kept = backlog.kept != PLAIN and chance.random() < 0.9
        left -= 1
        yield seq, key, is_head, is_kept

"""What other processes see, and what is left when one is killed. Every child ends by itself or is killed by its id."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outbox.relay import Delivery
from store.database import Store
from tests.outbox.servers import http
from tests.promises.builders import deliver_all, https, outcomes
from tests.store.builders import MONDAY, SCHOOL, after, claim, draft, enqueue, states

ROOT = Path(__file__).parents[2]
PRELUDE = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from datetime import timedelta
from pathlib import Path
from store.database import Store
from tests.store.builders import *
store = Store.open(Path(sys.argv[1]), busy_seconds=30)
"""
WORKER = """
token, claimed = sys.argv[2], []
while batch := claim(store, limit=3, token=token):
    claimed += batch
    assert record(store, *(settled(name, token) for name in batch)) == len(batch)
print(*claimed)
"""
HALFWAY = """
with store.transaction():
    store.registers.ingest("riverside", [mark("p1", "/")], source="arbor", seen_at=MONDAY)
    store.messages.enqueue(draft("ghost"))
    print("halfway", flush=True)
    time.sleep(60)
"""
WRITING = """
for seconds in (0.5, *[0.1] * 1000):
    with store.transaction():
        store.runs.keep("key", "value")
        print("writing", flush=True)
        time.sleep(seconds)
    time.sleep(0.1)
"""
CLAIMED = """
claim(store, token="the one that dies")
print("claimed", flush=True)
time.sleep(60)
"""


def start(program, path, *arguments):
    command = [sys.executable, "-c", PRELUDE + program, str(path), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_after_its_first_line(process):
    line = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    return line


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_two_processes_never_get_the_same_message(tmp_path, mode):
    path = tmp_path / "relay.db"
    with Store.open(path, journal_mode=mode) as store:
        enqueue(store, *(draft(f"m{n}", destination=f"d{n % 3}") for n in range(120)))

    workers = [start(WORKER, path, token) for token in ("worker-1", "worker-2")]
    claimed = [worker.communicate(timeout=60)[0].split() for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0]
    assert len(claimed[0]) + len(claimed[1]) == 120
    assert len({*claimed[0], *claimed[1]}) == 120


def test_promise_01_a_process_killed_inside_a_transaction_leaves_neither_marks_nor_a_message(store, tmp_path):
    """A committed decision always has its messages, and a rolled-back one never does."""
    assert kill_after_its_first_line(start(HALFWAY, tmp_path / "relay.db")) == "halfway\n"

    assert store.messages.get("ghost") is None
    assert store.registers.year_of_school(SCHOOL, 2026) == []
    assert enqueue(store, draft("m1")) == [True]


def test_a_process_killed_after_claiming_loses_nothing(store, tmp_path):
    enqueue(store, draft("m1"))

    assert kill_after_its_first_line(start(CLAIMED, tmp_path / "relay.db")) == "claimed\n"

    assert states(store, "m1") == ["sending"]
    assert claim(store, after(minutes=11)) == ["m1"]


def test_promise_22_a_database_locked_by_another_process_never_shows_as_a_failed_send(store, tmp_path):
    """A locked database never shows as a failed send.

    Another process holds the write lock half of the time: enqueueing and delivering wait, and nothing else happens.
    """
    other = start(WRITING, tmp_path / "relay.db")
    assert other.stdout.readline() == "writing\n"
    began = time.monotonic()
    assert enqueue(store, draft("m1"), draft("m2"), draft("m3")) == [True] * 3
    waited = time.monotonic() - began

    with http() as server:
        channel = https(f"http://127.0.0.1:{server.server_port}/in")
        assert deliver_all(store, lambda: MONDAY, {"coventry": channel}) == Delivery(delivered=3)
    assert other.poll() is None
    kill_after_its_first_line(other)

    assert waited > 0.05
    assert len(server.requests) == 3
    assert [outcomes(store, name) for name in ("m1", "m2", "m3")] == [["delivered"]] * 3

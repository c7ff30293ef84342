"""Load stays bounded: 10,000 messages, one slow destination."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.messages import draft
from store.database import Store
from tests.outbox.loaded import SLOW, WORKERS

ROOT = Path(__file__).parents[2]
MIB = 2**20


@pytest.fixture(scope="module")
def loads(tmp_path_factory):
    """What it took to deliver 1,000 messages, and 10,000."""
    return {count: loaded(tmp_path_factory.mktemp("loaded") / "relay.db", count) for count in (1_000, 10_000)}


def loaded(path, count):
    with Store.open(path) as store, store.transaction():
        for number in range(count):
            # The slow one has 50 of them either way.
            destination = SLOW if number < 50 else f"council-{number % 19 + 1}"
            store.messages.enqueue(draft(number, destination=destination))
    command = [sys.executable, "-m", "tests.outbox.loaded", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_promise_32_every_message_is_delivered(loads):
    """Load stays bounded."""
    assert {count: load["delivered"] for count, load in loads.items()} == {1_000: 1_000, 10_000: 10_000}


def test_promise_32_a_destination_never_has_two_attempts_at_once(loads):
    """Load stays bounded."""
    assert [load["most_at_one"] for load in loads.values()] == [1, 1]


def test_promise_32_no_more_is_on_its_way_than_there_are_workers(loads):
    """Load stays bounded."""
    assert all(load["most_in_all"] <= WORKERS for load in loads.values())


def test_promise_32_memory_does_not_grow_with_what_is_due(loads):
    """Load stays bounded."""
    assert loads[10_000]["grown"] < loads[1_000]["grown"] + 8 * MIB


def test_promise_32_the_write_ahead_log_stays_small(loads):
    """Load stays bounded."""
    assert all(load["log_bytes"] < 16 * MIB for load in loads.values())

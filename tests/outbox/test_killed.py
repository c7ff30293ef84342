"""The relay is killed between every two of its steps. A new one takes over, and the receiver has the last word."""

import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from outbox.relay import Outside, deliver
from store.database import Store
from tests.outbox.builders import KEY, draft, message_id
from tests.outbox.killed import STEPS, channel, now
from tests.outbox.servers import http

ROOT = Path(__file__).parents[2]
IDS = [message_id(KEY, f"message {number}") for number in range(3)]


def run(path, url, step):
    command = [sys.executable, "-m", "tests.outbox.killed", str(path), url, step]
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode


def go_on(path, url):
    """Do what the next relay does: decide again, and deliver once the dead one's leases are over."""
    with Store.open(path) as store:
        with store.transaction():
            for number in range(3):
                store.messages.enqueue(
                    draft(idempotency_key=f"message {number}", ordering_key="case", created_at=now())
                )
        outside = Outside(clock=lambda: now() + timedelta(minutes=11))
        deliver(store.messages, {"warwickshire": channel(url)}, outside, token="next")
        return [store.messages.get(name).state for name in IDS]


@pytest.mark.parametrize(("step", "has_arrived"), STEPS.items())
def test_killed_at_any_step_nothing_is_lost_and_what_repeats_repeats_whole(tmp_path, step, has_arrived):
    path = tmp_path / "relay.db"
    with http() as server:
        url = f"http://127.0.0.1:{server.server_port}/in"
        assert run(path, url, step) == -signal.SIGKILL, "it must really die there"
        first = [headers["webhook-id"] for _, headers, _ in server.requests]
        assert first == (IDS[:1] if has_arrived else [])

        assert go_on(path, url) == ["delivered"] * 3

        arrived = [(headers["webhook-id"], body) for _, headers, body in server.requests]
    assert list(dict.fromkeys(name for name, _ in arrived)) == IDS, "in order, none lost, none under another id"
    assert len(set(arrived)) == 3, "a repeat has the same bytes"
    is_recorded = step == "after the record"
    assert Counter(name for name, _ in arrived)[IDS[0]] == (2 if has_arrived and not is_recorded else 1)


def test_a_relay_that_is_not_killed_delivers_and_ends(tmp_path):
    with http() as server:
        assert run(tmp_path / "relay.db", f"http://127.0.0.1:{server.server_port}/in", "never") == 0
        assert [headers["webhook-id"] for _, headers, _ in server.requests] == IDS

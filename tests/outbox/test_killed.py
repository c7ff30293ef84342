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


@pytest.mark.parametrize("step", [step for step, has_arrived in STEPS.items() if has_arrived])
def test_promise_02_killed_after_sending_it_repeats_the_same_id_and_bytes_until_that_is_recorded(tmp_path, step):
    """A crash after sending and before marking repeats the message with the same id and the same bytes."""
    arrived = killed_and_gone_on(tmp_path / "relay.db", step)

    assert list(dict.fromkeys(name for name, _ in arrived)) == IDS, "in order, none lost, none under another id"
    assert len(set(arrived)) == 3, "a repeat has the same bytes"
    is_recorded = step == "after the record"
    assert Counter(name for name, _ in arrived)[IDS[0]] == (1 if is_recorded else 2)


@pytest.mark.parametrize("step", [step for step, has_arrived in STEPS.items() if not has_arrived])
def test_promise_03_killed_before_sending_nothing_is_lost_and_nothing_repeats(tmp_path, step):
    """A crash before sending loses nothing."""
    arrived = killed_and_gone_on(tmp_path / "relay.db", step)

    assert [name for name, _ in arrived] == IDS


def killed_and_gone_on(path, step):
    """Kill a relay at a step, let the next one go on, and return the ids and bytes that arrived."""
    with http() as server:
        url = f"http://127.0.0.1:{server.server_port}/in"
        assert run(path, url, step) == -signal.SIGKILL, "it must really die there"
        first = [headers["webhook-id"] for _, headers, _ in server.requests]
        assert first == (IDS[:1] if STEPS[step] else [])

        assert go_on(path, url) == ["delivered"] * 3

        return [(headers["webhook-id"], body) for _, headers, body in server.requests]


def test_a_relay_that_is_not_killed_delivers_and_ends(tmp_path):
    with http() as server:
        assert run(tmp_path / "relay.db", f"http://127.0.0.1:{server.server_port}/in", "never") == 0
        assert [headers["webhook-id"] for _, headers, _ in server.requests] == IDS

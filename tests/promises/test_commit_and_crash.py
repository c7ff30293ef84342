"""Nothing is lost and nothing is invented, whatever is killed, stopped, locked or full."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outbox.messages import Blame, Refused
from outbox.relay import Delivery
from store.database import Store, StoreError
from tests.app.builders import days_of, moment
from tests.promises.builders import Clock, deliver_all, enqueue, https, ids, outcomes, receiving, states
from tests.store import builders as plain

ROOT = Path(__file__).parents[2]
WEDNESDAY = "Wed 2026-11-04"


# --- 1: the decision and its message --------------------------------------------------------------------------------------

#: Judges, and breaks once the decision is written and its first message is not; prints how many decisions it saw.
HALFWAY = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from app import pipeline
from app.reading import read
from app.wiring import Surroundings, open_relay
from config.settings import read_settings
from store.messages import Messages

folder, how, now = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
settings = read_settings(config=folder / "operator", database=folder / "relay.db", secrets_dir=folder / "secrets")
with open_relay(read(settings), settings, Surroundings(now=lambda: now)) as relay:
    def enqueue(*_, **__):
        print(len(relay.store.cases.of_school("lane")), flush=True)
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RuntimeError
    Messages.enqueue = enqueue
    assert pipeline.decide(relay).problems
"""


def begun(stand):
    """Two days are judged; on the third the policy tells three people."""
    for when in days_of("Mon 2026-11-02", 3):
        text = f"{when:%a %Y-%m-%d}"
        stand.drop(text, p1="NN", p2="//")
        stand.pulled(f"{text} 15:45")
        if text != WEDNESDAY:
            stand.judged(f"{text} 16:00")


def kept(stand):
    return stand.decisions(), stand.told("notice")


@pytest.mark.parametrize(("how", "code"), [("raises", 0), ("killed", -signal.SIGKILL)])
def test_promise_01_a_decision_and_its_messages_are_there_together_or_not_at_all(stand, how, code):
    """A committed decision always has its messages, and a rolled-back one never does."""
    begun(stand)
    before = kept(stand)

    words = [sys.executable, "-c", HALFWAY, str(stand.folder), how, moment(f"{WEDNESDAY} 16:00").isoformat()]
    child = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert child.returncode == code, child.stderr
    assert int(child.stdout.split()[0]) > len(before[0]), "the decision was there when it broke"
    assert kept(stand) == before

    stand.judged(f"{WEDNESDAY} 16:00")
    new = [each for each in stand.store.cases.of_school("lane") if each.fired_on == moment(f"{WEDNESDAY} 16:00").date()]
    assert new
    assert {each.cause for each in stand.messages("notice")} <= {each.id for each in new}
    assert len(stand.messages("notice")) == 3


# --- 4 and 5: leases ----------------------------------------------------------------------------------------------------


def test_promise_04_no_two_workers_send_the_same_message(store, tmp_path):
    """Two workers never send the same message while the lease lasts."""
    sent = [name for number in range(4) for name in enqueue(store, *(f"{number}/{n}" for n in range(15)),
                                                            destination=f"council-{number}")]  # fmt: skip
    together, turns = threading.Barrier(2), itertools.count()

    def answer(_):
        # Each has one request at a time, so the first two at once are of two processes.
        if next(turns) < 2:
            together.wait(30)
        return 202

    with receiving(tmp_path, answer) as (url, posts):
        words = [sys.executable, "-m", "tests.promises.worker", str(tmp_path / "relay.db"), url]
        workers = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        delivered = [int(worker.communicate(timeout=60)[0]) for worker in workers]

    assert sum(delivered) == len(sent)
    assert sum(count > 0 for count in delivered) > 1
    assert Counter(ids(posts)) == dict.fromkeys(sent, 1)


def test_promise_05_a_worker_that_lost_its_lease_cannot_record_a_result(store, tmp_path):
    """A worker that lost its lease cannot record a result.

    The second worker has delivered it; what the first one says afterwards changes nothing.
    """
    clock, [name] = Clock(), enqueue(store, "a")
    with receiving(tmp_path) as (url, posts):
        slow = https(url, clock)

        def send(_):
            clock.wait(minutes=11)
            with Store.open(tmp_path / "relay.db") as other:
                assert deliver_all(other, clock, {"warwickshire": https(url, clock)}, token="2") == Delivery(
                    delivered=1
                )
            return Refused(Blame.MESSAGE, "HTTP 422")

        slow.send = send
        assert deliver_all(store, clock, {"warwickshire": slow}, token="1") == Delivery(stale=1)

    assert (states(store, [name]), outcomes(store, name)) == (["delivered"], ["lapsed", "delivered"])
    assert ids(posts) == [name]


# --- 21: SIGTERM --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "first"),
    [pytest.param(202, ["delivered"], id="it answers"), pytest.param(None, ["deferred"], id="it never does")],
)
def test_promise_21_sigterm_finishes_the_attempt_in_hand_and_hands_back_the_rest(stand, status, first):
    """SIGTERM drains within the grace period.

    SIGTERM drains within the grace period of a minute: no lease is lost or stuck.
    """
    arrived, may_answer = threading.Event(), threading.Event()

    def receive(_):
        arrived.set()
        may_answer.wait(20)
        return status or 503

    stand.toml = stand.toml.replace('url                = "', 'timeout_seconds = 1.0\n  url = "')
    with stand.receiving() as (authority, _):
        authority.receive = receive
        plain.enqueue(stand.store, *(plain.draft(name, created_at=datetime(2020, 1, 6, tzinfo=UTC)) for name in "ab"))
        assert ended(stand, arrived, may_answer, is_answered=status is not None) < 60
        may_answer.set()

        assert states(stand.store, ["a", "b"]) == ["delivered" if status else "pending", "pending"]
        assert (outcomes(stand.store, "a"), outcomes(stand.store, "b")) == (first, ["released"])
        assert [each.lease_token for each in map(stand.store.messages.get, "ab")] == ["", ""]

        authority.receive = lambda _: 202
        stand.clock.instant = datetime.now(UTC).replace(year=2030)
        stand.deliver()
        assert states(stand.store, ["a", "b"]) == ["delivered"] * 2


def ended(stand, arrived, may_answer, *, is_answered):
    """Run a relay, ask it to stop in the middle of an attempt, and return after how many seconds it had."""
    names = {"DATABASE": "relay.db", "SECRETS_DIR": "secrets", "HEARTBEAT": "heartbeat"}
    environment = os.environ | {f"ATTENDANCE_RELAY_{name}": str(stand.folder / at) for name, at in names.items()}
    words = [sys.executable, "-m", "app.cli", "run", "--config", str(stand.operator)]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as child:
        assert arrived.wait(30)
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        time.sleep(0.3)  # the receiver answers only once the signal is known
        if is_answered:
            may_answer.set()
        log = child.communicate(timeout=60)[1]
    assert child.returncode == 0, log
    assert '"event": "stopped"' in log
    return time.monotonic() - began


# --- 23: a full disk ----------------------------------------------------------------------------------------------------


def test_promise_23_a_disk_that_fills_while_sending_is_said_loudly_and_loses_nothing(store, tmp_path):
    """A full disk or a read-only volume fails loudly and loses nothing committed.

    A full disk fails loudly, for what is enqueued and what is recorded, and loses nothing committed.
    """
    clock, sent = Clock(), enqueue(store, *(f"message {number}" for number in range(400)))
    store._connection.sqlite.execute(f"PRAGMA max_page_count = {store._connection.pragma('page_count') + 6}")

    with receiving(tmp_path) as (url, posts):
        with pytest.raises(StoreError, match="has no room: free space on its disk"):
            deliver_all(store, clock, {"warwickshire": https(url, clock)})
        with pytest.raises(StoreError, match="has no room: free space on its disk"):
            enqueue(store, "one more", payload=bytes(1_000_000))
        arrived, recorded = set(ids(posts)), [name for name in sent if states(store, [name]) == ["delivered"]]
        store.close()
        assert arrived > set(recorded), "some had left and could not be written down"

        clock.wait(minutes=11)
        with Store.open(tmp_path / "relay.db", quick_check=True) as again:
            assert deliver_all(again, clock, {"warwickshire": https(url, clock)}).stale == 0
            assert set(states(again, sent)) == {"delivered"}

    assert set(ids(posts)) == set(sent)
    assert all(ids(posts).count(name) == 1 for name in recorded)
    assert len({(each.message_id, each.body) for each in posts}) == len(sent), "a repeat has the same bytes"

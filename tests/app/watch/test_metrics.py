"""The numbers: every known series from the start, true after faults, and no id, name or address in any label."""

import subprocess
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.watch import metrics
from app.watch.snapshot import Watcher
from tests.app.builders import moment
from tests.builders import CANARY
from tests.store.builders import claim, deferred, draft, record, settled

NOW = moment("Mon 2026-11-02 10:00")


@pytest.fixture
def stand(stand):
    return stand.at("Mon 2026-11-02 12:00")


def series(stand, watcher=None, beat_at=None):
    """Return every sample as ``name{label=value,...}`` and its number."""
    text = metrics.text((watcher or Watcher()).look(stand.relay), beat_at).decode()
    return {
        sample.name + "{" + ",".join(f"{name}={value}" for name, value in sample.labels.items()) + "}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_before_anything_has_happened_every_known_series_is_zero(stand):
    found = series(stand)

    for destination in ("coventry", "warwickshire", "mail"):
        for state in ("pending", "held", "sending", "delivered", "dead", "cancelled"):
            assert found[f"attend_outbox_messages{{destination={destination},state={state}}}"] == 0
        for outcome in ("delivered", "deferred", "refused", "released", "lapsed"):
            assert found[f"attend_outbox_attempts_total{{destination={destination},outcome={outcome}}}"] == 0
        for name in (
            "attend_outbox_dead_letters",
            "attend_outbox_replays_total",
            "attend_destination_circuit_open",
            "attend_destination_last_success_timestamp_seconds",
        ):
            assert found[f"{name}{{destination={destination}}}"] == 0
    assert found["attend_feed_last_accepted_timestamp_seconds{destination=coventry}"] == 0
    assert found["attend_connector_last_success_timestamp_seconds{school=lane}"] == 0
    assert found["attend_connector_last_attempt_timestamp_seconds{school=lane}"] == 0
    assert found["attend_loop_heartbeat_timestamp_seconds{}"] == 0


def test_the_numbers_follow_what_happens(stand):
    with stand.store.transaction():
        for name in ("m1", "m2", "m3"):
            stand.store.messages.enqueue(draft(name, created_at=NOW, kind="feed.daily"))
        stand.store.messages.enqueue(draft("m4", created_at=NOW, hold="mass_send"))
        stand.store.runs.pulled("lane", through=NOW.date(), at=NOW)
    claim(stand.store, NOW, limit=3)
    paused = {"blame": "destination", "circuit": "open", "probe_at": NOW, "next_attempt_at": NOW, "ended_at": NOW}
    dead = {"outcome": "refused", "state": "dead", "counts": True, "ended_at": NOW}
    done = settled("m1", ended_at=NOW + timedelta(seconds=5))
    record(stand.store, done, settled("m2", **dead), deferred("m3", **paused), now=NOW)

    found = series(stand, beat_at=1234.5)

    assert {name: number for name, number in found.items() if "coventry" in name and number} == {
        "attend_outbox_messages{destination=coventry,state=pending}": 1,
        "attend_outbox_messages{destination=coventry,state=held}": 1,
        "attend_outbox_messages{destination=coventry,state=delivered}": 1,
        "attend_outbox_messages{destination=coventry,state=dead}": 1,
        "attend_outbox_dead_letters{destination=coventry}": 1,
        "attend_outbox_attempts_total{destination=coventry,outcome=delivered}": 1,
        "attend_outbox_attempts_total{destination=coventry,outcome=refused}": 1,
        "attend_outbox_attempts_total{destination=coventry,outcome=deferred}": 1,
        "attend_outbox_oldest_undelivered_timestamp_seconds{destination=coventry,kind=feed.daily}": NOW.timestamp(),
        "attend_destination_circuit_open{destination=coventry}": 1,
        "attend_destination_last_success_timestamp_seconds{destination=coventry}": NOW.timestamp() + 5,
        "attend_feed_last_accepted_timestamp_seconds{destination=coventry}": NOW.timestamp() + 5,
    }
    assert found["attend_connector_last_success_timestamp_seconds{school=lane}"] == NOW.timestamp()
    assert found["attend_loop_heartbeat_timestamp_seconds{}"] == 1234.5


def test_what_was_counted_is_not_counted_again(stand):
    watcher, name = Watcher(), "attend_outbox_attempts_total{destination=coventry,outcome=delivered}"
    counted = []
    for message in ("m1", "m2"):
        with stand.store.transaction():
            stand.store.messages.enqueue(draft(message, created_at=NOW))
        claim(stand.store, NOW)
        record(stand.store, settled(message), now=NOW)
        counted += [series(stand, watcher)[name] for _ in range(2)]

    assert counted == [1, 1, 2, 2]
    assert series(stand)[name] == 2


def test_a_replay_is_counted(stand):
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m1", created_at=NOW))
    claim(stand.store, NOW)
    record(stand.store, settled("m1"), now=NOW)
    with stand.store.transaction():
        stand.store.messages.replay("m1", NOW, "lost", by="admin")

    assert series(stand)["attend_outbox_replays_total{destination=coventry}"] == 1


def test_no_label_holds_an_id_a_name_or_an_address(stand):
    with stand.store.transaction():
        stand.store.messages.enqueue(
            draft("m-secret", created_at=NOW, address="a@x.example", payload=CANARY[0].encode())
        )
    claim(stand.store, NOW)
    record(stand.store, settled("m-secret", outcome="refused", state="dead", reason=CANARY[1]), now=NOW)

    text = metrics.text(Watcher().look(stand.relay), None).decode()

    assert 'attend_outbox_dead_letters{destination="coventry"} 1.0' in text
    assert [each for each in (*CANARY, "m-secret", "x.example") if each in text] == []


def test_a_file_for_node_exporter_is_written_whole(stand, tmp_path):
    path = tmp_path / "relay.prom"

    metrics.write(path, Watcher().look(stand.relay), 7.0)

    assert path.read_bytes() == metrics.text(Watcher().look(stand.relay), 7.0)
    assert list(tmp_path.glob("relay.prom.*")) == []


def test_promtool_finds_nothing_where_there_is_one(stand):
    try:
        done = subprocess.run(
            ["promtool", "check", "metrics"],
            input=metrics.text(Watcher().look(stand.relay), 1.0),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("this machine has no promtool")
    assert (done.returncode, done.stderr) == (0, b"")

"""How long what was sent is kept: each class its time, never what nobody took, never without a word."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from app.alerts.raising import raise_alerts
from app.purging import Purged, class_of, is_due, purge
from config.models import Retention
from store.purging import Settled
from tests.app.builders import moment
from tests.builders import CANARY
from tests.store.builders import claimed, draft, settled

NOW = moment("Mon 2026-11-02 10:00")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("feed.full_day", "feeds"),
        ("feed.correction", "feeds"),
        ("notice.notification", "notices"),
        ("notice.withdrawal", "notices"),
        ("notice.referral", "referrals"),
        ("alert", "alerts"),
        ("alert.admin", "alerts"),
        ("whatever.comes", "notices"),
    ],
)
def test_every_kind_has_its_class(kind, name):
    assert class_of(kind) == name


@pytest.mark.parametrize(
    ("kind", "state", "days"),
    [
        ("feed.full_day", "delivered", 14),
        ("feed.full_day", "cancelled", 14),
        ("notice.notification", "delivered", 30),
        ("notice.referral", "delivered", 90),
        ("alert", "delivered", 14),
        ("feed.full_day", "dead", 180),
        ("notice.referral", "dead", 180),
    ],
)
def test_each_class_is_kept_for_its_days_and_a_dead_letter_for_longer(kind, state, days):
    message = Settled(id="m1", kind=kind, state=state, settled_at=NOW, is_told=True)
    over = NOW + timedelta(days=days)

    assert [is_due(message, Retention(), at) for at in (over, over + timedelta(seconds=1))] == [False, True]


def test_a_dead_letter_of_which_nobody_was_told_is_kept_for_ever():
    message = Settled(id="m1", kind="feed.full_day", state="dead", settled_at=NOW, is_told=False)

    assert not is_due(message, Retention(), NOW + timedelta(days=10_000))


@pytest.fixture
def stand(stand):
    """Hold a delivered feed, a delivered notice, a dead feed and a pending notice, all of the canary."""
    stand.at("Mon 2026-11-02 10:00")
    kinds = {"m1": "feed.full_day", "m2": "notice.notification", "m3": "feed.full_day", "m4": "notice.notification"}
    with stand.store.transaction():
        for name, kind in kinds.items():
            stand.store.messages.enqueue(
                draft(
                    name, created_at=NOW, kind=kind, payload=name.encode() + CANARY[0].encode(), address="a@x.example"
                )
            )
    claimed(stand.store, NOW, token="t")
    dead = {"outcome": "refused", "state": "dead", "reason": "400"}
    stand.store.messages.record([settled("m1", "t"), settled("m2", "t"), settled("m3", "t", **dead)], NOW)
    return stand


def holds(stand, name):
    """Whether the file has the payload of a message anywhere."""
    files = stand.folder.glob("relay.db*")
    return any(name.encode() + CANARY[0].encode() in each.read_bytes() for each in files)


def later(stand, **span):
    stand.clock.instant = NOW + timedelta(**span)
    return stand.relay


def test_promise_27_what_is_over_is_removed_and_what_nobody_took_stays(stand):
    """Payloads are scrubbed on time, and the evidence stays."""
    before = stand.store.messages.get("m1")
    assert purge(later(stand, days=15)) == Purged(payloads={"feeds": 1}, addresses=0)
    assert [holds(stand, name) for name in ("m1", "m2", "m3", "m4")] == [False, True, True, True]
    assert stand.store.messages.get("m1") == replace(before, payload=b""), "what proves it stays: hash and times"
    assert (before.payload_sha256, before.settled_at) == (sha256(before.payload).hexdigest(), NOW)

    assert purge(later(stand, days=31)).payloads == {"notices": 1}
    assert purge(later(stand, days=1000)) == Purged(payloads={}, addresses=2)
    assert [holds(stand, name) for name in ("m1", "m2", "m3", "m4")] == [False, False, True, True]
    assert stand.store.messages.get("m3").payload.startswith(b"m3")


def test_a_dead_letter_is_removed_once_somebody_was_told_of_it_and_long_after(stand):
    raise_alerts(stand.relay)

    assert purge(later(stand, days=179)).payloads == {"feeds": 1, "notices": 1}
    assert purge(later(stand, days=181)).payloads == {"feeds": 1}
    assert not holds(stand, "m3")
    assert stand.store.messages.get("m3").state == "dead"


def test_a_trial_counts_and_removes_nothing(stand):
    assert purge(later(stand, days=31), is_trial=True) == Purged(payloads={"feeds": 1, "notices": 1}, addresses=0)
    assert purge(later(stand, days=31), is_trial=True).payloads == {"feeds": 1, "notices": 1}
    assert holds(stand, "m1")


def test_the_operator_says_for_how_long(stand):
    stand.toml += "\n[retention]\nfeeds_days = 3\n"
    stand.reread()

    assert purge(later(stand, days=4)).payloads == {"feeds": 1}


def test_the_scheduler_purges_once_a_night_in_the_holidays_too(stand):
    wheel = stand.wheel()
    for clock in ("Sat 2026-12-19 01:59", "Sat 2026-12-19 02:00", "Sat 2026-12-19 03:00", "Sun 2026-12-20 02:00"):
        stand.at(clock)
        wheel.turn()

    assert [run.slot for run in stand.store.runs.latest() if run.job == "purge"] == ["2026-12-20T02:00"]
    assert stand.store.runs.get("purge", "all", "2026-12-19T02:00").tries == 1
    assert not holds(stand, "m1")


def test_with_the_purge_the_log_of_what_was_sent_is_cut_back_when_it_has_grown_too_long(stand, monkeypatch):
    monkeypatch.setattr("store.sent_log._LONGEST", 2000)
    wheel = stand.at("Sat 2026-12-19 01:59").wheel()
    wheel.turn()
    for number in range(20):
        stand.relay.sent_log.note([draft(f"m{number}", destination="coventry")], stand.clock())
    size = (stand.folder / "sent.log").stat().st_size

    stand.at("Sat 2026-12-19 02:00")
    wheel.turn()

    assert 0 < (stand.folder / "sent.log").stat().st_size < size
    assert stand.store.runs.get("purge", "all", "2026-12-19T02:00").outcome == "done"

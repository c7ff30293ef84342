from datetime import timedelta

import pytest

from store.runs import Progress
from tests.builders import day
from tests.store.builders import MONDAY, SCHOOL, after

SLOT = ("pull", SCHOOL, "2026-11-02T09:00")
LEASE = timedelta(minutes=10)


def begin(store, now=MONDAY, slot=SLOT, **options):
    with store.transaction():
        return store.runs.begin(*slot, now=now, lease=LEASE, **options)


def finish(store, outcome="fine", now=MONDAY, slot=SLOT):
    with store.transaction():
        return store.runs.finish(*slot, now=now, outcome=outcome, detail="60 marks")


@pytest.mark.parametrize(
    ("outcome", "now", "again_after", "begun"),
    [
        pytest.param(None, after(minutes=5), (), False, id="somebody is at it"),
        pytest.param(None, after(minutes=10), (), False, id="to the last moment"),
        pytest.param(None, after(minutes=11), (), True, id="whoever was at it died"),
        pytest.param("fine", after(days=1), (), False, id="done is done"),
        pytest.param("fine", after(days=1), ("failed",), False, id="done, and only failures are tried again"),
        pytest.param("failed", after(minutes=1), (), False, id="failed, and not tried again"),
        pytest.param("failed", after(minutes=1), ("failed", "held"), True, id="failed, and tried again"),
    ],
)
def test_a_slot_is_done_once(store, outcome, now, again_after, begun):
    assert begin(store)
    _ = outcome and finish(store, outcome)

    assert begin(store, now, again_after=again_after) is begun


def test_another_slot_school_or_job_is_not_this_one(store):
    begin(store)

    assert begin(store, slot=("pull", SCHOOL, "2026-11-02T10:00"))
    assert begin(store, slot=("pull", "hillside", SLOT[2]))
    assert begin(store, slot=("decide", SCHOOL, SLOT[2]))


def test_a_slot_tells_how_it_went(store):
    begin(store)
    begin(store, after(hours=1))
    finish(store, now=after(hours=1, minutes=1))

    run = store.runs.get(*SLOT)
    assert (run.tries, run.started_at, run.leased_until) == (2, after(hours=1), after(minutes=70))
    assert (run.ended_at, run.outcome, run.detail) == (after(hours=1, minutes=1), "fine", "60 marks")
    assert not finish(store)
    assert not finish(store, slot=("pull", SCHOOL, "never"))


def test_the_latest_slots_are_found(store):
    for slot, outcome in (("1", "fine"), ("3", "failed"), ("2", "fine")):
        begin(store, slot=("pull", SCHOOL, slot))
        finish(store, outcome, slot=("pull", SCHOOL, slot))
    begin(store, slot=("decide", SCHOOL, "1"))

    assert store.runs.last("pull", SCHOOL).slot == "3"
    assert store.runs.last("pull", SCHOOL, outcome="fine").slot == "2"
    assert store.runs.last("pull", "hillside") is None
    assert sorted((run.job, run.slot) for run in store.runs.latest()) == [("decide", "1"), ("pull", "3")]


def test_a_pull_of_an_old_week_does_not_take_the_watermark_back(store):
    with store.transaction():
        store.runs.pulled(SCHOOL, through=day("Tue 2026-11-03"), at=after(days=1))
        store.runs.pulled(SCHOOL, through=day("Mon 2026-09-07"), at=after(days=2))

    assert (store.runs.watermark(SCHOOL), store.runs.freshness(SCHOOL)) == (day("Tue 2026-11-03"), after(days=2))


def test_a_school_can_be_decided_again_from_an_earlier_day(store):
    with store.transaction():
        store.runs.decided(SCHOOL, day("Tue 2026-11-03"))
        store.runs.pulled(SCHOOL, through=day("Wed 2026-11-04"), at=MONDAY)
        store.runs.decided(SCHOOL, day("Mon 2026-11-02"))

    assert store.runs.decided_through(SCHOOL) == day("Mon 2026-11-02")
    assert store.runs.all_progress() == {
        SCHOOL: Progress(watermark=day("Wed 2026-11-04"), pulled_at=MONDAY, decided_through=day("Mon 2026-11-02"))
    }


def test_a_school_never_pulled_has_no_progress(store):
    assert store.runs.progress(SCHOOL) == Progress()


def test_a_value_is_kept_until_another_takes_its_place(store):
    with store.transaction():
        store.runs.keep("key", "one")
        store.runs.keep("key", "two")

    assert (store.runs.kept("key"), store.runs.kept("other")) == ("two", None)


def test_a_scheduler_that_runs_alone_takes_back_what_it_left_when_it_died(store):
    begin(store)
    begin(store, slot=("pull", "hillside", "1"))
    finish(store, slot=("pull", "hillside", "1"))
    with store.transaction():
        assert store.runs.release() == 1

    assert begin(store)
    assert not begin(store, slot=("pull", "hillside", "1"))

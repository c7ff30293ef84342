from dataclasses import replace

import pytest

from store.cases import Decision, Episode
from store.connection import sqlite3
from tests.builders import day
from tests.store.builders import MONDAY, SCHOOL, after

MONDAY_2ND = day("Mon 2026-11-02")
TUESDAY_3RD = day("Tue 2026-11-03")

DECISION = Decision(
    id="d1",
    school=SCHOOL,
    pupil_id="p1",
    policy="swift-learning",
    policy_version="3",
    rule="ten-days-unexplained",
    fired_on=MONDAY_2ND,
    decided_at=MONDAY,
    rows=["S3-29", "FLOOR-CME"],
    actions=[{"referral": "cme", "to": ["local_authority"]}],
    reason="10 school days unexplained, Mon 19 Oct – Mon 2 Nov",
    evidence={"sessions": [["2026-10-19", "AM", "N"]], "skipped": {}},
)
EPISODE = Episode(
    school=SCHOOL,
    pupil_id="p1",
    policy="complete-works",
    ladder="attendance",
    rung="AC1",
    opened_on=MONDAY_2ND,
    moved_on=MONDAY_2ND,
)


def keep(store, *decisions):
    with store.transaction():
        return [store.cases.record(each) for each in decisions]


def withdraw(store, decision_id):
    with store.transaction():
        return store.cases.withdraw(decision_id, after(days=1), "the register was corrected")


def test_a_decision_is_kept_with_its_reason_and_evidence(store):
    assert keep(store, DECISION) == [True]

    assert store.cases.get("d1") == DECISION
    assert store.cases.get("d2") is None


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        pytest.param({}, False, id="the same again"),
        pytest.param({"id": "d2"}, False, id="the same firing under another id"),
        pytest.param({"id": "d2", "policy_version": "4"}, False, id="the same firing under a newer policy"),
        pytest.param({"id": "d2", "generation": 2}, False, id="a new generation while the first stands"),
        pytest.param({"id": "d2", "fired_on": TUESDAY_3RD}, True, id="another day"),
        pytest.param({"id": "d2", "rule": "six-sessions"}, True, id="another rule"),
        pytest.param({"id": "d2", "pupil_id": "p2"}, True, id="another pupil"),
        pytest.param({"id": "d2", "policy": "floor"}, True, id="another policy"),
        pytest.param({"id": "d2", "school": "hillside"}, True, id="another school"),
    ],
)
def test_a_rule_fires_once(store, other, kept):
    keep(store, DECISION)

    assert keep(store, replace(DECISION, **other)) == [kept]


def test_a_withdrawn_decision_stays_with_its_why_and_fires_again_only_as_a_new_generation(store):
    keep(store, DECISION)

    assert (withdraw(store, "d1"), withdraw(store, "d1"), withdraw(store, "d9")) == (True, False, False)
    again = keep(store, DECISION, replace(DECISION, id="d2"), replace(DECISION, id="d3", generation=2))

    assert again == [False, False, True]
    first, second = store.cases.of_pupil("p1")
    assert (first.state, first.withdrawn_at, first.why) == ("withdrawn", after(days=1), "the register was corrected")
    assert (second.state, second.generation) == ("standing", 2)


def test_a_schools_decisions_are_read_from_a_day_on(store):
    keep(store, DECISION, replace(DECISION, id="d2", fired_on=TUESDAY_3RD), replace(DECISION, id="d3", school="other"))

    assert [each.id for each in store.cases.of_school(SCHOOL)] == ["d1", "d2"]
    assert [each.id for each in store.cases.of_school(SCHOOL, TUESDAY_3RD)] == ["d2"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM decision",
        "UPDATE decision SET reason = 'other'",
        "UPDATE decision SET fired_on = '2026-01-01'",
        "UPDATE decision SET state = 'withdrawn', rule = 'other'",
    ],
)
def test_the_fired_once_memory_is_never_changed(store, statement):
    keep(store, DECISION)

    with pytest.raises(sqlite3.IntegrityError, match="decision"), store.transaction():
        store._connection.write(statement)

    assert store.cases.get("d1") == DECISION


def test_a_withdrawal_is_never_taken_back(store):
    keep(store, DECISION)
    withdraw(store, "d1")

    with pytest.raises(sqlite3.IntegrityError, match="only be withdrawn"), store.transaction():
        store._connection.write("UPDATE decision SET state = 'standing'")


def change(store, *steps):
    with store.transaction():
        return [step(store.cases) for step in steps]


def test_a_pupil_stands_once_on_each_ladder(store):
    higher = replace(EPISODE, rung="AC2", moved_on=TUESDAY_3RD)

    done = change(
        store,
        lambda cases: cases.open(EPISODE),
        lambda cases: cases.open(higher),
        lambda cases: cases.move(higher),
        lambda cases: cases.open(replace(EPISODE, ladder="punctuality")),
    )

    assert done == [True, False, True, True]
    assert store.cases.episodes(SCHOOL) == [higher, replace(EPISODE, ladder="punctuality")]


def test_a_cleared_episode_is_kept_and_a_new_one_may_begin(store):
    done = change(
        store,
        lambda cases: cases.open(EPISODE),
        lambda cases: cases.clear(EPISODE, TUESDAY_3RD),
        lambda cases: cases.clear(EPISODE, TUESDAY_3RD),
        lambda cases: cases.move(EPISODE),
        lambda cases: cases.open(replace(EPISODE, opened_on=TUESDAY_3RD, moved_on=TUESDAY_3RD)),
    )

    assert done == [True, True, False, False, True]
    assert [each.cleared_on for each in store.cases.episodes_of("p1")] == [TUESDAY_3RD, None]
    assert len(store.cases.episodes(SCHOOL)) == 1

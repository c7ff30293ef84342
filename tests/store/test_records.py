"""What people recorded, which rules they muted, and which policy judges which day, kept as it was given."""

from dataclasses import replace
from datetime import date

from store.cases import Decision
from store.records import Hold, InForce, RecordedEvent
from store.snapshots import Change, Synced
from tests.store.builders import MONDAY, SCHOOL, after

EVENT = RecordedEvent(
    school=SCHOOL, pupil_id="p1", day=date(2026, 11, 2), event="contract_agreed", recorded_by="head of provision"
)
HOLD = Hold(
    school=SCHOOL,
    pupil_id="p1",
    rule="three-days",
    first=date(2026, 11, 2),
    last=date(2026, 11, 13),
    author="M Ash",
    role="head_of_provision",
    reason="in hospital",
)
KEY = (SCHOOL, "p1", "2026-11-02", "contract_agreed")


def test_events_that_are_new_changed_and_gone_are_told_apart(store):
    later = replace(EVENT, day=date(2026, 11, 9))
    with store.transaction():
        first = store.records.sync_events("files", [EVENT], MONDAY)
        second = store.records.sync_events("files", [replace(EVENT, recorded_by="dsl"), later], after(days=1))
        third = store.records.sync_events("files", [later], after(days=2))

    assert (first, second, third) == (Synced(added=1), Synced(added=1, changed=1), Synced(gone=1))
    assert first.changes == (Change(KEY, None, ("head of provision",)),)
    assert second.changes[0] == Change(KEY, ("head of provision",), ("dsl",))
    assert third.changes == (Change(KEY, ("dsl",), None),)


def test_two_snapshots_add_up_with_their_changes(store):
    with store.transaction():
        events = store.records.sync_events("files", [EVENT], MONDAY)
        holds = store.records.sync_holds("files", [HOLD], MONDAY)

    assert events + holds == Synced(added=2)
    assert len((events + holds).changes) == 2


def test_holds_are_read_as_they_were_given(store):
    of_everything = replace(HOLD, rule="", pupil_id="p0")
    with store.transaction():
        store.records.sync_holds("files", [HOLD, of_everything, replace(HOLD, school="hillside")], MONDAY)

    assert store.records.holds(SCHOOL) == [of_everything, HOLD]


def test_a_hold_that_is_gone_is_kept_with_the_instant(store):
    with store.transaction():
        store.records.sync_holds("files", [HOLD], MONDAY)
        store.records.sync_holds("files", [], after(days=3))

    assert store.records.holds(SCHOOL) == [replace(HOLD, gone_at=after(days=3))]


def test_a_hold_that_is_back_is_as_if_it_had_never_gone(store):
    with store.transaction():
        for number, rows in enumerate(([HOLD], [], [HOLD])):
            store.records.sync_holds("files", rows, after(days=number))

    assert store.records.holds(SCHOOL) == [HOLD]


def test_the_policies_a_school_has_followed_are_read_the_earliest_first(store):
    always = InForce(first_day=date.min, policy="lane", version="1", content="{}")
    later = InForce(first_day=date(2026, 11, 9), policy="lane", version="2", content='{"a":1}')
    with store.transaction():
        store.records.put_in_force(SCHOOL, later)
        store.records.put_in_force(SCHOOL, always)
        store.records.put_in_force("hillside", always)

    assert store.records.in_force(SCHOOL) == [always, later]


def test_a_policy_that_was_to_begin_on_a_day_gives_way_to_another_one(store):
    first = InForce(first_day=date(2026, 11, 9), policy="lane", version="2", content="{}")
    with store.transaction():
        store.records.put_in_force(SCHOOL, first)
        store.records.put_in_force(SCHOOL, replace(first, version="3"))

    assert [each.version for each in store.records.in_force(SCHOOL)] == ["3"]


def test_decisions_with_something_to_ask_again_are_found(store):
    decision = Decision(
        id="d1",
        school=SCHOOL,
        pupil_id="p1",
        policy="lane",
        policy_version="1",
        rule="calls",
        fired_on=date(2026, 11, 2),
        decided_at=MONDAY,
        rows=["L-1"],
        actions=[{"kind": "task", "repeats": "each_school_day"}],
        reason="absent",
        evidence={},
    )
    once = replace(decision, id="d2", rule="once", actions=[{"kind": "task", "repeats": None}])
    old = replace(decision, id="d3", rule="old", fired_on=date(2026, 7, 1))
    taken_back = replace(decision, id="d4", rule="gone")
    with store.transaction():
        for each in (decision, once, old, taken_back):
            store.cases.record(each)
        store.cases.withdraw("d4", MONDAY, "corrected")

    assert [each.id for each in store.cases.repeating(SCHOOL, date(2026, 8, 1))] == ["d1"]

"""Changes of marks in the store: proposed once, moved on from where they are, kept with all that happened."""

from dataclasses import replace

import pytest

from store.connection import sqlite3
from store.mark_changes import MarkChange, Step
from tests.builders import day, session
from tests.store.builders import MONDAY, SCHOOL, after
from tests.store.test_cases import DECISION

CHANGE = MarkChange(
    id="c1",
    decision_id="d1",
    school=SCHOOL,
    pupil_id="p1",
    session=session("Mon 2026-11-02 AM"),
    old="N",
    new="O",
    due_on=day("Mon 2026-11-09"),
    proposed_at=MONDAY,
)
APPROVED = Step(at=after(hours=1), state="approved", said_by="A Clerk", code="I", note="rang home")
OVERTAKEN = Step(at=after(hours=2), state="overtaken", said_by="platform", code="O", note="M stands there")


@pytest.fixture
def proposed(store):
    with store.transaction():
        store.cases.record(DECISION)
        store.cases.record(replace(DECISION, id="d2", fired_on=day("Tue 2026-11-10")))
        assert store.mark_changes.propose(CHANGE)
    return store


def move(store, step):
    with store.transaction():
        return store.mark_changes.move(store.mark_changes.get("c1"), step)


def test_a_change_is_proposed_once(proposed):
    with proposed.transaction():
        assert not proposed.mark_changes.propose(CHANGE)
        assert not proposed.mark_changes.propose(replace(CHANGE, id="c9"))

    assert proposed.mark_changes.get("c1") == replace(CHANGE, since=MONDAY)
    assert proposed.mark_changes.get("c9") is None
    assert [step.state for step in proposed.mark_changes.steps("c1")] == ["proposed"]


def test_a_mark_has_one_change_at_a_time_whichever_decision_asks(proposed):
    again = replace(CHANGE, id="c2", decision_id="d2")
    with proposed.transaction():
        assert not proposed.mark_changes.propose(again)

    move(proposed, OVERTAKEN)

    with proposed.transaction():
        assert proposed.mark_changes.propose(again)
    assert [each.id for each in proposed.mark_changes.open(SCHOOL)] == ["c2"]


def test_the_other_session_of_the_day_has_a_change_of_its_own(proposed):
    with proposed.transaction():
        assert proposed.mark_changes.propose(replace(CHANGE, id="c2", session=session("Mon 2026-11-02 PM")))

    assert [each.id for each in proposed.mark_changes.open()] == ["c1", "c2"]
    assert proposed.mark_changes.open("hill") == []


def test_an_approval_keeps_who_when_and_which_code(proposed):
    assert move(proposed, APPROVED)

    kept = proposed.mark_changes.get("c1")
    assert (kept.state, kept.said_by, kept.new, kept.note) == ("approved", "A Clerk", "I", "rang home")
    assert (kept.since, kept.approved_at) == (after(hours=1), after(hours=1))
    assert proposed.mark_changes.steps("c1")[1] == APPROVED


def test_what_somebody_else_has_moved_since_it_was_read_stays_as_it_is(proposed):
    read = proposed.mark_changes.get("c1")
    move(proposed, APPROVED)

    with proposed.transaction():
        assert not proposed.mark_changes.move(read, OVERTAKEN)

    assert proposed.mark_changes.get("c1").state == "approved"
    assert len(proposed.mark_changes.steps("c1")) == 2


def test_an_approval_with_another_code_in_between_is_not_sent_as_the_first_one(proposed):
    move(proposed, replace(APPROVED, code="O"))
    read = proposed.mark_changes.get("c1")
    move(proposed, replace(APPROVED, state="refused", code="O"))
    move(proposed, APPROVED)

    with proposed.transaction():
        assert not proposed.mark_changes.move(read, replace(APPROVED, state="sending", code="O"))

    assert proposed.mark_changes.get("c1").new == "I"


def test_a_change_that_is_sent_again_has_been_sending_since_the_first_time(proposed):
    move(proposed, APPROVED)
    for hours in (2, 5):
        move(proposed, Step(at=after(hours=hours), state="sending", said_by="relay", code="I", platform_id="4001"))

    assert proposed.mark_changes.get("c1").since == after(hours=2)
    assert [step.platform_id for step in proposed.mark_changes.steps("c1")] == [None, None, "4001", "4001"]


def test_a_receipt_is_kept_until_another_comes(proposed):
    move(proposed, APPROVED)
    move(proposed, replace(APPROVED, state="sending"))
    move(proposed, replace(APPROVED, state="taken", said_by="platform", receipt="r-1"))
    move(proposed, replace(APPROVED, state="written", said_by="platform"))

    assert proposed.mark_changes.get("c1").receipt == "r-1"


def test_a_new_approval_begins_without_the_receipt_of_the_last_one(proposed):
    move(proposed, APPROVED)
    move(proposed, replace(APPROVED, state="taken", said_by="platform", receipt="r-1"))
    move(proposed, replace(APPROVED, state="refused", said_by="platform"))
    move(proposed, APPROVED)

    assert proposed.mark_changes.get("c1").receipt is None
    assert [step.receipt for step in proposed.mark_changes.steps("c1")] == [None, None, "r-1", None, None]


def test_changes_are_found_by_state_and_by_the_beginning_of_their_id(proposed):
    with proposed.transaction():
        proposed.mark_changes.propose(replace(CHANGE, id="c2", session=session("Mon 2026-11-02 PM")))
    move(proposed, OVERTAKEN)

    assert [each.id for each in proposed.mark_changes.in_states("overtaken")] == ["c1"]
    assert [each.id for each in proposed.mark_changes.in_states("overtaken", "proposed")] == ["c1", "c2"]
    assert (proposed.mark_changes.named("c"), proposed.mark_changes.named("c2")) == (["c1", "c2"], ["c2"])
    assert proposed.mark_changes.named("%") == []


def test_decisions_without_a_change_are_those_of_the_row_that_stand(proposed):
    row = DECISION.rows[0]

    assert proposed.mark_changes.unproposed(SCHOOL, row) == ["d2"]
    assert proposed.mark_changes.unproposed(SCHOOL, "FLOOR-N-FIVE") == []
    assert proposed.mark_changes.unproposed("hill", row) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE mark_change SET pupil_id = 'p2'",
        "UPDATE mark_change SET half = 'PM'",
        "DELETE FROM mark_change",
        "UPDATE mark_change_step SET said_by = 'nobody'",
        "DELETE FROM mark_change_step",
        "UPDATE mark_change SET state = 'written'",
    ],
)
def test_whom_it_is_about_and_what_happened_is_not_changed_or_deleted_and_nothing_is_sent_unapproved(proposed, sql):
    with pytest.raises(sqlite3.IntegrityError), proposed.transaction():
        proposed._connection.write(sql)


def test_what_is_over_stays_over(proposed):
    move(proposed, OVERTAKEN)

    with pytest.raises(sqlite3.IntegrityError, match="ends once"), proposed.transaction():
        proposed._connection.write("UPDATE mark_change SET state = 'proposed'")

from dataclasses import replace

import pytest

from store.approvals import Approval
from store.connection import sqlite3
from tests.builders import day
from tests.store.builders import MONDAY, SCHOOL, after
from tests.store.test_cases import DECISION

ASKED = Approval(
    id="a1",
    decision_id="d1",
    school=SCHOOL,
    pupil_id="p1",
    action=0,
    kind="referral",
    due_on=day("Mon 2026-11-02"),
    asked_at=MONDAY,
)
NOTICE = replace(ASKED, id="a2", action=1, kind="notice")


@pytest.fixture
def asked(store):
    with store.transaction():
        store.cases.record(DECISION)
        assert [store.approvals.ask(each) for each in (ASKED, NOTICE)] == [True, True]
    return store


def test_an_approval_is_asked_for_once(asked):
    with asked.transaction():
        assert not asked.approvals.ask(ASKED)
        assert not asked.approvals.ask(replace(ASKED, id="a9"))

    assert asked.approvals.get("a1") == ASKED
    assert asked.approvals.get("a9") is None
    assert [each.id for each in asked.approvals.waiting()] == ["a1", "a2"]
    assert asked.approvals.waiting("hill") == []


def test_an_approval_is_given_once_and_says_by_whom_and_when(asked):
    with asked.transaction():
        assert asked.approvals.approve("a1", after(hours=1), "head of provision")
        assert not asked.approvals.approve("a1", after(hours=2), "somebody else")

    given = asked.approvals.get("a1")
    assert (given.state, given.settled_at, given.approved_by) == ("approved", after(hours=1), "head of provision")
    assert [each.id for each in asked.approvals.waiting(SCHOOL)] == ["a2"]


def test_what_waits_of_a_withdrawn_decision_is_withdrawn_and_what_was_given_stays(asked):
    with asked.transaction():
        asked.approvals.approve("a1", after(hours=1), "head of provision")
        assert asked.approvals.withdraw("d1", after(days=1)) == 1
        assert not asked.approvals.approve("a2", after(days=2), "head of provision")

    assert [each.state for each in asked.approvals.of_decision("d1")] == ["approved", "withdrawn"]


def test_others_are_asked_once_when_nobody_answers(asked):
    with asked.transaction():
        assert asked.approvals.escalated("a1", after(minutes=15))
        assert not asked.approvals.escalated("a1", after(days=1))
        asked.approvals.approve("a2", after(hours=1), "head of provision")
        assert not asked.approvals.escalated("a2", after(hours=2))

    assert asked.approvals.get("a1").escalated_at == after(minutes=15)


def test_an_approval_that_was_given_cannot_be_changed(asked):
    with asked.transaction():
        asked.approvals.approve("a1", after(hours=1), "head of provision")

    with pytest.raises(sqlite3.IntegrityError, match="given or withdrawn once"), asked.transaction():
        asked._connection.write("UPDATE approval SET approved_by = 'nobody' WHERE id = 'a1'")

"""Whose word counts on a change, what it may say, and what saying it twice or too late comes to."""

import pytest

from app.mark_changes.answering import approve, refuse
from app.people.messages import Word
from tests.builders import session

CLERK = Word(by="A Clerk", note="rang home")


@pytest.fixture
def proposed(school):
    return school.proposed().at("Tue 2026-11-10 10:00")


def said(answer):
    return answer.is_ok, answer.sentence


def test_an_approval_says_who_enters_it(proposed):
    name = proposed.change.id

    assert said(approve(proposed.relay, name, "I", CLERK)) == (
        True,
        f"change {name} is approved: I is written to slate after the next pull, if N still stands there",
    )


def test_in_a_trial_it_says_that_it_is_not_written_yet(make):
    school = make(more='\n[safety]\nmode = "trial"\ntrial_destinations = ["warwickshire"]\n').proposed()

    assert approve(school.relay, school.change.id, "O", CLERK).sentence.endswith("; not while this is a trial")


def test_the_beginning_of_an_id_is_enough(proposed):
    assert approve(proposed.relay, proposed.change.id[:6], "O", CLERK).is_ok
    assert proposed.change.state == "approved"


def test_an_id_that_is_not_there_or_not_one_is_refused(make):
    school = make(text=r"NN /\*9").proposed()

    assert said(approve(school.relay, "zz", "O", CLERK)) == (
        False,
        "there is no change zz: `attendance-relay changes list` shows the ids",
    )
    assert not refuse(school.relay, "zz", CLERK).is_ok
    assert approve(school.relay, "", "O", CLERK).sentence.endswith(": give more of the id")


@pytest.mark.parametrize("by", ["head_of_provision", "attendance_lead", "staff", "dsl", "M Ash"])
def test_the_provider_s_own_people_have_a_say(proposed, by):
    assert approve(proposed.relay, proposed.change.id, "O", Word(by=by)).is_ok
    assert proposed.change.said_by == by


@pytest.mark.parametrize("by", ["admin", "parent", "local_authority", "home_school", "social_worker", "", " "])
def test_nobody_else_has(proposed, by):
    name = proposed.change.id

    assert not approve(proposed.relay, name, "O", Word(by=by)).is_ok
    assert not refuse(proposed.relay, name, Word(by=by, note="no")).is_ok
    assert proposed.change.state == "proposed"


@pytest.mark.parametrize("code", ["N", "/", "#", "H", "o", "C2"])
def test_a_code_that_cannot_be_changes_nothing(proposed, code):
    answer = approve(proposed.relay, proposed.change.id, code, Word(by="A Clerk"))

    assert not answer.is_ok
    assert proposed.change.state == "proposed"


def test_said_twice_nothing_changes_and_another_code_needs_a_refusal_first(proposed):
    name = proposed.change.id
    approve(proposed.relay, name, "O", CLERK)

    assert said(approve(proposed.relay, name, "O", CLERK)) == (
        True,
        f"change {name} is approved already, with O; nothing was changed",
    )
    assert said(approve(proposed.relay, name, "I", CLERK)) == (
        False,
        f"change {name} is approved: A Clerk approved it with O: refuse it first",
    )
    assert refuse(proposed.relay, name, CLERK).is_ok
    assert approve(proposed.relay, name, "I", CLERK).is_ok
    assert (proposed.change.new, len(proposed.history)) == ("I", 4)


def test_refused_twice_says_by_whom(proposed):
    name = proposed.change.id
    refuse(proposed.relay, name, CLERK)

    assert said(refuse(proposed.relay, name, Word(by="B Clerk", note="no"))) == (
        True,
        f"change {name} was already refused by A Clerk: rang home",
    )


def test_what_is_over_can_be_neither_approved_nor_refused(proposed):
    proposed.slate.change(session("Mon 2026-11-02 AM"), "M")
    proposed.pulled("Tue 2026-11-10 15:45")
    name = proposed.change.id

    for answer in (approve(proposed.relay, name, "O", CLERK), refuse(proposed.relay, name, CLERK)):
        assert said(answer) == (False, f"change {name} is overtaken: it is over (M stands there)")


def test_what_is_confirmed_is_so_however_often_it_is_approved(proposed):
    approve(proposed.relay, proposed.change.id, "O", CLERK)
    proposed.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45")

    assert approve(proposed.relay, proposed.change.id, "O", CLERK).is_ok
    assert not approve(proposed.relay, proposed.change.id, "I", CLERK).is_ok


def test_when_the_decision_was_withdrawn_or_the_pupil_has_gone_it_is_refused(proposed):
    name, gone = proposed.change.id, proposed.placements.pop(0)
    proposed.reread()
    assert approve(proposed.relay, name, "O", CLERK).sentence.endswith(": pupil p1 is no longer in placements.csv")

    proposed.placements.insert(0, gone)
    proposed.reread()
    with proposed.store.transaction():
        proposed.store.cases.withdraw(proposed.change.decision_id, proposed.clock(), "the calendar was corrected")
    assert approve(proposed.relay, name, "O", CLERK).sentence.endswith(": the decision was withdrawn on 2026-11-10")

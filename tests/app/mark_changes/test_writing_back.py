"""An approved change on its way into a platform: read first, written once, followed, and believed when it is shown."""

import pytest

from app.alerts.things import things
from app.mark_changes.answering import approve
from app.people.messages import Word
from app.reading import read
from app.status import is_well, status
from config.problems import ConfigErrors
from store.safety import Surge
from tests.builders import upn

O_FOR_P1 = ("4001", "Mon 2 Nov 2026 AM", "O")


def stuck(school):
    return [thing.what for thing in things(school.relay) if "change" in thing.what]


def test_an_n_that_has_stood_five_days_is_proposed_as_o_and_written_by_nobody(school):
    school.proposed()

    assert school.pulls("Tue 2026-11-10 09:30", "Tue 2026-11-10 15:45") == ["proposed", "proposed"]
    assert (school.change.old, school.change.new, school.change.due_on.isoformat()) == ("N", "O", "2026-11-09")
    assert school.written == []


def test_an_approved_change_is_written_after_the_next_pull_and_over_when_a_later_one_shows_it(school):
    school.approved()

    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["written", "confirmed"]
    assert school.written == [O_FOR_P1]
    assert school.slate.marks() == "O\\" + 9 * "/\\"
    assert school.history == [
        "proposed by relay",
        "approved by A Clerk",
        "sending by relay",
        "written by platform",
        "confirmed by platform",
    ]


def test_the_reason_that_was_found_is_written_instead_of_o(school):
    school.approved("I")

    school.pulls("Tue 2026-11-10 12:30")

    assert school.written == [("4001", "Mon 2 Nov 2026 AM", "I")]


def test_the_amendment_comes_by_the_ordinary_pull_with_the_source_s_word(school):
    school.approved()
    school.pulled("Tue 2026-11-10 12:30")
    assert school.register("Mon 2026-11-02 AM") == {"p1": "N", "p2": "/"}

    school.pulled("Tue 2026-11-10 18:00")

    [amendment] = school.store.history.amendments_of("p1")
    assert (chr(amendment.old), chr(amendment.new), amendment.source) == ("N", "O", "slate")


def test_when_the_register_shows_the_new_mark_the_rule_s_decision_and_its_tasks_go(school):
    school.approved().pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 18:00")

    school.judged("Tue 2026-11-10 18:15")

    assert [task.says for task in school.store.tasks.open() if task.pupil_id] == []
    assert school.decisions("n-stands-five-school-days") == ["Mon 2026-11-09 p1 n-stands-five-school-days withdrawn"]


# --- read first ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entered", ["I", "C1", "/", "G"])
def test_what_somebody_entered_meanwhile_is_not_written_over(school, entered, monday_am):
    school.approved()
    school.slate.change(monday_am, entered)

    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["overtaken", "overtaken"]
    assert (school.change.note, school.written) == (f"{entered} stands there", [])


def test_the_approved_code_entered_by_hand_is_found_and_not_written_again(school, monday_am):
    school.approved()
    school.slate.change(monday_am, "O")

    assert school.pulls("Tue 2026-11-10 12:30") == ["confirmed"]
    assert school.written == []


def test_a_proposal_is_over_when_somebody_enters_a_reason(school, monday_am):
    school.proposed().slate.change(monday_am, "M")

    assert school.pulls("Tue 2026-11-10 15:45") == ["overtaken"]
    assert school.change.note == "M stands there"


@pytest.mark.parametrize("code", ["", "QQ"])
def test_a_mark_that_is_gone_or_not_understood_is_not_written_over(school, code):
    school.approved()
    content = school.slate.load()
    content["rows"][0][4] = code
    school.slate.save(content if code else content | {"rows": content["rows"][1:]})

    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]
    assert school.written == []


def test_an_answer_from_before_the_approval_is_not_believed(school):
    school.approved(at="Tue 2026-11-10 10:00").slate.set(as_of="2026-11-10T09:59:59+00:00")
    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]

    school.slate.set(as_of="2026-11-10T10:00:00+00:00")

    assert school.pulls("Tue 2026-11-10 15:45") == ["written"]


# --- the right pupil -----------------------------------------------------------------------------------------------------


def test_the_platform_s_id_is_the_one_of_the_same_answer(school):
    school.approved()
    content = school.slate.load()
    school.slate.save(
        content | {"rows": [["9009" if row[0] == "4001" else row[0], *row[1:]] for row in content["rows"]]}
    )

    school.pulls("Tue 2026-11-10 12:30")

    assert school.written == [("9009", "Mon 2 Nov 2026 AM", "O")]


def with_row(platform_id, number, code="N"):
    def spoil(content):
        return {"rows": [*content["rows"], [platform_id, number, "2026-11-02", "AM", code]]}

    return spoil


def with_pupil(platform_id, number):
    return lambda _: {"pupils": [[platform_id, number]]}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(with_row("9009", upn(1)), id="the pupil stands there twice, under two ids"),
        pytest.param(with_row("4001", upn(1), "I"), id="the pupil stands there twice, with two codes"),
        pytest.param(with_row("4001", upn(1), "QQ"), id="the pupil stands there twice, once not understood"),
        pytest.param(with_row("4001", upn(2)), id="the id stands for another pupil as well"),
        pytest.param(with_row("4001", upn(77)), id="the id stands for somebody else as well"),
        pytest.param(with_pupil("4001", upn(2)), id="the platform's record of the id is another pupil's"),
        pytest.param(with_pupil("4001", upn(77)), id="the platform's record of the id is nobody's we know"),
    ],
)
def test_where_it_is_in_doubt_whose_mark_it_is_nothing_is_written_and_a_person_looks(school, spoil):
    school.approved()
    school.slate.set(**spoil(school.slate.load()))

    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45")[0] == "refused"
    assert school.written == []
    assert (school.change.said_by, school.change.note) == ("platform", "a pull leaves in doubt whose mark it is")
    assert len(school.asked()) == 1
    assert len(stuck(school)) == 1


def test_when_the_row_now_has_another_pupil_s_upn_nothing_is_written(school):
    school.approved()
    content = school.slate.load()
    content["rows"] = [[row[0], upn(77) if row[0] == "4001" else row[1], *row[2:]] for row in content["rows"]]
    school.slate.save(content)

    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]
    assert school.written == []


# --- the platform's answers --------------------------------------------------------------------------------------------


def test_what_the_platform_took_is_followed_to_its_end(school):
    school.approved().slate.set(answers="taken", follows="taken")
    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["taken", "taken"]
    assert school.change.receipt == f"receipt of {school.change.id}"

    school.slate.set(follows="done")

    assert school.pulls("Wed 2026-11-11 12:30") == ["confirmed"]
    assert school.written == [O_FOR_P1]
    assert school.history[-3:] == ["taken by platform", "written by platform", "confirmed by platform"]


def test_done_counts_only_when_a_pull_shows_it(school):
    school.approved().slate.set(answers="taken", follows="taken")
    school.pulls("Tue 2026-11-10 12:30")
    school.slate.set(answers="done")
    school.slate.set(follows="done", written=[])

    assert school.pulls("Tue 2026-11-10 15:45", "Wed 2026-11-11 12:30") == ["written", "written"]
    assert school.written == []


def test_what_was_taken_and_refused_later_is_refused(school):
    school.approved().slate.set(answers="taken", follows="refused")

    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["taken", "refused"]


def test_a_refusal_is_told_with_its_reason_and_never_tried_again_by_itself(school):
    school.approved().slate.set(answers="refused")

    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45", "Wed 2026-11-11 12:30") == ["refused"] * 3
    assert school.written == [O_FOR_P1]
    [says] = school.asked()
    assert says.startswith(
        "slate did not take O instead of N for Mon 2 Nov 2026 AM: the period is locked. Enter it there"
    )
    assert stuck(school) == [f"school lane: change {school.change.id} was not written; `changes show` says why"]
    assert not is_well(status(school.relay))


def test_a_person_may_approve_again_what_the_platform_refused(school):
    school.approved().slate.set(answers="refused")
    school.pulls("Tue 2026-11-10 12:30")
    school.slate.set(answers="done")

    school.approve("O")

    assert stuck(school) == []
    assert school.pulls("Tue 2026-11-10 15:45", "Wed 2026-11-11 12:30") == ["written", "confirmed"]
    assert school.asked() == []


def test_a_person_may_put_aside_what_the_platform_refused(school):
    school.approved().slate.set(answers="refused")
    school.pulls("Tue 2026-11-10 12:30")

    assert school.refuse(by="A Clerk").is_ok

    assert (school.change.state, school.change.said_by) == ("refused", "A Clerk")
    assert (school.asked(), stuck(school), is_well(status(school.relay))) == ([], [], True)


def test_what_the_platform_refused_is_over_when_somebody_enters_it(school, monday_am):
    school.approved().slate.set(answers="refused")
    school.pulls("Tue 2026-11-10 12:30")

    school.slate.change(monday_am, "O")

    assert school.pulls("Tue 2026-11-10 18:00") == ["overtaken"]
    assert (school.asked(), stuck(school), is_well(status(school.relay))) == ([], [], True)


@pytest.mark.parametrize("answers", ["unavailable", "none", "a word that no platform says"])
def test_without_an_answer_the_same_change_is_written_after_the_next_pull(school, answers):
    school.approved().slate.set(answers=answers)
    assert school.pulls("Tue 2026-11-10 12:30") == ["sending"]

    school.slate.set(answers="done")

    assert school.pulls("Tue 2026-11-10 15:45", "Wed 2026-11-11 12:30") == ["written", "confirmed"]
    assert set(school.written) == {O_FOR_P1}


def test_an_answer_that_was_lost_is_made_up_for_by_reading(school):
    school.approved().slate.set(answers="lost")

    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["sending", "confirmed"]
    assert school.written == [O_FOR_P1]
    assert "sending by relay" in school.history
    assert [step.note for step in school.store.mark_changes.steps(school.change.id)][3] == (
        "Unavailable: the Slate does not answer: try later"
    )


def test_a_school_that_cannot_be_pulled_is_not_written_to(school):
    school.approved().slate.set(is_down=True)

    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]


# --- how long --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_told"),
    [
        pytest.param("Wed 2026-11-11 12:30", False, id="nine hours of work"),
        pytest.param("Wed 2026-11-11 12:31", True, id="a minute more"),
    ],
)
def test_the_admins_are_told_when_the_platform_has_had_a_change_for_nine_hours_of_work(school, at, is_told):
    school.approved().slate.set(answers="taken", follows="taken")
    school.pulls("Tue 2026-11-10 12:30")

    school.at(at)

    said = [f"school lane: change {school.change.id} is taken, and no pull has confirmed it yet"]
    assert stuck(school) == (said if is_told else [])
    assert is_well(status(school.relay)) is not is_told


def test_what_was_taken_is_followed_though_another_code_stands_there_until_it_is_late(school, monday_am):
    school.approved().slate.set(answers="taken", follows="taken")
    school.pulls("Tue 2026-11-10 12:30")

    school.slate.change(monday_am, "I")

    assert school.pulls("Tue 2026-11-10 15:45", "Wed 2026-11-11 15:45") == ["taken", "overtaken"]


def test_an_approval_that_could_not_be_sent_for_nine_hours_of_work_is_told(school):
    school.approved(at="Tue 2026-11-10 10:00").slate.set(is_down=True)
    school.pulls("Tue 2026-11-10 12:30", "Wed 2026-11-11 09:30")

    assert stuck(school.at("Wed 2026-11-11 10:00")) == []
    assert stuck(school.at("Wed 2026-11-11 10:01")) != []


# --- when nothing is written ---------------------------------------------------------------------------------------------


def test_an_approval_can_be_taken_back_before_it_is_sent(school):
    school.approved()

    assert school.refuse().is_ok
    assert school.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["refused", "refused"]
    assert (school.written, stuck(school)) == ([], [])


def test_what_was_sent_cannot_be_taken_back(school):
    school.approved().slate.set(answers="taken", follows="taken")
    school.pulls("Tue 2026-11-10 12:30")

    answer = school.refuse()

    assert not answer.is_ok
    assert answer.sentence.endswith("is taken: O may stand at the platform already; correct the mark there")


def test_nothing_is_written_in_a_trial(make):
    school = make(more='\n[safety]\nmode = "trial"\ntrial_destinations = ["warwickshire"]\n').approved()

    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]
    assert school.written == []


def test_nothing_is_written_while_notices_of_the_school_are_held(school):
    school.approved()
    with school.store.transaction():
        school.store.safety.hold_together(Surge(id="A7C3-K9MP", school="lane", held_at=school.clock(), facts={}))

    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]
    assert school.written == []


def test_without_write_back_a_person_is_asked_and_the_pull_closes_the_task(make, monday_am):
    school = make()
    school.toml = school.toml.replace("write_back = true", "write_back = false")
    school.approved("I")
    assert school.asked() == ["Enter I instead of N for Mon 2 Nov 2026 AM in slate."]

    assert school.pulls("Tue 2026-11-10 12:30") == ["approved"]
    school.slate.change(monday_am, "I")

    assert school.pulls("Tue 2026-11-10 18:00") == ["confirmed"]
    assert (school.written, school.asked()) == ([], [])


def test_what_was_taken_is_followed_after_write_back_was_switched_off(school):
    school.approved().slate.set(answers="taken", follows="taken")
    school.pulls("Tue 2026-11-10 12:30")
    school.toml = school.toml.replace("write_back = true", "write_back = false")
    school.reread()

    school.slate.set(follows="done")

    assert school.pulls("Tue 2026-11-10 15:45") == ["confirmed"]


def test_an_approval_whose_decision_was_withdrawn_is_not_sent(school):
    school.approved()
    with school.store.transaction():
        school.store.cases.withdraw(school.change.decision_id, school.clock(), "the calendar was corrected")

    assert school.pulls("Tue 2026-11-10 12:30") == ["overtaken"]
    assert school.written == []


class Meanwhile:
    """The school's connector; after the platform was read for the writing, something else happens."""

    def __init__(self, school, happens):
        self._inner, self._happens, self._pulls = school.relay.connector(school.relay.sites["lane"]), happens, 0
        school.relay._connectors["lane"] = self

    def pull(self, window, *, seen):
        pulled, self._pulls = self._inner.pull(window, seen=seen), self._pulls + 1
        if self._pulls == 2:
            self._happens()
        return pulled

    def __getattr__(self, name):
        return getattr(self._inner, name)


def test_an_approval_taken_back_between_reading_and_writing_is_not_sent(school):
    Meanwhile(school.approved(), school.refuse)

    assert school.pulls("Tue 2026-11-10 12:30") == ["refused"]
    assert school.written == []


def test_a_code_approved_between_reading_and_writing_is_the_one_that_is_sent(school):
    Meanwhile(school.approved("O"), lambda: school.refuse() and school.approve("I"))

    assert school.pulls("Tue 2026-11-10 12:30") == ["written"]
    assert school.written == [("4001", "Mon 2 Nov 2026 AM", "I")]


def test_write_back_is_refused_for_a_platform_that_takes_no_marks(stand):
    stand.toml = stand.toml.replace('platform = "clm"', 'platform = "clm"\nwrite_back = true')
    stand.write()

    with pytest.raises(ConfigErrors) as refused:
        read(stand.settings)

    assert "school[1].write_back: is true, but this platform takes no marks" in str(refused.value.problems[0])


# --- several at once ---------------------------------------------------------------------------------------------------------


def test_two_sessions_of_a_pupil_are_two_changes_written_together(make):
    school = make(text=r"NN /\*9").proposed().at("Tue 2026-11-10 10:00")
    for change, code in zip(school.changes, ["I", "O"], strict=True):
        assert approve(school.relay, change.id, code, Word(by="A Clerk")).is_ok
    school.pulled("Tue 2026-11-10 12:30")

    assert school.written == [("4001", "Mon 2 Nov 2026 AM", "I"), ("4001", "Mon 2 Nov 2026 PM", "O")]


def test_a_mark_that_becomes_n_again_is_proposed_again_and_never_twice_at_once(school, monday_am):
    school.approved().pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 18:00")
    school.judged("Tue 2026-11-10 18:15")

    school.slate.change(monday_am, "N")
    school.pulled("Wed 2026-11-11 18:00")
    school.judged("Wed 2026-11-11 18:15")
    school.judged("Wed 2026-11-11 18:30")

    assert [change.state for change in school.changes] == ["confirmed", "proposed"]

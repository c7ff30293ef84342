"""The Swift Learning policy, as an attendance officer would check it line by line."""

import pytest

from rules.comparing import Known
from tests.builders import day, session
from tests.rules.builders import TERMS, decisions, evaluator, fired, pupil

CHASE = "n-stands-five-school-days"


def three_days(found: list[str]) -> list[str]:
    return [line for line in found if line.split()[-1].startswith("three-days-")]


def only(rule: str, found: list[str]) -> list[str]:
    return [line.removesuffix(f" {rule}") for line in found if line.endswith(f" {rule}")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("NN NN /\\", [], id="two days are not three"),
        pytest.param("NN NN NN", ["Wed 2026-11-04 three-days-absent", "Wed 2026-11-04 three-days-unexplained"], id="the third day"),
        pytest.param("OO NN ON", ["Wed 2026-11-04 three-days-absent", "Wed 2026-11-04 three-days-unexplained"], id="N and O alike"),
        pytest.param("II II II", ["Wed 2026-11-04 three-days-absent"], id="illness is explained, but the child is absent"),
        pytest.param("NN II NN", ["Wed 2026-11-04 three-days-absent"], id="an explained day breaks the unexplained run"),
        pytest.param("NN N\\ NN", [], id="one session attended breaks the run"),
        pytest.param("NN NU NN", [], id="late after the register closed: the child was seen"),
        pytest.param("NN -- NN", [], id="a day not recorded is no day of absence"),
        pytest.param("NN N- NN", [], id="nor is a day of which half is not recorded"),
        pytest.param("NN -- NN NN", ["Thu 2026-11-05 three-days-absent", "Thu 2026-11-05 three-days-unexplained"], id="but the run goes on after it"),
        pytest.param("NN ?N NN", [], id="a quarantined code is neither absent nor present"),
        pytest.param("NN [C2][C2] NN NN", ["Thu 2026-11-05 three-days-absent", "Thu 2026-11-05 three-days-unexplained"], id="an agreed part-time day is stepped over"),
        pytest.param("NN N[C2] NN", ["Wed 2026-11-04 three-days-absent", "Wed 2026-11-04 three-days-unexplained"], id="half a day not asked for, the other half absent: a day"),
        pytest.param("NN EE [Y1][Y1] DD NN NN", ["Mon 2026-11-09 three-days-absent", "Mon 2026-11-09 three-days-unexplained"], id="suspended, no transport, at the other school: stepped over"),
        pytest.param("/N NN NN /\\", [], id="the day with a morning attended does not count"),
        pytest.param("NN NN NN /\\ NN NN NN", ["Wed 2026-11-04 three-days-absent", "Wed 2026-11-04 three-days-unexplained", "Tue 2026-11-10 three-days-absent", "Tue 2026-11-10 three-days-unexplained"], id="a new run fires again"),
        pytest.param("NN NN NN NN", ["Wed 2026-11-04 three-days-absent", "Wed 2026-11-04 three-days-unexplained"], id="the fourth day says nothing new"),
    ],
)  # fmt: skip
def test_three_days_running_call_for_contact_and_a_welfare_check(written, expected):
    found = fired(pupil("Mon 2026-11-02", written), "Mon 2026-11-02", "Fri 2026-11-13")

    assert three_days(found) == expected


def test_a_weekend_and_an_inset_day_inside_a_run_are_stepped_over():
    who = pupil("Wed 2026-10-28", "NN NN NN")  # Thursday, then INSET on Friday and the weekend, then Monday

    found = decisions(who, day("Mon 2026-11-02"), day("Mon 2026-11-02"))
    [decision] = [each for each in found if each.rule == "three-days-unexplained"]

    assert decision.reason.stepped_over == ((day("Fri 2026-10-30"), "INSET"),)
    assert decision.reason.text == (
        "absent without explanation on 3 school days running: Wed 28 Oct to Mon 2 Nov 2026 "
        "(6 sessions, 3 timetabled days, within 3 school days); the rule asks for 3"
    )
    assert len(decision.reason.counted) == 6


def test_five_days_without_explanation_arrange_a_visit_and_tell_the_council():
    who = pupil("Mon 2026-11-02", "NN*5")

    assert "Fri 2026-11-06 five-days-unexplained" in fired(who, "Mon 2026-11-02", "Tue 2026-11-10")
    assert only("five-days-unexplained", fired(who, "Mon 2026-11-02", "Thu 2026-11-05")) == []


@pytest.mark.parametrize(
    ("first", "closed_on_4_january", "tenth"),
    [
        pytest.param("Mon 2026-12-07", False, "Fri 2026-12-18", id="from Monday: the last day of term"),
        pytest.param("Tue 2026-12-08", False, "Mon 2027-01-04", id="from Tuesday: the first day of the next term"),
        pytest.param("Tue 2026-12-08", True, "Tue 2027-01-05", id="with INSET on that day: the day after"),
    ],
)
def test_the_tenth_school_day_without_explanation_is_a_referral(first, closed_on_4_january, tenth):
    terms = TERMS
    if closed_on_4_january:
        terms = type(TERMS)(TERMS.terms, {**TERMS.closed, day("Mon 2027-01-04"): "INSET"})
    who = pupil(first, "NN*15", on=terms)

    assert only("ten-days-unexplained", fired(who, first, "Fri 2027-01-15", on=terms)) == [tenth]


def test_nine_days_and_an_explanation_are_no_referral():
    who = pupil("Mon 2026-11-02", "NN*9 II NN*9 /\\")

    assert only("ten-days-unexplained", fired(who, "Mon 2026-11-02", "Fri 2026-12-18")) == []


def test_a_referral_goes_to_the_council_under_the_councils_own_approval():
    found = decisions(pupil("Mon 2026-11-02", "NN*10"), day("Fri 2026-11-13"), day("Fri 2026-11-13"))
    [decision] = [each for each in found if "FLOOR-CME" in each.rows]

    asked = [(str(action.kind), action.to, action.template, action.approval) for action in decision.actions]
    assert asked == [
        ("referral", ("local_authority",), "cme-referral", "as_authority"),
        ("document", ("dsl", "head_of_provision"), "cme-pack", None),
        ("task", ("dsl", "head_of_provision"), None, None),
        ("document", ("head_of_provision",), "reintegration-plan", None),
        ("document", ("parent",), "parent-council-involved", None),
        ("task", ("staff",), None, None),
    ]
    assert (decision.rule, decision.is_floor) == ("ten-days-unexplained", True)
    assert decision.rows == ("S3-29", "S3-30", "S3-32", "S3-23", "FLOOR-CME")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("/\\*9 II", [], id="18 of 20 is exactly 90, not below"),
        pytest.param("/\\*10 II", [], id="20 of 22 is above 90"),
        pytest.param("/\\*8 II I\\", ["Tue 2026-09-15"], id="17 of 20 is"),
        pytest.param("II*9", [], id="not before 20 possible sessions"),
        pytest.param("II*10", ["Tue 2026-09-15"], id="at the twentieth"),
        pytest.param("/\\*8 II [C2][C2] I\\", ["Wed 2026-09-16"], id="agreed part-time sessions are left out of both sides"),
        pytest.param("/\\*8 II I\\ II II", ["Tue 2026-09-15"], id="staying below says nothing new"),
        pytest.param("/\\*8 II I\\ /\\*10 II II II II", ["Tue 2026-09-15"], id="above 90 but never back at 95: not armed again"),
        pytest.param("/\\*8 II I\\ /\\*20 II*4", ["Tue 2026-09-15", "Thu 2026-10-15"], id="back at 95, then below once more"),
    ],
)  # fmt: skip
def test_attendance_below_ninety_fires_once_until_it_has_been_back_at_the_target(written, expected):
    who = pupil("Wed 2026-09-02", written)
    found = only("below-ninety", fired(who, "Wed 2026-09-02", "Fri 2026-11-13"))

    assert found == expected


def test_attendance_counts_from_the_pupils_own_start():
    who = pupil("Wed 2026-09-02", "OO*10 /\\*10", start=day("Wed 2026-09-16"))

    assert only("below-ninety", fired(who, "Wed 2026-09-02", "Fri 2026-10-09")) == []


@pytest.mark.parametrize(
    ("first", "written", "due"),
    [
        pytest.param("Thu 2026-12-17", "NN /\\", ["Thu 2027-01-07"], id="the holiday is stepped over"),
        pytest.param("Mon 2026-11-02", "N\\ /\\*7", ["Mon 2026-11-09"], id="five school days later"),
        pytest.param("Mon 2026-11-02", "NN NN /\\*7", ["Mon 2026-11-09", "Tue 2026-11-10"], id="each day on its own"),
        pytest.param("Mon 2026-11-02", "OO /\\*7", [], id="changed to O in time"),
        pytest.param("Mon 2026-11-02", "I/ /\\*7", [], id="explained in time"),
    ],
)
def test_an_n_that_still_stands_after_five_school_days_is_chased(first, written, due):
    found = fired(pupil(first, written), first, "Fri 2027-01-15")

    assert only(CHASE, found) == due


def test_a_register_that_is_not_complete_at_half_past_nine_alarms_the_head_and_nobody_is_absent():
    missing = evaluator().missing_registers

    warning, decision = missing(session("Mon 2026-11-02 AM"), Known(recorded=41, due=43))

    assert [(action.kind, action.to) for action in warning.actions] == [("task", ("staff",))]
    assert decision.reason.text == "the register of Mon 2 Nov 2026 AM holds 41 of 43 marks"
    assert decision.pupil_id is None
    assert [action.kind for action in decision.actions] == ["task", "notice"]
    assert missing(session("Mon 2026-11-02 AM"), Known(recorded=43, due=43)) == []
    assert missing(session("Mon 2026-11-02 PM"), Known(recorded=0, due=43)) == []
    assert missing(session("Mon 2026-11-02 AM"), Known(recorded=0, due=0)) == []

"""Which code may take the place of an N: what a person found out, never what a program might think of."""

import pytest

from app.mark_changes.reasons import wrong_code
from tests.builders import session

MONDAY = "Mon 2026-11-02 AM"


@pytest.mark.parametrize("code", [*"OIMEGUTRBKVPWDXQ", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"])
def test_the_code_of_a_reason_can_take_the_place_of_an_n(national, code):
    assert wrong_code(national, code, session(MONDAY), note="") is None


@pytest.mark.parametrize("code", ["C", "C1", "C2", "J1", "S"])
def test_leave_that_is_granted_beforehand_needs_a_word_on_who_granted_it(national, code):
    why = wrong_code(national, code, session(MONDAY), note=" ")

    assert why == f"{code} is leave that was granted before it was taken: say with --note who granted it and when"
    assert wrong_code(national, code, session(MONDAY), note="granted by the head on 28 October") is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        pytest.param("N", "N is what stands there", id="the N itself"),
        pytest.param("/", "/ is no reason for an absence", id="present"),
        pytest.param("\\", "\\ is no reason for an absence", id="present in the afternoon"),
        pytest.param("L", "L is no reason for an absence", id="late"),
        pytest.param("#", "# is no reason for an absence", id="closed"),
        pytest.param("Z", "Z is no reason for an absence", id="not on roll"),
        pytest.param("H", "H was not in force on 2026-11-02; it is now C", id="withdrawn: never converted"),
        pytest.param("Y", "Y was not in force on 2026-11-02; it is now Y1", id="withdrawn: never guessed"),
        pytest.param("c2", "'c2' is no national code", id="small letters are not read as large ones"),
        pytest.param("CC", "'CC' is no national code", id="unknown"),
        pytest.param("", "'' is no national code", id="nothing"),
    ],
)
def test_what_is_no_reason_is_refused_with_one(national, code, why):
    assert wrong_code(national, code, session(MONDAY), note="said by the family").startswith(why)


def test_a_code_is_good_only_for_the_days_on_which_it_was_in_force(national):
    assert wrong_code(national, "Y2", session("Mon 2024-08-19 AM"), note="") is None
    assert wrong_code(national, "Y2", session("Fri 2024-08-16 AM"), note="") == "Y2 was not in force on 2024-08-16"

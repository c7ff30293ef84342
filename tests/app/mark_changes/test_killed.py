"""Killed between any two steps of writing back, the next pulls bring the same change to the same end."""

import pytest

from tests.app.mark_changes.killed import STEPS, killed_at

O_FOR_P1 = ("4001", "Mon 2 Nov 2026 AM", "O")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_change_is_carried_out_and_no_other(school, step):
    school.approved()

    assert killed_at(step, lambda: school.pulled("Tue 2026-11-10 12:30"), school)

    assert (school.slate.marks()[0] == "O") is STEPS[step]
    school.pulls("Tue 2026-11-10 15:45", "Wed 2026-11-11 12:30", "Wed 2026-11-11 15:45")
    assert school.change.state == "confirmed"
    assert set(school.written) == {O_FOR_P1}
    assert school.slate.marks() + school.slate.marks("4002") == "O\\" + 19 * "/\\"


@pytest.mark.parametrize("step", ["before sending", "while the answer is on its way"])
def test_killed_while_sending_it_does_not_write_over_what_is_entered_before_the_next_pull(school, monday_am, step):
    school.approved()
    killed_at(step, lambda: school.pulled("Tue 2026-11-10 12:30"), school)
    sent = school.written

    school.slate.change(monday_am, "I")

    assert school.pulls("Tue 2026-11-10 15:45", "Wed 2026-11-11 12:30") == ["overtaken", "overtaken"]
    assert school.written == sent


def test_killed_while_following_it_asks_again_with_the_same_receipt(school):
    school.approved().slate.set(answers="taken")
    school.pulls("Tue 2026-11-10 12:30")

    assert killed_at("inside the record", lambda: school.pulled("Tue 2026-11-10 15:45"), school)

    assert school.change.state == "taken"
    assert school.pulls("Wed 2026-11-11 12:30") == ["confirmed"]
    assert school.written == [O_FOR_P1]

"""What is asked again: tasks that repeat while their rule holds, and whoever answers for tasks that are not done."""

import pytest

from app.status import status
from tests.app.builders import POLICY, hold
from tests.builders import day

CALLS = """
[[rule]]
id       = "calls"
rows     = ["L-90"]
says     = "Two days absent: somebody calls every day."
once_per = "run"
when     = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 2 }

  [[rule.then]]
  kind = "task"
  to   = ["attendance_team"]
  says = "Call the family."
  due_school_days = 0
  repeats = "each_school_day"

  [[rule.then]]
  kind = "task"
  to   = ["attendance_lead"]
  says = "Look at the case."
  due_school_days = 2
  repeats = "each_school_week"
"""


@pytest.fixture
def stand(stand):
    stand.policy = POLICY + CALLS
    return stand


def asked(stand, *roles, state=None):
    rows = [task for each in stand.store.cases.of_school("lane") for task in stand.store.tasks.of_decision(each.id)]
    return sorted(
        f"{task.due_on} {task.says}" for task in rows if task.role in roles and (state is None or task.state == state)
    )


def test_a_daily_task_is_asked_again_on_each_school_day_while_the_rule_holds(stand):
    stand.live("Thu 2026-11-05", p1=r"NN*4 /\ NN", p2=r"/\*6")

    assert asked(stand, "attendance_team") == [
        "2026-11-06 Call the family.",
        "2026-11-09 Call the family.",
        "2026-11-10 Call the family.",
    ]


def test_a_weekly_task_is_asked_again_on_the_first_school_day_of_each_week(stand):
    stand.live("Thu 2026-11-05", p1="NN*9", p2=r"/\*9")

    assert [each for each in asked(stand, "attendance_lead") if "Look" in each] == [
        "2026-11-10 Look at the case.",
        "2026-11-11 Look at the case.",
        "2026-11-18 Look at the case.",
    ]


def test_a_day_judged_again_asks_for_nothing_twice(stand):
    stand.live("Thu 2026-11-05", p1="NN*3", p2=r"/\*3")
    before = asked(stand, "attendance_team", "attendance_lead")
    stand.drop("Fri 2026-11-06", p2="II")
    stand.pulled("Mon 2026-11-09 17:00")
    stand.judged("Mon 2026-11-09 17:15")

    assert asked(stand, "attendance_team", "attendance_lead") == before


def test_after_downtime_only_the_latest_day_is_asked_for(stand):
    """Nobody can call yesterday."""
    stand.live("Thu 2026-11-05", p1="NN*2", p2=r"/\*2")
    stand.drop("Mon 2026-11-09", p1="NN*4", p2=r"/\*4")
    stand.pulled("Thu 2026-11-12 15:45")
    stand.judged("Thu 2026-11-12 16:00")

    assert asked(stand, "attendance_team") == ["2026-11-06 Call the family.", "2026-11-12 Call the family."]


def test_what_is_withdrawn_is_not_asked_again(stand):
    stand.live("Thu 2026-11-05", p1="NN*3", p2=r"/\*3")
    stand.drop("Thu 2026-11-05", p1="//")
    stand.drop("Fri 2026-11-06", p1="//")
    stand.live("Tue 2026-11-10", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert asked(stand, "attendance_team", state="open") == []
    assert len(asked(stand, "attendance_team", state="withdrawn")) == 2


def test_a_held_rule_is_not_asked_again_while_it_is_held(stand):
    stand.live("Thu 2026-11-05", p1="NN*2", p2=r"/\*2")
    stand.holds = [hold("p1", "Mon 2026-11-09", "Tue 2026-11-10", "calls")]
    stand.reread()
    stand.live("Mon 2026-11-09", p1="NN*3", p2=r"/\*3")

    assert asked(stand, "attendance_team") == ["2026-11-06 Call the family.", "2026-11-11 Call the family."]


# --- overdue -----------------------------------------------------------------------------------------------------


def test_a_task_not_done_in_time_is_put_to_whoever_answers_for_it_once(stand):
    stand.live("Mon 2026-11-02", p1=r"NN*3 /\*4", p2=r"/\*7")

    late = [each for each in asked(stand, "head_of_provision") if "Overdue" in each]
    assert late == [
        "2026-11-04 Overdue since Tue 3 Nov 2026, asked of attendance_team: Call the family.",
        "2026-11-05 Overdue since Wed 4 Nov 2026, asked of attendance_team: Call the family.",
        "2026-11-05 Overdue since Wed 4 Nov 2026, asked of staff: " + CONTACT,
        "2026-11-05 Overdue since Wed 4 Nov 2026, asked of staff: Make a welfare check.",
        "2026-11-06 Overdue since Thu 5 Nov 2026, asked of attendance_lead: Look at the case.",
        "2026-11-10 Overdue since Mon 9 Nov 2026, asked of staff: " + N_STANDS,
    ]


CONTACT = "Contact the family for an explanation and record who was reached."
N_STANDS = "Change the N to the code of the reason, or to O if no reason was found."


def test_a_task_done_in_time_is_put_to_nobody_else(stand):
    stand.live("Mon 2026-11-02", p1="NN*2", p2=r"/\*2")
    for task in stand.store.tasks.open("lane"):
        with stand.store.transaction():
            stand.store.tasks.done(task.id, stand.clock(), "rang", by="staff")
    stand.live("Wed 2026-11-04", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert asked(stand, "head_of_provision") == []


def test_status_counts_what_was_put_to_somebody_else(stand):
    stand.live("Mon 2026-11-02", p1=r"NN*2 /\ ", p2=r"/\*3")

    tasks = status(stand.relay)["tasks"]

    assert (tasks["open"], tasks["overdue"], tasks["escalated"]) == (3, 1, 1)


def test_when_the_late_task_is_done_nobody_need_see_to_it(stand):
    stand.live("Mon 2026-11-02", p1=r"NN*2 /\ ", p2=r"/\*3")
    [late] = [each for each in stand.store.tasks.open("lane") if each.role == "attendance_team"]
    with stand.store.transaction():
        stand.store.tasks.done(late.id, stand.clock(), "rang", by="attendance_team")
    stand.live("Thu 2026-11-05", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert [each.role for each in stand.store.tasks.open("lane")] == ["attendance_lead"]


def test_a_withdrawn_decision_takes_along_what_was_asked_about_its_tasks(stand):
    stand.live("Mon 2026-11-02", p1=r"NN*2 /\ ", p2=r"/\*3")
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Thu 2026-11-05 09:30")
    stand.judged("Thu 2026-11-05 09:45")

    assert [each for each in stand.store.tasks.open("lane") if each.pupil_id] == []


TWO_TERMS = """
[[term]]
first = 2026-11-02
last  = 2026-11-06

[[term]]
first = 2026-11-16
last  = 2026-12-18
"""


def test_over_a_holiday_no_task_is_late(stand):
    stand.calendar = (
        "[[term]]\nfirst = 2026-11-02\nlast = 2026-11-06\n[[term]]\nfirst = 2026-11-16\nlast = 2026-12-18\n"
    )
    stand.live("Thu 2026-11-05", p1="NN*2", p2=r"/\*2")
    stand.judged("Thu 2026-11-12 16:00")
    assert asked(stand, "head_of_provision") == []

    stand.live("Mon 2026-11-16", p1=r"/\ ".strip(), p2=r"/\ ".strip())
    assert "2026-11-16 Overdue since Fri 6 Nov 2026, asked of attendance_team: Call the family." in asked(
        stand, "head_of_provision"
    )
    assert day("Mon 2026-11-16") == stand.store.runs.decided_through("lane")

"""What the clock asks about while the day goes on, and what the school's own days, weeks and terms ask for."""

import pytest

from tests.app.builders import CALENDAR, POLICY, hold, mail

TEN_PAST_NINE = """
[[rule]]
id       = "no-word"
rows     = ["L-91"]
says     = "At 09:30 there is no word."
once_per = "day"
when     = { metric = "time_of_day", unit = "session", session = "AM", at = 09:30:00, category = "unexplained" }

  [[rule.then]]
  kind = "task"
  to   = ["staff"]
  says = "Try to reach the parents."
  due_school_days = 0
"""
SCHOOL_RULES = """
[[rule]]
id   = "daily-list"
rows = ["L-92"]
says = "Every school day: who is missing."
when = { metric = "event", event = "daily" }

  [[rule.then]]
  kind = "task"
  to   = ["staff"]
  says = "Read the list."
  due_school_days = 0

[[rule]]
id   = "end-of-term"
rows = ["L-93"]
says = "The term ends."
when = { metric = "event", event = "term_end", about = "school" }

  [[rule.then]]
  kind = "notice"
  to   = ["head_of_provision"]
  says = "Please write the report."
  due_school_days = 0
"""


@pytest.fixture
def stand(stand):
    stand.policy = POLICY + TEN_PAST_NINE
    return stand


def asked(stand, state=None):
    rows = [task for each in stand.store.cases.of_school("lane") for task in stand.store.tasks.of_decision(each.id)]
    return [
        f"{task.pupil_id} {task.due_on:%a} {task.state}"
        for task in rows
        if task.says == "Try to reach the parents." and state in {None, task.state}
    ]


def morning(stand, text="Mon 2026-11-02 09:30", **marks):
    stand.drop(text[:14], **marks)
    stand.pulled(text)
    stand.judged(text)


def test_in_the_morning_whoever_is_neither_present_nor_explained_is_asked_about(build):
    stand = build(pupils={"p1": {}, "p2": {}, "p3": {}, "p4": {}})
    stand.policy = POLICY + TEN_PAST_NINE

    morning(stand, p1="N-", p2="/-", p3="--", p4="I-")

    assert asked(stand) == ["p1 Mon open", "p3 Mon open"]


def test_it_is_asked_once_a_day_after_a_pull(stand):
    stand.drop("Mon 2026-11-02", p1="N-", p2="/-")
    stand.pulled("Mon 2026-11-02 09:29")
    stand.judged("Mon 2026-11-02 09:35")
    assert asked(stand) == []

    morning(stand, "Mon 2026-11-02 09:40", p1="N-")
    morning(stand, "Mon 2026-11-02 12:30", p2="N-")

    assert asked(stand) == ["p1 Mon open"]


def test_nobody_is_asked_about_while_the_register_is_hardly_begun(build):
    stand = build(pupils={"p1": {}, "p2": {}, "p3": {}, "p4": {}})
    stand.policy = POLICY + TEN_PAST_NINE
    morning(stand, p1="N-")
    assert asked(stand) == []

    morning(stand, "Mon 2026-11-02 10:15", p2="/-", p3="/-", p4="/-")

    assert asked(stand) == ["p1 Mon open"]


def test_the_same_firing_at_the_end_of_the_day_is_the_same_decision(stand):
    morning(stand, p1="N-", p2="/-")
    stand.drop("Mon 2026-11-02", p1="NN", p2="//")
    stand.pulled("Mon 2026-11-02 15:45")
    stand.judged("Mon 2026-11-02 16:00")

    assert stand.decisions("no-word") == ["Mon 2026-11-02 p1 no-word"]
    assert asked(stand) == ["p1 Mon open"]


def test_a_pupil_who_came_after_all_is_asked_about_no_more_and_nobody_was_told_wrong(stand):
    morning(stand, p1="--", p2="/-")
    stand.drop("Mon 2026-11-02", p1="L/", p2="//")
    stand.pulled("Mon 2026-11-02 15:45")
    assert stand.judged("Mon 2026-11-02 16:00").withdrawn == 0

    assert stand.decisions("no-word") == ["Mon 2026-11-02 p1 no-word"]
    assert asked(stand) == ["p1 Mon withdrawn"]
    assert stand.messages("notice.withdrawal") == []


def test_a_task_done_in_the_morning_stays_done(stand):
    morning(stand, p1="N-", p2="/-")
    [task] = [each for each in stand.store.tasks.open("lane") if each.pupil_id]
    with stand.store.transaction():
        stand.store.tasks.done(task.id, stand.clock(), "she is ill", by="staff")
    stand.drop("Mon 2026-11-02", p1="II", p2="//")
    stand.pulled("Mon 2026-11-02 15:45")
    stand.judged("Mon 2026-11-02 16:00")

    assert asked(stand) == ["p1 Mon done"]


def test_a_change_of_yesterday_does_not_touch_what_was_asked_this_morning(stand):
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())
    morning(stand, "Tue 2026-11-03 09:30", p1="N-", p2="/-")
    stand.drop("Mon 2026-11-02", p1="II")
    stand.pulled("Tue 2026-11-03 12:30")
    stand.judged("Tue 2026-11-03 12:45")

    assert asked(stand, "open") == ["p1 Tue open"]


def test_without_a_pull_in_the_morning_the_day_is_judged_at_its_end(stand):
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())

    assert asked(stand) == ["p1 Mon open"]


def test_a_held_rule_is_not_asked_in_the_morning(stand):
    stand.holds = [hold("p1", "Mon 2026-11-02", "Fri 2026-11-06", "no-word")]

    morning(stand, p1="N-", p2="/-")

    assert asked(stand) == []


# --- the school's own rules --------------------------------------------------------------------------------------


def school(stand):
    return [
        f"{each.fired_on:%a %d %b} {each.rule}" + (" withdrawn" if each.state == "withdrawn" else "")
        for each in stand.store.cases.of_school("lane")
        if not each.pupil_id and "register" not in each.rule
    ]


def test_a_rule_about_the_school_is_carried_out_once_each_school_day(stand):
    stand.policy = POLICY + SCHOOL_RULES
    stand.live("Thu 2026-11-26", p1=r"/\ ".strip(), p2=r"/\ ".strip())
    stand.judged("Thu 2026-11-26 17:00")
    stand.judged("Fri 2026-11-27 16:00")
    stand.live("Mon 2026-11-30", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert school(stand) == ["Thu 26 Nov daily-list", "Mon 30 Nov daily-list"]


def test_a_new_installation_has_no_lists_of_days_that_are_over(stand):
    stand.policy = POLICY + SCHOOL_RULES
    stand.judged("Wed 2026-11-04 16:00")

    assert school(stand) == ["Wed 04 Nov daily-list"]


def test_the_end_of_term_is_told_to_whom_the_policy_names(stand):
    stand.policy = POLICY + SCHOOL_RULES
    stand.judged("Thu 2026-12-17 16:00")
    stand.judged("Fri 2026-12-18 16:00")

    assert school(stand)[-1] == "Fri 18 Dec end-of-term"
    [told] = stand.messages("alert")
    assert told.address == "head@lane.example"
    assert mail(told)["Subject"].startswith("Attendance policy, ref ")


def test_an_end_of_term_that_was_moved_is_another_day(stand):
    stand.policy = POLICY + SCHOOL_RULES
    stand.judged("Thu 2026-12-17 16:00")
    stand.judged("Fri 2026-12-18 16:00")
    stand.calendar = CALENDAR.replace("2026-12-18", "2026-12-17")
    stand.reread()
    stand.judged("Mon 2026-12-21 16:00")

    assert [each for each in school(stand) if "end" in each] == [
        "Fri 18 Dec end-of-term withdrawn",
        "Thu 17 Dec end-of-term",
    ]
    assert "Fri 18 Dec daily-list withdrawn" in school(stand)

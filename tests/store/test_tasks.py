from dataclasses import replace

import pytest

from store.connection import sqlite3
from store.tasks import Task
from tests.builders import day
from tests.store.builders import MONDAY, SCHOOL, after
from tests.store.test_cases import DECISION

TASK = Task(
    id="t1",
    decision_id="d1",
    school=SCHOOL,
    pupil_id="p1",
    role="attendance_officer",
    says="Ring the carers and write down what they say.",
    due_on=day("Tue 2026-11-03"),
    opened_at=MONDAY,
)
LATER = replace(TASK, id="t2", due_on=day("Fri 2026-11-06"))
UNCAUSED = replace(TASK, id="t3", decision_id=None, pupil_id=None, school="hillside")


@pytest.fixture
def asked(store):
    with store.transaction():
        store.cases.record(DECISION)
        assert [store.tasks.add(each) for each in (TASK, LATER, UNCAUSED)] == [True, True, True]
    return store


def test_a_task_is_kept_as_it_was_given(asked):
    assert asked.tasks.get("t1") == TASK
    assert asked.tasks.get("t9") is None
    assert asked.tasks.of_decision("d1") == [TASK, LATER]


def test_open_tasks_are_listed_by_due_date(asked):
    assert [each.id for each in asked.tasks.open()] == ["t1", "t3", "t2"]
    assert [each.id for each in asked.tasks.open(SCHOOL)] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("today", "overdue"),
    [("Tue 2026-11-03", []), ("Wed 2026-11-04", ["t1", "t3"]), ("Sat 2026-11-07", ["t1", "t3", "t2"])],
)
def test_a_task_is_overdue_from_the_day_after(asked, today, overdue):
    assert [each.id for each in asked.tasks.overdue(day(today))] == overdue


def test_a_task_is_done_once_and_not_asked_again(asked):
    with asked.transaction():
        assert asked.tasks.done("t1", after(hours=2), "officer: reached the carers")
        assert not asked.tasks.done("t1", after(hours=3), "again")
        assert not asked.tasks.add(TASK)

    done = asked.tasks.get("t1")
    assert (done.state, done.done_at, done.note) == ("done", after(hours=2), "officer: reached the carers")


def test_the_open_tasks_of_a_withdrawn_decision_go_with_it(asked):
    with asked.transaction():
        asked.tasks.done("t1", after(hours=2), "done")
        assert asked.tasks.withdraw("d1", after(days=1), "the register was corrected") == 1

    assert [each.state for each in asked.tasks.of_decision("d1")] == ["done", "withdrawn"]


def test_a_task_needs_its_decision(store):
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), store.transaction():
        store.tasks.add(TASK)

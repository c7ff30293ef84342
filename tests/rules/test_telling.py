"""Who is told as well: roles that a policy adds to every notice and referral about pupils with a flag (S3-21)."""

from dataclasses import replace

import pytest

from rules.model import Action, ActionKind, Decision, Reason
from rules.policy import AlsoTell
from rules.telling import told_as_well
from tests.builders import day
from tests.rules.builders import evaluator

POLICY = replace(
    evaluator().policy,
    also_tell=(
        AlsoTell(rows=("S3-21",), flags=frozenset({"looked_after"}), to=("social_worker", "care_team")),
        AlsoTell(rows=("X-1",), flags=frozenset({"ehcp", "send"}), to=("commissioner",)),
    ),
)


def decision(*actions: tuple[ActionKind, str], pupil_id="p1") -> Decision:
    return Decision(
        policy="p",
        policy_version="1",
        rule="three-days",
        rows=("S3-11",),
        says="Three days absent.",
        pupil_id=pupil_id,
        fired_on=day("Wed 2026-11-04"),
        reason=Reason(text="absent"),
        actions=tuple(Action(kind=kind, to=(role,), says="Please.", due_school_days=0) for kind, role in actions),
    )


@pytest.mark.parametrize(
    ("kind", "flags", "to", "rows"),
    [
        pytest.param("notice", {"looked_after"}, ["commissioner", "social_worker", "care_team"], ["S3-11", "S3-21"], id="a notice"),
        pytest.param("referral", {"looked_after"}, ["commissioner", "social_worker", "care_team"], ["S3-11", "S3-21"], id="a referral"),
        pytest.param("notice", {"send"}, ["commissioner"], ["S3-11", "X-1"], id="who is told already is told once"),
        pytest.param("notice", {"vulnerable"}, ["commissioner"], ["S3-11"], id="another flag"),
        pytest.param("notice", set(), ["commissioner"], ["S3-11"], id="no flag"),
        pytest.param("task", {"looked_after"}, ["commissioner"], ["S3-11"], id="a task is nobody else's"),
        pytest.param("document", {"looked_after"}, ["commissioner"], ["S3-11"], id="nor is a document"),
    ],
)  # fmt: skip
def test_whoever_the_policy_names_is_told_as_well(kind, flags, to, rows):
    told = told_as_well(decision((ActionKind(kind), "commissioner")), POLICY, frozenset(flags))

    assert (list(told.actions[0].to), list(told.rows)) == (to, rows)


def test_beside_a_notice_the_tasks_stay_whose_they_are():
    both = decision((ActionKind.NOTICE, "commissioner"), (ActionKind.TASK, "staff"))

    told = told_as_well(both, POLICY, {"looked_after"})

    assert [action.to for action in told.actions] == [("commissioner", "social_worker", "care_team"), ("staff",)]


def test_what_is_said_about_the_school_is_said_about_no_pupil():
    about = decision((ActionKind.NOTICE, "head_of_provision"), pupil_id=None)

    assert told_as_well(about, POLICY, {"looked_after"}) == about

"""Mutes: which firing is not heard yet, which is when the mute has ended, and who may mute what."""

from dataclasses import replace
from datetime import date

import pytest

from rules.model import Decision, Reason
from rules.muting import Mute, held_rules, pauses, refusal, sort_out, speaks_on
from rules.policy import Rule
from tests.builders import calendar, day
from tests.rules.builders import evaluator

TERM = calendar(
    "Autumn: Mon 2026-11-02 - Fri 2026-12-18", closed={"Fri 2026-11-13": "INSET", "Mon 2026-11-16": "INSET"}
)


def firing(on: str, rule="three-days", *, is_floor=False) -> Decision:
    return Decision(
        policy="p",
        policy_version="1",
        rule=rule,
        rows=("S3-11",),
        says="Three days absent.",
        pupil_id="p1",
        fired_on=day(on),
        reason=Reason(text="absent"),
        actions=(),
        is_floor=is_floor,
    )


def mute(first: str, last: str, *rules: str) -> Mute:
    return Mute(rules=frozenset(rules) if rules else None, first=day(first), last=day(last))


@pytest.mark.parametrize(
    ("mutes", "speaks"),
    [
        pytest.param([], "Wed 2026-11-04", id="nothing is muted"),
        pytest.param([mute("Thu 2026-11-05", "Fri 2026-11-06")], "Wed 2026-11-04", id="before the mute"),
        pytest.param([mute("Mon 2026-11-02", "Tue 2026-11-03")], "Wed 2026-11-04", id="after the mute"),
        pytest.param([mute("Wed 2026-11-04", "Wed 2026-11-04")], "Thu 2026-11-05", id="its first and last day"),
        pytest.param([mute("Mon 2026-11-02", "Fri 2026-11-06")], "Mon 2026-11-09", id="over the weekend"),
        pytest.param([mute("Mon 2026-11-02", "Thu 2026-11-12")], "Tue 2026-11-17", id="over INSET days"),
        pytest.param([mute("Mon 2026-11-02", "Fri 2026-11-06", "five-days")], "Wed 2026-11-04", id="another rule"),
        pytest.param([mute("Mon 2026-11-02", "Fri 2026-11-06", "three-days")], "Mon 2026-11-09", id="this rule"),
        pytest.param(
            [mute("Mon 2026-11-02", "Fri 2026-11-06"), mute("Mon 2026-11-09", "Tue 2026-11-10")],
            "Wed 2026-11-11",
            id="one mute after another",
        ),
        pytest.param(
            [mute("Mon 2026-11-02", "Thu 2026-11-12"), mute("Tue 2026-11-03", "Wed 2026-11-04")],
            "Tue 2026-11-17",
            id="one mute inside another",
        ),
    ],
)
def test_a_muted_firing_speaks_on_the_first_school_day_after_the_mute(mutes, speaks):
    assert speaks_on(firing("Wed 2026-11-04"), mutes, TERM) == day(speaks)


@pytest.mark.parametrize("last", [date.max, date(2027, 8, 31)], ids=["no end", "an end after the calendar's"])
def test_a_mute_without_a_school_day_after_it_has_no_day_to_speak_on(last):
    assert speaks_on(firing("Wed 2026-11-04"), [Mute(rules=None, first=date(2026, 11, 2), last=last)], TERM) is None


def test_the_floor_speaks_whatever_is_muted():
    muted = [mute("Mon 2026-11-02", "Fri 2026-11-06", "ten-days"), mute("Mon 2026-11-02", "Fri 2026-11-06")]

    assert speaks_on(firing("Wed 2026-11-04", "ten-days", is_floor=True), muted, TERM) == day("Wed 2026-11-04")


WEEK = mute("Mon 2026-11-02", "Fri 2026-11-06")


def sorted_out(*fresh: Decision, through: str, holds=lambda rule, on: True, mutes=(WEEK,)):
    found = sort_out(fresh, lambda each: speaks_on(each, mutes, TERM), through=day(through), holds=holds)
    heard = [f"{each.fired_on:%a} {each.rule}" for each in found.heard]
    silent = {f"{on:%a} {rule}": ended and f"{ended:%a}" for (rule, on), ended in found.silent.items()}
    return heard, silent


def test_while_a_mute_goes_on_its_firings_are_silent_and_others_are_heard():
    fresh = [firing("Wed 2026-11-04"), firing("Thu 2026-11-05", "ten-days", is_floor=True)]

    assert sorted_out(*fresh, through="Fri 2026-11-06") == (["Thu ten-days"], {"Wed three-days": None})


def test_after_the_mute_a_firing_is_heard_if_its_rule_holds_on_that_day():
    asked = []

    def holds(rule, on):
        asked.append((rule, on))
        return True

    heard, silent = sorted_out(firing("Wed 2026-11-04"), through="Tue 2026-11-10", holds=holds)

    assert (heard, silent) == (["Wed three-days"], {})
    assert asked == [("three-days", day("Mon 2026-11-09"))]


def test_after_the_mute_a_firing_that_holds_no_longer_stays_silent():
    found = sorted_out(firing("Wed 2026-11-04"), through="Mon 2026-11-09", holds=lambda rule, on: False)

    assert found == ([], {"Wed three-days": "Mon"})


def test_of_several_firings_in_a_mute_the_latest_is_heard():
    fresh = [firing("Mon 2026-11-02"), firing("Thu 2026-11-05"), firing("Tue 2026-11-03", "call")]

    heard, silent = sorted_out(*fresh, through="Mon 2026-11-09")

    assert heard == ["Thu three-days", "Tue call"]
    assert silent == {"Mon three-days": "Mon"}


def test_a_rule_that_fires_anew_when_the_mute_has_ended_speaks_for_itself():
    heard, silent = sorted_out(firing("Fri 2026-11-06"), firing("Mon 2026-11-09"), through="Mon 2026-11-09")

    assert heard == ["Mon three-days"]
    assert silent == {"Fri three-days": "Mon"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], [], id="nothing recorded"),
        pytest.param(["Mon 2026-11-02 contract_agreed"], [], id="something else"),
        pytest.param(["Mon 2026-11-02 placement_resumed"], [], id="resumed without having been paused"),
        pytest.param(
            ["Mon 2026-11-02 placement_on_hold", "Thu 2026-11-05 placement_resumed"],
            [(date(2026, 11, 2), date(2026, 11, 4))],
            id="from the day of the pause to the day before it goes on",
        ),
        pytest.param(["Mon 2026-11-02 placement_on_hold"], [(date(2026, 11, 2), date.max)], id="still paused"),
        pytest.param(
            ["Mon 2026-11-02 placement_on_hold", "Wed 2026-11-04 placement_on_hold"],
            [(date(2026, 11, 2), date.max)],
            id="recorded twice",
        ),
        pytest.param(
            [
                "Mon 2026-11-02 placement_on_hold",
                "Tue 2026-11-03 placement_resumed",
                "Thu 2026-11-05 placement_on_hold",
            ],
            [(date(2026, 11, 2), date(2026, 11, 2)), (date(2026, 11, 5), date.max)],
            id="paused again",
        ),
    ],
)
def test_a_placement_on_hold_mutes_everything_until_it_is_resumed(events, expected):
    recorded = [(day(text[:14]), text[15:]) for text in events]

    assert [(each.first, each.last) for each in pauses(recorded)] == expected
    assert all(each.rules is None for each in pauses(recorded))


# --- who may mute what -------------------------------------------------------------------------------------------


def rule(name: str, *, ladder=None, mutable_by=("head_of_provision",), is_floor=False) -> Rule:
    return Rule(
        id=name, rows=("S3-11",), says="A rule.", when=None, then=(), ladder=ladder, mutable_by=mutable_by,
        is_floor=is_floor,
    )  # fmt: skip


POLICY = replace(
    evaluator().policy,
    id="p",
    rules=(
        rule("three-days"),
        rule("five-days", ladder="days", mutable_by=("dsl",)),
        rule("ten-days", ladder="days", mutable_by=("dsl",), is_floor=True),
        rule("below-ninety", ladder="attendance"),
        rule("below-eighty", ladder="attendance", mutable_by=("dsl",)),
        rule("concern", mutable_by=()),
        rule("floor", mutable_by=("dsl",), is_floor=True),
    ),
)


@pytest.mark.parametrize(
    ("name", "role", "held"),
    [
        pytest.param("three-days", "head_of_provision", {"three-days"}, id="a rule"),
        pytest.param("three-days", "dsl", set(), id="a rule of others"),
        pytest.param("days", "dsl", {"five-days"}, id="a ladder, but for the floor on it"),
        pytest.param("floor", "dsl", set(), id="the floor"),
        pytest.param("", "dsl", {"five-days", "below-eighty"}, id="everything that the role may"),
        pytest.param("", "staff", set(), id="everything, by somebody who may hold nothing"),
        pytest.param("gone", "dsl", set(), id="a rule the policy has no more"),
    ],
)
def test_a_hold_mutes_what_its_role_may_and_never_the_floor(name, role, held):
    assert held_rules(POLICY, name, role) == held


@pytest.mark.parametrize(
    ("name", "role", "why"),
    [
        pytest.param("three-days", "head_of_provision", None, id="a rule"),
        pytest.param("days", "dsl", None, id="a ladder with a rung of the floor"),
        pytest.param("", "dsl", None, id="what the role may, of everything"),
        pytest.param("three-day", "dsl", ("rule", "is no rule or ladder of policy p"), id="a slip of the pen"),
        pytest.param("floor", "dsl", ("rule", "is a rule of the floor, which cannot be held"), id="the floor"),
        pytest.param(
            "attendance",
            "head_of_provision",
            ("role", "may not hold rule below-eighty under policy p: it may be held by dsl"),
            id="a ladder of which one rung is for others",
        ),
        pytest.param(
            "concern",
            "dsl",
            ("role", "may not hold rule concern under policy p: nobody may hold it"),
            id="a rule that nobody may hold",
        ),
        pytest.param(
            "",
            "staff",
            ("role", "may not hold rule three-days under policy p: it may be held by head_of_provision"),
            id="everything, by somebody who may hold nothing",
        ),
    ],
)
def test_a_hold_that_is_not_allowed_is_refused_with_the_reason(name, role, why):
    assert refusal(POLICY, name, role) == why

"""The safeguarding floor under a policy: never weaker, never said twice."""

import pytest

from app.policy.loading import floor
from rules.floor import floor_problems, with_floor
from tests.builders import NATIONAL
from tests.rules.builders import SHIPPED, policy
from tests.rules.test_policy import GOOD, read

FLOOR = floor(NATIONAL)
TEN_DAYS = 'metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 10'
ROWS = {row for rule in FLOOR.rules for row in rule.rows}


def own(*, rows: str = '"S3-29"', when: str = TEN_DAYS, **more: str):
    """A policy of one rule, with keys of the rule written as in the file."""
    keys = "".join(f"{key} = {value}\n" for key, value in ({"once_per": '"run"'} | more).items())
    return read(keys=keys, rows=rows, when=when)


def rules_of(row: str, under):
    return [rule for rule in with_floor(under, FLOOR).rules if row in rule.rows]


@pytest.mark.parametrize("name", sorted(SHIPPED.policies))
def test_every_shipped_policy_stands_on_all_of_the_floor(name):
    rules = policy(name).rules

    assert {row for rule in rules if rule.is_floor for row in rule.rows} >= ROWS
    assert not any(rule.mutable_by for rule in rules if rule.is_floor)


def test_a_rule_that_asks_the_same_is_one_decision_with_the_rows_and_actions_of_both():
    [rule] = [each for each in rules_of("FLOOR-CME", own()) if each.id == "three-days"]

    assert rule.rows == ("S3-29", "FLOOR-CME")
    assert [action.kind for action in rule.then] == ["task", "referral", "document", "task"]
    assert rule.is_floor
    assert rule.mutable_by == ()


@pytest.mark.parametrize(
    "weaker",
    [
        {"when": TEN_DAYS.replace("10", "11")},
        {"population": '{ flags_any = ["send"] }'},
        {"once_per": '"school_year"'},
        {"when": TEN_DAYS.replace("unexplained", "absent")},
    ],
    ids=["a day later", "only for some pupils", "only once a year", "for another absence"],
)
def test_a_rule_that_asks_less_or_something_else_stands_beside_the_floors_own(weaker):
    ids = [rule.id for rule in rules_of("FLOOR-CME", own(**weaker))]

    assert "three-days" not in ids
    assert "floor-ten-days-unexplained" in ids


def test_a_rule_that_names_a_row_of_the_floor_and_asks_something_else_does_not_load():
    rule = own(rows='"FLOOR-CME"', when=TEN_DAYS.replace("10", "9"))

    [told] = floor_problems(rule, FLOOR)

    assert told.where == "rule 'three-days': rows"
    assert told.message.startswith("names FLOOR-CME, but the rule does not ask what the floor asks: take the row out")


def test_a_rule_may_not_bear_the_name_of_one_of_the_floors():
    taken = read(text=GOOD.replace('id = "three-days"', 'id = "floor-ten-days-unexplained"'))

    assert [str(problem) for problem in floor_problems(taken, FLOOR)] == [
        "rule 'floor-ten-days-unexplained': id: is the id of a rule of the safeguarding floor: give another"
    ]


def test_an_action_the_policy_already_takes_for_the_same_people_is_not_taken_twice():
    [rule] = [each for each in policy("swift-learning").rules if each.id == "ten-days-unexplained"]

    assert [action.kind for action in rule.then].count("referral") == 1

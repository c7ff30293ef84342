"""Reading a policy: what an admin is told about every wrong, missing or unknown choice."""

import tomllib

import pytest

from rules.policy import PolicyErrors, read_policy
from tests.builders import NATIONAL
from tests.rules.builders import POLICIES

GOOD = """
[policy]
id = "p"
name = "A policy"
version = "1"
valid_from = 2026-09-01
review_by = 2027-09-01
source = "a published text"

[[ladder]]
id = "days"
fires = "each_rung"

[[rule]]
id = "three-days"
rows = ["S3-11"]
says = "Three days absent."
ladder = "days"
rung = 1
when = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 3 }

  [[rule.then]]
  kind = "task"
  to = ["staff"]
  says = "Call."
  due_school_days = 0
"""


def problems(old: str = "", new: str = "", *, text: str = GOOD) -> list[str]:
    assert old in text
    try:
        read_policy(tomllib.loads(text.replace(old, new)), NATIONAL)
    except PolicyErrors as errors:
        return [str(problem) for problem in errors.problems]
    return []


def test_a_complete_policy_is_read_without_a_word():
    assert problems() == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('unit = "school_day", ', "", ["rule 'three-days': when.unit: is missing: give one of \"school_day\", \"session\""]),
        ('unit = "school_day"', 'unit = "day"', ["rule 'three-days': when.unit: is 'day': give one of \"school_day\", \"session\""]),
        ('category = "absent", ', "", ['rule \'three-days\': when.category: is missing: give one of "absent", "authorised", "unauthorised", "unexplained", "illness"']),
        ("at_least = 3", "at_least = 0", ["rule 'three-days': when.at_least: is 0: give a whole number from 1"]),
        ("at_least = 3", 'at_least = "3"', ["rule 'three-days': when.at_least: is '3': give a whole number from 1"]),
        ("at_least = 3", "at_least = 3, atleast = 4", ["rule 'three-days': when.atleast: is not a key of this table; did you mean 'at_least'?"]),
        ('kind = "task"', 'kind = "letter"', ['rule \'three-days\': then[1].kind: is \'letter\': give one of "notice", "task", "document", "referral"']),
        ('kind = "task"', 'kind = "referral"', ['rule \'three-days\': then[1].approval: is missing: give "none" or "as_authority" for a referral']),
        ("due_school_days = 0", "", ["rule 'three-days': then[1].due_school_days: is missing: give a whole number from 0"]),
        ('to = ["staff"]', "to = []", ["rule 'three-days': then[1].to: is []: give a list of texts, at least one"]),
        ('rows = ["S3-11"]\n', "", ["rule 'three-days': rows: is missing: give a list of texts, at least one"]),
        ("review_by = 2027-09-01", 'review_by = "2027-09-01"', ["policy.review_by: is '2027-09-01': give a date like 2026-09-01, without quotes"]),
        ('ladder = "days"', 'ladder = "weeks"', ["rule 'three-days': ladder: is 'weeks': give one of \"days\""]),
        ("rung = 1\n", "", ["rule 'three-days': rung: is missing: give a whole number from 1"]),
        ("[[rule", "[[rules", ["rule: is missing: give one [[rule]] or more", "rules: is not a key of this table; did you mean 'rule'?"]),
        ('metric = "consecutive", unit = "school_day", category = "absent", at_least = 3', 'metric = "deadline", unit = "school_day", code = "QQ", after_school_days = 5', ["rule 'three-days': when.code: 'QQ' is not a national code"]),
        ('metric = "consecutive", unit = "school_day", category = "absent", at_least = 3', 'metric = "percentage", unit = "session", below = 90, min_sessions = 20, clear_at = 85', ["rule 'three-days': when.window: is missing: give one of \"school_year\"", "rule 'three-days': when.clear_at: is 85: give a percentage not under below (90)"]),
    ],
)  # fmt: skip
def test_each_wrong_choice_is_told_with_rule_and_key(old, new, told):
    assert problems(old, new) == told


def test_two_rules_of_one_name_and_one_rung_are_told_apart():
    rule = GOOD[GOOD.index("[[rule]]") :]

    assert problems(text=GOOD + rule) == [
        "rule 'three-days': id: is used twice: give every rule its own",
        "rule 'three-days': rung: 1 of 'days' is used twice",
    ]


def test_everything_wrong_is_told_at_once():
    assert len(problems('version = "1"\nvalid_from = 2026-09-01', "at = 3")) == 3


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_policy_reads_and_is_named_like_its_file(path):
    with path.open("rb") as file:
        assert read_policy(tomllib.load(file), NATIONAL).id == path.stem

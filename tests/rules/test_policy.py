"""Reading a policy: what an admin is told about every wrong, missing or unknown choice."""

import tomllib

import pytest

from app.policy.loading import allowed
from rules.policy import PolicyErrors, read_floor, read_policy
from tests.builders import NATIONAL
from tests.rules.builders import SHIPPED, policy

ALLOWED = allowed(NATIONAL)
WHEN = 'metric = "consecutive", unit = "school_day", category = "absent", at_least = 3'
GOOD = f"""
[policy]
id = "p"
name = "A policy"
version = "1"
valid_from = 2026-09-01
review_by = 2027-09-01
source = "a published text"
mutable_by = ["head_of_provision"]
overdue = {{ to = ["head_of_provision"], after_school_days = 1 }}

[[ladder]]
id = "days"
fires = "each_rung"

[[rule]]
id = "three-days"
rows = ["S3-11"]
says = "Three days absent."
ladder = "days"
rung = 1
once_per = "run"
when = {{ {WHEN} }}

  [[rule.then]]
  kind = "task"
  to = ["staff"]
  says = "Call."
  due_school_days = 0
"""
CATEGORIES = '"absent", "authorised", "unauthorised", "unexplained", "illness", "not_illness"'
DAILY = '"day", "term", "school_year", "ever"'


def problems(old: str = "", new: str = "", *, text: str = GOOD, read=read_policy) -> list[str]:
    assert old in text
    try:
        read(tomllib.loads(text.replace(old, new)), ALLOWED)
    except PolicyErrors as errors:
        return [str(problem) for problem in errors.problems]
    return []


def read(*, text: str = GOOD, rows: str = '"S3-11"', when: str = WHEN, keys: str = 'once_per = "run"\n'):
    """The policy with other rows, another condition and other keys of its one rule."""
    text = text.replace('"S3-11"', rows).replace(WHEN, when).replace('once_per = "run"\n', keys)
    return read_policy(tomllib.loads(text), ALLOWED)


def of_rule(*told: str) -> list[str]:
    return [f"rule 'three-days': {each}" for each in told]


def test_a_complete_policy_is_read_without_a_word():
    assert problems() == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('unit = "school_day", ', "", ['when.unit: is missing: give one of "school_day", "session"']),
        ('unit = "school_day"', 'unit = "day"', ['when.unit: is \'day\': give one of "school_day", "session"']),
        ('category = "absent", ', "", [f"when.category: is missing: give one of {CATEGORIES}"]),
        ('category = "absent"', 'category = "away"', [f"when.category: is 'away': give one of {CATEGORIES}"]),
        (", at_least = 3", "", ["when.at_least: is missing: give exactly one of at_least, more_than"]),
        ("at_least = 3", "at_least = 0", ["when.at_least: is 0: give a whole number from 1"]),
        ("at_least = 3", 'at_least = "3"', ["when.at_least: is '3': give a whole number from 1"]),
        ("at_least = 3", "at_least = 3, more_than = 2", ["when.more_than: stands beside at_least: give only one of them"]),
        ("at_least = 3", "at_least = 3, at_most = 2", ["when.at_most: is 2: the band ends before it begins at 3"]),
        ("at_least = 3", "more_than = 3, less_than = 4", ["when.less_than: is 4: the band ends before it begins at 4"]),
        ("at_least = 3", "at_least = 3, atleast = 4", ["when.atleast: is not a key of this table; did you mean 'at_least'?"]),
        ("at_least = 3", "at_least = 3, within = { first_sessions = 3, first_months = 3 }", ["when.within.first_months: stands beside first_sessions: give only one of them"]),
        ("at_least = 3", "at_least = 3, within = {}", ["when.within.first_sessions: is missing: give exactly one of first_sessions, first_months"]),
        ("at_least = 3", 'at_least = 3, standing = "worry"', ["when.standing: is 'worry': give one of \"safeguarding_concern\""]),
        ('kind = "task"', 'kind = "letter"', ['then[1].kind: is \'letter\': give one of "notice", "task", "document", "referral"']),
        ("due_school_days = 0", "", ["then[1].due_school_days: is missing: give a whole number from 0"]),
        ('to = ["staff"]', "to = []", None),
        ('to = ["staff"]', 'to = ["stafff"]', ["then[1].to: holds 'stafff': did you mean 'staff'?"]),
        ('says = "Call."', 'says = "Call."\ntemplate = "support-text"', ["then[1].template: is for documents and referrals, not for a task: take the key out"]),
        ('says = "Call."', 'says = "Call."\napproval = "one"', ["then[1].approval: is for notices and referrals, not for a task: take the key out"]),
        ('kind = "task"', 'kind = "notice"\nrepeats = "each_school_day"', ["then[1].repeats: is for tasks alone, not for a notice: take the key out"]),
        ('kind = "task"', 'kind = "notice"\neffort = "call"', ["then[1].effort: is for tasks alone, not for a notice: take the key out"]),
        ('kind = "task"', 'kind = "task"\nrepeats = "daily"', ['then[1].repeats: is \'daily\': give one of "each_school_day", "each_school_week"']),
        ('rows = ["S3-11"]\n', "", ["rows: is missing: give a list of texts, at least one"]),
        ('once_per = "run"\n', "", ['once_per: is missing: give one of "run", "term", "school_year", "ever"']),
        ('once_per = "run"', 'once_per = "episode"', ['once_per: is \'episode\': give one of "run", "term", "school_year", "ever"']),
        ('once_per = "run"', 'once_per = "run"\nfloor = true', ["floor: is for the safeguarding floor alone: take the key out"]),
        ('once_per = "run"', 'once_per = "run"\nmutable_by = ["cook"]', None),
        ('once_per = "run"', 'once_per = "run"\npopulation = { flags_any = ["sen"] }', ["population.flags_any: holds 'sen': did you mean 'send'?"]),
        ('once_per = "run"', 'once_per = "run"\npopulation = {}', ["population: names no flag: give flags_any or flags_none, or leave the key out"]),
        ('once_per = "run"', 'once_per = "run"\nno_action = "why"', ["no_action: stands beside [[rule.then]]: say what follows, or why nothing does"]),
        ('once_per = "run"', 'once_per = "run"\nneeds = "five-days"', ["needs: 'five-days' is no rule about a pupil above this one: there are none"]),
        ('ladder = "days"', 'ladder = "weeks"', ["ladder: is 'weeks': give one of \"days\""]),
        ("rung = 1\n", "", ["rung: is missing: give a whole number from 1"]),
        (WHEN, 'metric = "runs", unit = "school_day"', None),
    ],
)  # fmt: skip
def test_each_wrong_choice_is_told_with_rule_and_key(old, new, told):
    found = problems(old, new)

    assert found == of_rule(*told) if told is not None else len(found) == 1


@pytest.mark.parametrize(
    ("when", "once_per", "told"),
    [
        ('metric = "deadline", unit = "school_day", code = "QQ", after_school_days = 5', "day", ["when.code: 'QQ' is not a national code"]),
        ('metric = "deadline", unit = "school_day", after_school_days = 5', "day", ["when.code: is missing: give exactly one of code, event", "when.code: '' is not a national code"]),
        ('metric = "deadline", unit = "school_day", event = "party", after_school_days = 5', "day", None),
        ('metric = "percentage", unit = "session", below = 90, min_sessions = 20, clear_at = 85', "episode", ['when.window: is missing: give one of "school_year", "term", "placement", "school_weeks", "since_event"', "when.clear_at: is 85: give a percentage not under below (90)"]),
        ('metric = "percentage", unit = "session", window = "term", min_sessions = 20, clear_at = 85', "episode", ["when.below: is missing: give exactly one of below, at_most"]),
        ('metric = "percentage", unit = "session", window = "term", category = "unauthorised", at_least = 10, min_sessions = 20, clear_at = 12', "episode", ["when.clear_at: is 12: give a percentage not over at_least (10)"]),
        ('metric = "percentage", unit = "session", window = "school_weeks", below = 90, min_sessions = 20, clear_at = 92', "episode", ["when.school_weeks: is missing: give a whole number from 1"]),
        ('metric = "percentage", unit = "session", window = "term", below = 90, clear_at = 92', "episode", ["when.min_sessions: is missing: give a whole number from 1"]),
        ('metric = "percentage", unit = "session", window = "term", below = 190, min_sessions = 1, clear_at = 92', "episode", ["when.below: is 190: give a percentage from 0 to 100"]),
        ('metric = "rolling_count", unit = "session", category = "unauthorised", at_least = 10', "episode", ["when.school_weeks: is missing: give a whole number from 1"]),
        ('metric = "cumulative", unit = "school_day", category = "illness", at_least = 15', "term", ['when.window: is missing: give one of "term", "school_year"']),
        ('metric = "cumulative", unit = "school_day", category = "illness", at_least = 15, window = "school_year"', "term", ['once_per: is \'term\': give one of "school_year", "ever"']),
        ('metric = "review", unit = "school_day", of = "x", after_school_days = 5, measure = "still_holds"', "day", ["when.of: 'x' is no rule about a pupil above this one: there are none"]),
        ('metric = "review", unit = "school_day", of = "x", after_school_days = 5, measure = "attendance", min_sessions = 5', "day", ["when.below: is missing: give exactly one of below, improved_by_less_than", "when.of: 'x' is no rule about a pupil above this one: there are none"]),
        ('metric = "pattern", unit = "session", shape = "moon", category = "absent", at_least = 3, school_weeks = 6', "episode", ['when.shape: is \'moon\': give one of "weekday", "after_holiday", "before_holiday"']),
        ('metric = "event", event = "weekly", about = "pupil"', "week", ['when.on: is missing: give one of "first_day", "last_day"']),
        ('metric = "event", event = "weekly", about = "pupil", on = "first_day"', "day", ['once_per: is \'day\': give one of "week", "term", "school_year", "ever"']),
        ('metric = "event", event = "term_end"', "term", ['when.about: is missing: give one of "pupil", "school"']),
        ('metric = "event", event = "daily"', "day", ["once_per: is for rules about a pupil, and this one is about the school: take the key out", "ladder: is for rules about a pupil: take ladder and rung out"]),
        ('metric = "time_of_day", unit = "session", session = "AM", at = "09:10", category = "unexplained"', "day", ["when.at: is '09:10': give a time like 09:30:00, without quotes"]),
        ('metric = "minutes", unit = "session", minutes = 10, category = "unexplained"', "run", [f"once_per: is 'run': give one of {DAILY}"]),
    ],
)  # fmt: skip
def test_each_metric_asks_for_what_it_needs(when, once_per, told):
    found = problems(WHEN, when, text=GOOD.replace('once_per = "run"', f'once_per = "{once_per}"'))

    assert found == of_rule(*told) if told is not None else len(found) == 1


def test_a_ladder_that_the_file_does_not_have_is_told():
    told = problems('[[ladder]]\nid = "days"\nfires = "each_rung"\n')

    assert told[0] == "rule 'three-days': ladder: names a ladder, but the file has no [[ladder]]: add it"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("review_by = 2027-09-01", 'review_by = "2027-09-01"', ["policy.review_by: is '2027-09-01': give a date like 2026-09-01, without quotes"]),
        (", after_school_days = 1 }", " }", ["policy.overdue.after_school_days: is missing: give a whole number from 1"]),
        ('to = ["head_of_provision"], after', 'to = ["head"], after', None),
        ('mutable_by = ["head_of_provision"]\n', "", None),
        ("[[rule", "[[rules", ["rule: is missing: give one [[rule]] or more", "rules: is not a key of this table; did you mean 'rule'?"]),
    ],
)  # fmt: skip
def test_each_wrong_choice_of_the_policy_itself_is_told(old, new, told):
    found = problems(old, new)

    assert found == told if told is not None else len(found) == 1


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ('[[covered]]\nrows = ["S3-02"]\nby = "magic"\nsays = "How."', None),
        ('[[covered]]\nrows = ["S3-02"]\nby = "human"', ["covered 1: says: is missing: give a text in quotes"]),
        ('[[also_tell]]\nrows = ["S3-21"]\nflags = ["looked_after"]\nto = ["care_tem"]', ["also_tell 1: to: holds 'care_tem': did you mean 'care_team'?"]),
        ('[[also_tell]]\nrows = ["S3-21"]\nflags = ["lac"]\nto = ["care_team"]', None),
    ],
)  # fmt: skip
def test_what_stands_beside_the_rules_is_read_as_strictly(part, told):
    found = problems(text=f"{GOOD}\n{part}\n")

    assert found == told if told is not None else len(found) == 1


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ('kind = "referral"\nto = ["local_authority"]\nsays = "Refer."\ndue_school_days = 0\ntemplate = "cme-referral"', ['then[1].approval: is missing: give one of "none", "one", "as_authority"']),
        ('kind = "notice"\nto = ["commissioner"]\nsays = "Tell."\ndue_school_days = 0\napproval = "as_authority"', ['then[1].approval: is \'as_authority\': give one of "none", "one"']),
    ],
)  # fmt: skip
def test_who_approves_is_said_where_somebody_must(action, told):
    begin = GOOD.index("[[rule.then]]")
    assert problems(text=f"{GOOD[:begin]}[[rule.then]]\n{action}\n") == of_rule(*told)


def test_a_document_names_a_template_that_there_is():
    [told] = problems('kind = "task"', 'kind = "document"\ntemplate = "love-letter"')

    assert told.startswith("rule 'three-days': then[1].template: is 'love-letter': give one of \"initial-profile\", ")


def test_two_rules_of_one_name_and_one_rung_are_told_apart():
    rule = GOOD[GOOD.index("[[rule]]") :]

    assert problems(text=GOOD + rule) == of_rule(
        "id: is used twice: give every rule its own", "rung: 1 of 'days' is used twice"
    )


def test_one_rung_may_have_a_rule_for_each_kind_of_pupil():
    rule = GOOD[GOOD.index("[[rule]]") :].replace("three-days", "three-days-send")

    assert problems(text=GOOD + rule.replace("rung = 1", 'rung = 1\npopulation = { flags_any = ["send"] }')) == []


def test_everything_wrong_is_told_at_once():
    assert len(problems('version = "1"\nvalid_from = 2026-09-01', "at = 3")) == 3


def test_every_rule_of_the_floor_says_that_it_is_one():
    text = GOOD.replace('overdue = { to = ["head_of_provision"], after_school_days = 1 }\n', "")

    assert problems(text=text, read=read_floor) == of_rule("floor: is missing: give true")
    assert problems('once_per = "run"', 'once_per = "run"\nfloor = true', text=text, read=read_floor) == []


@pytest.mark.parametrize("name", sorted(SHIPPED.policies))
def test_every_shipped_policy_reads_and_is_named_like_its_file(name):
    assert policy(name).id == name

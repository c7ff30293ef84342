"""What lint says about small policies: each case is a policy, and everything that is to be found in it."""

import copy
import tomllib
from datetime import date
from functools import reduce
from operator import getitem

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.loading import allowed
from config.loading import SHIPPED
from config.published import published_rows
from rules.lint import lint
from rules.policy import PolicyErrors, read_policy
from tests.builders import NATIONAL

HEAD = """
[policy]
id = "mine"
name = "Mine"
version = "1"
valid_from = 2026-09-01
review_by = 2027-08-31
source = "our own"
mutable_by = []
overdue = { to = ["head_of_provision"], after_school_days = 1 }
"""
HIGHEST = '[[ladder]]\nid = "days"\nfires = "highest_only"\n'
EACH = '[[ladder]]\nid = "days"\nfires = "each_rung"\n'
OTHER = '[[ladder]]\nid = "other"\nfires = "each_rung"\n'

RING = 'kind = "task", to = ["staff"], says = "Ring the family.", due_school_days = 0'
VISIT = 'kind = "task", to = ["tutor"], says = "Go and see the child.", due_school_days = 0'
TELL = 'kind = "notice", to = ["home_school"], says = "Please help.", due_school_days = 1'
NOTHING = ""


def rule(name, when, then=RING, **keys):
    """One rule; a rung is written ``ladder="days 1"``."""
    lines = {"rows": '["X-1"]', "once_per": '"run"'} | keys
    if "ladder" in keys:
        ladder, rung = keys["ladder"].split()
        lines |= {"ladder": f'"{ladder}"', "rung": rung}
    body = "\n".join(f"{key} = {value}" for key, value in lines.items() if value)
    actions = f"then = [{{ {then} }}]" if then else 'no_action = "nothing is asked"'
    return f'[[rule]]\nid = "{name}"\nsays = "A sentence."\n{body}\nwhen = {{ {when} }}\n{actions}\n'


def days(numbers, category="absent"):
    return f'metric = "consecutive", unit = "school_day", category = "{category}", {numbers}'


def sessions(numbers, category="absent"):
    return f'metric = "consecutive", unit = "session", category = "{category}", {numbers}'


def percent(level, more="min_sessions = 20, clear_at = 97", window="school_year"):
    return f'metric = "percentage", unit = "session", window = "{window}", {level}, {more}'


def total(numbers, unit="school_day", window="term"):
    return f'metric = "cumulative", unit = "{unit}", category = "absent", window = "{window}", {numbers}'


def review(of, after):
    return f'metric = "review", unit = "school_day", of = "{of}", after_school_days = {after}, measure = "still_holds"'


def found(rules, head=HEAD, today=date(2026, 11, 23)):
    data = tomllib.loads(head + rules)
    try:
        read_policy(data, allowed(NATIONAL))
    except PolicyErrors as errors:
        problems = errors.problems
    else:
        problems = ()
    return lint(data, problems=problems, today=today, published=published_rows())


def kinds(findings):
    return [(each.rule, each.kind, each.ambiguity) for each in findings]


EPISODE = {"once_per": '"episode"'}
DAILY = {"once_per": '"day"'}

DOUBTS = {
    "a policy that leaves nothing open": (
        HIGHEST
        + rule("three", days("at_least = 3"), ladder="days 1")
        + rule("five", days("at_least = 5"), TELL, ladder="days 2"),
        [],
    ),
    # bands
    "day 5 stands in two bands": (
        rule("one", days("at_least = 2, at_most = 5")) + rule("two", days("at_least = 5, at_most = 10")),
        [("two", "overlap", "A5")],
    ),
    "several days stand in two bands": (
        rule("one", days("at_least = 2, at_most = 7")) + rule("two", days("at_least = 5")),
        [("two", "overlap", "A5")],
    ),
    "a band reaches over the next into the third": (
        rule("one", days("at_least = 1, at_most = 9"))
        + rule("two", days("at_least = 4, less_than = 8"))
        + rule("three", days("at_least = 8")),
        [("two", "overlap", "A5"), ("three", "overlap", "A5")],
    ),
    "bands of two ladders are no neighbours": (
        EACH
        + OTHER
        + rule("one", days("at_least = 2, at_most = 5"), ladder="days 1")
        + rule("two", days("at_least = 5"), ladder="other 1"),
        [],
    ),
    "bands of two categories are no neighbours": (
        rule("one", days("at_least = 2, at_most = 5")) + rule("two", days("at_least = 5", "unexplained")),
        [],
    ),
    "exactly five sessions stand in neither band": (
        rule("few", sessions("at_least = 1, less_than = 5"), NOTHING) + rule("many", sessions("more_than = 5")),
        [("many", "gap", "A2")],
    ),
    "days six to nine stand in no band": (
        rule("one", days("at_least = 2, at_most = 5")) + rule("two", days("at_least = 10")),
        [("two", "gap", "A2")],
    ),
    "bands that meet leave nothing out": (
        rule("few", sessions("at_least = 1, at_most = 5"), NOTHING) + rule("many", sessions("more_than = 5")),
        [],
    ),
    "bands that meet leave no half day out": (
        rule("few", total("at_least = 1, less_than = 5"), NOTHING, once_per='"term"')
        + rule("many", total("at_least = 5"), once_per='"term"'),
        [],
    ),
    "sessions have no halves": (
        rule("few", sessions("at_least = 1, at_most = 5"), NOTHING) + rule("many", sessions("at_least = 6")),
        [],
    ),
    "ten and a half days stand in no band": (
        rule("one", days("at_least = 5, at_most = 10")) + rule("two", days("at_least = 11, at_most = 15")),
        [("two", "half day", "A6")],
    ),
    "a band of one day": (
        rule("one", days("at_least = 1, at_most = 1")) + rule("two", days("at_least = 3, less_than = 9")),
        [("two", "gap", "A2")],
    ),
    "a band without an end leaves no gap": (
        rule("one", days("at_least = 2")) + rule("two", days("at_least = 5")),
        [],
    ),
    # ladders
    "two rungs ask for the same": (
        HIGHEST
        + rule("eighty", percent("below = 80"), ladder="days 1", **EPISODE)
        + rule("seventy", percent("below = 70"), ladder="days 2", **EPISODE),
        [("seventy", "same actions", "A24")],
    ),
    "two rungs ask the same of different people": (
        HIGHEST
        + rule("eighty", percent("below = 80"), ladder="days 1", **EPISODE)
        + rule("seventy", percent("below = 70"), RING.replace("staff", "tutor"), ladder="days 2", **EPISODE),
        [],
    ),
    "one ladder of days and percentages": (
        EACH
        + rule("three", days("at_least = 3"), ladder="days 1")
        + rule("eighty", percent("below = 80"), VISIT, ladder="days 2", **EPISODE),
        [("eighty", "mixed metrics", "A19")],
    ),
    "rungs counted in days and in sessions": (
        EACH
        + rule("three", days("at_least = 3"), ladder="days 1", rows='["X-1"]')
        + rule("nine", sessions("at_least = 9"), VISIT, ladder="days 2", rows='["X-2"]'),
        [("nine", "mixed units", "A3")],
    ),
    "a review is a rung of any ladder": (
        EACH
        + rule("three", days("at_least = 3"), ladder="days 1")
        + rule("later", review("three", 5), VISIT, ladder="days 2", **DAILY),
        [],
    ),
    "a higher rung that is reached first": (
        HIGHEST
        + rule("ninety", percent("below = 80"), ladder="days 1", **EPISODE)
        + rule("eighty", percent("below = 85"), VISIT, ladder="days 2", **EPISODE),
        [("eighty", "unreachable", None)],
    ),
    "a higher rung that asks for no more days": (
        EACH
        + rule("three", days("at_least = 3"), ladder="days 1")
        + rule("two", days("more_than = 2"), VISIT, ladder="days 2"),
        [("two", "unreachable", None)],
    ),
    "a higher rung that asks for fewer days": (
        EACH
        + rule("three", days("at_least = 3"), ladder="days 1")
        + rule("two", days("at_least = 2"), VISIT, ladder="days 2"),
        [("two", "unreachable", None)],
    ),
    "rungs for different pupils do not follow each other": (
        EACH
        + rule("three", days("at_least = 3"), ladder="days 1", population='{ flags_any = ["send"] }')
        + rule("two", days("at_least = 2"), ladder="days 2", population='{ flags_none = ["send"] }'),
        [],
    ),
    "percentages of a ladder that all fire": (
        EACH
        + rule("eighty", percent("below = 80"), ladder="days 1", **EPISODE)
        + rule("seventy", percent("below = 70"), VISIT, ladder="days 2", **EPISODE),
        [("seventy", "all at once", "A18")],
    ),
    "percentages on no ladder that all fire": (
        rule("eighty", percent("below = 80"), **EPISODE) + rule("seventy", percent("below = 70"), VISIT, **EPISODE),
        [("seventy", "all at once", "A18")],
    ),
    "percentages of two windows do not fire together": (
        rule("eighty", percent("below = 80"), **EPISODE)
        + rule("seventy", percent("below = 70", window="term"), VISIT, **EPISODE),
        [],
    ),
    "a ladder without a rung": (HIGHEST + rule("three", days("at_least = 3")), [("", "unused", None)]),
    "a rung that is climbed once ever": (
        HIGHEST + rule("three", days("at_least = 3"), ladder="days 1", once_per='"ever"'),
        [("three", "no way down", "A22")],
    ),
    # percentages
    "exactly 90 is persistent absence": (
        rule("ninety", percent("below = 90"), **EPISODE),
        [("ninety", "edge", "A16")],
    ),
    "exactly 50 is severe absence": (rule("half", percent("below = 50"), **EPISODE), [("half", "edge", "A16")]),
    "at most 90 is the national line": (rule("ninety", percent("at_most = 90"), **EPISODE), []),
    "more than 10 missed leaves out exactly 10": (
        rule(
            "ten",
            percent('category = "absent", more_than = 10', "min_sessions = 20, clear_at = 5"),
            **EPISODE,
        ),
        [("ten", "edge", "A16")],
    ),
    "10 or more missed is the national line": (
        rule("ten", percent('category = "absent", at_least = 10', "min_sessions = 20, clear_at = 5"), **EPISODE),
        [],
    ),
    "one missed session of four is enough": (
        rule("eighty", percent("below = 80", "min_sessions = 4, clear_at = 90"), **EPISODE),
        [("eighty", "small sample", "A17")],
    ),
    "a sample that no window of three weeks holds": (
        rule(
            "eighty",
            percent("below = 80", "school_weeks = 3, min_sessions = 31, clear_at = 90", window="school_weeks"),
            **EPISODE,
        ),
        [("eighty", "unreachable", None)],
    ),
    # what no marks can reach
    "eleven sessions of one school week": (
        rule(
            "many",
            'metric = "rolling_count", unit = "session", category = "absent", at_least = 11, school_weeks = 1',
            **EPISODE,
        ),
        [("many", "unreachable", None)],
    ),
    "seven Mondays in six weeks": (
        rule(
            "mondays",
            'metric = "pattern", unit = "session", shape = "weekday", category = "absent", at_least = 7, school_weeks = 6',
            **EPISODE,
        ),
        [("mondays", "unreachable", None)],
    ),
    "more days than a term has": (
        rule("long", total("at_least = 81"), once_per='"term"'),
        [("long", "unreachable", None)],
    ),
    "as many sessions as a year has": (
        rule("all", total("at_least = 390", "session", "school_year"), once_per='"school_year"'),
        [],
    ),
    "four of the first three sessions": (
        rule("start", sessions("at_least = 4, within = { first_sessions = 3 }")),
        [("start", "unreachable", None)],
    ),
    "three of the first three sessions": (
        rule("start", sessions("at_least = 3, within = { first_sessions = 3 }")),
        [],
    ),
    "as many days of the first month as it has": (
        rule("start", days("at_least = 23, within = { first_months = 1 }")),
        [],
    ),
    "more days of the first month than it has": (
        rule("start", days("at_least = 24, within = { first_months = 1 }")),
        [("start", "unreachable", None)],
    ),
    "attendance below nothing": (
        rule("never", percent("below = 0"), **EPISODE),
        [("never", "unreachable", None)],
    ),
    # for whom
    "a population of nobody": (
        rule("three", days("at_least = 3"), population='{ flags_any = ["send"], flags_none = ["send", "ehcp"] }'),
        [("three", "contradictory population", None)],
    ),
    "a population that asks for and leaves out one flag": (
        rule("three", days("at_least = 3"), population='{ flags_any = ["send", "ehcp"], flags_none = ["send"] }'),
        [("three", "contradictory population", None)],
    ),
    "needs a rule about other pupils": (
        rule("three", days("at_least = 3"), population='{ flags_none = ["send"] }')
        + rule("five", days("at_least = 5"), VISIT, population='{ flags_any = ["send"] }', needs='"three"'),
        [("five", "never fires", None)],
    ),
    "reviews a rule about other pupils": (
        rule("three", days("at_least = 3"), population='{ flags_any = ["send"] }')
        + rule("later", review("three", 5), VISIT, population='{ flags_none = ["send"] }', **DAILY),
        [("later", "never fires", None)],
    ),
    "needs a higher rung of its own ladder": (
        EACH
        + rule("five", days("at_least = 5"), VISIT, ladder="days 2")
        + rule("three", days("at_least = 3"), ladder="days 1", needs='"five"'),
        [("three", "unreachable", None)],
    ),
    # who
    "a notice to a parent": (
        rule("three", days("at_least = 3"), TELL.replace("home_school", "parent")),
        [("three", "parent", "A38")],
    ),
    "a referral nobody approves": (
        rule(
            "ten",
            days("at_least = 10"),
            'kind = "referral", to = ["local_authority"], says = "Please help.", due_school_days = 0, '
            'template = "cme-referral", approval = "none"',
        ),
        [("ten", "no approval", "A37")],
    ),
    "a rule muted by somebody who is told of nothing": (
        rule("three", days("at_least = 3"), mutable_by='["senior_lead"]'),
        [("three", "unused role", None)],
    ),
    "recipients added to no notice": (
        '[[also_tell]]\nrows = ["X-2"]\nflags = ["looked_after"]\nto = ["social_worker"]\n'
        + rule("three", days("at_least = 3")),
        [("", "unused role", None)],
    ),
    # when
    "a review before what it reviews is due": (
        rule("three", days("at_least = 3"), RING.replace("days = 0", "days = 10"))
        + rule("later", review("three", 5), VISIT, **DAILY),
        [("later", "too early", "A20")],
    ),
    "a review on the day it is due": (
        rule("three", days("at_least = 3"), RING.replace("days = 0", "days = 5"))
        + rule("later", review("three", 5), VISIT, **DAILY),
        [],
    ),
    "a daily task due after two days": (
        rule("three", days("at_least = 3"), RING.replace("days = 0", 'days = 2, repeats = "each_school_day"')),
        [("three", "too early", None)],
    ),
    "a task after the last day on roll": (
        rule("last", 'metric = "event", event = "leaver"', RING.replace("days = 0", "days = 2"), once_per='"ever"'),
        [("last", "too late", None)],
    ),
    "a task on the last day on roll": (
        rule("last", 'metric = "event", event = "leaver"', once_per='"ever"'),
        [],
    ),
    "an N that stands for six school days": (
        rule("chase", 'metric = "deadline", unit = "school_day", code = "N", after_school_days = 6', **DAILY),
        [("chase", "too late", "A4")],
    ),
    "a list before the register is due": (
        rule("register", 'metric = "register", unit = "session", session = "AM", by = 09:30:00', once_per="")
        + rule(
            "ring",
            'metric = "time_of_day", unit = "session", session = "AM", at = 09:10:00, category = "unexplained"',
            **DAILY,
        ),
        [("ring", "before the register", "A11")],
    ),
    "a list when the register is due": (
        rule("register", 'metric = "register", unit = "session", session = "AM", by = 09:30:00', once_per="")
        + rule(
            "ring",
            'metric = "time_of_day", unit = "session", session = "AM", at = 09:30:00, category = "unexplained"',
            **DAILY,
        ),
        [],
    ),
    # rows and rules
    "one row counted in days and in sessions": (
        rule("three", days("at_least = 3")) + rule("nine", sessions("at_least = 9"), VISIT),
        [("nine", "mixed units", "A3")],
    ),
    "a row that no published policy has": (
        rule("three", days("at_least = 3"), rows='["S3-99"]'),
        [("three", "unknown row", None)],
    ),
    "a covered row that no published policy has": (
        rule("three", days("at_least = 3")) + '[[covered]]\nrows = ["S9-01"]\nby = "human"\nsays = "People do."\n',
        [("", "unknown row", None)],
    ),
    "two rules for the same thing": (
        rule("three", days("at_least = 3")) + rule("again", days("at_least = 3"), VISIT),
        [("again", "duplicate", None)],
    ),
    "two rules for the same thing and different pupils": (
        rule("three", days("at_least = 3"), population='{ flags_any = ["send"] }')
        + rule("again", days("at_least = 3"), VISIT),
        [],
    ),
    "two rules for the same week": (
        rule("list", 'metric = "event", event = "weekly", about = "school", on = "last_day"', once_per="")
        + rule("digest", 'metric = "event", event = "weekly", about = "school", on = "last_day"', VISIT, once_per=""),
        [],
    ),
}

REFUSED = {
    "a percentage without a window": (
        rule("eighty", percent("below = 80").replace('window = "school_year", ', ""), **EPISODE),
        [("eighty", "missing window", "A15")],
    ),
    "a percentage without a sample": (
        rule("eighty", percent("below = 80", "clear_at = 90"), **EPISODE),
        [("eighty", "missing choice", "A17")],
    ),
    "a percentage without a way down": (
        rule("eighty", percent("below = 80", "min_sessions = 20"), **EPISODE),
        [("eighty", "missing choice", "A22")],
    ),
    "a level that clears where it still fires": (
        rule("eighty", percent("below = 80", "min_sessions = 20, clear_at = 75"), **EPISODE),
        [("eighty", "error", "A22")],
    ),
    "a share that clears where it still fires": (
        rule("twenty", percent('category = "absent", at_least = 20', "min_sessions = 20, clear_at = 30"), **EPISODE),
        [("twenty", "error", "A22")],
    ),
    "a count without a unit": (
        rule("three", 'metric = "consecutive", category = "absent", at_least = 3'),
        [("three", "missing choice", "A3")],
    ),
    "a sample that is no number": (
        rule("eighty", percent("below = 80", "min_sessions = nan, clear_at = 90"), **EPISODE),
        [("eighty", "error", "A17")],
    ),
    "a total without a window": (
        rule("fifteen", total("at_least = 15").replace('window = "term", ', ""), once_per='"term"'),
        [("fifteen", "missing choice", "A7")],
    ),
    "a rule without a row": (rule("three", days("at_least = 3"), rows=""), [("three", "missing choice", None)]),
    "a band that ends before it begins": (
        rule("five", days("at_least = 5, at_most = 3")),
        [("five", "error", None), ("five", "contradiction", None)],
    ),
    "needs a rule that is not there": (
        rule("three", days("at_least = 3"), needs='"two"'),
        [("three", "error", None)],
    ),
    "needs a rule further down": (
        rule("three", days("at_least = 3"), needs='"two"') + rule("two", days("at_least = 2"), VISIT),
        [("three", "error", None)],
    ),
    "needs itself": (rule("three", days("at_least = 3"), needs='"three"'), [("three", "error", None)]),
    "a rule written down twice": (
        rule("three", days("at_least = 3")) + rule("three", days("at_least = 3")),
        [("three", "error", None)],
    ),
    "a covered row without a reason": (
        rule("three", days("at_least = 3")) + '[[covered]]\nrows = ["X-2"]\nby = "human"\n',
        [("", "missing choice", None)],
    ),
    "reviews a rule that is not there": (rule("later", review("three", 5), **DAILY), [("later", "error", None)]),
    "an unknown role": (
        rule("three", days("at_least = 3"), RING.replace("staff", "ewo")),
        [("three", "error", "A31")],
    ),
    "a referral without a choice of approval": (
        rule(
            "ten",
            days("at_least = 10"),
            'kind = "referral", to = ["local_authority"], says = "Help.", due_school_days = 0, template = "cme-referral"',
        ),
        [("ten", "missing choice", None)],
    ),
    "an id that is used twice": (
        rule("three", days("at_least = 3")) + rule("three", days("at_least = 5"), VISIT),
        [("three", "error", None)],
    ),
    "a rule without an id": (
        rule("three", days("at_least = 3")).replace('id = "three"\n', ""),
        [("1", "missing choice", None)],
    ),
    "a ladder that does not say what fires": (
        '[[ladder]]\nid = "days"\n' + rule("three", days("at_least = 3"), ladder="days 1"),
        [("", "missing choice", "A18")],
    ),
}


@pytest.mark.parametrize(("rules", "expected"), DOUBTS.values(), ids=DOUBTS)
def test_what_is_doubtful_is_found_in_a_policy_that_loads(rules, expected):
    findings = found(rules)

    assert kinds(findings) == expected
    assert not any(each.is_error for each in findings)


@pytest.mark.parametrize(("rules", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_keeps_a_policy_from_loading_is_a_finding(rules, expected):
    findings = found(rules)

    assert kinds(findings) == expected
    assert findings[0].is_error


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("review_by = 2027-08-31", "review_by = 2026-11-22", [("", "review overdue", None)]),
        ("review_by = 2027-08-31", "review_by = 2026-11-23", []),
        ("valid_from = 2026-09-01", "valid_from = 2027-09-01", [("", "contradiction", None)]),
        ("mutable_by = []", 'mutable_by = ["senior_lead"]', [("", "unused role", None)]),
        ("mutable_by = []", 'mutable_by = ["head_of_provision"]', []),
        ("mutable_by = []", "mutable_by = []\ntarget = 95", [("", "target without action", "A29")]),
    ],
)
def test_the_head_of_a_policy_is_looked_at(was, becomes, expected):
    assert kinds(found(rule("three", days("at_least = 3")), HEAD.replace(was, becomes))) == expected


@pytest.mark.parametrize(
    ("target", "level", "expected"),
    [(95, "below = 85", ["target without action"]), (85, "below = 85", []), (95, "below = 95", [])],
)
def test_a_target_needs_something_to_happen_below_it(target, level, expected):
    head = HEAD + f"target = {target}\n"

    assert [each.kind for each in found(rule("low", percent(level), **EPISODE), head)] == expected


def test_several_reasons_not_to_load_are_all_said():
    rules = rule("three", days("least = 3"), RING.replace("task", "chore")) + rule(
        "five", days("at_least = 5"), rows=""
    )

    assert [(each.rule, each.key) for each in found(rules) if each.is_error] == [
        ("three", "rule[1].when.at_least"),
        ("three", "rule[1].when.least"),
        ("three", "rule[1].then[1].kind"),
        ("five", "rule[2].rows"),
    ]


def test_the_sentence_names_both_bands_and_the_day():
    [finding] = found(rule("one", days("at_least = 2, at_most = 5")) + rule("two", days("at_least = 5, at_most = 10")))

    assert (
        finding.message
        == "day 5 stands in both 'one' (2 to 5) and 'two' (5 to 10); 'two' begins at 5, its own lower bound"
    )
    assert finding.key == "rule[2].when"


def test_the_sentence_names_the_sessions_in_no_band():
    rules = rule("few", sessions("at_least = 1, less_than = 5"), NOTHING) + rule("many", sessions("more_than = 5"))
    [finding] = found(rules)

    assert finding.message == "exactly 5 stands in neither 'few' (fewer than 5) nor 'many' (more than 5)"


def test_whatever_stands_in_a_file_lint_speaks_about_it():
    data = {"policy": 3, "rule": [7, {"when": [], "then": {}, "rows": "X", "id": 4}], "ladder": "days", "covered": [1]}

    assert [each.kind for each in lint(data, problems=(), today=date(2026, 11, 23), published=())] == [
        "no row",
        "no row",
    ]


SHIPPED_POLICY = tomllib.loads((SHIPPED / "policies" / "swift-learning.toml").read_text("utf-8"))
JUNK = st.none() | st.integers() | st.floats() | st.text(max_size=3) | st.dates() | st.times() | st.booleans()
ANYTHING = st.recursive(JUNK, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2))


def keys_of(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in inner for found in ((*path, key), *keys_of(each, (*path, key)))]


@given(st.sampled_from(keys_of(SHIPPED_POLICY)), ANYTHING)
@settings(max_examples=150, deadline=None)
def test_whatever_one_value_of_a_policy_becomes_lint_speaks_about_it(path, value):
    data = copy.deepcopy(SHIPPED_POLICY)
    *within, last = path
    reduce(getitem, within, data)[last] = value

    assert all(each.message for each in lint(data, problems=(), today=date(2026, 11, 23), published=published_rows()))


def test_a_window_that_the_published_text_does_not_name_is_the_files_own_choice():
    data = {
        "rule": [
            {
                "id": "below-ninety",
                "rows": ["S3-12"],
                "when": {"metric": "percentage", "unit": "session", "window": "term", "at_most": 90},
            }
        ]
    }

    found = lint(data, problems=(), today=date(2026, 11, 23), published=published_rows(), windowless=("S3-12",))

    assert [(each.rule, each.message, each.ambiguity) for each in found if each.kind == "missing window"] == [
        ("below-ninety", "the published text names no window: term is the choice of this file", "A15")
    ]

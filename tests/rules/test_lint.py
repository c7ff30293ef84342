"""What lint says about small policies: each row is a policy, and everything it finds in it."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from config.published import published_rows
from rules.lint import lint
from rules.reading import Problem

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
LADDER = '[[ladder]]\nid = "days"\nfires = "highest_only"\n'
EACH = '[[ladder]]\nid = "days"\nfires = "each_rung"\n'


def rule(name, when, *, then='kind = "task", to = ["staff"], says = "Ring NAME.", due_school_days = 0', **keys):
    lines = {"rows": '["X-1"]', "says": f'"{name}"', "once_per": '"run"'} | {k: v for k, v in keys.items() if v}
    body = "\n".join(f"{key} = {value}" for key, value in lines.items() if value != "-")
    then = f"then = [{{ {then.replace('NAME', name)} }}]" if then else 'no_action = "nothing is asked"'
    return f'[[rule]]\nid = "{name}"\n{body}\nwhen = {{ {when} }}\n{then}\n'


def days(numbers, category="absent"):
    return f'metric = "consecutive", unit = "school_day", category = "{category}", {numbers}'


def sessions(numbers, category="authorised"):
    return f'metric = "consecutive", unit = "session", category = "{category}", {numbers}'


def percent(level, more="min_sessions = 20, clear_at = 97"):
    return f'metric = "percentage", unit = "session", window = "school_year", {level}, {more}'


def found(text, problems=(), today=date(2026, 11, 23)):
    return lint(tomllib.loads(text), problems=problems, today=today, published=published_rows())


CASES = {
    "a clean policy": (
        LADDER
        + rule("three", days("at_least = 3"), ladder='"days"', rung="1")
        + rule(
            "five",
            days("at_least = 5"),
            then='kind = "notice", to = ["home_school"], says = "Please help.", due_school_days = 1',
            ladder='"days"',
            rung="2",
        ),
        [],
    ),
    "day 5 in two bands": (
        rule("one", days("at_least = 2, at_most = 5")) + rule("two", days("at_least = 5, at_most = 10")),
        [("two", "overlap", "A5")],
    ),
    "several days in two bands": (
        rule("one", days("at_least = 2, at_most = 7")) + rule("two", days("at_least = 5")),
        [("two", "overlap", "A5")],
    ),
    "a band inside the one after next": (
        rule("one", days("at_least = 1, at_most = 9"))
        + rule("two", days("at_least = 10, less_than = 12"))
        + rule("three", days("at_least = 12")),
        [("two", "half day", "A6")],
    ),
    "the bands of two ladders are no neighbours": (
        EACH
        + '[[ladder]]\nid = "other"\nfires = "each_rung"\n'
        + rule("one", days("at_least = 2, at_most = 5"), ladder='"days"', rung="1")
        + rule("two", days("at_least = 5"), ladder='"other"', rung="1"),
        [],
    ),
    "exactly five in neither band": (
        rule("few", sessions("at_least = 1, less_than = 5"), then="") + rule("many", sessions("more_than = 5")),
        [("many", "gap", "A2")],
    ),
    "days six to nine in no band": (
        rule("one", days("at_least = 2, at_most = 5")) + rule("two", days("at_least = 10")),
        [("two", "gap", "A2")],
    ),
    "bands that meet leave nothing out": (
        rule("few", sessions("at_least = 1, at_most = 5"), then="") + rule("many", sessions("more_than = 5")),
        [],
    ),
    "sessions have no halves": (
        rule("few", sessions("at_least = 1, at_most = 5"), then="") + rule("many", sessions("at_least = 6")),
        [],
    ),
    "ten and a half days in no band": (
        rule("one", days("at_least = 5, at_most = 10")) + rule("two", days("at_least = 11, at_most = 15")),
        [("two", "half day", "A6")],
    ),
    "two rungs that ask for the same": (
        LADDER
        + rule("eighty", percent("below = 80"), then=STAFF_JUDGES, ladder='"days"', rung="1", once_per='"episode"')
        + rule("seventy", percent("below = 70"), then=STAFF_JUDGES, ladder='"days"', rung="2", once_per='"episode"'),
        [("seventy", "same actions", "A24")],
    )
    if (STAFF_JUDGES := 'kind = "task", to = ["staff"], says = "Judge whether to step in.", due_school_days = 0')
    else (),
}

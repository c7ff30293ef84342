"""Conditions in words, as they stand in the first column of a signed policy."""

import tomllib

import pytest

from rules.describing import in_words
from rules.phrases import for_whom

SAID = [
    (
        'metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 3',
        "3 school days running absent without explanation",
    ),
    (
        'metric = "consecutive", unit = "school_day", category = "absent", at_least = 1',
        "1 school day running absent",
    ),
    (
        'metric = "consecutive", unit = "school_day", category = "absent", at_least = 1, at_most = 1',
        "1 school day running absent",
    ),
    (
        'metric = "consecutive", unit = "school_day", category = "absent", at_least = 2, at_most = 5',
        "2 to 5 school days running absent",
    ),
    (
        'metric = "consecutive", unit = "session", category = "authorised", at_least = 1, less_than = 5',
        "fewer than 5 sessions running absent with authority",
    ),
    (
        'metric = "consecutive", unit = "session", category = "authorised", at_least = 3, less_than = 5',
        "from 3, fewer than 5 sessions running absent with authority",
    ),
    (
        'metric = "consecutive", unit = "session", category = "absent", more_than = 5, at_most = 9',
        "more than 5, at most 9 sessions running absent",
    ),
    (
        'metric = "consecutive", unit = "session", category = "absent", at_least = 2, within = { first_sessions = 3 }',
        "2 sessions running absent, within the first 3 sessions",
    ),
    (
        'metric = "consecutive", unit = "session", category = "unexplained", at_least = 1, standing = "safeguarding_concern"',
        "1 session running absent without explanation, while it stands: safeguarding concern",
    ),
    ('metric = "each", unit = "school_day", category = "absent"', "every school day absent"),
    (
        'metric = "each", unit = "session", category = "not_illness"',
        "every school day with a session absent for a reason other than illness",
    ),
    (
        'metric = "percentage", unit = "session", window = "school_year", below = 90, min_sessions = 20, clear_at = 95',
        "attendance below 90 % in the school year; not before 20 possible sessions; again once it has been back at 95 %",
    ),
    (
        ('metric = "percentage", unit = "session", window = "school_weeks", school_weeks = 6, at_most = 90, '
        'min_sessions = 20, counting = "national"'),
        "attendance of 90 % or less in the last 6 school weeks; not before 20 possible sessions; C2 counted as absence",
    ),
    (
        ('metric = "percentage", unit = "session", window = "since_event", event = "contract_agreed", '
        'category = "unauthorised", at_least = 10, min_sessions = 1'),
        "10 % or more of possible sessions absent without authority since: contract agreed; not before 1 possible session",
    ),
    (
        'metric = "percentage", unit = "session", window = "placement", category = "illness", more_than = 5, min_sessions = 9',
        ("more than 5 % of possible sessions absent through illness since the placement began; "
        "not before 9 possible sessions"),
    ),
    (
        'metric = "rolling_count", unit = "session", category = "unauthorised", at_least = 10, school_weeks = 10',
        "10 sessions absent without authority within 10 school weeks",
    ),
    (
        ('metric = "cumulative", unit = "school_day", category = "illness", at_least = 15, window = "school_year", '
        "again_each_run = true"),
        "15 school days absent through illness, added up in the school year, and again for each later unbroken run of as many",
    ),
    (
        'metric = "cumulative", unit = "school_day", category = "authorised", at_least = 15, window = "term"',
        "15 school days absent with authority, added up in the term",
    ),
    ('metric = "deadline", code = "N", after_school_days = 5', "an N still stands 5 school days after its session"),
    ('metric = "deadline", event = "support_plan_agreed", after_school_days = 20', "20 school days after: support plan agreed"),
    ('metric = "deadline", event = "contract_agreed", after_school_days = 1', "1 school day after: contract agreed"),
    (
        'metric = "time_of_day", unit = "session", session = "AM", at = 09:10:00, category = "unexplained"',
        "at 09:10 the AM session stands as absent without explanation",
    ),
    (
        'metric = "minutes", unit = "session", minutes = 10, category = "unexplained"',
        "10 minutes into a session the pupil has not arrived: absent without explanation",
    ),
    ('metric = "before_session", lead_school_days = 1', "1 school day before each school day with a session"),
    ('metric = "register", session = "PM", by = 13:30:00', "the PM register is not complete at 13:30"),
    ('metric = "event", event = "pre_commencement", school_days_before = 5', "before the pupil starts, 5 school days ahead"),
    ('metric = "event", event = "first_session", category = "absent"', "the first session ever: absent"),
    (
        'metric = "event", event = "return", category = "absent", at_least = 1',
        "the pupil is back after 1 school day absent",
    ),
    (
        'metric = "event", event = "return", category = "absent", more_than = 2',
        "the pupil is back after more than 2 school days absent",
    ),
    ('metric = "event", event = "weekly", about = "school", on = "last_day"', "every school week, on its last day"),
    ('metric = "event", event = "behaviour_concern"', "recorded: behaviour concern"),
    (
        'metric = "review", of = "below-ninety", after_school_days = 20, measure = "attendance", below = 90, min_sessions = 20',
        "20 school days after 'below-ninety', if attendance since then is below 90 %",
    ),
    (
        'metric = "review", of = "x", after_school_days = 20, measure = "attendance", improved_by_less_than = 5, min_sessions = 9',
        "20 school days after 'x', if attendance has improved by less than 5 points",
    ),
    (
        'metric = "review", of = "x", after_school_days = 5, measure = "still_holds"',
        "5 school days after 'x', if it still holds",
    ),
    (
        'metric = "pattern", shape = "weekday", category = "absent", at_least = 3, school_weeks = 6',
        "the same weekday absent 3 times within 6 school weeks",
    ),
    ('metric = "moon"', "metric 'moon'"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "said"), SAID, ids=[said for _, said in SAID])
def test_a_condition_is_said_in_words(when, said):
    assert in_words(tomllib.loads(f"when = {{ {when} }}")["when"]) == said


@pytest.mark.parametrize(
    ("population", "said"),
    [
        ({}, ""),
        ({"flags_any": ["send"]}, "only pupils with SEND"),
        (
            {"flags_any": ["send", "ehcp"], "flags_none": ["looked_after"]},
            "only pupils with SEND or pupils with an EHCP, not looked-after children",
        ),
    ],
)
def test_a_population_is_said_in_words(population, said):
    assert for_whom(population) == said

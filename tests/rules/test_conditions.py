"""From facts to the rules that stand: the tables that a policy is compiled into, against each condition by itself."""

import pytest

from app.policy.loading import allowed
from rules.conditions import compiled, highest
from rules.evaluate import Evaluator
from rules.facts import Share
from rules.policy import read_policy
from tests.builders import NATIONAL
from tests.rules.drawn import TWO_YEARS, pupils
from tests.rules.oracle import world_of
from tests.rules.oracle.later import still_holds
from tests.rules.shapes import SHAPES, policy_of, rule

DAYS = {"metric": "consecutive", "unit": "school_day", "category": "absent"}
YEAR = {"metric": "percentage", "unit": "session", "window": "school_year", "min_sessions": 20, "clear_at": 96}
MISSED = YEAR | {"category": "unauthorised", "clear_at": 1}
#: What the oracle can tell at any time, from lists of codes.
KNOWN = {"consecutive", "percentage"}


def read(*written):
    return read_policy(policy_of(list(written)), allowed(NATIONAL)).rules


def standing(written, row, flags=frozenset(), **more):
    return set(compiled(read(*written))(row, flags, *more.values()))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_stands_by_the_tables_is_what_stands_rule_by_rule(shape):
    evaluator = Evaluator(read_policy(policy_of(SHAPES[shape]), allowed(NATIONAL)), NATIONAL)
    who, seen = pupils(f"{shape} tables", 6), set()

    for day in TWO_YEARS.days[::23]:
        holding, explain = (of(TWO_YEARS, day, who[0].origin) for of in (evaluator.holding, evaluator.explain))
        for each in who:
            one_by_one = [found.rule for found in explain(each) if found.holds]
            assert holding(each) == set(highest(one_by_one)), f"{each.pupil_id} {day}"
            seen |= holding(each)

    assert seen


@pytest.mark.parametrize("shape", ["running", "levels"])
def test_what_stands_by_the_tables_is_what_the_oracle_counts(shape):
    rules = [each for each in SHAPES[shape] if each["when"]["metric"] in KNOWN and "standing" not in each["when"]]
    evaluator = Evaluator(read_policy(policy_of(rules), allowed(NATIONAL)), NATIONAL)

    for each in pupils(f"{shape} counted", 4):
        world = world_of(each, TWO_YEARS)
        for day in world.days_on_roll[5::29]:
            counted = {it["id"] for it in rules if still_holds(it["when"], world, day)}
            assert evaluator.holding(TWO_YEARS, day, each.origin)(each) == counted, f"{each.pupil_id} {day}"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, set()),
        (1, set()),
        (2, {"two"}),
        (3, {"two", "three", "more-than-two"}),
        (4, {"two", "three", "more-than-two"}),
        (5, {"two", "three", "more-than-two", "five"}),
        (6, {"two", "three", "more-than-two", "five"}),
    ],
)
def test_a_number_stands_from_the_day_it_is_reached(days, expected):
    written = [
        rule("five", DAYS | {"at_least": 5}),
        rule("two", DAYS | {"at_least": 2}),
        rule("more-than-two", DAYS | {"more_than": 2}),
        rule("three", DAYS | {"at_least": 3}),
    ]

    assert standing(written, [days] * 4) == expected


@pytest.mark.parametrize(
    ("attended", "possible", "expected"),
    [
        pytest.param(91, 100, set(), id="over both"),
        pytest.param(90, 100, {"at-most-90"}, id="exactly on the line: reached, and not under it"),
        pytest.param(89, 100, {"at-most-90", "below-90"}, id="under both"),
        pytest.param(2, 3, set(), id="too few sessions to say"),
        pytest.param(12, 19, set(), id="one session short of the sample"),
        pytest.param(13, 20, {"at-most-90", "below-90", "below-66-7"}, id="the sample is there"),
        pytest.param(667, 1000, {"at-most-90", "below-90"}, id="66.7 is not below 66.7"),
        pytest.param(6669, 10000, {"at-most-90", "below-90", "below-66-7"}, id="66.69 is, unrounded"),
    ],
)
def test_attendance_is_compared_unrounded(attended, possible, expected):
    written = [
        rule("below-90", YEAR | {"below": 90}),
        rule("below-66-7", YEAR | {"below": 66.7}),
        rule("at-most-90", YEAR | {"at_most": 90}),
    ]

    assert standing(written, [Share(attended, possible)] * 3) == expected


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        (4, set()),
        (5, {"at-least-5"}),
        (6, {"at-least-5", "over-5"}),
        (9, {"at-least-5", "over-5"}),
        (10, {"at-least-5", "over-5", "at-least-10"}),
    ],
)
def test_of_sessions_missed_more_is_graver(missed, expected):
    written = [
        rule("at-least-10", MISSED | {"at_least": 10}),
        rule("over-5", MISSED | {"more_than": 5}),
        rule("at-least-5", MISSED | {"at_least": 5}),
    ]

    assert standing(written, [Share(missed, 100)] * 3) == expected


LADDER = [
    rule("low", DAYS | {"at_least": 2}, ladder="days", rung=1),
    rule("high", DAYS | {"at_least": 4}, ladder="days", rung=2),
    rule("other", DAYS | {"category": "illness", "at_least": 3}, ladder="days", rung=3),
    rule("alone", DAYS | {"at_least": 3}),
]


@pytest.mark.parametrize(
    ("absent", "ill", "expected"),
    [
        (2, 0, {"low"}),
        (4, 2, {"high", "alone"}),
        (4, 3, {"other", "alone"}),
        (0, 3, {"other"}),
    ],
)
def test_of_a_ladder_the_highest_stands_whatever_its_rungs_measure(absent, ill, expected):
    assert standing(LADDER, [absent, absent, ill, absent]) == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"send"}, {"for-send"}), (set(), {"for-all"}), ({"ehcp"}, {"for-all"})],
)
def test_a_rung_for_other_pupils_does_not_take_the_place_of_one_for_all(flags, expected):
    written = [
        rule("for-all", DAYS | {"at_least": 2}, ladder="days", rung=1),
        rule("for-send", DAYS | {"at_least": 2}, ladder="days", rung=2, population={"flags_any": ["send"]}),
    ]

    assert standing(written, [2, 2], frozenset(flags)) == expected


def test_of_two_rungs_as_high_for_different_pupils_the_later_stands_for_a_pupil_who_is_both():
    written = [
        rule("for-all", DAYS | {"at_least": 2}, ladder="days", rung=1),
        rule("send", DAYS | {"category": "illness", "at_least": 2}, ladder="days", rung=2, population={"flags_any": ["send"]}),
        rule("ehcp", DAYS | {"at_least": 2}, ladder="days", rung=2, population={"flags_any": ["ehcp"]}),
    ]  # fmt: skip

    assert standing(written, [2, 2, 2], frozenset({"send", "ehcp"})) == {"ehcp"}


@pytest.mark.parametrize(("has_fired", "expected"), [(True, {"two", "after"}), (False, {"two", "first"})])
def test_a_rung_whose_other_condition_is_not_there_leaves_the_place_to_the_lower_one(has_fired, expected):
    written = [
        rule("two", DAYS | {"at_least": 2}),
        rule("first", DAYS | {"at_least": 3}, ladder="days", rung=1),
        rule("after", DAYS | {"at_least": 4}, ladder="days", rung=2, needs="two"),
    ]

    assert standing(written, [4, 4, 4], is_open=lambda rung: has_fired or rung.needs is None) == expected


def test_more_values_than_are_kept_are_answered_all_the_same():
    ask = compiled(read(rule("two", DAYS | {"at_least": 2})))

    assert [bool(ask([days], frozenset())) for days in range(5_000)] == [days >= 2 for days in range(5_000)]
    assert ask([1], frozenset()) == []

"""Why a rule did not fire, what stands behind each number, and what is asked while the day goes on."""

from datetime import time

import pytest

from app.policy.loading import allowed
from mapping.school_days import Calendar
from rules.evaluate import Evaluator
from rules.muting import held_rules, refusal
from rules.policy import read_policy
from tests.builders import NATIONAL, day
from tests.rules.builders import TERMS, evaluator, pupil
from tests.rules.shapes import AT, GATED, policy_of, rule

LEVEL = {"metric": "percentage", "unit": "session", "window": "school_year", "min_sessions": 4, "clear_at": 96}
TWO_DAYS = {"metric": "consecutive", "unit": "school_day", "category": "absent", "at_least": 2}


def of(*rules):
    return Evaluator(read_policy(policy_of(list(rules)), allowed(NATIONAL)), NATIONAL)


def explained(rules, who, on):
    found = rules.explain(TERMS, day(on), who.origin)(who)
    return {each.rule.id: (each.fires, each.why_not) for each in found}


def reasons(when, who, on):
    [found] = of(rule("r", when)).explain(TERMS, day(on), who.origin)(who)
    return found.reason.text


@pytest.mark.parametrize(
    ("flags", "asked", "why"),
    [
        ([], {"flags_any": ["send", "ehcp"]}, "the rule is only about pupils with ehcp or send"),
        (["send"], {"flags_none": ["send"]}, "the rule is only about pupils without send"),
        ([], {"flags_any": ["vulnerable"], "flags_none": ["send"]}, "the rule is only about pupils with vulnerable and without send"),
        (["send"], {"flags_any": ["send"]}, None),
    ],
)  # fmt: skip
def test_a_rule_about_others_says_about_whom(flags, asked, why):
    who = pupil("Mon 2026-11-02", "NN NN", flags=frozenset(flags))

    assert explained(of(rule("r", TWO_DAYS, population=asked)), who, "Tue 2026-11-03") == {"r": (why is None, why)}


def test_a_rule_that_waits_for_another_names_it():
    rules = of(rule("five", TWO_DAYS | {"at_least": 5}), rule("after", TWO_DAYS, needs="five"))
    who = pupil("Mon 2026-11-02", "NN NN NN NN NN /\\ NN NN")

    assert explained(rules, who, "Tue 2026-11-03")["after"] == (False, "rule five has not fired this school year")
    assert explained(rules, who, "Wed 2026-11-11")["after"] == (True, None)


@pytest.mark.parametrize(
    ("once_per", "why"),
    [
        ("run", None),
        ("term", "fired already on Tue 3 Nov 2026; once term"),
        ("school_year", "fired already on Tue 3 Nov 2026; once school year"),
        ("ever", "fired already on Tue 3 Nov 2026; once ever"),
    ],
)
def test_a_rule_that_fired_before_says_when(once_per, why):
    who = pupil("Mon 2026-11-02", "NN NN /\\ NN NN")

    assert explained(of(rule("r", TWO_DAYS, once_per)), who, "Fri 2026-11-06") == {"r": (why is None, why)}
    assert explained(of(rule("r", TWO_DAYS, once_per)), who, "Tue 2026-11-03") == {"r": (True, None)}


def test_a_lower_rung_names_the_higher_one_that_fires_in_its_place():
    low, high = (
        rule(f"below-{line}", LEVEL | {"below": line}, ladder="level", rung=rung) for rung, line in ((1, 95), (2, 80))
    )
    who = pupil("Mon 2026-11-02", "/\\ NN")

    assert explained(of(low, high), who, "Tue 2026-11-03") == {
        "below-95": (False, "passed: the higher rung below-80 fires on the same day"),
        "below-80": (True, None),
    }


@pytest.mark.parametrize(
    ("when", "written", "told"),
    [
        ({"metric": "event", "event": "first_session", "category": "absent"}, "--", "no session recorded yet"),
        ({"metric": "event", "event": "first_session", "category": "absent"}, "/\\", "seen in the first session: Mon 2 Nov 2026 AM"),
        ({"metric": "rolling_count", "unit": "session", "category": "unauthorised", "at_least": 3, "school_weeks": 10}, "O\\", "absent without authority in 1 session within 10 school weeks: Mon 2 Nov 2026; the rule asks for 3"),
        (TWO_DAYS, "/\\", "absent on 0 school days running: none; the rule asks for 2"),
    ],
)  # fmt: skip
def test_a_rule_that_did_not_fire_says_what_it_counted(when, written, told):
    assert reasons(when, pupil("Mon 2026-11-02", written), "Mon 2026-11-02") == told


def test_a_review_of_what_did_not_fire_says_so():
    review = {"metric": "review", "unit": "school_day", "of": "r", "after_school_days": 1, "measure": "still_holds"}
    rules, who = of(rule("r", TWO_DAYS), rule("again", review)), pupil("Mon 2026-11-02", "/\\ /\\")

    found = {each.rule.id: each.reason.text for each in rules.explain(TERMS, day("Tue 2026-11-03"), who.origin)(who)}

    assert found["again"] == "r did not fire 1 school day ago (Mon 2 Nov 2026)"


def test_while_the_day_goes_on_a_session_without_a_mark_may_be_an_absence():
    asked = {"metric": "time_of_day", "unit": "session", "session": "AM", "at": AT, "category": "unexplained"}
    rules, who = of(rule("r", asked)), pupil("Mon 2026-11-02", "--")
    at = (TERMS, day("Mon 2026-11-02"), who.origin)

    [made] = rules.at(*at, time(9, 10))(who)

    assert made.reason.text == "not present and no reason known at 09:10 (provisional)"
    assert rules.at(*at, time(9, 9))(who) == []
    assert rules.on(*at)(who) == []


def test_facts_come_in_the_order_of_the_rules_and_rungs_share_theirs():
    one, other = rule("a", TWO_DAYS), rule("b", TWO_DAYS | {"at_least": 3})
    who = pupil("Mon 2026-11-02", "NN NN")
    at = (TERMS, day("Tue 2026-11-03"), who.origin)

    assert tuple(of(one, other, rule("c", LEVEL | {"below": 90})).facts(*at)(who)) == (2, 2, (0, 4))
    assert list(of(one, rule("c", LEVEL | {"below": 90})).facts(*at)(who)) == [2, (0, 4)]


def test_rules_are_bound_anew_for_each_calendar_and_old_ones_are_forgotten():
    rules, who = of(rule("r", TWO_DAYS)), pupil("Mon 2026-11-02", "NN NN")
    closed = [Calendar(TERMS.terms, {day("Mon 2026-11-02"): "INSET"}) for _ in range(9)]

    assert [len(rules.firing(each, day("Tue 2026-11-03"), who.origin)(who)) for each in (TERMS, *closed, TERMS)] == [
        1
    ] * 11


def test_the_rules_that_fire_are_named_in_the_order_of_the_policy():
    rules, who = of(*GATED), pupil("Mon 2026-11-02", "NN NN", flags=frozenset({"send"}))

    made = rules.on(TERMS, day("Tue 2026-11-03"), who.origin)(who)

    assert [each.rule for each in made] == ["running", "send", "needs-send"]


def test_a_policy_gives_a_rule_by_its_id():
    policy = evaluator().policy

    assert policy.rule("nobody") is None
    assert [each.id for each in policy.rules if policy.rule(each.id) is not each] == []


def test_who_may_hold_what_is_told_in_one_sentence():
    free, mine = rule("free", TWO_DAYS), rule("mine", TWO_DAYS | {"at_least": 3}, mutable_by=["dsl"])
    policy = of(free, mine).policy

    assert refusal(policy, "nobody", "dsl") == ("rule", "is no rule or ladder of policy p")
    assert refusal(policy, "mine", "dsl") is None
    assert refusal(policy, "", "dsl") is None
    assert refusal(policy, "mine", "staff") == ("role", "may not hold rule mine under policy p: it may be held by dsl")
    assert refusal(policy, "free", "dsl") == ("role", "may not hold rule free under policy p: nobody may hold it")
    assert held_rules(policy, "", "dsl") == {"mine"}


def test_nobody_may_hold_the_floor():
    policy = evaluator().policy
    own = next(each.id for each in policy.rules if each.is_floor)

    assert refusal(policy, own, "head_of_provision") == ("rule", "is a rule of the floor, which cannot be held")

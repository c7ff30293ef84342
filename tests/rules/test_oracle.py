"""Every shipped policy against the oracle: the same rules on the same days, for pupils drawn from a seed."""

from functools import cache

import pytest

from tests.rules.builders import POLICIES, evaluator, policy_and_floor
from tests.rules.drawn import TWO_YEARS, pupils, spelled
from tests.rules.oracle import fired, fired_about_school, world_of
from tests.rules.oracle.policy import is_about_school, merged

NAMES = sorted(path.stem for path in POLICIES.glob("*.toml"))


@cache
def drawn(name):
    return pupils(f"{name} 2", 22)


@cache
def found(name):
    """What the engine decides: for each pupil, the rules of each day."""
    days = {each.pupil_id: {} for each in drawn(name)}
    for day in TWO_YEARS.days:
        decide = evaluator(name).on(TWO_YEARS, day, drawn(name)[0].origin)
        for who in drawn(name):
            if rules := {decision.rule for decision in decide(who)}:
                days[who.pupil_id][day] = rules
    return days


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_fires_on_exactly_the_days_the_oracle_says(name):
    differences = []
    for who in drawn(name):
        expected = fired(*policy_and_floor(name), world_of(who, TWO_YEARS))
        for day in TWO_YEARS.days:
            engine, oracle = found(name)[who.pupil_id].get(day, set()), expected.get(day, set())
            if engine != oracle:
                differences.append(
                    f"{who.pupil_id} {day:%a %Y-%m-%d}: only the engine {sorted(engine - oracle)}, "
                    f"only the oracle {sorted(oracle - engine)}; {spelled(who, day)}"
                )

    about_pupils = {rule["id"] for rule in merged(*policy_and_floor(name)) if not is_about_school(rule)}
    heard = set().union(*(rules for days in found(name).values() for rules in days.values()))
    assert differences == []
    # Nearly every rule fires for somebody: silence on both sides would prove nothing.
    assert len(about_pupils - heard) <= len(about_pupils) // 8


@pytest.mark.parametrize("name", NAMES)
def test_what_concerns_the_school_fires_on_exactly_the_days_the_oracle_says(name):
    policy, floor = policy_and_floor(name)
    world = world_of(drawn(name)[0], TWO_YEARS, review_by=policy["policy"]["review_by"])
    engine = {
        day: rules
        for day in TWO_YEARS.days
        if (rules := {decision.rule for decision in evaluator(name).school_on(TWO_YEARS, day)})
    }

    assert engine == fired_about_school(policy, floor, world)

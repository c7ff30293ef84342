"""What is wrong between the rules of a policy, or between a rule and the code table."""

from collections.abc import Iterator
from itertools import takewhile

from mapping.codes import CodeTable
from rules.deadlines import CodeStands
from rules.policy_model import Policy, Rule
from rules.reading import Problem
from rules.reviews import Review


def clashes(policy: Policy, codes: CodeTable) -> list[Problem]:
    """Return every clash, in the order of the rules."""
    return [*_twice(policy), *(problem for rule in policy.rules for problem in _of(rule, policy, codes))]


def _twice(policy: Policy) -> Iterator[Problem]:
    seen, rungs = set(), set()
    for rule in policy.rules:
        if rule.id in seen:
            yield Problem(f"rule {rule.id!r}: id", "is used twice: give every rule its own")
        if rule.ladder and (rule.ladder, rule.rung, rule.population) in rungs:
            yield Problem(f"rule {rule.id!r}: rung", f"{rule.rung} of {rule.ladder!r} is used twice")
        seen.add(rule.id)
        rungs.add((rule.ladder, rule.rung, rule.population))


def _of(rule: Rule, policy: Policy, codes: CodeTable) -> Iterator[Problem]:
    when = rule.when
    if isinstance(when, CodeStands) and codes.get(when.code) is None:
        yield Problem(f"rule {rule.id!r}: when.code", f"{when.code!r} is not a national code")
    if rule.ladder and rule.is_about_school:
        yield Problem(f"rule {rule.id!r}: ladder", "is for rules about a pupil: take ladder and rung out")
    if isinstance(when, Review):
        yield from _named(rule, policy, "when.of", when.of)
    if rule.needs is not None:
        yield from _named(rule, policy, "needs", rule.needs)


def _named(rule: Rule, policy: Policy, key: str, name: str) -> Iterator[Problem]:
    """A rule may look back to one that stands above it in the file, so that no two wait for each other."""
    before = takewhile(lambda each: each.id != rule.id, policy.rules)
    above = [each.id for each in before if not each.is_about_school]
    if name not in above:
        there = ", ".join(above) or "none"
        said = f"{name!r} is no rule about a pupil above this one: there are {there}"
        yield Problem(f"rule {rule.id!r}: {key}", said)

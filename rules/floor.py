"""The safeguarding floor under a provider's policy: applied whatever the policy omits, and muted by nobody."""

from dataclasses import replace

from rules.model import Action
from rules.policy_model import Policy, Rule
from rules.reading import Problem


def with_floor(policy: Policy, floor: Policy) -> Policy:
    """Return the policy with the floor's rules.

    A rule of the policy that asks exactly what one of the floor asks takes it over: one decision names the rows of
    both and does what either wants. Every other rule of the floor stands beside the policy's own.
    """
    own = list(policy.rules)
    added = []
    for rule in floor.rules:
        at = next((number for number, each in enumerate(own) if _is_same(each, rule)), None)
        if at is None:
            added.append(rule)
        else:
            own[at] = _merged(own[at], rule)
    return replace(policy, rules=(*own, *added))


def floor_problems(policy: Policy, floor: Policy) -> list[Problem]:
    """Return the rules that name a row of the floor without asking what it asks, or that bear the name of one."""
    names = {rule.id for rule in floor.rules}
    problems = [
        Problem(f"rule {rule.id!r}: id", "is the id of a rule of the safeguarding floor: give another")
        for rule in policy.rules
        if rule.id in names
    ]
    rows = {row for rule in floor.rules for row in rule.rows}
    for rule in policy.rules:
        same = {row for each in floor.rules if _is_same(rule, each) for row in each.rows}
        problems += [
            Problem(f"rule {rule.id!r}: rows", f"names {row}, but the rule does not ask what the floor asks: {_asks}")
            for row in rule.rows
            if row in rows - same
            for _asks in ["take the row out, or write when, population and once_per as in floor.toml"]
        ]
    return problems


def _is_same(rule: Rule, other: Rule) -> bool:
    """Whether a rule fires whenever the floor's does: the same condition, for the same pupils, as often."""
    asked = (rule.when, rule.population, rule.once_per, rule.needs)
    return asked == (other.when, other.population, other.once_per, other.needs)


def _merged(rule: Rule, other: Rule) -> Rule:
    return replace(
        rule,
        rows=(*rule.rows, *(row for row in other.rows if row not in rule.rows)),
        then=(*rule.then, *(action for action in other.then if not _is_done(action, rule.then))),
        no_action=None if other.then else rule.no_action,
        mutable_by=(),
        is_floor=True,
    )


def _is_done(action: Action, by: tuple[Action, ...]) -> bool:
    """Whether the policy already does the same for the same people."""
    return any(
        (each.kind, each.template) == (action.kind, action.template) and set(action.to) <= set(each.to) for each in by
    )

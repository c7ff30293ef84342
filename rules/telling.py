"""Whom a policy adds to everybody told about pupils with certain flags."""

from collections.abc import Collection
from dataclasses import replace

from rules.model import Action, ActionKind, Decision
from rules.policy import Policy

_TELLS = frozenset({ActionKind.NOTICE, ActionKind.REFERRAL})


def told_as_well(decision: Decision, policy: Policy, flags: Collection[str]) -> Decision:
    """Return a decision about a pupil with the roles added that the policy tells of every notice and referral.

    A role is told once; the decision names the rows of what was added.
    """
    added = [each for each in policy.also_tell if not each.flags.isdisjoint(flags)]
    if not added or decision.pupil_id is None or not any(action.kind in _TELLS for action in decision.actions):
        return decision
    roles = tuple(role for each in added for role in each.to)
    rows = tuple(row for each in added for row in each.rows)
    return replace(
        decision,
        rows=tuple(dict.fromkeys((*decision.rows, *rows))),
        actions=tuple(_told(action, roles) for action in decision.actions),
    )


def _told(action: Action, roles: tuple[str, ...]) -> Action:
    if action.kind not in _TELLS:
        return action
    return replace(action, to=tuple(dict.fromkeys((*action.to, *roles))))

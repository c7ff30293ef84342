"""Who is told beside those whom a rule names: a looked-after child's social worker, for instance."""

from collections.abc import Iterable
from dataclasses import replace

from rules.model import Action, ActionKind, Decision
from rules.policy_model import AlsoTell

_ASKED = "Please tell us today what you know and what you will do."


def also_told(decision: Decision, flags: frozenset[str], lines: Iterable[AlsoTell]) -> Decision:
    """Return the decision with everybody whom the pupil's flags add to each of its notices.

    Beside a referral, which goes to the authority alone, they get a notice of their own. A decision that tells
    nobody stays as it is.
    """
    for line in lines:
        if not line.flags.isdisjoint(flags) and _tells(decision):
            rows = (*decision.rows, *(row for row in line.rows if row not in decision.rows))
            decision = replace(decision, rows=rows, actions=_with(decision.actions, line.to))
    return decision


def _tells(decision: Decision) -> bool:
    return any(action.kind in {ActionKind.NOTICE, ActionKind.REFERRAL} for action in decision.actions)


def _with(actions: tuple[Action, ...], to: tuple[str, ...]) -> tuple[Action, ...]:
    if not any(action.kind is ActionKind.NOTICE for action in actions):
        return (*actions, Action(kind=ActionKind.NOTICE, to=to, says=_ASKED, due_school_days=0))
    return tuple(
        replace(action, to=(*action.to, *(role for role in to if role not in action.to)))
        if action.kind is ActionKind.NOTICE
        else action
        for action in actions
    )

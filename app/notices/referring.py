"""What a pupil's own authority wants of ten days' unexplained absence: its name there, its team, its deadline.

A child on a school roll is not missing education by statute (Education Act 1996, s436A); some authorities take one as
such all the same. The label and the route are theirs, from the authority's profile.
"""

from dataclasses import replace

from config.operators import Operator
from config.overlays import Authority
from config.placements import Placement
from outbox.notice_parts import Referral
from rules.model import Action, ActionKind, Decision

#: The documents that hand over, or stand behind, ten days' unexplained absence.
TEN_DAY = frozenset({"cme-referral", "cme-pack"})
_SCHOOL_DAYS = {"same_school_day": 0, "next_school_day": 1}
_PLAIN_LABEL = "10-day unexplained absence notice"


def profile(operator: Operator, placement: Placement | None) -> Authority | None:
    """Return the profile of a pupil's own authority, where there is one."""
    return operator.library.authorities.get(placement.la_code) if placement else None


def is_ten_day(action: Action) -> bool:
    """Whether an action refers ten days' unexplained absence, which the authority's profile is about."""
    return action.kind is ActionKind.REFERRAL and action.template in TEN_DAY


def in_time(action: Action, authority: Authority | None) -> Action:
    """Return the action due when the authority says that it must have left; others as the policy says."""
    if authority is None or not is_ten_day(action):
        return action
    return replace(action, due_school_days=_SCHOOL_DAYS[authority.deadline])


def team_key(action: Action, authority: Authority | None) -> str | None:
    """Return the key of the one contact that takes ten days' absence at the authority; none for all of the role."""
    return authority.ten_day_contact if authority and is_ten_day(action) else None


def label(action: Action, authority: Authority | None) -> str | None:
    """Return what the authority calls it; not "missing" where it takes no enrolled child as such."""
    if authority is None or not is_ten_day(action):
        return None
    return authority.ten_day_label if may_be_called_missing(authority) else _PLAIN_LABEL


def may_be_called_missing(authority: Authority) -> bool:
    """Whether the authority's own label may stand: one that speaks of missing education needs a team that takes it."""
    speaks_of_it = any(word in authority.ten_day_label.casefold() for word in ("missing", "cme"))
    return not speaks_of_it or (authority.cme_accepts_enrolled is not False and authority.ten_day_route == "cme")


def asked(action: Action, authority: Authority | None, *, is_referred: bool) -> str:
    """Return what the authority is asked: to take a referral up on its own route, or for now to say what it knows."""
    if not is_referred:
        return "A referral is being prepared; please tell us today what you know."
    if authority is None or not is_ten_day(action):
        return action.says
    team = "missing-education team" if authority.ten_day_route == "cme" else "attendance team"
    return f"{action.says} For your {team}."


def referral(decision: Decision, action: Action, authority: Authority | None) -> Referral | None:
    """Return under which name and on which route a ten-day referral is made, and what was met."""
    if (called := label(action, authority)) is None or authority is None:
        return None
    return Referral(label=called, route=authority.ten_day_route, criterion=decision.says)

"""Giving an approval: what waited leaves, once, with who said yes; what is over is refused with its reason."""

from datetime import date

from app.judging.carrying_out import Carrier
from app.ledger import read_back
from app.people.answers import Answer, done, refused, those_there_are
from app.people.approving import role_of
from app.wiring import Relay
from mapping.school_days import school_date
from store.approvals import Approval
from store.cases import Decision as Kept
from store.cases import Episode


def approve(relay: Relay, approval_id: str, by: str) -> Answer:
    """Let one referral or notice leave; said twice, nothing is sent twice."""
    with relay.store.transaction():
        approval = relay.store.approvals.get(approval_id)
        if problem := _not_to_be_given(relay, approval_id, approval):
            return problem
        assert approval is not None
        now = relay.now()
        relay.store.approvals.approve(approval_id, now, by)
        relay.store.tasks.answered(approval_id, now, f"approved by {by}")
        Carrier(relay=relay, site=relay.sites[approval.school]).send_approved(approval, role_of(by))
    return done(f"approval {approval_id} is given: the {approval.kind} leaves with the next delivery")


def _not_to_be_given(relay: Relay, approval_id: str, approval: Approval | None) -> Answer | None:
    """Return why an approval cannot be given any more, or that it was before."""
    if approval is None:
        known = [each.id for each in relay.store.approvals.waiting()]
        return refused(f"approval {approval_id}: there is none; {those_there_are('waiting approval', known)}")
    if approval.state == "approved":
        given = f"{approval.settled_at:%Y-%m-%d} by {approval.approved_by}"
        return done(f"approval {approval_id} was already given on {given}; nothing is sent again")
    if why := _why_over(relay, approval):
        return refused(f"approval {approval_id}: {why}; nothing is sent")
    return None


def _why_over(relay: Relay, approval: Approval) -> str | None:
    """Return why what an approval is about is over; none while it is not."""
    row, site = relay.store.cases.get(approval.decision_id), relay.sites.get(approval.school)
    assert row is not None  # a decision is kept before its approvals
    if row.state != "standing":
        return f"the decision was withdrawn on {row.withdrawn_at:%Y-%m-%d}"
    if site is None:
        return f"school {approval.school} is no longer in relay.toml"
    if approval.pupil_id and approval.pupil_id not in site.roll:
        return f"pupil {approval.pupil_id} is no longer in placements.csv"
    if closed_on := _closed_on(relay, row):
        return f"the case was closed on {closed_on}, and what it was about is over"
    return None


def _closed_on(relay: Relay, row: Kept) -> date | None:
    """Return when the case of a decision was closed, where that was after the day on which it was decided."""
    decision = read_back(row)

    def is_its_case(episode: Episode) -> bool:
        return (episode.school, episode.policy, episode.ladder) == (row.school, row.policy, decision.ladder_id)

    begun = [
        episode
        for episode in relay.store.cases.episodes_of(row.pupil_id)
        if is_its_case(episode) and episode.opened_on <= row.fired_on
    ]
    closed_on = begun[-1].cleared_on if begun else None
    return closed_on if closed_on and closed_on > school_date(row.decided_at) else None

"""What leaves only when a person says so: asked for, given, and never waiting in silence.

A referral that waits has already gone out as a notification. When nobody has said yes by the next time the school is
judged, which is on the same school day, whoever answers for overdue tasks is asked as well; of a notice, once its day
is over.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.dates import due_on
from app.reading import Site
from app.wiring import Relay
from config.models import ROLES
from mapping.school_days import school_date
from outbox.messages import message_id
from rules.model import Action, ActionKind
from store.approvals import Approval
from store.cases import Decision as Kept
from store.tasks import Task

#: Who at the provider says yes to what leaves.
APPROVES = "head_of_provision"


@dataclass(frozen=True, kw_only=True)
class Approvals:
    """The approvals of one school, inside the caller's transaction."""

    relay: Relay
    site: Site

    def ask(self, row: Kept, number: int, action: Action) -> None:
        """Ask for one referral or notice of a decision, with a task for whoever approves."""
        now = self.relay.now()
        asked_on = max(row.fired_on, school_date(now))
        approval = Approval(
            id=message_id(self.relay.key, f"{row.id}/approval/{number}"),
            decision_id=row.id,
            school=self.site.id,
            pupil_id=row.pupil_id or None,
            action=number,
            kind=action.kind,
            due_on=due_on(self.site.calendar, asked_on, action.due_school_days),
            asked_at=now,
        )
        if self.relay.store.approvals.ask(approval):
            self._open_task(approval, APPROVES, f"{_sentence(action)} (approval {approval.id}): it leaves when you do.")

    def escalate(self) -> int:
        """Ask others about what nobody has answered in time; returns how many approvals it was."""
        now, count = self.relay.now(), 0
        for approval in self.relay.store.approvals.waiting(self.site.id):
            if _is_late(approval, now) and self.relay.store.approvals.escalated(approval.id, now):
                for role in self._answerable:
                    self._open_task(
                        approval, role, f"Nobody has answered approval {approval.id}: see that somebody does."
                    )
                count += 1
        return count

    @property
    def _answerable(self) -> tuple[str, ...]:
        """Return who is asked when something is overdue, as the policy says."""
        return self.site.evaluator.policy.overdue.to

    def _open_task(self, approval: Approval, role: str, says: str) -> None:
        now = self.relay.now()
        self.relay.store.tasks.add(
            Task(
                id=message_id(self.relay.key, f"{approval.id}/{says}/{role}"),
                decision_id=approval.decision_id,
                school=approval.school,
                pupil_id=approval.pupil_id,
                role=role,
                says=says,
                due_on=max(approval.due_on, school_date(now)),
                opened_at=now,
                about=approval.id,
            )
        )


def is_approved(relay: Relay, action: Action, la_code: str | None) -> bool:
    """Whether something may leave without a person: an authority without a profile has approved nothing in advance."""
    if action.approval == "as_authority":
        authority = relay.operator.library.authorities.get(la_code or "")
        return authority is not None and authority.referral_approval == "standing"
    return action.approval != "one"


def waiting(relay: Relay) -> list[dict[str, Any]]:
    """Return what waits for a person as plain values, ids only."""
    today = school_date(relay.now())
    return [
        {
            "id": each.id,
            "school": each.school,
            "pupil_id": each.pupil_id,
            "kind": each.kind,
            "rule": row.rule if (row := relay.store.cases.get(each.decision_id)) else None,
            "asked_at": each.asked_at,
            "due_on": each.due_on,
            "is_overdue": each.due_on < today,
            "is_escalated": each.escalated_at is not None,
        }
        for each in relay.store.approvals.waiting()
    ]


def role_of(by: str) -> str:
    """Return the role under which somebody signs: their own word where it is a role, else the role that was asked."""
    return by if by in ROLES else APPROVES


def _is_late(approval: Approval, now: datetime) -> bool:
    """Whether an answer is late: to a referral at the next judging, to a notice once its day is over."""
    if approval.kind == ActionKind.REFERRAL:
        return approval.asked_at < now
    return approval.due_on < school_date(now)


def _sentence(action: Action) -> str:
    to = ", ".join(role.replace("_", " ") for role in action.to)
    return f"Approve the {'referral' if action.kind is ActionKind.REFERRAL else 'notice'} to {to}"

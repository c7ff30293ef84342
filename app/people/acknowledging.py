"""Who has said that they have a notice, and who is asked when nobody has by its deadline.

That a message was delivered says that a machine took it. That somebody has it is said by that somebody, by telephone or
in a reply, and written down here. A notice taken back, or replaced by a later one of its case, needs no answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.dates import due_on
from app.ledger import read_back
from app.people.answers import Answer, done, refused, those_there_are
from app.reading import Site
from app.wiring import Relay
from config.models import ROLES
from mapping.school_days import school_date
from outbox.messages import Receipt, ReceiptKind, message_id, typed_reference
from rules.model import ActionKind, Decision
from store.notices import Sent
from store.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Acknowledgements:
    """The notices of one school that somebody is to acknowledge, inside the caller's transaction."""

    relay: Relay
    site: Site

    def escalate(self) -> int:
        """Ask people about every notice whose deadline has passed without an answer, once; returns how many.

        Nobody is asked on a day without school: it is asked on the next one.
        """
        now, count = self.relay.now(), 0
        today, notices = school_date(now), self.relay.store.notices
        if not self.site.calendar.is_school_day(today):
            return 0
        for sent in notices.unanswered(self.site.id, today):
            if notices.escalated(sent.message_id, now):
                self._ask(sent)
                count += 1
        return count

    def _ask(self, sent: Sent) -> None:
        row = self.relay.store.cases.get(sent.decision_id)
        assert row is not None  # a notice is kept with its decision
        actor = _actor(read_back(row))
        for role in dict.fromkeys((*actor, *self.site.evaluator.policy.overdue.to)):
            self._open_task(sent, row.pupil_id, role, says=_trouble(sent, is_actor=role in actor or not actor))

    def _open_task(self, sent: Sent, pupil_id: str, role: str, *, says: str) -> None:
        now = self.relay.now()
        self.relay.store.tasks.add(
            Task(
                id=message_id(self.relay.key, f"{sent.message_id}/unanswered/{role}"),
                decision_id=sent.decision_id,
                school=self.site.id,
                pupil_id=pupil_id,
                role=role,
                says=says,
                # What was to be answered on the day it was sent cannot wait for another one.
                due_on=due_on(self.site.calendar, school_date(now), 0 if _was_of_the_same_day(sent) else 1),
                opened_at=now,
                about=sent.message_id,
            )
        )


def _actor(decision: Decision) -> tuple[str, ...]:
    """Return who acts on a decision at the provider: whoever its first task is for."""
    return next((action.to[:1] for action in decision.actions if action.kind is ActionKind.TASK), ())


def _was_of_the_same_day(sent: Sent) -> bool:
    return sent.respond_by <= school_date(sent.created_at)


def _trouble(sent: Sent, *, is_actor: bool) -> str:
    """Say what is wrong with a notice, and what its reader does about it."""
    notice = f"Notice {sent.notice_ref} to the {sent.role.replace('_', ' ')}"
    if sent.state != "delivered":
        please = "tell them by other means" if is_actor else "see that they are told by other means"
        return f"{notice} was never delivered, and its deadline was {sent.respond_by:%a %-d %b %Y}: {please}."
    please = "ring them" if is_actor else "see that somebody rings them"
    return (
        f"{notice} was not acknowledged by its deadline, {sent.respond_by:%a %-d %b %Y}: {please}, and run"
        f" `attendance-relay acknowledge {sent.notice_ref} --by {sent.role}`."
    )


def awaited(relay: Relay) -> list[dict[str, Any]]:
    """Return the notices that nobody has acknowledged yet as plain values, ids only, the earliest deadline first."""
    today = school_date(relay.now())
    every = (sent for site in relay.sites.values() for sent in relay.store.notices.awaited(site.id))
    return [
        {
            "notice_ref": sent.notice_ref,
            "school": sent.school,
            "role": sent.role,
            "kind": sent.kind.removeprefix("notice."),
            "state": sent.state,
            "respond_by": sent.respond_by,
            "is_overdue": sent.respond_by < today,
            "is_escalated": sent.escalated_at is not None,
            "decision_id": sent.decision_id,
        }
        for sent in sorted(every, key=lambda sent: (sent.respond_by, sent.created_at))
    ]


def acknowledge(relay: Relay, notice_ref: str, by: str, at: datetime | None = None) -> Answer:
    """Write down that a recipient has a notice, and close what was asked about it; said twice, the first stays.

    ``by`` is a role: a name would be kept with the message. ``at`` is when they said so: now unless given.
    """
    with relay.store.transaction():
        now = relay.now()
        sent = relay.store.notices.by_reference(typed_reference(notice_ref))
        if problem := _not_to_be_acknowledged(relay, notice_ref, sent, by) or _wrong_time(sent, at, now):
            return problem
        assert sent is not None
        receipt = Receipt(
            message_id=sent.message_id, kind=ReceiptKind.PROCESSED, at=at or now, said=f"acknowledged by {by}"
        )
        relay.store.messages.receive(receipt)
        for each in _up_to(sent, relay.store.notices.of_case(sent.ordering_key)):
            relay.store.tasks.answered(each.message_id, now, f"notice {sent.notice_ref} was acknowledged by {by}")
    return done(f"notice {sent.notice_ref} is acknowledged by the {by.replace('_', ' ')}")


def _not_to_be_acknowledged(relay: Relay, notice_ref: str, sent: Sent | None, by: str) -> Answer | None:
    """Return why a notice cannot be acknowledged, or that it was before."""
    if by not in ROLES:
        return refused(f"--by {by} is not a role: the roles are {', '.join(ROLES)}")
    if sent is None:
        known = [each["notice_ref"] for each in awaited(relay)]
        return refused(f"notice {notice_ref}: there is none; {those_there_are('awaited notice', known)}")
    if sent.processed_at:
        return done(f"notice {sent.notice_ref} was already acknowledged on {sent.processed_at:%Y-%m-%d}")
    if sent.state != "delivered":
        return refused(
            f"notice {sent.notice_ref} is {sent.state}, so nobody has it: where the recipient was told by other means,"
            " close its task with `attendance-relay tasks done`"
        )
    return None


def _wrong_time(sent: Sent | None, at: datetime | None, now: datetime) -> Answer | None:
    if sent and at and not sent.created_at <= at <= now:
        return refused(f"--at {at:%Y-%m-%d %H:%M}: notice {sent.notice_ref} cannot have been acknowledged then")
    return None


def _up_to(sent: Sent, case: Sequence[Sent]) -> list[Sent]:
    """Return a notice and those before it in the case: whoever has the latest has been reached."""
    return [each for each in case if each.created_at <= sent.created_at]

"""Tells one recipient of a decision: the notice is written, enqueued, and what it told is kept for the next one."""

from dataclasses import dataclass, replace

from app.notices.concern import Concern
from app.notices.threads import Thread, Threads
from app.notices.writing import Leave, Writer
from app.routing import Route
from app.wiring import Relay
from outbox.messages import Draft, message_id, spoken_reference
from outbox.notice import Notice
from rules.model import Action, ActionKind
from store.notices import Notice as Kept


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells recipients, inside the caller's transaction."""

    relay: Relay
    writer: Writer

    def tell(self, concern: Concern, action: Action, route: Route, key: str, *, leave: Leave) -> Draft | None:
        """Enqueue the notice of a decision to one recipient, or write down why there is nothing new to tell them.

        Returns what was enqueued; none where it had been before, or nothing is new.
        """
        order = self.writer.ordering_key(spoken_reference(concern.case_id), route)
        thread = Threads(relay=self.relay).of(concern, action, order, route.role)
        if action.kind is ActionKind.REFERRAL and leave.is_given:
            thread = _of_a_referral(thread, leave)
        if thread.why_not:
            self._leave_out(concern, route, key, order, thread.why_not)
            return None
        draft, notice = self.writer.draft(concern, action, route, key, leave=leave, thread=thread)
        if not self.writer.enqueue(draft):
            return None
        self._keep(draft, notice, route, thread)
        return draft

    def _leave_out(self, concern: Concern, route: Route, key: str, order: str, why: str) -> None:
        """Write down that nothing was sent, and why: whoever asks finds it among the decision's messages."""
        identifier, now = message_id(self.relay.key, key), self.relay.now()
        draft = Draft(
            id=identifier,
            idempotency_key=key,
            destination=route.destination.id,
            address=route.contact.address or "",
            ordering_key=order,
            kind="notice.update",
            content_type="",
            payload=b"",
            subject_ref=spoken_reference(identifier),
            created_at=now,
            cause=concern.decision_id,
        )
        if self.relay.store.messages.enqueue(draft):
            self.relay.store.messages.cancel(identifier, now, why)

    def _keep(self, draft: Draft, notice: Notice, route: Route, thread: Thread) -> None:
        self.relay.store.notices.keep(
            Kept(
                message_id=draft.id,
                notice_ref=notice.notice_ref,
                ordering_key=draft.ordering_key,
                role=route.role,
                respond_by=notice.respond_by,
                # The provider's own people are given tasks.
                is_awaited=route.contact.organisation != self.relay.operator.provider.id,
                facts=thread.told.facts(),
                replaces=thread.names,
            )
        )


def _of_a_referral(thread: Thread, leave: Leave) -> Thread:
    """Return the place of a referral: it always leaves, after what the recipient was told while it waited."""
    if leave.earlier is None:
        return replace(thread, why_not="")
    return replace(thread, follows=leave.earlier, names=leave.earlier, replaces=leave.earlier, why_not="")

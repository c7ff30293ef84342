"""Turns a decision into the notices that go out about it, each exactly as its recipient will get it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from email.headerregistry import Address
from functools import cached_property, partial

from app.dates import due_on
from app.judging.what_changed import what_changed
from app.notices.concern import Concern
from app.notices.parties import held_by, sender
from app.notices.referral import as_referral, what_was_done
from app.notices.referring import asked, is_ten_day, label, profile
from app.notices.threads import Thread, of_concern
from app.routing import Route
from app.safety.holding import Holding
from app.wiring import Relay
from mapping.school_days import school_date
from outbox.alerts import Alert, compose_alert, compose_alert_email
from outbox.channels.registry import CHANNELS
from outbox.emails import compose_email
from outbox.messages import CLOUD_EVENT, EMAIL, NOTIFY_FIELDS, Draft, message_id, spoken_reference
from outbox.notice import Kind, Notice, Urgency
from outbox.notice_parts import Policy, Recipient, Sender
from outbox.notices import compose_notice
from outbox.notify_fields import compose_alert_fields, compose_notice_fields
from outbox.own_schema import misfit
from rules.model import Action, ActionKind, Decision
from store.message_rows import Message

__all__ = ["Concern", "Leave", "Writer"]

_FRIDAY, _OVER_A_WEEKEND = 4, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """On whose word a message leaves.

    ``is_given`` is false while a person has yet to approve a referral. ``by_role`` is the role in which somebody did;
    empty where the authority has approved all of them in advance. ``earlier`` is the message in which the recipient was
    told that a referral waits.
    """

    is_given: bool = True
    by_role: str = ""
    earlier: str | None = None


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes the messages of one relay."""

    relay: Relay

    def draft(
        self, concern: Concern, action: Action, route: Route, key: str, *, leave: Leave, thread: Thread
    ) -> tuple[Draft, Notice]:
        """Return the message that tells one recipient of a decision, and what it says; ``key`` names the cause.

        A referral that nobody has approved yet tells the same as a notification: it does not wait.
        """
        is_referral = action.kind is ActionKind.REFERRAL
        told = Kind.UPDATE if thread.changes else Kind.NOTIFICATION
        kind = Kind.REFERRAL if is_referral and leave.is_given else told
        if is_referral:
            authority = profile(self.relay.operator, concern.placement)
            action = replace(action, says=asked(action, authority, is_referred=leave.is_given))
        notice = self._notice(concern, action, route, kind, key, leave=leave, thread=thread)
        return self._draft(notice, key, route, cause=concern.decision_id, supersedes=thread.replaces), notice

    def withdrawal(self, concern: Concern, action: Action, route: Route, *, earlier: Message, again: str = "") -> Draft:
        """Return the message that takes an earlier one back: the marks no longer say what it said.

        ``again`` is the reference of the notice before, where that one still stands.
        """
        please = "Please disregard the earlier notice and delete what you noted from it."
        notice = self._back(concern, action, route, earlier, please)
        if again:
            notice = replace(notice, summary=f"{notice.summary} Our notice {again} before it still stands.")
        return self._taken_back(route, notice, concern, earlier)

    def misdirected(self, concern: Concern, action: Action, route: Route, *, earlier: Message) -> Draft:
        """Return the message that takes an earlier one back because its recipient should never have had it.

        It says which notice it is and nothing of the child that the recipient was not told before.
        """
        please = "This was not meant for you. Please delete the earlier notice and whatever you noted from it."
        notice = self._back(concern, action, route, earlier, please)
        told = replace(notice.child, upn="", home_school=None, responsible_la_code=_told_la(earlier, concern))
        notice = replace(
            notice,
            child=told,
            absence=None,
            calendar=(),
            summary="The earlier notice was sent to you by mistake: the pupil is not one of yours. Please delete it, "
            "and whatever you noted from it.",
        )
        return self._taken_back(route, notice, concern, earlier)

    def _back(self, concern: Concern, action: Action, route: Route, earlier: Message, please: str) -> Notice:
        please_do = replace(action, due_school_days=0, says=please)
        thread = Thread(told=of_concern(concern), follows=earlier.id, names=earlier.id)
        key = f"{earlier.id}/withdrawn"
        return self._notice(concern, please_do, route, Kind.WITHDRAWAL, key, leave=Leave(), thread=thread)

    def _taken_back(self, route: Route, notice: Notice, concern: Concern, earlier: Message) -> Draft:
        key = f"{earlier.id}/withdrawn"
        return self._draft(notice, key, route, cause=concern.decision_id, supersedes=earlier.id)

    def alert(self, decision_id: str, school: str, decision: Decision, action: Action, route: Route, key: str) -> Draft:
        """Return the message that tells somebody at the provider of a decision about a register or the school."""
        heading = "Register not complete" if decision.rule in self._register_rules else "Attendance policy"
        text = f'{school}: {_sentence(decision.reason.text)} Our policy says: "{decision.says}"'
        return self._alert(route, key, kind="alert", says=(heading, text, action.says), cause=decision_id)

    def word(self, route: Route, key: str, *, kind: str, says: tuple[str, str, str]) -> Draft:
        """Return a message of the relay itself, about no pupil: its heading, its text and what to do."""
        return self._alert(route, key, kind=kind, says=says, cause=None)

    def _alert(self, route: Route, key: str, *, kind: str, says: tuple[str, str, str], cause: str | None) -> Draft:
        identifier = message_id(self.relay.key, key)
        heading, text, requested_action = says
        alert = Alert(
            message_id=identifier,
            reference=spoken_reference(identifier),
            heading=heading,
            text=text,
            requested_action=requested_action,
            sender_id=self._sender.id,
            created_at=self.relay.now(),
            is_trial=self.relay.operator.safety.is_trial,
        )
        content_type, payload = self._content(
            route,
            event=partial(compose_alert, alert),
            email=partial(compose_alert_email, alert),
            fields=partial(compose_alert_fields, alert),
        )
        return Draft(
            id=identifier,
            idempotency_key=key,
            destination=route.destination.id,
            address=route.contact.address or "",
            ordering_key=key,
            kind=kind,
            content_type=content_type,
            payload=payload,
            subject_ref=alert.reference,
            created_at=alert.created_at,
            cause=cause,
            hold=self._holding.of(route, is_about_pupil=False),
        )

    def enqueue(self, draft: Draft) -> bool:
        """Put a message into the outbox, closed to others where that was asked for; false when it is there already.

        It is dead from the beginning if it does not match its own published schema.
        """
        why = misfit(draft.kind, draft.content_type, draft.payload)
        content_type, payload = self.relay.sealed(draft.destination, draft.content_type, draft.payload)
        sealed = replace(draft, content_type=content_type, payload=payload)
        return self.relay.store.messages.enqueue(sealed, misfit=why)

    def _draft(self, notice: Notice, key: str, route: Route, *, cause: str, supersedes: str | None) -> Draft:
        content_type, payload = self._content(
            route,
            event=partial(compose_notice, notice),
            email=partial(compose_email, notice),
            fields=partial(compose_notice_fields, notice),
        )
        return Draft(
            id=notice.message_id,
            idempotency_key=key,
            destination=route.destination.id,
            address=route.contact.address or "",
            ordering_key=self.ordering_key(notice.case_ref, route),
            kind=f"notice.{notice.kind}",
            content_type=content_type,
            payload=payload,
            subject_ref=notice.notice_ref,
            created_at=notice.created_at,
            cause=cause,
            supersedes=supersedes,
            hold=self._holding.of(route, is_about_pupil=notice.kind is not Kind.WITHDRAWAL),
        )

    def _content(
        self, route: Route, *, event: Callable[[], bytes], email: Callable[..., bytes], fields: Callable[[], bytes]
    ) -> tuple[str, bytes]:
        """Return the media type and the bytes that the route's channel takes: an email, an event or fields."""
        match CHANNELS[route.destination.channel].notices_as:
            case "message/rfc822":
                sender, recipient = self._from(route), route.contact.address or ""
                return EMAIL, email(sender, recipient, environment=self.relay.templates)
            case "application/vnd.govuk-notify+json":
                return NOTIFY_FIELDS, fields()
            case _:
                return CLOUD_EVENT, event()

    @cached_property
    def _holding(self) -> Holding:
        return Holding(relay=self.relay)

    def _notice(
        self, concern: Concern, action: Action, route: Route, kind: Kind, key: str, *, leave: Leave, thread: Thread
    ) -> Notice:
        now = self.relay.now()
        identifier = message_id(self.relay.key, key)
        case_ref, is_referral = spoken_reference(concern.case_id), kind is Kind.REFERRAL
        notice = Notice(
            message_id=identifier,
            notice_ref=spoken_reference(identifier),
            case_ref=case_ref,
            kind=kind,
            sequence=self.relay.store.messages.notices_of(self.ordering_key(spoken_reference(concern.case_id), route))
            + 1,
            urgency=Urgency.SAME_DAY if action.due_school_days == 0 else Urgency.ROUTINE,
            policy=_policy(concern.decision),
            sender=self._sender,
            recipient=_recipient(route),
            child=concern.child,
            held_by=held_by(concern.placement),
            absence=concern.absence,
            summary=f"{self._label(concern)}{self._summary(concern, kind)}",
            supersedes=spoken_reference(thread.names) if thread.names else "",
            changes_since_last=thread.changes if kind is Kind.UPDATE else (),
            follows=thread.follows or "",
            calendar=concern.calendar,
            requested_action=action.says,
            # Counted from today when the day was judged late: nobody can answer by a day that is over.
            respond_by=due_on(
                concern.site.calendar, max(concern.decision.fired_on, school_date(now)), action.due_school_days
            ),
            reply_instructions=f"Reply to {self._sender.email} or ring {self._sender.phone} and quote the reference.",
            created_at=now,
            data_as_at=self.relay.store.runs.freshness(concern.site.id) or now,
            # Where nobody signs each one, the provider's own policy refers; the person answerable for it is named.
            approved_by_role=(leave.by_role or self._sender.contact_role) if is_referral else "",
            approved_at=now if is_referral else None,
            is_trial=self.relay.operator.safety.is_trial,
        )
        if kind is Kind.WITHDRAWAL:
            return notice
        notice = what_was_done(concern, notice)
        return as_referral(self.relay, concern, action, notice) if is_referral else notice

    def _summary(self, concern: Concern, kind: Kind) -> str:
        if kind is not Kind.WITHDRAWAL:
            return _summary(concern.decision)
        row = self.relay.store.cases.get(concern.decision_id)
        assert row is not None  # a withdrawal follows a decision
        changed = what_changed(self.relay, concern.site, concern.decision, concern.pupil, since=row.decided_at)
        return f"{changed}; this no longer holds: {_sentence(concern.decision.reason.text)}"

    def ordering_key(self, case_ref: str, route: Route) -> str:
        """Return what keeps notices of one case to one recipient in order.

        Whom it goes to is an address, which is removed in time: a digest of it stands for it here, where nothing is.
        """
        recipient = message_id(self.relay.key, f"recipient/{route.contact.key}")
        return f"{case_ref}/{route.destination.id}/{recipient}"

    def _label(self, concern: Concern) -> str:
        """Return what the child's authority calls this: it may not be "missing education" there (s436A)."""
        authority = profile(self.relay.operator, concern.placement)
        action = next((action for action in concern.decision.actions if is_ten_day(action)), None)
        called = label(action, authority) if action else None
        return f"{called}. " if called else ""

    @cached_property
    def _register_rules(self) -> set[str]:
        return {rule.id for site in self.relay.sites.values() for rule in site.evaluator.register_rules}

    @cached_property
    def _sender(self) -> Sender:
        return sender(self.relay, is_named=False)

    def _from(self, route: Route) -> Address:
        settings = self.relay.channel_settings[route.destination.id]
        return Address(self._sender.organisation, addr_spec=settings.sender)


def _policy(decision: Decision) -> Policy:
    stage = f"{decision.ladder} {decision.rung}" if decision.ladder else decision.rule
    return Policy(
        id=decision.policy,
        version=decision.policy_version,
        stage=stage,
        rule=decision.rule,
        says=decision.says,
        rows=decision.rows,
    )


def _recipient(route: Route) -> Recipient:
    return Recipient(
        role=route.role,
        legal_basis_code=route.contact.legal_basis or route.destination.legal_basis,
        agreement_ref=route.contact.agreement or route.destination.agreement,
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _summary(decision: Decision) -> str:
    text = _sentence(decision.reason.text)
    if days := _stepped_over(decision):
        text += f" Stepped over: {days}."
    if decision.passed:
        text += f" Reached at the same time: {', '.join(decision.passed)}."
    return text


def _told_la(earlier: Message, concern: Concern) -> str:
    """Return the authority that an earlier event named; an email names none."""
    if earlier.content_type != CLOUD_EVENT or not earlier.payload:
        return concern.placement.la_code
    return str(json.loads(earlier.payload)["data"]["child"]["responsible_la_code"])


def _stepped_over(decision: Decision) -> str:
    """Return the days that were stepped over with the cause, a week off as one stretch; empty for none."""
    stretches: list[tuple[str, list[date]]] = []
    for day, why in decision.reason.stepped_over:
        if why == "outside term":
            continue
        if stretches and stretches[-1][0] == why and _is_next(stretches[-1][1][-1], day):
            stretches[-1][1].append(day)
        else:
            stretches.append((why, [day]))
    return ", ".join(f"{_from_to(days)} ({why})" for why, days in stretches)


def _is_next(before: date, day: date) -> bool:
    """Whether no school day can lie between two days: a weekend may."""
    days = (day - before).days
    return days == 1 or (days == _OVER_A_WEEKEND and before.weekday() == _FRIDAY)


def _from_to(days: list[date]) -> str:
    return f"{days[0]:%a %-d %b}" + (f" to {days[-1]:%a %-d %b}" if len(days) > 1 else "")

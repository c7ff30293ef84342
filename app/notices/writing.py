"""Turns a decision into the notices that go out about it, each exactly as its recipient will get it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from email.headerregistry import Address
from functools import cached_property, partial

from app.dates import due_on
from app.judging.what_changed import what_changed
from app.notices.concern import Concern
from app.notices.referral import as_referral, what_was_done
from app.notices.referring import asked, is_ten_day, label, profile
from app.notices.threads import Thread, of_concern
from app.routing import Route
from app.wiring import Relay
from mapping.school_days import school_date
from outbox.alerts import Alert, compose_alert, compose_alert_email
from outbox.channels.registry import CHANNELS
from outbox.emails import compose_email
from outbox.messages import CLOUD_EVENT, EMAIL, Draft, message_id, spoken_reference
from outbox.notice import HeldBy, Kind, Notice, Urgency
from outbox.notice_parts import Policy, Recipient, Sender
from outbox.notices import compose_notice
from rules.model import Action, ActionKind, Decision

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

    def withdrawal(self, concern: Concern, action: Action, route: Route, *, earlier: str, again: str = "") -> Draft:
        """Return the message that takes an earlier one back: the marks no longer say what it said.

        ``again`` is the reference of the notice before, where that one still stands.
        """
        key = f"{earlier}/withdrawn"
        please = replace(
            action,
            due_school_days=0,
            says="Please disregard the earlier notice and delete what you noted from it.",
        )
        thread = Thread(told=of_concern(concern), follows=earlier, names=earlier)
        notice = self._notice(concern, please, route, Kind.WITHDRAWAL, key, leave=Leave(), thread=thread)
        if again:
            notice = replace(notice, summary=f"{notice.summary} Our notice {again} before it still stands.")
        return self._draft(notice, key, route, cause=concern.decision_id, supersedes=earlier)

    def alert(self, decision_id: str, school: str, decision: Decision, action: Action, route: Route, key: str) -> Draft:
        """Return the message that tells somebody at the provider of a decision about a register or the school."""
        identifier = message_id(self.relay.key, key)
        is_register = decision.rule in self._register_rules
        heading = "Register not complete" if is_register else "Attendance policy"
        alert = Alert(
            message_id=identifier,
            reference=spoken_reference(identifier),
            heading=heading,
            text=f'{school}: {_sentence(decision.reason.text)} Our policy says: "{decision.says}"',
            requested_action=action.says,
            sender_id=self._sender.id,
            created_at=self.relay.now(),
        )
        content_type, payload = self._content(
            route, event=partial(compose_alert, alert), email=partial(compose_alert_email, alert)
        )
        return Draft(
            id=identifier,
            idempotency_key=key,
            destination=route.destination.id,
            address=route.contact.address or "",
            ordering_key=key,
            kind="alert",
            content_type=content_type,
            payload=payload,
            subject_ref=alert.reference,
            created_at=alert.created_at,
            cause=decision_id,
        )

    def _draft(self, notice: Notice, key: str, route: Route, *, cause: str, supersedes: str | None) -> Draft:
        content_type, payload = self._content(
            route, event=partial(compose_notice, notice), email=partial(compose_email, notice)
        )
        return Draft(
            id=notice.message_id,
            idempotency_key=key,
            destination=route.destination.id,
            address=route.contact.address or "",
            ordering_key=ordering_key(notice.case_ref, route),
            kind=f"notice.{notice.kind}",
            content_type=content_type,
            payload=payload,
            subject_ref=notice.notice_ref,
            created_at=notice.created_at,
            cause=cause,
            supersedes=supersedes,
        )

    def _content(self, route: Route, *, event: Callable[[], bytes], email: Callable[..., bytes]) -> tuple[str, bytes]:
        """Return the media type and the bytes that the route's channel takes: an email or an event."""
        if CHANNELS[route.destination.channel].notices_as == EMAIL:
            return EMAIL, email(self._from(route), route.contact.address or "", environment=self.relay.templates)
        return CLOUD_EVENT, event()

    def _notice(
        self, concern: Concern, action: Action, route: Route, kind: Kind, key: str, *, leave: Leave, thread: Thread
    ) -> Notice:
        now = self.relay.now()
        identifier = message_id(self.relay.key, key)
        is_referral = kind is Kind.REFERRAL
        notice = Notice(
            message_id=identifier,
            notice_ref=spoken_reference(identifier),
            case_ref=spoken_reference(concern.case_id),
            kind=kind,
            sequence=self.relay.store.messages.enqueued(ordering_key(spoken_reference(concern.case_id), route)) + 1,
            urgency=Urgency.SAME_DAY if action.due_school_days == 0 else Urgency.ROUTINE,
            policy=_policy(concern.decision),
            sender=self._sender,
            recipient=_recipient(route),
            child=concern.child,
            held_by=HeldBy.HOME_SCHOOL if concern.placement.home_school_urn else HeldBy.RESPONSIBLE_LA,
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
        provider = self.relay.operator.provider
        return Sender(
            organisation=provider.name,
            id=provider.id,
            contact_role=provider.contact_role,
            phone=provider.contact_phone,
            email=provider.contact_email,
        )

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


def ordering_key(case_ref: str, route: Route) -> str:
    """Notices of one case to one recipient leave in order."""
    return f"{case_ref}/{route.destination.id}/{route.contact.key}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _summary(decision: Decision) -> str:
    text = _sentence(decision.reason.text)
    if days := _stepped_over(decision):
        text += f" Stepped over: {days}."
    if decision.passed:
        text += f" Reached at the same time: {', '.join(decision.passed)}."
    return text


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

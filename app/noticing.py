"""Turns a decision into the notices that go out about it, each exactly as its recipient will get it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.headerregistry import Address
from functools import cached_property, partial

from app.dates import due_on
from app.reading import Site
from app.routing import Route
from app.what_changed import what_changed
from app.wiring import Relay
from config.placements import Placement
from mapping.codes import NO_SESSION
from mapping.model import Session
from mapping.school_days import school_date
from outbox.alerts import Alert, compose_alert, compose_alert_email
from outbox.channels.registry import CHANNELS
from outbox.emails import compose_email
from outbox.messages import CLOUD_EVENT, EMAIL, Draft, message_id, spoken_reference
from outbox.notice import Kind, Notice, Urgency
from outbox.notice_parts import Absence, Child, HomeSchool, Policy, Recipient, Sender
from outbox.notices import compose_notice
from outbox.seen import Seen, seen
from rules.asof import AsOf
from rules.model import Action, ActionKind, Decision, PupilMarks

#: How many weeks a notice's calendar goes back from the day of the decision.
_WEEKS_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One decision about one pupil, with what a notice about it needs to know."""

    site: Site
    decision_id: str
    case_id: str
    decision: Decision
    pupil: PupilMarks
    placement: Placement


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes the messages of one relay."""

    relay: Relay

    def draft(self, concern: Concern, action: Action, route: Route, key: str, *, may_refer: bool = True) -> Draft:
        """Return the message that tells one recipient of a decision; ``key`` names the cause.

        A referral that nobody has approved yet tells the same as a notification: it does not wait.
        """
        is_referral = action.kind is ActionKind.REFERRAL
        kind = Kind.REFERRAL if is_referral and may_refer else Kind.NOTIFICATION
        if is_referral and not may_refer:
            action = replace(action, says="A referral is being prepared; please tell us today what you know.")
        notice = self._notice(concern, action, route, kind, key)
        return self._draft(notice, key, route, cause=concern.decision_id, supersedes=None)

    def withdrawal(self, concern: Concern, action: Action, route: Route, *, earlier: str) -> Draft:
        """Return the message that takes an earlier one back: the marks no longer say what it said."""
        key = f"{earlier}/withdrawn"
        asked = replace(
            action,
            due_school_days=0,
            says="Please disregard the earlier notice and delete what you noted from it.",
        )
        notice = self._notice(concern, asked, route, Kind.WITHDRAWAL, key, supersedes=spoken_reference(earlier))
        return self._draft(notice, key, route, cause=concern.decision_id, supersedes=earlier)

    def alert(self, decision_id: str, school: str, decision: Decision, action: Action, route: Route, key: str) -> Draft:
        """Return the message that tells somebody at the provider of a decision about a register."""
        identifier = message_id(self.relay.key, key)
        alert = Alert(
            message_id=identifier,
            reference=spoken_reference(identifier),
            heading="Register not complete",
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
            ordering_key=_ordering_key(notice.case_ref, route),
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
        self, concern: Concern, action: Action, route: Route, kind: Kind, key: str, *, supersedes: str = ""
    ) -> Notice:
        now = self.relay.now()
        identifier = message_id(self.relay.key, key)
        is_referral = kind is Kind.REFERRAL
        return Notice(
            message_id=identifier,
            notice_ref=spoken_reference(identifier),
            case_ref=spoken_reference(concern.case_id),
            kind=kind,
            sequence=self.relay.store.messages.enqueued(_ordering_key(spoken_reference(concern.case_id), route)) + 1,
            urgency=Urgency.SAME_DAY if action.due_school_days == 0 else Urgency.ROUTINE,
            policy=_policy(concern.decision),
            sender=self._sender,
            recipient=Recipient(
                role=route.role,
                legal_basis_code=route.contact.legal_basis or route.destination.legal_basis,
                agreement_ref=route.contact.agreement or route.destination.agreement,
            ),
            child=_child(concern),
            absence=_absence(concern),
            summary=f"{self._label(concern)}{self._summary(concern, kind)}",
            supersedes=supersedes,
            calendar=_calendar(concern),
            requested_action=action.says,
            # Counted from today when the day was judged late: nobody can answer by a day that is over.
            respond_by=due_on(
                concern.site.calendar, max(concern.decision.fired_on, school_date(now)), action.due_school_days
            ),
            reply_instructions=f"Reply to {self._sender.email} or ring {self._sender.phone} and quote the reference.",
            created_at=now,
            data_as_at=self.relay.store.runs.freshness(concern.site.id) or now,
            # The provider's own policy says that this is referred; the person answerable for it is named.
            approved_by_role=self._sender.contact_role if is_referral else "",
            approved_at=now if is_referral else None,
        )

    def _summary(self, concern: Concern, kind: Kind) -> str:
        if kind is not Kind.WITHDRAWAL:
            return _summary(concern.decision)
        row = self.relay.store.cases.get(concern.decision_id)
        assert row is not None  # a withdrawal follows a decision
        changed = what_changed(self.relay, concern.site, concern.decision, concern.pupil, since=row.decided_at)
        return f"{changed}; this no longer holds: {_sentence(concern.decision.reason.text)}"

    def _label(self, concern: Concern) -> str:
        """Return what the child's authority calls this: it may not be "missing education" there (s436A)."""
        authority = self.relay.operator.library.authorities.get(concern.placement.la_code)
        is_referred = any(action.kind is ActionKind.REFERRAL for action in concern.decision.actions)
        return f"{authority.ten_day_label}. " if authority and is_referred else ""

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


def _ordering_key(case_ref: str, route: Route) -> str:
    """Notices of one case to one recipient leave in order."""
    return f"{case_ref}/{route.destination.id}/{route.contact.key}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _summary(decision: Decision) -> str:
    text = _sentence(decision.reason.text)
    if decision.reason.stepped_over:
        days = ", ".join(
            f"{day:%a %-d %b} ({why})" for day, why in decision.reason.stepped_over if why != "outside term"
        )
        text += f" Stepped over: {days}." if days else ""
    if decision.passed:
        text += f" Reached at the same time: {', '.join(decision.passed)}."
    return text


def _child(concern: Concern) -> Child:
    placement = concern.placement
    home = placement.home_school_urn
    return Child(
        local_pupil_id=placement.pupil_id,
        placement_ref=placement.placement_ref or placement.pupil_id,
        responsible_la_code=placement.la_code,
        upn=placement.upn or "",
        home_school=HomeSchool(urn=home, laestab="", name=placement.home_school or "") if home else None,
        full_name=" ".join(filter(None, (placement.forename, placement.surname))),
        date_of_birth=placement.date_of_birth,
    )


def _absence(concern: Concern) -> Absence:
    """Return the facts of the run, or of the school year where the rule looks at all of it."""
    decision, at = concern.decision, _asof(concern)
    marks, codes = concern.pupil.marks, concern.site.operator.library.national
    counted = decision.reason.counted
    first = counted[0].day if counted else max(at.year_begin, concern.pupil.start)
    absent = {code.byte for code in codes if code.meaning.is_absence}
    attended = {code.byte for code in codes if code.meaning.is_attendance}
    window = range(at.offset(first), at.end)
    missed = [position for position in window if marks[position] in absent]
    last = next((at.session(position) for position in range(at.end - 1, -1, -1) if marks[position] in attended), None)
    return Absence(
        first_missed_date=at.session(missed[0]).day if missed else first,
        consecutive_sessions=_running(marks[: at.end], attended),
        sessions_missed_in_window=len(missed),
        window_from=first,
        window_to=at.day,
        codes=tuple((at.session(position), codes.spell(marks[position])) for position in missed),
        last_attended=last,
        not_recorded=tuple(at.session(position) for position in window if chr(marks[position]) in "-?"),
    )


def _running(marks: bytes, attended: set[int]) -> int:
    """Return how many sessions were missed since the last one attended."""
    since = max((position for position, byte in enumerate(marks) if byte in attended), default=-1)
    return sum(byte not in {NO_SESSION, *b"-?"} for byte in marks[since + 1 :])


def _calendar(concern: Concern) -> tuple[tuple[Session, Seen], ...]:
    at, codes = _asof(concern), concern.site.operator.library.national
    monday = at.day - timedelta(days=at.day.weekday() + 7 * (_WEEKS_SHOWN - 1))
    begin = max(at.offset(max(monday, concern.pupil.start, at.year_begin)), 0)
    return tuple(
        (at.session(position), seen(concern.pupil.marks[position], codes)) for position in range(begin, at.end)
    )


def _asof(concern: Concern) -> AsOf:
    return AsOf(calendar=concern.site.calendar, day=concern.decision.fired_on, origin=concern.pupil.origin)

"""Synthetic pupils, and the feeds and notices about them. Robin Canary exists nowhere but here."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.headerregistry import Address
from pathlib import Path

from mapping.model import Half, Session
from outbox.confirmations import ConfirmationRow, Confirmed
from outbox.emails import templates
from outbox.feed_rows import (
    Attended,
    CommissionerType,
    ContactStatus,
    FeedRow,
    Profile,
    ReasonStatus,
)
from outbox.feeds import Edition, FeedHeader, Mode, Registers
from outbox.messages import Draft, message_id
from outbox.notice import Kind, Notice, Urgency
from outbox.notice_parts import (
    Absence,
    Action,
    ActionOutcome,
    ActionType,
    Child,
    History,
    HomeSchool,
    NoticeSent,
    Parent,
    PhoneCall,
    Policy,
    Recipient,
    Referral,
    Sender,
)
from outbox.seen import Seen

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "docs" / "formats" / "examples"
TEMPLATES = ROOT / "config" / "templates"
KEY = b"a key of an installation that is only a test"
NOW = datetime(2026, 11, 4, 15, 30, tzinfo=UTC)  # a Wednesday
SECRET = "whsec_" + "c3ludGhldGljLXNlY3JldC1mb3ItdGVzdHMtb25seQ=="
#: A name, a service and a secret, none of which GOV.UK Notify has given to anybody.
NOTIFY_KEY = "provision_live-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
SENDER_ADDRESS = Address(display_name="Thornbury Lane Provision", username="attendance", domain="thornburylane.example")

MON, TUE, WED = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)


def at(hour: int, minute: int = 0, *, day: date = WED) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def draft(**changes) -> Draft:
    key = changes.pop("idempotency_key", "pupil 10293/ladder/3")
    standard = {
        "id": message_id(KEY, key),
        "idempotency_key": key,
        "destination": "warwickshire",
        "ordering_key": "warwickshire/" + key,
        "kind": "notification",
        "content_type": "application/cloudevents+json",
        "payload": b'{"specversion":"1.0"}',
        "subject_ref": "case-1",
        "created_at": NOW,
    }
    return Draft(**standard | changes)


def feed_row(**changes) -> FeedRow:
    session = changes.get("session", Session(WED, Half.AM))
    pupil = changes.get("local_pupil_id", "10293")
    standard = {
        "record_id": message_id(KEY, f"{pupil}/{session}"),
        "site_id": "thornbury-lane",
        "commissioner_type": CommissionerType.SCHOOL,
        "commissioner_id": "9374001",
        "home_school_urn": "999001",
        "home_school_laestab": "9374001",
        "responsible_la_code": "937",
        "placement_ref": "PL-0412",
        "upn": "P937400126001",
        "local_pupil_id": pupil,
        "surname": "Canary",
        "forename": "Robin",
        "date_of_birth": date(2012, 3, 14),
        "nc_year": "10",
        "session": session,
        "expected": True,
        "attended": Attended.PRESENT,
        "provider_mark": "/",
        "national_code": "/",
        "suggested_home_code": "B",
        "marked_at": at(9, 5),
        "changed_at": at(9, 5),
        "source_system": "arbor",
    }
    return FeedRow(**standard | changes)


def absent(**changes) -> FeedRow:
    standard = {
        "attended": Attended.ABSENT,
        "provider_mark": "N",
        "national_code": "N",
        "suggested_home_code": "",
        "reason_status": ReasonStatus.NOT_ESTABLISHED,
        "contact_status": ContactStatus.NOT_REACHED,
        "contact_at": at(9, 40),
    }
    return feed_row(**standard | changes)


def confirmed(**changes) -> ConfirmationRow:
    session = changes.get("session", Session(WED, Half.AM))
    pupil = changes.get("local_pupil_id", "10293")
    standard = {
        "record_id": message_id(KEY, f"{pupil}/{session}"),
        "local_pupil_id": pupil,
        "placement_ref": "PL-0412",
        "upn": "P937400126001",
        "session": session,
        "attended": Confirmed.ATTENDED,
        "suggested_home_code": "B",
    }
    return ConfirmationRow(**standard | changes)


def a_day() -> list[FeedRow]:
    am, pm = Session(WED, Half.AM), Session(WED, Half.PM)
    other = {
        "surname": "Wren, the second",
        "forename": "Zoë",
        "placement_ref": "PL-0413",
        "local_pupil_id": "10311",
        "upn": "",
    }
    return [
        feed_row(),
        absent(session=pm),
        feed_row(
            session=am,
            attended=Attended.LATE,
            provider_mark="L",
            national_code="L",
            minutes_late=12,
            arrived_at=time(9, 12),
            planned_minutes=180,
            attended_minutes=168,
            **other,
        ),
        feed_row(
            session=pm,
            attended=Attended.NOT_RECORDED,
            provider_mark="-",
            national_code="",
            suggested_home_code="",
            marked_at=None,
            **other,
        ),
    ]


def header(**changes) -> FeedHeader:
    standard = {
        "message_id": message_id(KEY, "feed/warwickshire/2026-11-04/1"),
        "sender_id": "thornbury-lane",
        "sender_name": "Thornbury Lane Provision",
        "destination": "warwickshire",
        "profile": Profile.IDENTITY,
        "edition": Edition.PROVISIONAL,
        "mode": Mode.FULL_DAY,
        "date_from": WED,
        "date_to": WED,
        "sequence": 41,
        "revision": 1,
        "registers": Registers(known=3, due=4),
        "created_at": NOW,
        "extracted_at": NOW - timedelta(minutes=2),
        "contact": "attendance@thornburylane.example",
    }
    return FeedHeader(**standard | changes)


_MEANINGS = {
    "/": Seen.PRESENT,
    "N": Seen.UNEXPLAINED,
    "I": Seen.EXPLAINED,
    "-": Seen.NOT_RECORDED,
    ".": Seen.NO_SESSION,
}


def calendar(monday: date, *weeks: str) -> tuple[tuple[Session, Seen], ...]:
    """A week is five pairs, morning then afternoon: ``// // NN NN ..``."""
    pairs = [
        (monday + timedelta(weeks=week, days=day), pair)
        for week, text in enumerate(weeks)
        for day, pair in enumerate(text.split())
    ]
    return tuple(
        (Session(day, half), _MEANINGS[mark])
        for day, pair in pairs
        for half, mark in zip((Half.AM, Half.PM), pair, strict=True)
    )


SENDER = Sender(
    organisation="Thornbury Lane Provision",
    id="thornbury-lane",
    contact_role="Attendance officer",
    phone="01632 960123",
    email="attendance@thornburylane.example",
)
CHILD = Child(
    local_pupil_id="10293",
    placement_ref="PL-0412",
    responsible_la_code="937",
    upn="P937400126001",
    home_school=HomeSchool(urn="999001", laestab="9374001", name="Ashgrove Academy"),
    full_name="Robin Canary",
    date_of_birth=date(2012, 3, 14),
    parents=(Parent(name="Jo Canary", relationship="mother", phones=("01632 960777",)),),
)
ABSENCE = Absence(
    last_attended=Session(date(2026, 10, 23), Half.PM),
    first_missed_date=MON,
    consecutive_sessions=6,
    sessions_missed_in_window=7,
    window_from=date(2026, 10, 19),
    window_to=WED,
    codes=tuple((Session(day, half), "N") for day in (MON, TUE, WED) for half in Half),
    not_recorded=(Session(date(2026, 10, 22), Half.PM),),
)
ACTIONS = (
    Action(
        type=ActionType.FIRST_DAY_CALL,
        at=at(9, 40, day=MON),
        by_role="attendance_officer",
        outcome=ActionOutcome.NO_ANSWER,
    ),
    Action(type=ActionType.TEXT, at=at(9, 55, day=MON), by_role="attendance_officer", outcome=ActionOutcome.DONE),
    Action(type=ActionType.HOME_VISIT, at=at(14, 10, day=TUE), by_role="keyworker", outcome=ActionOutcome.NOBODY_IN),
)


def notice(**changes) -> Notice:
    standard = {
        "message_id": message_id(KEY, "notice/10293/ladder/3"),
        "notice_ref": "A7C3-K9MP",
        "case_ref": "H4RT-27WX",
        "kind": Kind.NOTIFICATION,
        "sequence": 1,
        "urgency": Urgency.SAME_DAY,
        "policy": Policy(
            id="swift-learning",
            version="2026-09-01",
            stage="commissioner",
            rule="three-days-unexplained",
            says="After three days with no explanation we tell the commissioner, and agree with them who visits next.",
            rows=("S3-21",),
        ),
        "sender": SENDER,
        "recipient": Recipient(role="commissioner", legal_basis_code="public_task", agreement_ref="DSA-2026-014"),
        "child": CHILD,
        "absence": ABSENCE,
        "summary": "Absent without explanation for 3 school days running, from Mon 2 Nov to Wed 4 Nov 2026: 6 sessions, none attended.",
        "calendar": calendar(date(2026, 10, 19), "// /I // /- //", ".. .. .. .. ..", "NN NN NN .. .."),
        "requested_action": "Please tell us whether the pupil has been seen or is known to be elsewhere, and who will visit the home if not.",
        "respond_by": date(2026, 11, 5),
        "reply_instructions": "Reply to this message or telephone us.",
        "created_at": NOW,
        "data_as_at": at(15, 10),
        "actions": ACTIONS,
    }
    return Notice(**standard | changes)


def referral(**changes) -> Notice:
    standard = {
        "kind": Kind.REFERRAL,
        "approved_by_role": "designated_safeguarding_lead",
        "approved_at": at(15, 0),
        "recipient": Recipient(role="local_authority_cme", legal_basis_code="cme_duty", agreement_ref="DSA-2026-009"),
        "child": replace(CHILD, year_group="9", placed_since=date(2026, 9, 7)),
        "referral": Referral(
            label="10-day unexplained absence: possible child missing education",
            route="cme",
            criterion="No explanation for ten school days running.",
        ),
        "history": History(
            since=date(2026, 9, 7),
            possible_sessions=78,
            missed_sessions=11,
            unauthorised_sessions=6,
            earlier_notices=(NoticeSent(sent_on=TUE, kind="notification", notice_ref="P9KW-3FNA"),),
        ),
        "incomplete": ("Held by the home school: address.", "1 session is not recorded in the registers."),
    }
    return notice(**standard | changes)


UPDATED = {
    "kind": Kind.UPDATE,
    "sequence": 2,
    "supersedes": "P9KW-3FNA",
    "follows": message_id(KEY, "notice/10293/ladder/2"),
    "changes_since_last": ("rung_reached", "more_sessions_missed"),
}


def update(**changes) -> Notice:
    return notice(**UPDATED | changes)


def withdrawal(**changes) -> Notice:
    standard = {
        "kind": Kind.WITHDRAWAL,
        "urgency": Urgency.ROUTINE,
        "sequence": 3,
        "supersedes": "A7C3-K9MP",
        "notice_ref": "M6EX-4HTC",
        "absence": None,
        "calendar": (),
        "actions": (),
        "summary": "The register of Mon 2 Nov was corrected on Wed 4 Nov: the pupil was present.",
        "requested_action": "Please disregard the earlier notice and delete what you noted from it.",
    }
    return notice(**standard | changes)


def phoned() -> PhoneCall:
    return PhoneCall(made_at=at(10, 5), to_role="commissioner_duty_desk", outcome=ActionOutcome.REACHED)


def environment():
    return templates(TEMPLATES)

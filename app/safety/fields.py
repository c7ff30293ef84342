"""Which facts about a child each kind of message holds: read off messages that the composing code writes itself.

A specimen is composed in which every fact is a word of its own, and the words that appear in its bytes are what the
recipient would get. Nothing here has to be kept in step with a template or a format by hand.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from functools import lru_cache

from jinja2 import Environment

from mapping.model import Half, Session
from outbox.emails import compose_email
from outbox.feed_rows import COLUMNS, Profile
from outbox.messages import EMAIL
from outbox.notice import Kind, Notice, Urgency
from outbox.notice_parts import Absence, Child, HomeSchool, Parent, Policy, Recipient, Sender
from outbox.notices import compose_notice
from outbox.seen import Seen

_MISSED, _SHOWN = Session(date(2031, 5, 20), Half.AM), Session(date(2031, 5, 6), Half.AM)
_NOW = datetime(2031, 7, 8, 12, tzinfo=UTC)
#: What a person would call a fact, and how it shows in the specimen.
_SHOWS: Mapping[str, tuple[str, ...]] = {
    "pupil id": ("specimen-pupil",),
    "placement reference": ("specimen-placement",),
    "UPN": ("specimen-upn",),
    "name": ("specimen-name",),
    "date of birth": ("2029-03-04", "4 March 2029", "4 Mar 2029"),
    "year group": ("specimen-year",),
    "home school": ("specimen-school",),
    "local authority": ("specimen-la",),
    "address": ("specimen-address",),
    "parents": ("specimen-parent",),
    "flags": ("specimen-flag",),
    "reason in words": ("specimen-reason",),
    "codes of the sessions missed": ('"code":"N"',),
    "calendar: there or not": ("6 May",),
    "last attended": ("2031-04-05", "5 Apr 2031"),
}


@lru_cache(maxsize=32)
def of_notice(kind: Kind, content_type: str, environment: Environment) -> tuple[str, ...]:
    """Return the facts about a child in a notice of a kind, sent as an email or as an event."""
    notice = _specimen(kind)
    text = _email_text(notice, environment) if content_type == EMAIL else compose_notice(notice).decode()
    return tuple(fact for fact, shows in _SHOWS.items() if any(word in text for word in shows))


def of_feed(profile: str) -> tuple[str, ...]:
    """Return the columns of a feed."""
    return tuple(COLUMNS[Profile(profile)])


def _email_text(notice: Notice, environment: Environment) -> str:
    sender = Address("specimen", addr_spec="specimen@example.org")
    message = message_from_bytes(
        compose_email(notice, sender, "specimen@example.org", environment=environment), policy=policy.SMTP
    )
    parts = (part for part in message.walk() if part.get_content_maintype() == "text")
    return "\n".join(part.get_content() for part in parts)


def _specimen(kind: Kind) -> Notice:
    return Notice(
        message_id="00000000-0000-8000-8000-000000000000",
        notice_ref="AAAA-AAAA",
        case_ref="CCCC-CCCC",
        kind=kind,
        sequence=1,
        urgency=Urgency.ROUTINE,
        policy=Policy(id="policy", version="1", stage="stage", rule="rule", says="It says.", rows=()),
        sender=Sender(organisation="specimen", id="specimen", contact_role="role", phone="0", email="a@example.org"),
        recipient=Recipient(role="home_school", legal_basis_code="basis", agreement_ref="agreement"),
        child=Child(
            local_pupil_id="specimen-pupil",
            placement_ref="specimen-placement",
            responsible_la_code="specimen-la",
            upn="specimen-upn",
            home_school=HomeSchool(urn="999999", laestab="", name="specimen-school"),
            full_name="specimen-name",
            date_of_birth=date(2029, 3, 4),
            year_group="specimen-year",
            address="specimen-address",
            parents=(Parent(name="specimen-parent"),),
            flags=("specimen-flag",),
        ),
        summary="specimen-reason",
        calendar=((_SHOWN, Seen.PRESENT),),
        requested_action="Please act.",
        respond_by=date(2031, 7, 9),
        reply_instructions="Reply.",
        created_at=_NOW,
        data_as_at=_NOW,
        absence=None
        if kind is Kind.WITHDRAWAL
        else Absence(
            first_missed_date=_MISSED.day,
            consecutive_sessions=1,
            sessions_missed_in_window=1,
            window_from=_MISSED.day,
            window_to=_MISSED.day,
            codes=((_MISSED, "N"),),
            last_attended=Session(date(2031, 4, 5), Half.PM),
        ),
        approved_by_role="role" if kind is Kind.REFERRAL else "",
        approved_at=_NOW if kind is Kind.REFERRAL else None,
        supersedes="BBBB-BBBB" if kind is Kind.WITHDRAWAL else "",
        changes_since_last=("changed",) if kind is Kind.UPDATE else (),
    )

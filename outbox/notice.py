"""What a concern notice says, field by field, whichever way it travels: ``attendance-concern/1.0``.

A notification is not a referral: a referral hands the case to another body, and a person has approved it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mapping.model import Session
from outbox.notice_parts import (
    Absence,
    Action,
    Child,
    History,
    LastKnown,
    NewDestination,
    PhoneCall,
    Policy,
    Recipient,
    Referral,
    Sender,
)
from outbox.seen import Seen


class Kind(StrEnum):
    """What the notice does. A withdrawal takes back what an earlier one said."""

    NOTIFICATION = "notification"
    UPDATE = "update"
    REFERRAL = "referral"
    WITHDRAWAL = "withdrawal"


class Urgency(StrEnum):
    """How soon it must be read. An urgent one only records a telephone call already made."""

    ROUTINE = "routine"
    SAME_DAY = "same_day"
    URGENT_PHONE_MADE = "urgent_phone_made"


class HeldBy(StrEnum):
    """Who holds a fact that a referral asks for and the sender has not got."""

    HOME_SCHOOL = "home_school"
    RESPONSIBLE_LA = "responsible_la"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one recipient.

    ``summary`` says in plain words what was counted; it and ``policy.says`` are read out of an e-mail, so neither may
    hold a name or a word about health. ``calendar`` are the sessions of the weeks concerned. ``sequence`` counts the
    notices of the case to this recipient from 1, and ``follows`` is the message id of the one before it.
    ``incomplete`` are sentences about what a referral could not say; they name nobody. Raises ``ValueError`` when the
    kind or urgency lacks what it needs.
    """

    message_id: str
    notice_ref: str
    case_ref: str
    kind: Kind
    sequence: int
    urgency: Urgency
    policy: Policy
    sender: Sender
    recipient: Recipient
    child: Child
    summary: str
    calendar: tuple[tuple[Session, Seen], ...]
    requested_action: str
    respond_by: date
    reply_instructions: str
    created_at: datetime
    data_as_at: datetime
    absence: Absence | None = None
    held_by: HeldBy = HeldBy.HOME_SCHOOL
    approved_by_role: str = ""
    approved_at: datetime | None = None
    supersedes: str = ""
    follows: str = ""
    changes_since_last: tuple[str, ...] = ()
    phone_call: PhoneCall | None = None
    actions: tuple[Action, ...] = ()
    last_known: LastKnown | None = None
    new_destination: NewDestination | None = None
    risk_codes: tuple[str, ...] = ()
    acknowledgement_url: str = ""
    referral: Referral | None = None
    history: History | None = None
    incomplete: tuple[str, ...] = ()
    is_trial: bool = False

    def __post_init__(self) -> None:
        problems = (
            (self.kind is Kind.REFERRAL and not (self.approved_by_role and self.approved_at), "a person approves it"),
            (self.kind is Kind.UPDATE and not self.changes_since_last, "without changes it is not sent"),
            (self.kind is Kind.WITHDRAWAL and not self.supersedes, "it names the notice it takes back"),
            (self.kind is not Kind.WITHDRAWAL and not self.absence, "it says what was missed"),
            (self.urgency is Urgency.URGENT_PHONE_MADE and not self.phone_call, "telephone first, then record it"),
        )
        for is_missing, sentence in problems:
            if is_missing:
                raise ValueError(f"a {self.kind} notice ({self.urgency}): {sentence}")

"""The parts of a concern notice: the people, the facts, and what was done about them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mapping.model import Session


class ActionType(StrEnum):
    """What was done about the absence."""

    FIRST_DAY_CALL = "first_day_call"
    CALL = "call"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"
    HOME_VISIT = "home_visit"
    OTHER_CONTACT = "other_contact"
    SIBLING_SCHOOL = "sibling_school"
    AGENCY = "agency"
    MEETING = "meeting"


class ActionOutcome(StrEnum):
    """What came of it. The word for why a child is away has no place here."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    MESSAGE_LEFT = "message_left"
    CHILD_SEEN = "child_seen"
    NOBODY_IN = "nobody_in"
    DONE = "done"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which rule fired: ``says`` is the policy's own sentence, ``rows`` the rows of the paper it comes from."""

    id: str
    version: str
    stage: str
    rule: str
    says: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The provider, and whom to ask for: a role, a telephone and a monitored address."""

    organisation: str
    id: str
    contact_role: str
    phone: str
    email: str
    contact_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Why this recipient: their role, the legal basis and the agreement under which data is shared."""

    role: str
    legal_basis_code: str
    agreement_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSchool:
    """The school on whose roll the child is."""

    urn: str
    laestab: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A parent or carer as the sender holds them."""

    name: str
    relationship: str = ""
    address: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """Who it is about. Everything after ``home_school`` leaves in a referral alone."""

    local_pupil_id: str
    placement_ref: str
    responsible_la_code: str
    upn: str = ""
    home_school: HomeSchool | None = None
    full_name: str = ""
    known_as: tuple[str, ...] = ()
    date_of_birth: date | None = None
    gender: str = ""
    year_group: str = ""
    placed_since: date | None = None
    previous_school: str = ""
    emergency_contacts: tuple[str, ...] = ()
    address: str = ""
    address_last_confirmed: date | None = None
    parents: tuple[Parent, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The facts. ``codes`` are the evidence: a session with its national code. Windows include both ends.

    ``not_recorded`` are the sessions of the window whose register is missing; with any, the data is incomplete.
    """

    first_missed_date: date
    consecutive_sessions: int
    sessions_missed_in_window: int
    window_from: date
    window_to: date
    codes: tuple[tuple[Session, str], ...]
    last_attended: Session | None = None
    not_recorded: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something the sender did, when, who by role, and what came of it."""

    type: ActionType
    at: datetime
    by_role: str
    outcome: ActionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """The call that an urgent notice records."""

    made_at: datetime
    to_role: str
    outcome: ActionOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class LastKnown:
    """When, by whom and in what sort of place the child was last seen."""

    seen_at: datetime
    by_role: str
    place_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDestination:
    """Where the family said it was going, and who told."""

    source: str
    new_address: str = ""
    new_school: str = ""
    start_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """What the authority calls it, which of its teams takes it (``cme`` or ``attendance``), and what was met."""

    label: str
    route: str
    criterion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent:
    """A notice that the recipient had before."""

    sent_on: date
    kind: str
    notice_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The sessions of the school year so far as the national statistic counts them, and what was told before."""

    since: date
    possible_sessions: int
    missed_sessions: int
    unauthorised_sessions: int
    earlier_notices: tuple[NoticeSent, ...] = ()

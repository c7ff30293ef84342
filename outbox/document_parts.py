"""The parts of a document's facts. Everything that a provider may not hold can be left out: nothing is invented."""

from dataclasses import dataclass, field
from datetime import date

from mapping.model import Session
from outbox.notice_parts import HomeSchool, Parent
from outbox.seen import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Sessions attended out of those that were possible."""

    attended: int = 0
    possible: int = 0

    @property
    def percent(self) -> float | None:
        """The attendance in per cent, unrounded; nothing without a possible session."""
        return 100 * self.attended / self.possible if self.possible else None

    @property
    def missed(self) -> int:
        """The possible sessions not attended."""
        return self.possible - self.attended


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """Who the document is about; ``None`` or empty is a fact that somebody else holds, never one that is not so.

    ``flags`` are words as placements.csv has them; ``siblings`` are sentences such as ``brother, Ashgrove Academy``.
    """

    pupil_id: str
    surname: str | None = None
    forename: str | None = None
    known_as: str | None = None
    gender: str | None = None
    date_of_birth: date | None = None
    year_group: str | None = None
    upn: str | None = None
    address: str | None = None
    parents: tuple[Parent, ...] = ()
    emergency_contacts: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()

    @property
    def name(self) -> str | None:
        """Forename and surname, as far as they are known."""
        return " ".join(filter(None, (self.forename, self.surname))) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where the pupil is placed, by whom, and who works with them. ``timetable`` are lines such as ``Mon AM``."""

    reference: str | None = None
    start_on: date | None = None
    end_on: date | None = None
    arrangement: str | None = None
    commissioner: str | None = None
    home_school: HomeSchool | None = None
    previous_school: str | None = None
    timetable: tuple[str, ...] = ()
    is_part_time: bool = False
    tutor: str | None = None
    key_worker: str | None = None
    social_worker: str | None = None
    youth_justice_worker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The pupil's own local authority and what it calls ten days' unexplained absence."""

    code: str | None = None
    name: str | None = None
    ten_day_label: str | None = None
    ten_day_route: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """The decision behind the document, and what this action of it asks of whom by when. No names in any text."""

    policy: str
    policy_version: str
    rule: str
    says: str
    reason: str
    fired_on: date
    asked: str = ""
    to: tuple[str, ...] = ()
    due_on: date | None = None
    rows: tuple[str, ...] = ()
    ladder: str | None = None
    rung: int = 0
    counted: tuple[Session, ...] = ()
    stepped_over: tuple[tuple[date, str], ...] = ()
    not_recorded: tuple[Session, ...] = ()
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedMark:
    """A session with its national code and what the code means in words."""

    session: Session
    code: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """The figures from ``window_from`` to ``window_to``, both included; sessions unless another unit is named.

    ``share`` is what a policy counts (C2 left out), ``national`` what the national statistic counts (C2 as authorised
    absence). The run is the unbroken absence up to ``window_to`` in its three units. ``marks`` are the sessions missed
    with their codes: a document shows those it needs. ``calendar`` are the last weeks for ``outbox.emails.weeks``.
    """

    window_from: date | None = None
    window_to: date | None = None
    share: Share = field(default_factory=Share)
    national: Share = field(default_factory=Share)
    authorised: int = 0
    unauthorised: int = 0
    unexplained: int = 0
    illness: int = 0
    late: int = 0
    run_sessions: int = 0
    run_timetabled_days: int = 0
    run_school_days: int = 0
    first_missed_on: date | None = None
    last_attended: Session | None = None
    last_seen_on: date | None = None
    marks: tuple[CodedMark, ...] = ()
    not_recorded: tuple[Session, ...] = ()
    calendar: tuple[tuple[Session, Seen], ...] = ()

"""Documents that a rule asks for: letters, forms, packs and lists, each as text and as a page to print.

A document stays with the provider until a person checks it and sends it. What the provider does not hold is said to be
held elsewhere; nothing is invented.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from mapping.model import Session
from outbox.document_parts import Attendance, Authority, Fired, Placing, Pupil
from outbox.document_records import Contract, EarlierNotice, Enquiry, Figure, Intervention, PupilLine, Stretch, TaskLine
from outbox.notice import HeldBy
from outbox.notice_parts import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What a document about one pupil can say. ``today`` is its date; ``school`` the name of the site attended.

    ``incomplete`` are sentences about what is missing (registers, identity, enquiries); ``upcoming`` the pupil's next
    sessions; ``half_terms`` and ``interventions`` fill the effectiveness pack; ``term`` names the term reported on.
    """

    provider: Sender
    school: str
    today: date
    pupil: Pupil
    reference: str = ""
    contact_name: str | None = None
    held_by: HeldBy = HeldBy.HOME_SCHOOL
    placement: Placing = field(default_factory=Placing)
    authority: Authority = field(default_factory=Authority)
    decision: Fired | None = None
    attendance: Attendance = field(default_factory=Attendance)
    registers_as_at: datetime | None = None
    tasks: tuple[TaskLine, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    earlier: tuple[EarlierNotice, ...] = ()
    contract: Contract | None = None
    target: float | None = None
    half_terms: tuple[Stretch, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    upcoming: tuple[Session, ...] = ()
    term: str | None = None
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What a document about a school can say, for one ``role`` (a digest's title and sections depend on it).

    ``first`` and ``last`` are the days it covers, both included; ``registers_missing`` are the sessions whose register
    is incomplete. ``figures`` are the statistics of the period; ``target`` the attendance aimed at, in per cent.
    """

    provider: Sender
    school: str
    today: date
    role: str
    first: date
    last: date
    reference: str = ""
    policy: str | None = None
    policy_version: str | None = None
    target: float | None = None
    decision: Fired | None = None
    lines: tuple[PupilLine, ...] = ()
    tasks: tuple[TaskLine, ...] = ()
    registers_missing: tuple[Session, ...] = ()
    figures: tuple[Figure, ...] = ()
    half_terms: tuple[Stretch, ...] = ()
    registers_as_at: datetime | None = None
    incomplete: tuple[str, ...] = ()


Facts = DocumentFacts | ListFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished document. Neither ``name`` (the template's) nor ``title`` tells who it is about."""

    name: str
    title: str
    text: str
    html: str

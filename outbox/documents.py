"""Documents that a rule asks for: letters, forms, packs and lists, each as text and as a page to print.

A document stays with the provider until a person checks it and sends it. What the provider does not hold is said to be
held elsewhere; nothing is invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from mapping.model import Session
from outbox.digests import digest_for
from outbox.document_parts import Attendance, Authority, Fired, Placing, Pupil
from outbox.document_records import Contract, EarlierNotice, Enquiry, Figure, Intervention, PupilLine, Stretch, TaskLine
from outbox.document_tables import TABLES
from outbox.document_words import FILTERS, plain
from outbox.emails import Templates, weeks
from outbox.notice import HeldBy
from outbox.notice_parts import Sender
from outbox.seen import Seen


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


def render(name: str, facts: Facts, *, environment: Templates) -> Rendered:
    """Return the document ``name`` with the facts filled in; the same facts give the same document.

    Raises ``jinja2.TemplateNotFound`` for a name that is no document, and ``jinja2.UndefinedError`` where a template
    asks for what such facts do not hold.
    """
    texts, pages = _fitted(environment, is_page=False), _fitted(environment, is_page=True)
    told = _told(facts)
    words, page = _with_parts(texts, told, "txt"), _with_parts(pages, told, "html")
    template = texts.get_template(f"documents/{name}.txt.j2")
    title = "".join(template.blocks["title"](template.new_context(dict(words)))).strip()
    return Rendered(
        name=name,
        title=f"{title}, {told['about']}",
        text=plain(template.render(words)),
        html=pages.get_template(f"documents/{name}.html.j2").render(page),
    )


@lru_cache(maxsize=4)
def _fitted(environment: Templates, *, is_page: bool) -> Templates:
    """Return the templates with the words of documents; both forms read the same file, and only a page escapes.

    Kept, because each compiles its templates once.
    """
    fitted = environment.overlay(autoescape=is_page)
    fitted.filters = {**environment.filters, **FILTERS, **TABLES}
    return fitted


def _with_parts(environment: Templates, told: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Return what a template sees: the facts, the frames it can stand in, and the parts it is made of.

    The same words make text and page: ``d`` (headings, tables, boxes) differs, ``c`` (attendance, enquiries) is
    made of ``d``.
    """
    frames = {frame: f"documents/shared/{frame}.{form}.j2" for frame in ("letter", "form", "report")}
    seen = {**told, **frames}
    seen["d"] = environment.get_template(f"documents/shared/parts.{form}.j2").make_module(seen)
    seen["c"] = environment.get_template("documents/shared/common.j2").make_module(seen)
    return seen


def _told(facts: Facts) -> dict[str, Any]:
    told = {each.name: getattr(facts, each.name) for each in fields(facts)}
    if isinstance(facts, ListFacts):
        return told | {"about": facts.school, "seen": Seen, "held": "not known", "digest": digest_for(facts.role)}
    return told | {
        "about": f"pupil {facts.pupil.pupil_id}",
        "held": "held by home school" if facts.held_by is HeldBy.HOME_SCHOOL else "held by the local authority",
        "child": facts.pupil.forename or "your child",
        "Child": facts.pupil.forename or "Your child",
        "weeks": weeks(facts.attendance.calendar, facts.today),
        "seen": Seen,
    }

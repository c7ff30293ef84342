"""The documents that decisions ask for: written once, on the day, kept as they are, and somebody asked to send them.

What a document says later, after a correction, would not be what was sent. A withdrawn decision withdraws it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from app.dates import due_on
from app.documents.facts import Gathering
from app.documents.figures import Figures
from app.documents.list_facts import Listing
from app.notices.concern import Concern
from app.people.approving import APPROVES
from app.reading import Site
from app.wiring import Relay
from config.templates_list import TEMPLATES, WORKBOOK
from mapping.school_days import school_date
from outbox.documents import DocumentFacts, Facts, ListFacts, render
from outbox.messages import message_id, spoken_reference
from outbox.workbooks import tracking_spreadsheet
from rules.model import Action, ActionKind, Decision
from store.cases import Decision as Kept
from store.documents import Document
from store.tasks import Task

#: Says another thing to each role that reads it.
_FOR_EACH_ROLE = frozenset({"weekly-digest"})
#: Who checks and sends what is for somebody without a task list here: parents, councils, commissioners.
_SENDS = "attendance_lead"
_STAFF = frozenset({
    *("attendance_lead", "attendance_team", "head_of_provision", "senior_lead", "dsl", "staff", "tutor"),
    *("key_worker", "support_team", "pastoral_team", "admin"),
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Documents:
    """The documents of one school, inside the caller's transaction."""

    relay: Relay
    site: Site

    def make(self, row: Kept, number: int, action: Action, about: Concern | Decision) -> None:
        """Write the document of one action of a decision, about a pupil or the school, and ask for its sending."""
        roles = _senders(action)
        if action.template in _FOR_EACH_ROLE:
            for role in action.to:
                self._make_one(row, f"{number}/{role}", action, about, roles=(role,))
        else:
            self._make_one(row, f"{number}", action, about, roles=roles)

    def _make_one(
        self, row: Kept, which: str, action: Action, about: Concern | Decision, *, roles: tuple[str, ...]
    ) -> None:
        identifier = message_id(self.relay.key, f"{row.id}/document/{which}")
        document = self._written(row, identifier, action, self._facts(about, action, roles[0], identifier))
        if self.relay.store.documents.add(document):
            for role in roles:
                self._ask(row, which, action, document, role=role)

    def _facts(self, about: Concern | Decision, action: Action, role: str, identifier: str) -> Facts:
        if isinstance(about, Concern):
            return Gathering(relay=self.relay, concern=about, action=action, figures=self._figures).facts()
        return self._listing(about.fired_on).facts(about, action, role, spoken_reference(identifier))

    @cached_property
    def _listing(self) -> Callable[[date], Listing]:
        """Return what is known of the school on a day, gathered once for all documents of that day."""
        return cache(lambda day: Listing(relay=self.relay, site=self.site, day=day))

    @cached_property
    def _figures(self) -> Figures:
        return Figures(codes=self.relay.operator.library.national, calendar=self.site.calendar)

    def _written(self, row: Kept, identifier: str, action: Action, facts: Facts) -> Document:
        template = action.template or ""
        if template == WORKBOOK:
            assert isinstance(facts, ListFacts)  # a workbook is about a school
            title, text, html, workbook = TEMPLATES[WORKBOOK], "", "", tracking_spreadsheet(facts)
        else:
            done = render(template, facts, environment=self.relay.templates)
            title, text, html, workbook = done.title, done.text, done.html, None
        return Document(
            id=identifier,
            decision_id=row.id,
            school=self.site.id,
            pupil_id=facts.pupil.pupil_id if isinstance(facts, DocumentFacts) else None,
            template=template,
            title=title,
            text=text,
            html=html,
            workbook=workbook,
            made_at=self.relay.now(),
        )

    def _ask(self, row: Kept, which: str, action: Action, document: Document, *, role: str) -> None:
        self.relay.store.tasks.add(
            Task(
                id=message_id(self.relay.key, f"{row.id}/task/document/{which}/{role}"),
                decision_id=row.id,
                school=self.site.id,
                pupil_id=document.pupil_id,
                role=role,
                says=f"Check and send: {document.title} (document {document.id}). {action.says}",
                due_on=due_on(self.site.calendar, self._asked_on(row), action.due_school_days),
                opened_at=self.relay.now(),
                about=document.id,
            )
        )

    def _asked_on(self, row: Kept) -> date:
        return max(row.fired_on, school_date(self.relay.now()))


def _senders(action: Action) -> tuple[str, ...]:
    """Return who checks and sends a document: the roles it is for, or somebody at the provider in their place."""
    if action.kind is ActionKind.REFERRAL:
        return (APPROVES,)
    return tuple(dict.fromkeys(role if role in _STAFF else _SENDS for role in action.to))

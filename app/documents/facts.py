"""The facts of a document about one pupil, gathered on the day of the decision that asks for it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from app.documents import case_history, stretches
from app.documents.figures import Figures
from app.documents.pieces import fired, incomplete, placing, pupil_of, task_lines
from app.notices.concern import Concern
from app.notices.enquiries import as_records, enquiries
from app.notices.parties import held_by, sender
from app.notices.referring import may_be_called_missing, profile
from app.wiring import Relay
from mapping.model import Half, Session
from mapping.school_days import school_date
from outbox.document_parts import Attendance, Authority, Fired
from outbox.documents import DocumentFacts
from outbox.messages import spoken_reference
from rules.model import Action
from store.tasks import Task

#: How many school days ahead a document looks for the pupil's next sessions.
_AHEAD = 5


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """What is known of one decision about one pupil."""

    relay: Relay
    concern: Concern
    action: Action
    figures: Figures

    def facts(self) -> DocumentFacts:
        """Return everything that a document can say; what the provider has not got stays empty."""
        operator, policy = self.relay.operator, self.concern.site.evaluator.policy
        attendance, tried = self._attendance, self._enquiries
        return DocumentFacts(
            provider=sender(self.relay, is_named=True),
            school=self.concern.site.school.name,
            today=self._today,
            pupil=pupil_of(self.concern.placement),
            reference=spoken_reference(self.concern.case_id),
            contact_name=operator.provider.contact_name,
            held_by=held_by(self.concern.placement),
            placement=placing(self.concern.placement),
            authority=self._authority,
            decision=self._fired,
            attendance=attendance,
            registers_as_at=self.relay.store.runs.freshness(self.concern.site.id),
            tasks=task_lines(self._tasks),
            enquiries=as_records(tried),
            earlier=case_history.earlier(self.relay, self.concern.site.id, self._pupil_id, since=self._first),
            contract=stretches.contract(self.figures, self.concern.pupil, self._day, policy.target),
            target=policy.target,
            half_terms=stretches.by_half_term(self.figures, self.concern.pupil, self._first, self._day),
            interventions=stretches.interventions(self.figures, self.concern.pupil, self._day),
            upcoming=self._upcoming,
            term=self._term,
            incomplete=tuple(incomplete(self.concern, attendance, has_tried=bool(tried))),
        )

    @property
    def _day(self) -> date:
        return self.concern.decision.fired_on

    @property
    def _pupil_id(self) -> str:
        return self.concern.pupil.pupil_id

    @cached_property
    def _today(self) -> date:
        return school_date(self.relay.now())

    @cached_property
    def _first(self) -> date:
        """Return from when figures count: the first school day of the year, or the pupil's own."""
        return min(max(self.concern.asof.year_begin, self.concern.pupil.start), self._day)

    @cached_property
    def _attendance(self) -> Attendance:
        figures = self.figures.attendance(self.concern.pupil, self._first, self._day)
        return replace(figures, calendar=self.concern.calendar)

    @cached_property
    def _tasks(self) -> list[Task]:
        """Return what was asked about the pupil in the school year; documents to send and reminders are left out."""
        asked = self.relay.store.tasks.asked_about(self.concern.site.id, self._pupil_id)
        return [task for task in asked if school_date(task.opened_at) >= self._first]

    @cached_property
    def _enquiries(self) -> list[Task]:
        """Return the enquiries since the first session missed; all of the year's where nothing is being missed."""
        since = self._attendance.first_missed_on or self._first
        return enquiries(self.concern, since=since, until=self._today)

    @cached_property
    def _authority(self) -> Authority:
        placement = self.concern.placement
        found = profile(self.relay.operator, placement)
        if found is None:
            return Authority(code=placement.la_code)
        label = found.ten_day_label if may_be_called_missing(found) else None
        return Authority(code=found.la_code, name=found.name, ten_day_label=label, ten_day_route=found.ten_day_route)

    @cached_property
    def _fired(self) -> Fired:
        return fired(self.concern.site, self.concern.decision, self.action, self._today)

    @cached_property
    def _upcoming(self) -> tuple[Session, ...]:
        site, after = self.concern.site, max(self._day, self._today)
        days = site.calendar.between(after + timedelta(days=1), after + timedelta(days=90))[:_AHEAD]
        entries = site.roll[self._pupil_id]
        return tuple(
            session
            for day in days
            for session in (Session(day, Half.AM), Session(day, Half.PM))
            if any(entry.is_due(session) for entry in entries)
        )

    @property
    def _term(self) -> str | None:
        term = self.concern.site.calendar.term_of(self._day)
        return term.name or None if term else None

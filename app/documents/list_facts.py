"""The facts of a document about a school: its pupils line by line, the tasks, the registers missing, the figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from app.documents.figures import Figures
from app.documents.list_lines import Lines
from app.documents.list_statistics import statistics
from app.documents.pieces import fired, task_lines
from app.documents.stretches import half_terms
from app.judging.pupils import laid
from app.notices.parties import sender
from app.reading import Site
from app.wiring import Relay
from config.placements import Placement
from mapping.marks import year_of, year_start
from mapping.model import Half, Session
from mapping.school_days import school_date
from outbox.document_parts import Share
from outbox.document_records import Figure, PupilLine, Stretch
from outbox.documents import ListFacts
from rules.comparing import known
from rules.model import Action, Decision, PupilMarks, is_on_roll
from store.cases import Decision as Kept
from store.tasks import Task

#: Documents about one day, about the half term so far, and about the school year so far; the others cover a week.
_OF_A_DAY = frozenset({"daily-staff-list", "briefing-sheet", "part-time-list"})
_OF_A_HALF_TERM = frozenset({"reward-list"})
_OF_A_YEAR = frozenset({"policy-statistics", "tracking-spreadsheet"})


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What is known of one school on the day of a decision about it."""

    relay: Relay
    site: Site
    day: date

    def facts(self, decision: Decision, action: Action, role: str, reference: str) -> ListFacts:
        """Return everything that a document for one role can say."""
        policy, first = self.site.evaluator.policy, self._first(action.template or "")
        return ListFacts(
            provider=sender(self.relay, is_named=True),
            school=self.site.school.name,
            today=self._today,
            role=role,
            first=first,
            last=self.day,
            reference=reference,
            policy=policy.name,
            policy_version=policy.version,
            target=policy.target,
            decision=fired(self.site, decision, action, self._today),
            lines=tuple(self._lines(first)),
            tasks=task_lines(task for tasks in self._tasks.values() for task in tasks),
            registers_missing=tuple(self._registers_missing(first)),
            figures=self._statistics() if action.template in _OF_A_YEAR else (),
            half_terms=tuple(self._half_terms()),
            registers_as_at=self.relay.store.runs.freshness(self.site.id),
        )

    def _first(self, template: str) -> date:
        """Return the first day that a document covers; a week's document of a Monday is about the week before."""
        if template in _OF_A_DAY:
            return self.day
        if template in _OF_A_YEAR:
            return self._year_begin
        if template in _OF_A_HALF_TERM:
            return next(reversed([begin for _, begin, _ in self._stretches]), self.day)
        before = self.site.calendar.nth_before(self.day, 1) or self.day
        return before - timedelta(days=before.weekday())

    @cached_property
    def _today(self) -> date:
        return school_date(self.relay.now())

    @cached_property
    def _year_begin(self) -> date:
        days = self.site.calendar.between(year_start(year_of(self.day)), self.day)
        return days[0] if days else self.day

    @cached_property
    def _stretches(self) -> list[tuple[str, date, date]]:
        return list(half_terms(self.site.calendar, self._year_begin, self.day))

    @cached_property
    def _figures(self) -> Figures:
        return Figures(codes=self.relay.operator.library.national, calendar=self.site.calendar)

    @cached_property
    def _pupils(self) -> list[PupilMarks]:
        return [pupil for pupil in laid(self.relay, self.site).values() if is_on_roll(pupil, self.day)]

    @cached_property
    def _placements(self) -> dict[str, Placement]:
        placements = self.relay.operator.placements_of(self.site.id)
        return {each.pupil_id: each for each in placements if each.holds_on(self.day)}

    @cached_property
    def _tasks(self) -> Mapping[str, list[Task]]:
        """Return the school's tasks since the school year began by pupil, "" about none.

        Those withdrawn are left out, and what only asks about another task or about a list like this one.
        """
        of_pupil: defaultdict[str, list[Task]] = defaultdict(list)
        every = self.relay.store.tasks.since(self.site.id, self._year_begin)
        known_ids = {task.id for task in every}
        for task in every:
            if task.state != "withdrawn" and task.about not in known_ids and (task.pupil_id or not task.about):
                of_pupil[task.pupil_id or ""].append(task)
        return of_pupil

    def _lines(self, first: date) -> Iterable[PupilLine]:
        episodes = defaultdict(list)
        for episode in self.relay.store.cases.episodes(self.site.id):
            episodes[episode.pupil_id].append(episode)
        lines = Lines(
            figures=self._figures,
            first=first,
            last=self.day,
            today=self._today,
            target=self.site.evaluator.policy.target,
            decisions=self._standing,
            episodes=episodes,
            tasks=self._tasks,
        )
        for pupil in self._pupils:
            if placement := self._placements.get(pupil.pupil_id):
                yield lines.line(pupil, placement, self._year_begin)

    @cached_property
    def _standing(self) -> Mapping[str, list[Kept]]:
        """Return the decisions of the school year that stand and that somebody was told of, by pupil."""
        of_pupil: defaultdict[str, list[Kept]] = defaultdict(list)
        for row in self.relay.store.cases.of_school(self.site.id, self._year_begin):
            if row.pupil_id and row.state == "standing" and row.actions and row.fired_on <= self.day:
                of_pupil[row.pupil_id].append(row)
        return of_pupil

    def _registers_missing(self, first: date) -> Iterable[Session]:
        for day in self.site.calendar.between(first, self.day):
            for half in Half:
                found = known(self._pupils, Session(day, half))
                if found.recorded < found.due:
                    yield Session(day, half)

    def _half_terms(self) -> Iterable[Stretch]:
        for name, begin, end in self._stretches:
            yield Stretch(name=name, first=begin, last=end, share=self._of_all(begin, end))

    def _of_all(self, first: date, last: date) -> Share:
        shares = [self._figures.share(pupil, max(first, pupil.start), last) for pupil in self._pupils]
        return Share(attended=sum(share.attended for share in shares), possible=sum(share.possible for share in shares))

    def _statistics(self) -> tuple[Figure, ...]:
        standing = sum(map(len, self._standing.values()))
        tasks = [task for each in self._tasks.values() for task in each]
        shares = [self._figures.national(pupil, max(self._year_begin, pupil.start), self.day) for pupil in self._pupils]
        return statistics(shares, tasks, standing=standing, today=self._today)

"""What is asked again: tasks that repeat for as long as their rule holds, and whoever answers for tasks not done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from app.judging.carrying_out import Carrier
from app.judging.days import Days
from app.ledger import read_back
from app.reading import Site
from app.wiring import Relay
from mapping.marks import year_of, year_start
from mapping.school_days import school_date
from outbox.messages import message_id
from rules.model import Action, ActionKind, Decision
from rules.policy import Overdue as OverdueTo
from store.tasks import Task

DAILY = "each_school_day"
#: Whether a rule still holds for a pupil at the end of a school day, and is not muted.
Holds = Callable[[str, str, date], bool]


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """The repeating tasks of one school, inside the caller's transaction."""

    relay: Relay
    site: Site
    days: Days
    carrier: Carrier

    def ask_again(self, holds: Holds) -> None:
        """Open again what repeats, of the days judged now: for the latest day, and for the latest week that began."""
        if not self.days.over:
            return
        latest = self.days.over[-1]
        for row in self.relay.store.cases.repeating(self.site.id, year_start(year_of(latest))):
            decision = read_back(row)
            due = [(number, day) for number, day in self._due(decision) if day > row.fired_on]
            if due and holds(row.pupil_id, row.rule, latest):
                for number, day in due:
                    self.carrier.ask_again(row, decision, number, day)

    def _due(self, decision: Decision) -> Iterator[tuple[int, date]]:
        """Yield the actions of a decision that are asked again, each with the day that it is asked for."""
        for number, action in enumerate(decision.actions):
            if action.repeats is not None and (day := self._day_of(action)) is not None:
                yield number, day

    def _day_of(self, action: Action) -> date | None:
        return self.days.over[-1] if action.repeats == DAILY else self._week_begun

    @cached_property
    def _week_begun(self) -> date | None:
        """Return the latest of the days judged now on which a school week began."""
        return next((day for day in reversed(self.days.over) if self._begins_week(day)), None)

    def _begins_week(self, day: date) -> bool:
        before = self.site.calendar.nth_before(day, 1)
        return before is None or before < day - timedelta(days=day.weekday())


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """The late tasks of one school: whoever the policy names is asked to see to each, once."""

    relay: Relay
    site: Site
    days: Days

    def escalate(self) -> None:
        """Ask about every task that is late enough, and no longer about those that were closed since."""
        through, tasks = self.days.through, self.relay.store.tasks
        if through is None:
            return
        for closed in tasks.settled_escalations(self.site.id):
            tasks.answered(closed, self.relay.now(), "the task was closed")
        # What was due before this day is so many school days late today.
        before = self.site.calendar.nth_before(through, self._policy.after_school_days - 1)
        for late in tasks.late(self.site.id, before) if before else ():
            if not (self._is_a_referral(late) or self._is_a_notice(late)):
                self._ask(late, through)

    def _is_a_referral(self, task: Task) -> bool:
        """Whether a task asks for the approval of a referral: whether that is answered is seen to on the same day."""
        approval = self.relay.store.approvals.get(task.about) if task.about else None
        return approval is not None and approval.kind == ActionKind.REFERRAL

    def _is_a_notice(self, task: Task) -> bool:
        """Whether a task asks about a notice nobody acknowledged: whoever answers for it was asked with it."""
        return task.about is not None and self.relay.store.notices.get(task.about) is not None

    @property
    def _policy(self) -> OverdueTo:
        return self.site.evaluator.policy.overdue

    def _ask(self, task: Task, through: date) -> None:
        """Open one task a role; the same late task asks the same people once, whatever became of it."""
        for role in self._policy.to:
            self.relay.store.tasks.add(
                replace(
                    task,
                    id=message_id(self.relay.key, f"{task.id}/overdue/{role}"),
                    role=role,
                    says=f"Overdue since {task.due_on:%a %-d %b %Y}, asked of {task.role}: {task.says}",
                    due_on=max(through, school_date(self.relay.now())),
                    opened_at=self.relay.now(),
                    about=task.id,
                )
            )

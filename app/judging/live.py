"""What the clock asks about a school day while it goes on: registers not complete, pupils not seen by a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, partial

from app.judging.carrying_out import Carrier
from app.judging.pupils import as_of
from app.reading import Site
from app.wiring import Relay
from mapping.model import Half, Session
from mapping.school_days import at_local, school_date
from rules.comparing import known
from rules.model import Decision, PupilMarks
from rules.policy_model import Rule
from rules.registers import RegisterMissing
from rules.single import EachSession


@dataclass(frozen=True, kw_only=True)
class Live:
    """Today's questions of one school, each asked once: after its time, and after a pull made since.

    What is asked in the morning is provisional: when the day is over the same rule is asked again about the marks as
    they stand, and the same firing is the same decision.
    """

    relay: Relay
    site: Site
    carrier: Carrier
    pupils: Callable[[], Mapping[str, PupilMarks]]
    may_speak: Callable[[Decision], bool]

    def judge(self) -> Iterator[Decision]:
        """Ask what is due and carry out what comes of it; nothing on a day without school."""
        if self.site.calendar.is_school_day(self._today):
            yield from self._registers()
            yield from self._times_of_day()

    @cached_property
    def _now(self) -> datetime:
        return self.relay.now()

    @cached_property
    def _today(self) -> date:
        return school_date(self._now)

    @cached_property
    def _pulled_at(self) -> datetime | None:
        return self.relay.store.runs.freshness(self.site.id)

    def _registers(self) -> Iterator[Decision]:
        for rule in self.site.evaluator.register_rules:
            when = rule.when
            assert isinstance(when, RegisterMissing)
            if not self._is_asked("register", rule.id, when.by):
                continue
            session = Session(self._today, Half(when.session))
            for decision in self.site.evaluator.missing_registers(session, known(self.pupils().values(), session)):
                if decision.rule == rule.id:
                    self.carrier.carry_out(decision, None)
                    yield decision

    def _times_of_day(self) -> Iterator[Decision]:
        evaluator, calendar = self.site.evaluator, self.site.calendar
        for rule, clock in evaluator.clock_rules.items():
            if not self._is_mostly_taken(rule) or not self._is_asked("clock", rule.id, clock):
                continue
            at = cache(partial(evaluator.at, calendar, self._today, clock=clock))
            for pupil in self.pupils().values():
                for decision in at(pupil.origin)(as_of(self.site, pupil, self._today)):
                    if decision.rule == rule.id and self.may_speak(decision):
                        self.carrier.carry_out(decision, pupil)
                        yield decision

    def _is_mostly_taken(self, rule: Rule) -> bool:
        """Whether a missing mark says something about a pupil yet: at least half of the register holds one (A11)."""
        half = rule.when.half if isinstance(rule.when, EachSession) else None
        taken = known(self.pupils().values(), Session(self._today, Half(half or Half.AM)))
        return 2 * taken.recorded >= taken.due

    def _is_asked(self, job: str, rule: str, clock: time) -> bool:
        """Take a rule's turn of today, once: at a later pull the register may be complete, but it was not then."""
        due_at = at_local(self._today, clock)
        if self._now < due_at or self._pulled_at is None or self._pulled_at < due_at:
            return False
        runs, name, slot = self.relay.store.runs, f"{job}/{rule}", self._today.isoformat()
        if not runs.begin(name, self.site.id, slot, now=self._now, lease=timedelta()):
            return False
        return runs.finish(name, self.site.id, slot, now=self._now, outcome="done")


def asked_at(site: Site) -> set[time]:
    """Return the times of day (local) at which a school's policy asks something."""
    registers = {rule.when.by for rule in site.evaluator.register_rules if isinstance(rule.when, RegisterMissing)}
    return registers | set(site.evaluator.clock_rules.values())

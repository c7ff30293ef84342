"""``decide``: what the policy says about every school day that is over, written down together with all that follows.

A day is judged afresh from the marks as they stand. What comes out is compared with the decisions that stand: new
ones are carried out, those that the marks no longer bear out are withdrawn, and whoever was told is told so. One
school is one transaction: decisions, cases, tasks and messages commit together or not at all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property, partial

from app.carrying_out import Carrier
from app.mishaps import unforeseen
from app.pupils import laid
from app.reading import Site
from app.wiring import Relay
from mapping.marks import year_of, year_start
from mapping.model import Half, Session
from mapping.school_days import at_local, school_date
from rules.comparing import Comparison, compare, known
from rules.evaluate import Decide
from rules.model import Decision, PupilMarks
from rules.registers import RegisterMissing
from store.cases import Decision as Kept
from store.database import StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDecisions:
    """What one judging of one school came to: new decisions by rule, and how many earlier ones were withdrawn."""

    school: str
    days: int = 0
    decided: Mapping[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    problem: str | None = None


def decide(
    relay: Relay, sites: Iterable[Site], *, seen: Callable[[int], object] = lambda _: None
) -> list[SchoolDecisions]:
    """Judge every school given, each in a transaction of its own; one that fails stops nobody else."""
    return [_decide_or_say(relay, site, seen) for site in sites]


def _decide_or_say(relay: Relay, site: Site, seen: Callable[[int], object]) -> SchoolDecisions:
    try:
        with relay.store.transaction():
            return Judge(relay=relay, site=site).judge(seen)
    except (ValueError, LookupError) as failure:
        return SchoolDecisions(school=site.id, problem=f"{type(failure).__name__}: {failure}")
    except StoreError:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it is, the other schools are judged
        return SchoolDecisions(school=site.id, problem=unforeseen(failure))


@dataclass(frozen=True, kw_only=True)
class Judge:
    """One judging of one school, inside one transaction."""

    relay: Relay
    site: Site

    def judge(self, seen: Callable[[int], object]) -> SchoolDecisions:
        """Judge the registers whose time has passed today, then every school day that is over."""
        decided = Counter(decision.rule for decision in self._registers())
        withdrawn = 0
        days = self._days_over
        self._carrier.route_again(lambda: self._pupils)
        self._carrier.approvals.escalate()
        if days or self._changed:
            for pupil in self._pupils.values():
                change = self._compare(pupil, days)
                decided.update(decision.rule for decision in change.new)
                withdrawn += len(change.undone)
                self._carry_out(pupil, change)
                seen(1)
            self._clear_cases()
            self._remember(days)
        judged = sum(day >= self._begun for day in days)
        return SchoolDecisions(school=self.site.id, days=judged, decided=dict(decided), withdrawn=withdrawn)

    @cached_property
    def _now(self) -> datetime:
        return self.relay.now()

    @cached_property
    def _through(self) -> date | None:
        """Return the latest school day that is over: judged when the day's time to decide has passed."""
        today = school_date(self._now)
        is_over = self._now >= at_local(today, self.relay.operator.times.decide)
        latest = self.site.calendar.last_on_or_before(today)
        return self.site.calendar.nth_before(today, 1) if latest == today and not is_over else latest

    @cached_property
    def _judged(self) -> date | None:
        """Return through which day the school had been judged before."""
        return self.relay.store.runs.decided_through(self.site.id)

    @cached_property
    def _days_over(self) -> tuple[date, ...]:
        """Return the school days not judged yet; on a new installation all of the school year so far."""
        if self._through is None:
            return ()
        if self._judged is None:
            return self.site.calendar.between(year_start(year_of(self._through)), self._through)
        return tuple(day for day in self.site.calendar.between(self._judged, self._through) if day > self._judged)

    @cached_property
    def _changed(self) -> dict[str, date]:
        """Return the pupils whose marks changed on a day already judged, and since when."""
        noted = self.relay.store.intake.to_judge(self.site.id)
        return {pupil_id: since for pupil_id, since in noted.items() if self._judged and since <= self._judged}

    @property
    def _begun_key(self) -> str:
        """Return the name under which the first day ever judged is kept."""
        return f"judged_from/{self.site.id}"

    @cached_property
    def _begun(self) -> date:
        """Return the first day ever judged: today's latest one when nothing has been judged yet."""
        kept = self.relay.store.runs.kept(self._begun_key)
        return date.fromisoformat(kept) if kept else self._through or date.max

    @cached_property
    def _pupils(self) -> dict[str, PupilMarks]:
        """Lay the marks of everybody on the roll over the sessions that were due to them."""
        return laid(self.relay, self.site)

    @cached_property
    def _standing(self) -> dict[str, dict[tuple[str, date], Kept]]:
        """Return the decisions that stand, by pupil and by (rule, day), as far back as anything is judged again."""
        since = min([*self._changed.values(), *self._days_over], default=None)
        standing: dict[str, dict[tuple[str, date], Kept]] = defaultdict(dict)
        for row in self.relay.store.cases.of_school(self.site.id, since):
            if row.state == "standing":
                standing[row.pupil_id][row.rule, row.fired_on] = row
        return standing

    def _compare(self, pupil: PupilMarks, new_days: tuple[date, ...]) -> Comparison:
        days = new_days
        if since := self._changed.get(pupil.pupil_id):
            days = self.site.calendar.between(since, self._through or since)
        if not days:
            return Comparison([], [])
        fresh = [decision for day in days for decision in self._on(day, pupil.origin)(pupil)]
        standing = {key for key in self._standing.get(pupil.pupil_id, ()) if key[1] >= days[0]}
        if days[0] < self._begun:
            fresh = self._adopted(pupil, fresh, standing)
        return compare(fresh, standing)

    def _adopted(
        self, pupil: PupilMarks, fresh: list[Decision], standing: Collection[tuple[str, date]]
    ) -> list[Decision]:
        """Leave out what fired before anybody judged here, unless it still stands: no old news, no hidden child."""
        holding = self._holding(pupil.origin)(pupil)
        latest = {decision.rule: decision.fired_on for decision in fresh}
        return [
            decision
            for decision in fresh
            if decision.fired_on >= self._begun
            or (decision.rule, decision.fired_on) in standing
            or (decision.rule in holding and decision.fired_on == latest[decision.rule])
        ]

    # Rules are bound to a day once for all pupils whose marks begin on the same date, which are most.

    @cached_property
    def _on(self) -> Callable[[date, date], Decide]:
        return cache(partial(self.site.evaluator.on, self.site.calendar))

    @cached_property
    def _holding(self) -> Callable[[date], Callable[[PupilMarks], set[str]]]:
        return cache(partial(self.site.evaluator.holding, self.site.calendar, self._through or self._begun))

    @cached_property
    def _carrier(self) -> Carrier:
        return Carrier(relay=self.relay, site=self.site)

    def _carry_out(self, pupil: PupilMarks, change: Comparison) -> None:
        for key in change.undone:
            self._carrier.withdraw(self._standing[pupil.pupil_id][key], pupil)
        for decision in change.new:
            self._carrier.carry_out(decision, pupil)

    def _clear_cases(self) -> None:
        """Close the cases whose reason is over: the run broke, the attendance recovered."""
        if self._through is None:
            return
        over = cache(partial(self.site.evaluator.over, self.site.calendar, self._through))
        for episode in self.relay.store.cases.episodes(self.site.id):
            pupil = self._pupils.get(episode.pupil_id)
            if pupil is None or over(pupil.origin)(episode.ladder, pupil):
                self.relay.store.cases.clear(episode, self._through)

    def _remember(self, days: tuple[date, ...]) -> None:
        if days:
            if self._judged is None:
                self.relay.store.runs.keep(self._begun_key, days[-1].isoformat())
            self.relay.store.runs.decided(self.site.id, days[-1])
        if self._through:
            self.relay.store.intake.judged(self.site.id, self._through)

    def _registers(self) -> Iterator[Decision]:
        """Judge each register rule once a school day, when its time has passed and a pull has been made since."""
        today = school_date(self._now)
        if not self.site.calendar.is_school_day(today):
            return
        pulled_at = self.relay.store.runs.freshness(self.site.id)
        for rule in self.site.evaluator.register_rules:
            when = rule.when
            assert isinstance(when, RegisterMissing)
            due_at = at_local(today, when.by)
            if self._now < due_at or pulled_at is None or pulled_at < due_at or not self._first_look(rule.id, today):
                continue
            session = Session(today, Half(when.session))
            for decision in self.site.evaluator.missing_registers(session, known(self._pupils.values(), session)):
                if decision.rule == rule.id:
                    self._carrier.carry_out(decision, None)
                    yield decision

    def _first_look(self, rule: str, day: date) -> bool:
        """Take the register rule's turn on a day: at a later pull the register may be complete, but it was not then."""
        runs, slot = self.relay.store.runs, day.isoformat()
        if not runs.begin(f"register/{rule}", self.site.id, slot, now=self._now, lease=timedelta()):
            return False
        return runs.finish(f"register/{rule}", self.site.id, slot, now=self._now, outcome="done")

"""One judging of one school: what is live today, every school day that is over, and all that follows from it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial

from app.changes import SCHOOL
from app.judging.carrying_out import Carrier
from app.judging.days import Days
from app.judging.live import Live
from app.judging.pupils import laid
from app.judging.recurring import Overdue, Repeats
from app.judging.school import about_school
from app.judging.verdicts import Verdict, Verdicts
from app.people.acknowledging import Acknowledgements
from app.reading import Site
from app.safety import surges
from app.safety.rerouting import Rerouting
from app.wiring import Relay
from rules.model import Decision, PupilMarks
from store.cases import Decision as Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a judging came to: days judged, new decisions by rule, earlier ones withdrawn."""

    days: int
    decided: Mapping[str, int]
    withdrawn: int


@dataclass(frozen=True, kw_only=True)
class Judge:
    """One judging of one school, inside one transaction."""

    relay: Relay
    site: Site

    def judge(self, seen: Callable[[int], object]) -> Judged:
        """Judge what the clock asks about today, then every school day that is over, and again what has changed."""
        decided = Counter(decision.rule for decision in self._live.judge())
        withdrawn = 0
        self._carrier.route_again(lambda: self._pupils)
        Rerouting(carrier=self._carrier).follow(lambda: self._pupils)
        self._carrier.approvals.escalate()
        if self._days.over or self._days.changed:
            for pupil in self._pupils.values():
                verdict = self._verdicts.compare(pupil)
                if any(verdict):
                    decided.update(decision.rule for decision in verdict.new)
                    withdrawn += len(verdict.undone)
                    self._carry_out(pupil, verdict)
                seen(1)
            self._finish()
        surges.look(self._carrier)
        Acknowledgements(relay=self.relay, site=self.site).escalate()
        judged = sum(day >= self._days.begun for day in self._days.over)
        return Judged(days=judged, decided=dict(decided), withdrawn=withdrawn)

    def _finish(self) -> None:
        """Do what follows once every pupil is judged: the school's own rules, cases, what is asked again."""
        self._carry_out(None, about_school(self._verdicts))
        self._clear_cases()
        Repeats(relay=self.relay, site=self.site, days=self._days, carrier=self._carrier).ask_again(self._holds)
        Overdue(relay=self.relay, site=self.site, days=self._days).escalate()
        self._days.remember()

    @cached_property
    def _days(self) -> Days:
        return Days(relay=self.relay, site=self.site)

    @cached_property
    def _verdicts(self) -> Verdicts:
        return Verdicts(relay=self.relay, site=self.site, days=self._days)

    @cached_property
    def _live(self) -> Live:
        return Live(
            relay=self.relay,
            site=self.site,
            carrier=self._carrier,
            pupils=lambda: self._pupils,
            may_speak=self._verdicts.mutes.may_speak,
        )

    @cached_property
    def _carrier(self) -> Carrier:
        return Carrier(relay=self.relay, site=self.site)

    @cached_property
    def _pupils(self) -> dict[str, PupilMarks]:
        return laid(self.relay, self.site)

    def _carry_out(self, pupil: PupilMarks | None, verdict: Verdict) -> None:
        standing = self._verdicts.standing.get(pupil.pupil_id if pupil else SCHOOL, {})
        undone = sorted((standing[key] for key in verdict.undone), key=lambda row: row.fired_on)
        moved = [(decision, row) for decision in verdict.new if (row := self._moved(decision, undone))]
        # What only moved is an update of what was told, written while that still stands.
        for decision, row in moved:
            self._carrier.carry_out(decision, pupil, instead_of=row)
        self._carrier.withdraw(undone, pupil)
        for key in verdict.answered:
            self._carrier.let_lapse(standing[key])
        for decision in verdict.new:
            if decision not in [each for each, _ in moved]:
                self._carrier.carry_out(decision, pupil)
        self._carrier.bring_back(undone, pupil)

    def _moved(self, decision: Decision, undone: Sequence[Kept]) -> Kept | None:
        """Return the decision taken back that a new one of the same rule and case, on a later day, stands for now."""
        before = [row for row in undone if row.rule == decision.rule and row.fired_on < decision.fired_on]
        return before[-1] if before and self._carrier.goes_on(decision) else None

    def _holds(self, pupil_id: str, rule: str, day: date) -> bool:
        pupil = self._pupils.get(pupil_id)
        return pupil is not None and self._verdicts.holds(pupil, rule, day)

    def _clear_cases(self) -> None:
        """Close the cases whose reason is over: the run broke, the attendance recovered."""
        through = self._days.through
        if through is None:
            return
        over = cache(partial(self.site.evaluator.over, self.site.calendar, through))
        for episode in self.relay.store.cases.episodes(self.site.id):
            pupil = self._pupils.get(episode.pupil_id)
            if pupil is None or over(pupil.origin)(episode.ladder, pupil):
                self.relay.store.cases.clear(episode, through)

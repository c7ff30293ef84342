"""What the rules make of each pupil of a school, compared with the decisions that stand."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial
from typing import NamedTuple

from app.judging.days import Days, earlier
from app.judging.mutes import Mutes
from app.judging.pupils import as_of
from app.judging.versions import Versions
from app.reading import Site
from app.wiring import Relay
from mapping.marks import BLANK_YEAR, year_of
from mapping.school_days import school_date
from rules.evaluate import Decide
from rules.model import Decision, PupilMarks
from store.cases import Decision as Kept

#: Which firing a decision is: the rule, and the day.
Key = tuple[str, date]


class Verdict(NamedTuple):
    """What is new about a pupil, what no longer holds, and the questions of a morning that the day has answered."""

    new: list[Decision]
    undone: list[Key]
    answered: list[Key]


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """The verdicts of one judging of one school."""

    relay: Relay
    site: Site
    days: Days

    def compare(self, pupil: PupilMarks) -> Verdict:
        """Return what is new about a pupil since the day from which on anything may be, and what is undone."""
        since, until = self.since(pupil.pupil_id), self.days.until
        if since is None:
            return Verdict([], [], [])
        fresh = [
            decision
            for day in self.site.calendar.between(since, until)
            for decision in self._on(day, pupil.origin)(as_of(self.site, pupil, day))
        ]
        standing = self.standing_since(pupil.pupil_id, since)
        if not fresh and not standing:
            return Verdict([], [], [])
        if since < self.days.begun:
            fresh = self._adopted(pupil, fresh, standing)
        return self._compared(pupil, fresh, standing)

    def since(self, pupil_id: str) -> date | None:
        """Return since which day a pupil (or the school, by the empty id) is judged; none where nothing is new."""
        return earlier(self.days.since(pupil_id), self._muted_since.get(pupil_id))

    @cached_property
    def _muted_since(self) -> Mapping[str, date]:
        """Return the muted pupils of whom something is new, and since when what it concerns was muted."""
        new = ((pupil_id, self.days.since(pupil_id)) for pupil_id in self.mutes.by_pupil)
        begun = ((pupil_id, self.mutes.since(pupil_id, day)) for pupil_id, day in new if day)
        return {pupil_id: day for pupil_id, day in begun if day}

    @cached_property
    def mutes(self) -> Mutes:
        """Return what is muted for whom."""
        return Mutes(relay=self.relay, site=self.site)

    @cached_property
    def versions(self) -> Versions:
        """Return the policies by which the school's days are judged."""
        return Versions(relay=self.relay, site=self.site)

    @cached_property
    def standing(self) -> dict[str, dict[Key, Kept]]:
        """Return the decisions that stand, by pupil and by (rule, day), as far back as anything is judged again."""
        since = min([*self.days.changed.values(), *self._muted_since.values(), *self.days.over], default=None)
        standing: dict[str, dict[Key, Kept]] = defaultdict(dict)
        for row in self.relay.store.cases.of_school(self.site.id, since):
            if row.state == "standing":
                standing[row.pupil_id][row.rule, row.fired_on] = row
        return standing

    def standing_since(self, pupil_id: str, since: date) -> dict[Key, Kept]:
        """Return what stands of a pupil, but for days whose policy cannot be read any more: these stay as they are."""
        until, of_pupil = self.days.until, self.standing.get(pupil_id)
        if of_pupil is None:
            return {}
        return {key: row for key, row in of_pupil.items() if since <= key[1] <= until and self.versions.on(key[1])}

    def _adopted(self, pupil: PupilMarks, fresh: list[Decision], standing: Collection[Key]) -> list[Decision]:
        """Leave out what fired before anybody judged here, unless it still stands: no old news, no hidden child."""
        holding = self._holding(self.days.through or self.days.begun, pupil.origin)(pupil)
        latest = {decision.rule: decision.fired_on for decision in fresh}
        return [
            decision
            for decision in fresh
            if decision.fired_on >= self.days.begun
            or (decision.rule, decision.fired_on) in standing
            or (decision.rule in holding and decision.fired_on == latest[decision.rule])
        ]

    def _compared(self, pupil: PupilMarks, fresh: list[Decision], standing: Mapping[Key, Kept]) -> Verdict:
        said = self.mutes.sort_out(fresh, pupil.pupil_id, until=self.days.until, holds=partial(self._holds, pupil))
        heard = {(decision.rule, decision.fired_on) for decision in said.heard}
        over = sorted(
            key
            for key, row in standing.items()
            if key not in heard and not _stays(row, said.silent) and not self._is_purged(pupil.pupil_id, key[1])
        )
        answered = [key for key in over if self._is_of_the_morning(key)]
        return Verdict(
            new=[decision for decision in said.heard if (decision.rule, decision.fired_on) not in standing],
            undone=[key for key in over if key not in answered],
            answered=answered,
        )

    def _is_purged(self, pupil_id: str, day: date) -> bool:
        """Whether nothing at all is kept of the school year of a day: that old marks are gone corrects nothing."""
        marks = self.relay.store.registers.marks_of_pupil(self.site.id, pupil_id).get(year_of(day), BLANK_YEAR)
        return marks == BLANK_YEAR

    def _is_of_the_morning(self, key: Key) -> bool:
        evaluator = self.versions.on(key[1])
        return evaluator is not None and key[0] in {rule.id for rule in evaluator.clock_rules}

    def holds(self, pupil: PupilMarks, rule: str, day: date) -> bool:
        """Whether a rule's condition stands for a pupil at the end of a day on which nothing mutes it."""
        return not self.mutes.covers(pupil.pupil_id, rule, day) and self._holds(pupil, rule, day)

    def _holds(self, pupil: PupilMarks, rule: str, day: date) -> bool:
        return rule in self._holding(day, pupil.origin)(as_of(self.site, pupil, day))

    # Rules are bound to a day once for all pupils whose marks begin on the same date, which are most.

    @cached_property
    def _on(self) -> Callable[[date, date], Decide]:
        @cache
        def on(day: date, origin: date) -> Decide:
            evaluator = self.versions.on(day)
            return evaluator.on(self.site.calendar, day, origin) if evaluator else lambda _: []

        return on

    @cached_property
    def _holding(self) -> Callable[[date, date], Callable[[PupilMarks], set[str]]]:
        return cache(partial(self.site.evaluator.holding, self.site.calendar))


def _stays(row: Kept, silent: Mapping[Key, date | None]) -> bool:
    """Whether a muted firing that was decided stays: it was decided before the mute, not when it had ended."""
    key = row.rule, row.fired_on
    if key not in silent:
        return False
    ended_on = silent[key]
    return ended_on is None or school_date(row.decided_at) < ended_on

"""Rules muted for a pupil for a while: which firing is not to be heard yet, which is when the mute has ended.

A mute takes nothing back and forgets nothing: what was decided before it stays, and what a rule would have said during
it is said on the first school day after it, if the rule's condition still holds then. The floor is never muted.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from mapping.school_days import Calendar
from rules.model import Decision
from rules.policy import Policy
from rules.recorded import CLOSED

#: The recorded events between which a placement is paused (S1-38, A22).
PAUSED = "placement_on_hold"
RESUMED = CLOSED[PAUSED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Rules of one pupil that are muted from ``first`` to ``last``, both included; ``None`` is all of them."""

    rules: frozenset[str] | None
    first: date
    last: date

    def covers(self, rule: str, day: date) -> bool:
        """Whether a rule is muted on a day."""
        return self.first <= day <= self.last and (self.rules is None or rule in self.rules)


def pauses(events: Iterable[tuple[date, str]]) -> list[Mute]:
    """Return the mutes that the recorded events of a pupil ask for: while the placement is on hold."""
    found: list[Mute] = []
    since: date | None = None
    for day, event in sorted(events):
        if event == PAUSED:
            since = since or day
        elif event == RESUMED and since is not None:
            found.append(Mute(rules=None, first=since, last=day - timedelta(days=1)))
            since = None
    return found if since is None else [*found, Mute(rules=None, first=since, last=date.max)]


def speaks_on(decision: Decision, mutes: Collection[Mute], calendar: Calendar) -> date | None:
    """Return the school day on which a firing may be heard: its own unless the rule is muted on it.

    Mutes that follow each other without a school day between them are one. ``None`` where no day is in sight.
    """
    day: date | None = decision.fired_on
    while day is not None and not decision.is_floor:
        ends = [mute.last for mute in mutes if mute.covers(decision.rule, day)]
        if not ends:
            return day
        day = _next(calendar, max(ends))
    return day


def _next(calendar: Calendar, day: date) -> date | None:
    after = calendar.between(day + timedelta(days=1), date.max) if day < date.max else ()
    return after[0] if after else None


class Sorted(NamedTuple):
    """Firings sorted by what mutes leave of them: ``heard`` and ``silent``, the latter with the day they were asked.

    That day is the one on which the mute ended and the firing was found to be over; ``None`` while it goes on.
    """

    heard: list[Decision]
    silent: dict[tuple[str, date], date | None]


def sort_out(
    fresh: Sequence[Decision],
    speaks: Callable[[Decision], date | None],
    *,
    through: date,
    holds: Callable[[str, date], bool],
) -> Sorted:
    """Sort one pupil's firings: ``holds`` says whether a rule's condition stands at the end of a school day.

    Of several firings of one rule that would be heard on one day the latest is, and none where the rule fires anew on
    that day: nobody needs old news.
    """
    asked = {(decision.rule, decision.fired_on): speaks(decision) for decision in fresh}
    latest = {(decision.rule, asked[decision.rule, decision.fired_on]): decision.fired_on for decision in fresh}
    heard: list[Decision] = []
    silent: dict[tuple[str, date], date | None] = {}
    for decision in fresh:
        key = decision.rule, decision.fired_on
        on = asked[key]
        is_latest = latest[decision.rule, on] == decision.fired_on
        if on is None or on > through:
            silent[key] = None
        elif on == decision.fired_on or (is_latest and holds(decision.rule, on)):
            heard.append(decision)
        else:
            silent[key] = on
    return Sorted(heard, silent)


def held_rules(policy: Policy, name: str, role: str) -> frozenset[str]:
    """Return the rules that a hold of a rule or a ladder mutes, or of every rule where ``name`` is empty."""
    named = (rule for rule in policy.rules if not name or name in {rule.id, rule.ladder})
    return frozenset(rule.id for rule in named if not rule.is_floor and role in rule.mutable_by)


def refusal(policy: Policy, name: str, role: str) -> tuple[str, str] | None:
    """Return why a role cannot hold a rule, a ladder or (``name`` empty) everything: the column, and the sentence."""
    named = [rule for rule in policy.rules if not name or name in {rule.id, rule.ladder}]
    if not named:
        return "rule", f"is no rule or ladder of policy {policy.id}"
    own = [rule for rule in named if not rule.is_floor]
    if not own:
        return "rule", "is a rule of the floor, which cannot be held"
    free = [rule for rule in own if role in rule.mutable_by]
    if free and (not name or free == own):
        return None
    first = next(rule for rule in own if rule not in free)
    who = f"it may be held by {', '.join(first.mutable_by)}" if first.mutable_by else "nobody may hold it"
    return "role", f"may not hold rule {first.id} under policy {policy.id}: {who}"

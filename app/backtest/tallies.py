"""What a policy comes to: how often each rule fires, and the work in each school week."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from rules.model import Action, ActionKind, Decision

LETTERS, LISTS = "letters and forms", "lists and digests"
#: The kinds of work, as a head of attendance plans it.
LOADS = ("notices", LETTERS, LISTS, "calls", "visits", "meetings", "other tasks", "referrals")
_OF_KIND = {ActionKind.NOTICE: "notices", ActionKind.REFERRAL: "referrals"}
_OF_EFFORT = {"call": "calls", "visit": "visits", "letter": LETTERS, "meeting": "meetings"}


@dataclass(slots=True)
class Fired:
    """How often one rule fired, and for whom: one byte for each pupil there is."""

    pupils: bytearray = field(repr=False)
    times: int = 0


class Tally:
    """Counts what one policy decides on the school days given."""

    def __init__(self, pupils: int, days: Sequence[date]) -> None:
        """``pupils`` is how many there are."""
        self._pupils = pupils
        self.weeks = sorted({monday(day) for day in days})
        self.rules: dict[str, Fired] = {}
        self._work: Counter[tuple[str, date]] = Counter()

    def add(self, decision: Decision, at: int | None) -> None:
        """Count a decision and all it asks for; ``at`` is the pupil's place, none the school's."""
        fired = self.rules.setdefault(decision.rule, Fired(bytearray(self._pupils)))
        fired.times += 1
        if at is not None:
            fired.pupils[at] = 1
        for action in decision.actions:
            self.ask(action, decision.fired_on, is_about_school=at is None)

    def ask(self, action: Action, day: date, *, is_about_school: bool = False) -> None:
        """Count one piece of work in the week of a day."""
        self._work[load_of(action, is_about_school=is_about_school), monday(day)] += 1

    def in_all(self, load: str) -> int:
        """Return how much of a kind of work there is."""
        return sum(self._work[load, week] for week in self.weeks)

    def busiest(self, load: str) -> tuple[int, date]:
        """Return how much of it the busiest week holds, and the Monday of the first such week."""
        week = max(self.weeks, key=lambda week: self._work[load, week])
        return self._work[load, week], week


def load_of(action: Action, *, is_about_school: bool) -> str:
    """Return the kind of work an action is; a task is sorted by the effort its policy says it takes."""
    if action.kind is ActionKind.DOCUMENT:
        return LISTS if is_about_school else LETTERS
    return _OF_KIND.get(action.kind) or _OF_EFFORT.get(action.effort or "", "other tasks")


def monday(day: date) -> date:
    """Return the Monday of a date's week."""
    return day - timedelta(days=day.weekday())

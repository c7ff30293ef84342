"""A provider's policy: its rules, its ladders, and what it settles for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rules.binding import SchoolTrigger, Trigger
from rules.model import Action
from rules.registers import RegisterMissing
from rules.triggers import AnyTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Which pupils a rule is about, by their flags: with any of the first, with none of the second."""

    flags_any: frozenset[str] = frozenset()
    flags_none: frozenset[str] = frozenset()

    def __contains__(self, flags: frozenset[str], /) -> bool:
        is_wanted = not self.flags_any or not self.flags_any.isdisjoint(flags)
        return is_wanted and self.flags_none.isdisjoint(flags)

    def __str__(self) -> str:
        """As an explanation says it; empty for everybody."""
        wanted = f"with {' or '.join(sorted(self.flags_any))}" if self.flags_any else ""
        unwanted = f"without {' and '.join(sorted(self.flags_none))}" if self.flags_none else ""
        return " and ".join(filter(None, (wanted, unwanted)))


EVERYBODY = Population()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a policy: when it fires, what it says, what follows. ``rows`` are the seed rows it carries out.

    ``once_per`` is how often it may fire for one pupil, ``needs`` the rule that must have fired before;
    ``mutable_by`` are the roles that may mute it. ``no_action`` says why nothing follows where nothing does.
    """

    id: str
    rows: tuple[str, ...]
    says: str
    when: AnyTrigger
    then: tuple[Action, ...]
    ladder: str | None = None
    rung: int = 0
    once_per: str = ""
    population: Population = EVERYBODY
    needs: str | None = None
    mutable_by: tuple[str, ...] = ()
    no_action: str | None = None
    is_floor: bool = False

    @property
    def ladder_id(self) -> str:
        """Return its ladder: a rule on no ladder is a ladder of one rung under its own id."""
        return self.ladder or self.id

    @property
    def is_about_school(self) -> bool:
        """Whether it is asked about a school and not about a pupil."""
        return not hasattr(self.when, "bind")

    @property
    def trigger(self) -> Trigger:
        """Return the condition of a rule about a pupil."""
        assert not self.is_about_school
        return self.when  # type: ignore[return-value]

    @property
    def school_trigger(self) -> SchoolTrigger | None:
        """Return the condition of a rule about a school's days; none of one about its registers."""
        is_day = self.is_about_school and not isinstance(self.when, RegisterMissing)
        return self.when if is_day else None  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Rungs in order of gravity. ``is_highest_only`` fires only the highest of those reached on one day."""

    id: str
    is_highest_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoTell:
    """Who is told, beside everybody else, of every notice about a pupil with one of the flags."""

    rows: tuple[str, ...]
    flags: frozenset[str]
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Who is asked when a task is not done so many school days after it was due."""

    to: tuple[str, ...]
    after_school_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Rows of the published policy that no rule carries out: ``by`` says what does, ``says`` how, or why a person."""

    rows: tuple[str, ...]
    by: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A whole policy, dated. ``source`` names the published text it carries out.

    ``seed`` is the prefix of that text's numbered rows; ``target`` the attendance it aims at, in per cent.
    """

    id: str
    name: str
    version: str
    valid_from: date
    review_by: date
    source: str
    ladders: Mapping[str, Ladder]
    rules: tuple[Rule, ...]
    overdue: Overdue
    mutable_by: tuple[str, ...] = ()
    seed: str | None = None
    target: float | None = None
    also_tell: tuple[AlsoTell, ...] = field(default=())
    covered: tuple[Covered, ...] = field(default=())

    def rule(self, name: str) -> Rule | None:
        """Return a rule by its id."""
        return next((rule for rule in self.rules if rule.id == name), None)

    def passes(self, rule: Rule, other: Rule) -> bool:
        """Whether a rule is a higher rung than another on a ladder of which only the highest fires."""
        if rule.ladder is None or rule.ladder != other.ladder or rule.rung <= other.rung:
            return False
        return self.ladders[rule.ladder].is_highest_only

"""A policy file as far as it can be read: lint must speak about files that do not load, too."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.doubts.raw import Raw, number, table, tables, text, texts

#: The units as a sentence says them.
UNITS = {"school_day": "days", "session": "sessions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong or doubtful in a policy.

    ``rule`` is the rule's id, empty for the file as a whole; ``key`` the place in the file (``rule[3].when.below``,
    counted from one); ``ambiguity`` the number of the open question of the published policies that it is a case of.
    A policy with an error does not load; a doubt is for its author to decide.
    """

    rule: str
    kind: str
    message: str
    ambiguity: str | None = None
    key: str = ""
    is_error: bool = False


class Bound(NamedTuple):
    """One end of a band: the number, and whether the number itself is left out."""

    value: float
    is_exclusive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSketch:
    """One ``[[rule]]``, the ``number``-th of the file. What is missing or of the wrong type reads as empty."""

    number: int
    id: str
    raw: Raw
    when: Raw
    rows: tuple[str, ...]
    then: tuple[Raw, ...]
    any_of: frozenset[str]
    none_of: frozenset[str]

    @property
    def metric(self) -> str:
        """What the rule measures."""
        return text(self.when, "metric")

    @property
    def unit(self) -> str:
        """What it counts in."""
        return text(self.when, "unit")

    @property
    def ladder(self) -> str:
        """The ladder it stands on, if any."""
        return text(self.raw, "ladder")

    @property
    def rung(self) -> float:
        """Its rung on the ladder."""
        return number(self.raw, "rung") or 0

    @property
    def lower(self) -> Bound | None:
        """The lower end of its band."""
        return _bound(self.when, "at_least", "more_than")

    @property
    def upper(self) -> Bound | None:
        """The upper end of its band, where one is written; for attendance in per cent the level is ``level``."""
        return None if self.metric == "percentage" else _bound(self.when, "at_most", "less_than")

    @property
    def level(self) -> Bound | None:
        """The attendance in per cent under which it fires."""
        return _bound(self.when, "at_most", "below") if self.metric == "percentage" else None

    def finding(self, kind: str, message: str, *, key: str = "", ambiguity: str | None = None) -> Finding:
        """Make a finding about this rule; ``key`` is the place inside it."""
        place = f"rule[{self.number}]"
        return Finding(
            rule=self.id, kind=kind, message=message, ambiguity=ambiguity, key=f"{place}.{key}" if key else place
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A whole policy file as far as it can be read."""

    head: Raw
    ladders: Mapping[str, str]
    rules: tuple[RuleSketch, ...]
    also_tell: tuple[Raw, ...]
    covered: tuple[Raw, ...]

    def on_ladder(self, ladder: str) -> list[RuleSketch]:
        """Return the rungs of a ladder, the lowest first."""
        return sorted((rule for rule in self.rules if rule.ladder == ladder), key=lambda rule: rule.rung)


def sketch(data: Raw) -> Sketch:
    """Read what can be read of a parsed policy file."""
    return Sketch(
        head=table(data, "policy"),
        ladders={text(each, "id"): text(each, "fires") for each in tables(data, "ladder")},
        rules=tuple(_rule(raw, place) for place, raw in enumerate(tables(data, "rule"), start=1)),
        also_tell=tuple(tables(data, "also_tell")),
        covered=tuple(tables(data, "covered")),
    )


def _rule(raw: Raw, place: int) -> RuleSketch:
    population = table(raw, "population")
    return RuleSketch(
        number=place,
        id=text(raw, "id") or f"rule {place}",
        raw=raw,
        when=table(raw, "when"),
        rows=texts(raw, "rows"),
        then=tuple(tables(raw, "then")),
        any_of=frozenset(texts(population, "flags_any")),
        none_of=frozenset(texts(population, "flags_none")),
    )


def _bound(raw: Raw, inclusive: str, exclusive: str) -> Bound | None:
    for key, is_exclusive in ((inclusive, False), (exclusive, True)):
        value = number(raw, key)
        if value is not None:
            return Bound(value, is_exclusive)
    return None


Check = Callable[[Sketch], Iterable[Finding]]

"""From facts to the rules that stand: the conditions of a policy, compiled once for each set of flags."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Protocol, TypeVar

from rules.policy_model import Rule
from rules.thresholds import condition_of

K = TypeVar("K")
T = TypeVar("T")
#: What every rule about a pupil measures of one of them, in the order of the rules.
Row = Sequence[Any]
#: Where a measure stands in a row, and what each of its values tells there unless it is nothing.
_Column = tuple[int, Mapping[Any, Sequence[T]]]
#: How many sets of flags are kept, and how many values of a measure: pupils have few different ones.
_SETS, _VALUES = 256, 4096


class _Found(dict[K, T]):
    """What a question has been answered with; a hit costs no call. Of too many answers all are forgotten."""

    def __init__(self, ask: Callable[[K], T], most: int) -> None:
        super().__init__()
        self._ask, self._most = ask, most

    def __missing__(self, key: K) -> T:
        if len(self) >= self._most:
            self.clear()
        found = self[key] = self._ask(key)
        return found


class Standing(Protocol):
    """The ids of the rules that stand for a pupil, of each ladder the highest."""

    def __call__(self, row: Row, flags: frozenset[str], is_open: Callable[[Rule], bool] = ..., /) -> list[str]:
        """``is_open`` says of a rule with more than numbers to it whether that holds: its concern, what it needs."""
        ...


def shared(rules: Iterable[Rule]) -> list[int]:
    """Return for each rule the place of the first that takes the same measure."""
    first: dict[Hashable, int] = {}
    return [first.setdefault(condition_of(rule.trigger).measure, place) for place, rule in enumerate(rules)]


def compiled(rules: Sequence[Rule]) -> Standing:
    """Compile rules about pupils into what says which of them stand."""
    places = {rule.id: place for rule, place in zip(rules, shared(rules), strict=True)}
    order = {rule.id: number for number, rule in enumerate(rules)}
    # Most measures tell the same of pupils with other flags.
    table = cache(partial(_table, tell=highest))

    def columns(flags: frozenset[str]) -> tuple[list[_Column[str]], list[_Column[Rule]]]:
        """Put aside what no table can settle: ladders with a gate, or with rungs of several measures."""
        about = [rule for rule in rules if flags in rule.population]
        open_ladders = {rule.ladder_id for rule in about if _is_gated(rule)} | _of_several(about, places)
        settled = [rule for rule in about if rule.ladder_id not in open_ladders]
        others = [rule for rule in about if rule.ladder_id in open_ladders]
        return _columns(settled, places, table), _columns(others, places, partial(_table, tell=tuple))

    by_flags = _Found(columns, _SETS)

    def standing(row: Row, flags: frozenset[str], is_open: Callable[[Rule], bool] = _always, /) -> list[str]:
        settled, others = by_flags[flags]
        found: list[str] = []
        for place, told in settled:
            if fact := row[place]:
                found += told[fact]
        if others:
            reached = [rule for place, told in others if (fact := row[place]) for rule in told[fact]]
            found += highest(sorted(filter(is_open, reached), key=lambda rule: order[rule.id]))
        return found

    return standing


def highest(rules: Collection[Rule]) -> tuple[str, ...]:
    """Return the ids of rules, of each ladder the highest alone; of two for different pupils the later one."""
    by_ladder = {rule.ladder_id: rule for rule in sorted(rules, key=lambda rule: rule.rung)}
    return tuple(rule.id for rule in by_ladder.values())


def _columns(
    rules: Sequence[Rule], places: dict[str, int], table: Callable[[tuple[Rule, ...]], Mapping[Any, Sequence[T]]]
) -> list[_Column[T]]:
    by_place: dict[int, list[Rule]] = {}
    for rule in rules:
        by_place.setdefault(places[rule.id], []).append(rule)
    return [(place, table(tuple(group))) for place, group in by_place.items()]


def _table(rules: tuple[Rule, ...], tell: Callable[[list[Rule]], tuple[T, ...]]) -> Mapping[Any, tuple[T, ...]]:
    """Return what is told of rules that take one measure, by its value."""
    conditions: Any = [condition_of(rule.trigger) for rule in rules]
    steps = sorted(set(conditions), key=lambda step: step.gravity)
    told = [
        tell([rule for rule, its in zip(rules, conditions, strict=True) if its.gravity <= step.gravity])
        for step in steps
    ]
    nothing: tuple[T, ...] = ()
    return _Found(type(steps[0]).table(steps, told, nothing), _VALUES)


def _of_several(rules: Iterable[Rule], places: dict[str, int]) -> set[str]:
    """Return the ladders whose rungs take more than one measure."""
    pairs = {(rule.ladder_id, places[rule.id]) for rule in rules}
    ladders = [ladder for ladder, _ in pairs]
    return {ladder for ladder in ladders if ladders.count(ladder) > 1}


def _is_gated(rule: Rule) -> bool:
    """Whether it looks at more than its fact and the flags: at a concern that stands, at another rule."""
    return rule.needs is not None or getattr(rule.when, "standing", None) is not None


def _always(_: Rule) -> bool:
    return True

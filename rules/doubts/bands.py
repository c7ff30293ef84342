"""Bands of a count, as published beside each other: what stands in two of them, and what in none."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from rules.doubts.raw import plain, text
from rules.doubts.sketch import Bound, Finding, RuleSketch, Sketch

_BANDED = ("consecutive", "cumulative", "rolling_count")
_NOUNS = {"school_day": "day", "session": "session"}


def check(policy: Sketch) -> Iterator[Finding]:
    """Find overlaps (A5), gaps (A2) and half days between bands of whole days (A6)."""
    for track in _tracks(policy):
        for first, second in combinations(track, 2):
            yield from _overlap(first, second)
        for first, second in pairwise(track):
            yield from _gap(first, second)


def _tracks(policy: Sketch) -> Iterator[list[RuleSketch]]:
    """Yield the rules that measure the same thing, from the lowest band up; of equal bounds the one with an end."""
    tracks: dict[object, dict[Bound, RuleSketch]] = {}
    for rule in policy.rules:
        if rule.metric in _BANDED and rule.lower:
            track = tracks.setdefault(_measure(rule), {})
            if rule.upper or rule.lower not in track:
                track[rule.lower] = rule
    for track in tracks.values():
        yield [track[bound] for bound in sorted(track)]


def _measure(rule: RuleSketch) -> object:
    when = rule.when
    measured = (rule.metric, rule.unit, text(when, "category"), text(when, "window"), str(when.get("school_weeks")))
    return measured, str(when.get("within")), rule.any_of, rule.none_of


def _overlap(first: RuleSketch, second: RuleSketch) -> Iterator[Finding]:
    end, begin = first.upper, second.lower
    assert begin is not None  # a track holds rules with a lower bound
    if end is None or (first.ladder != second.ladder and first.ladder and second.ladder):
        return
    low, high = _whole(begin, up=True), min(_whole(end, up=False), _end(second))
    if low > high:
        return
    noun = _NOUNS.get(first.unit, first.unit)
    which = f"{noun} {plain(low)} stands" if low == high else f"{noun}s {plain(low)} to {plain(high)} stand"
    message = (
        f"{which} in both {first.id!r} ({_band(first)}) and {second.id!r} ({_band(second)}); "
        f"{second.id!r} begins at {plain(low)}, its own lower bound"
    )
    yield second.finding("overlap", message, key="when", ambiguity="A5")


def _gap(first: RuleSketch, second: RuleSketch) -> Iterator[Finding]:
    end, begin = first.upper, second.lower
    if end is None or begin is None or (end.value == begin.value and end.is_exclusive != begin.is_exclusive):
        return
    low, high = _whole(end, up=False) + 1, _whole(begin, up=True) - 1
    neither = f"neither {first.id!r} ({_band(first)}) nor {second.id!r} ({_band(second)})"
    noun = _NOUNS.get(first.unit, first.unit)
    if low == high:
        yield second.finding("gap", f"exactly {plain(low)} stands in {neither}", key="when", ambiguity="A2")
    elif low < high:
        message = f"{plain(low)} to {plain(high)} {noun}s stand in {neither}"
        yield second.finding("gap", message, key="when", ambiguity="A2")
    elif low > high and first.unit == "school_day" and end.value < begin.value:
        message = f"half a day between the bands, {plain(low - 0.5)} days, stands in {neither}"
        yield second.finding("half day", message, key="when", ambiguity="A6")


def _whole(bound: Bound, *, up: bool) -> float:
    """Return the first (or last) whole number inside a bound."""
    return bound.value + (1 if up else -1) if bound.is_exclusive else bound.value


def _end(rule: RuleSketch) -> float:
    return _whole(rule.upper, up=False) if rule.upper else float("inf")


def _band(rule: RuleSketch) -> str:
    low, high = rule.lower, rule.upper
    assert low is not None  # a track holds rules with a lower bound
    begin = f"more than {plain(low.value)}" if low.is_exclusive else plain(low.value)
    if high is None:
        return f"{begin} or more" if not low.is_exclusive else begin
    if high.is_exclusive:
        return f"{begin}, fewer than {plain(high.value)}" if low.value > 1 else f"fewer than {plain(high.value)}"
    return begin if high == low else f"{begin} to {plain(high.value)}"

"""Ladders: rungs that add nothing, stand in the wrong order, mix what they count, or let nobody down again."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise

from rules.doubts.raw import Raw, number, text, texts
from rules.doubts.sketch import UNITS, Finding, RuleSketch, Sketch

#: Two sentences that differ by little more than a number ask for the same.
_ALIKE = 0.85


def check(policy: Sketch) -> Iterator[Finding]:
    """Look at every ladder of the file."""
    for ladder, fires in policy.ladders.items():
        rungs = policy.on_ladder(ladder)
        if not rungs:
            yield Finding(rule="", kind="unused", message=f"ladder {ladder!r} has no rung", key="ladder")
        for lower, higher in pairwise(rungs):
            yield from _same_actions(lower, higher)
            yield from _mixed(lower, higher)
            yield from _order(lower, higher, fires)
        yield from _all_at_once(ladder, rungs, fires)
    yield from _no_way_down(policy)


def _same_actions(lower: RuleSketch, higher: RuleSketch) -> Iterator[Finding]:
    if lower.then and len(lower.then) == len(higher.then) and all(map(_is_same, lower.then, higher.then)):
        message = f"asks for the same as the rung below it, {lower.id!r}: the rung adds nothing"
        yield higher.finding("same actions", message, key="then[1]", ambiguity="A24")


def _is_same(one: Raw, other: Raw) -> bool:
    keys = ("kind", "template", "approval", "repeats", "due_school_days")
    if any(one.get(key) != other.get(key) for key in keys) or set(texts(one, "to")) != set(texts(other, "to")):
        return False
    return SequenceMatcher(None, _worded(one), _worded(other)).ratio() >= _ALIKE


def _worded(action: Raw) -> str:
    return "".join(letter for letter in text(action, "says").lower() if not letter.isdigit())


def _mixed(lower: RuleSketch, higher: RuleSketch) -> Iterator[Finding]:
    if lower.metric != higher.metric and "review" not in {lower.metric, higher.metric}:
        message = f"measures {higher.metric} where the rung below, {lower.id!r}, measures {lower.metric}: two tracks"
        yield higher.finding("mixed metrics", message, key="when", ambiguity="A19")
    elif lower.metric == higher.metric and lower.unit != higher.unit:
        message = f"counts in {_unit(higher)} where the rung below, {lower.id!r}, counts in {_unit(lower)}"
        yield higher.finding("mixed units", message, key="when", ambiguity="A3")


def _unit(rule: RuleSketch) -> str:
    return UNITS.get(rule.unit, rule.unit)


def _order(lower: RuleSketch, higher: RuleSketch, fires: str) -> Iterator[Finding]:
    """A rung that asks for no more than the one below it hides that one, or comes before it."""
    if _measured(lower) != _measured(higher) or not _is_weaker(higher, lower):
        return
    hidden = f"{lower.id!r} can never be the highest reached" if fires == "highest_only" else "it fires first"
    message = f"is reached no later than the rung below it, {lower.id!r}: {hidden}"
    yield higher.finding("unreachable", message, key="when")


def _measured(rule: RuleSketch) -> object:
    when = rule.when
    return rule.metric, rule.unit, [str(when.get(key)) for key in ("category", "window", "school_weeks", "event")]


def _is_weaker(higher: RuleSketch, lower: RuleSketch) -> bool:
    if higher.level and lower.level:
        # Below 90 is reached after at most 90; of equal numbers the inclusive one comes first.
        return (higher.level.value, -higher.level.is_exclusive) >= (lower.level.value, -lower.level.is_exclusive)
    return bool(higher.lower and lower.lower and higher.lower <= lower.lower)


def _all_at_once(ladder: str, rungs: list[RuleSketch], fires: str) -> Iterator[Finding]:
    levels = [rule for rule in rungs if rule.metric == "percentage"]
    if fires == "each_rung" and len(levels) > 1:
        message = f"ladder {ladder!r} fires each rung: {len(levels)} percentages passed on one day all fire"
        yield levels[-1].finding("all at once", message, key="ladder", ambiguity="A18")


def _no_way_down(policy: Sketch) -> Iterator[Finding]:
    for rule in policy.rules:
        once = text(rule.raw, "once_per")
        if rule.metric == "percentage" and number(rule.when, "clear_at") is None and once == "episode":
            message = "says no clearing level: nobody comes down from it again"
            yield rule.finding("no way down", message, key="when.clear_at", ambiguity="A22")
        elif rule.ladder and once == "ever" and rule.metric in {"percentage", "consecutive", "rolling_count"}:
            message = f"fires once ever, so that the ladder {rule.ladder!r} cannot be climbed a second time"
            yield rule.finding("no way down", message, key="once_per", ambiguity="A22")

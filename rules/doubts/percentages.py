"""Percentages: the edge against the national definition, the target nothing happens under, samples too small."""

from collections.abc import Collection, Iterator
from math import ceil

from rules.doubts.raw import number, plain, text
from rules.doubts.sketch import Finding, RuleSketch, Sketch

#: National definitions: persistent absence is 10 % or more missed, severe absence 50 % or more.
_NATIONAL = {90.0: "persistent", 50.0: "severe"}
#: Possible sessions, ten school days: before that a percentage says little.
_SAMPLE = 20


def check(policy: Sketch) -> Iterator[Finding]:
    """Look at every rule about a percentage, and at the target of the policy."""
    rules = [rule for rule in policy.rules if rule.metric == "percentage"]
    for rule in rules:
        yield from _edge(rule)
        yield from _sample(rule)
        yield from _clearing(rule)
    yield from _target(policy, rules)
    yield from _apart(rules)


def unstated(policy: Sketch, rows: Collection[str]) -> Iterator[Finding]:
    """Say where the published text names no window, so that the one in the file is its author's choice.

    ``rows`` are the published rows whose window is an open question.
    """
    for rule in policy.rules:
        window = text(rule.when, "window")
        if rule.metric == "percentage" and window and not set(rows).isdisjoint(rule.rows):
            message = f"the published text names no window: {window} is the choice of this file"
            yield rule.finding("missing window", message, key="when.window", ambiguity="A15")


def _edge(rule: RuleSketch) -> Iterator[Finding]:
    if rule.level and rule.level.is_exclusive and rule.level.value in _NATIONAL:
        name, value = _NATIONAL[rule.level.value], plain(rule.level.value)
        message = f"below {value} leaves out exactly {value}.0, which nationally is {name} absence already"
        yield rule.finding("edge", message, key="when.below", ambiguity="A16")
    share = rule.lower
    if share and share.is_exclusive and 100 - share.value in _NATIONAL and text(rule.when, "category") == "absent":
        name, value = _NATIONAL[100 - share.value], plain(share.value)
        message = f"more than {value} leaves out exactly {value}.0, which nationally is {name} absence already"
        yield rule.finding("edge", message, key="when.more_than", ambiguity="A16")


def _sample(rule: RuleSketch) -> Iterator[Finding]:
    sample = number(rule.when, "min_sessions")
    if sample is None or sample >= _SAMPLE:
        return
    level = rule.level.value if rule.level else 100 - (rule.lower.value if rule.lower else 0)
    missed = max(1, ceil(sample * (100 - level) / 100))
    message = (
        f"acts on a sample of {plain(sample)}, fewer than {_SAMPLE} possible sessions: "
        f"{missed} missed {'is' if missed == 1 else 'are'} enough"
    )
    yield rule.finding("small sample", message, key="when.min_sessions", ambiguity="A17")


def _clearing(rule: RuleSketch) -> Iterator[Finding]:
    clear = number(rule.when, "clear_at")
    if clear is None:
        return
    if rule.level and clear < rule.level.value + (not rule.level.is_exclusive and 1e-9):
        message = f"clears at {plain(clear)} %, where it still fires ({_level(rule)}): give a higher level"
        yield rule.finding("wrong side", message, key="when.clear_at", ambiguity="A22")
    elif rule.lower and not rule.level and clear >= rule.lower.value:
        message = f"clears at a share of {plain(clear)} %, where it still fires: give a lower one"
        yield rule.finding("wrong side", message, key="when.clear_at", ambiguity="A22")


def _level(rule: RuleSketch) -> str:
    assert rule.level is not None
    return f"{'below' if rule.level.is_exclusive else 'at most'} {plain(rule.level.value)}"


def _target(policy: Sketch, rules: list[RuleSketch]) -> Iterator[Finding]:
    target = number(policy.head, "target")
    levels = [(rule.level.value, rule) for rule in rules if rule.level]
    if target is None:
        return
    highest = max((value for value, _ in levels), default=None)
    if highest is None:
        message = f"the target is {plain(target)} %, and no rule looks at a percentage of attendance"
    elif highest < target:
        message = (
            f"the target is {plain(target)} %, and the first rule fires below {plain(highest)}: "
            f"between {plain(highest)} and {plain(target)} nothing happens"
        )
    else:
        return
    yield Finding(rule="", kind="target without action", message=message, key="policy.target", ambiguity="A29")


def _apart(rules: list[RuleSketch]) -> Iterator[Finding]:
    """Percentages over one window that stand on no ladder all fire when they are passed together."""
    seen: dict[object, RuleSketch] = {}
    for rule in rules:
        level = rule.level
        if rule.ladder or level is None:
            continue
        measure = text(rule.when, "window"), str(rule.when.get("school_weeks")), rule.any_of, rule.none_of
        other = seen.setdefault(measure, rule)
        if other.level and other.level != level:
            message = f"and {other.id!r} stand on no ladder: passed on one day, both fire"
            yield rule.finding("all at once", message, key="when", ambiguity="A18")

"""Which demands of the published text each rule carries out: none, one that is not there, or in two units."""

import re
from collections.abc import Collection, Iterator

from rules.doubts.raw import text, texts
from rules.doubts.sketch import UNITS, Finding, RuleSketch, Sketch

_COUNTED = ("consecutive", "cumulative", "rolling_count", "each")
#: The calendar brings these round for everybody: several rules share them without being one.
_OCCASIONS = ("daily", "weekly", "term_end", "half_term_end")
#: Rows of this shape belong to the published texts that ship; any other name is the author's own.
PUBLISHED = re.compile(r"(S\d|FLOOR)-")


def check(policy: Sketch) -> Iterator[Finding]:
    """Find rules that name no row, and rows counted in sessions here and in days there (A3)."""
    for rule in policy.rules:
        if not rule.rows:
            message = "names no row of the published policy: nobody can tell why it is there"
            yield rule.finding("no row", message, key="rows")
    firsts: dict[str, RuleSketch] = {}
    for rule in policy.rules:
        if rule.metric in _COUNTED and not text(rule.when, "standing"):
            yield from _mixed(rule, firsts)


def _mixed(rule: RuleSketch, firsts: dict[str, RuleSketch]) -> Iterator[Finding]:
    """Compare a rule with the first one that counts each of its rows."""
    for first in dict.fromkeys(firsts.setdefault(row, rule).number for row in rule.rows):
        other = next(each for each in firsts.values() if each.number == first)
        if other.unit != rule.unit:
            shared = ", ".join(row for row in rule.rows if firsts[row] is other)
            units = UNITS.get(rule.unit, rule.unit), UNITS.get(other.unit, other.unit)
            message = f"counts {shared} in {units[0]}, and {other.id!r} in {units[1]}"
            yield rule.finding("mixed units", message, key="when", ambiguity="A3")


def unknown(policy: Sketch, published: Collection[str]) -> Iterator[Finding]:
    """Find rows that look like a published one and are none."""
    for rule in policy.rules:
        for row in rule.rows:
            if PUBLISHED.match(row) and row not in published:
                yield rule.finding("unknown row", f"names {row}, which no published policy has", key="rows")
    for name, entries in (("covered", policy.covered), ("also_tell", policy.also_tell)):
        for place, entry in enumerate(entries, start=1):
            for row in texts(entry, "rows"):
                if PUBLISHED.match(row) and row not in published:
                    message = f"names {row}, which no published policy has"
                    yield Finding(rule="", kind="unknown row", message=message, key=f"{name}[{place}].rows")


def duplicates(policy: Sketch) -> Iterator[Finding]:
    """Find rules that fire for the same pupils on the same days under two names."""
    seen: list[tuple[object, RuleSketch]] = []
    for rule in policy.rules:
        if text(rule.when, "event") in _OCCASIONS:
            continue
        same = (rule.when, rule.any_of, rule.none_of, rule.raw.get("needs"))
        first = next((other for key, other in seen if key == same), None)
        if first is not None and first.id == rule.id:
            continue
        if first is not None and rule.when:
            message = f"fires exactly when {first.id!r} does: make them one rule with the actions of both"
            yield rule.finding("duplicate", message, key="when")
        seen.append((same, rule))

"""Which demands of the published text each rule carries out: none, one that is not there, or in two units."""

import re
from collections.abc import Collection, Iterator

from rules.doubts.sketch import Finding, RuleSketch, Sketch, texts

_COUNTED = ("consecutive", "cumulative", "rolling_count", "each")
#: Rows of this shape belong to the published texts that ship; any other name is the author's own.
PUBLISHED = re.compile(r"(S\d|FLOOR)-")


def check(policy: Sketch) -> Iterator[Finding]:
    """Find rules that name no row, and rows counted in sessions here and in days there (A3)."""
    units: dict[str, RuleSketch] = {}
    for rule in policy.rules:
        if not rule.rows:
            message = "names no row of the published policy: nobody can tell why it is there"
            yield rule.finding("no row", message, key="rows")
        for row in rule.rows if rule.metric in _COUNTED else ():
            first = units.setdefault(row, rule)
            if first.unit != rule.unit:
                message = f"counts {row} in {rule.unit}s, and {first.id!r} counts it in {first.unit}s"
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
        same = (rule.when, rule.any_of, rule.none_of, rule.raw.get("needs"))
        first = next((other for key, other in seen if key == same), None)
        if first is not None and first.id == rule.id:
            continue
        if first is not None and rule.when:
            message = f"fires exactly when {first.id!r} does: make them one rule with the actions of both"
            yield rule.finding("duplicate", message, key="when")
        seen.append((same, rule))

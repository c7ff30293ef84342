"""What in a policy is wrong, or would make its author think again: every finding at once, none of them silent.

It reads the file as parsed, not the policy as loaded, so that it has something to say about a file that does not load.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from rules.doubts import bands, ladders, people, percentages, reach, rows, timing, unread
from rules.doubts.sketch import Check, Finding, sketch
from rules.reading import Problem

__all__ = ["Finding", "lint"]

_CHECKS: tuple[Check, ...] = (
    bands.check,
    ladders.check,
    percentages.check,
    reach.check,
    people.check,
    timing.check,
    rows.check,
    rows.duplicates,
)


def lint(
    data: Mapping[str, Any],
    *,
    problems: Iterable[Problem],
    today: date,
    published: Collection[str],
    windowless: Collection[str] = (),
) -> list[Finding]:
    """Return every finding about a parsed policy file, errors first, then in the order of the checks.

    ``problems`` are what the reader refused in it, empty for a policy that loads; ``today`` is a local date;
    ``published`` are the rows of the policies that ship, ``windowless`` those that name a percentage without a window.
    """
    policy = sketch(data)
    found = [*unread.errors(policy, problems)]
    refused = {finding.key for finding in found}
    doubts = [finding for check in _CHECKS for finding in check(policy)]
    doubts += [
        *timing.dates(policy, today),
        *rows.unknown(policy, published),
        *percentages.unstated(policy, windowless),
    ]
    return found + [finding for finding in doubts if finding.key not in refused]

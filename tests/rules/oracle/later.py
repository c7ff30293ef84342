"""Reviews of another rule's firing, and patterns over school weeks."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.rules.oracle.running import is_running
from tests.rules.oracle.shares import exactly, is_below, share_between
from tests.rules.oracle.words import is_of
from tests.rules.oracle.world import World

When = dict[str, Any]


def is_review_due(when: When, world: World, day: date, *, fired: Iterable[date], of: When) -> bool:
    """Whether a day is so many school days after a firing, and nothing got better since."""
    n = when["after_school_days"]
    return any(world.after(first, n) == day and not has_improved(when, world, (first, day), of) for first in fired)


def has_improved(when: When, world: World, stretch: tuple[date, date], of: When) -> bool:
    first, day = stretch
    if when["measure"] == "still_holds":
        return not still_holds(of, world, day)
    enough = when["min_sessions"]
    after, sessions = share_between({}, world, world.after(first, 1) or day, day)
    if after is None or sessions < enough:
        return True
    if "below" in when:
        return after >= exactly(when["below"])
    earlier = [each for each in world.days if each <= first][-when["after_school_days"] :]
    before, sessions = share_between({}, world, earlier[0], first)
    if before is None or sessions < enough:
        return True
    return after - before >= exactly(when["improved_by_less_than"])


def still_holds(of: When, world: World, day: date) -> bool:
    match of["metric"]:
        case "consecutive":
            return is_running(of, world, day)
        case "percentage":
            return is_below(of, world, day)
    raise ValueError(of["metric"])


def pattern(when: When, world: World) -> list[date]:
    """Looked at on the days of the pattern alone: a window that moves on in between ends nothing."""
    fired: list[date] = []
    is_armed = dict.fromkeys(range(5), True)
    for day in world.days_on_roll:
        kind = day.weekday() if when["shape"] == "weekday" else 0
        if not is_of_shape(when["shape"], world, day, kind):
            continue
        begin = world.weeks_back(day, when["school_weeks"])
        missed = [
            each
            for each in world.between(begin, day)
            if is_of_shape(when["shape"], world, each, kind)
            and any(is_of(code, when["category"]) for code in world.register[each])
        ]
        if len(missed) >= when["at_least"] and is_armed[kind]:
            fired.append(day)
        is_armed[kind] = len(missed) < when["at_least"]
    return fired


def is_of_shape(shape: str, world: World, day: date, kind: int) -> bool:
    if shape == "weekday":
        return day.weekday() == kind
    return world.is_first_after_break(day) if shape == "after_holiday" else world.is_last_before_break(day)

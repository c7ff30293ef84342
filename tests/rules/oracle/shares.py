"""The level of attendance, and counts in the last school weeks."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.rules.oracle.words import CATEGORIES, NO_SESSION, NOT_POSSIBLE, PRESENT, is_of, is_recorded
from tests.rules.oracle.world import World, monday, year_begin

When = dict[str, Any]


def percentage(when: When, world: World) -> list[date]:
    fired: list[date] = []
    window, is_armed = None, True
    for day in world.days_on_roll:
        begin = window_begin(when, world, day)
        if begin is None:
            continue
        if when["window"] in {"school_year", "term", "since_event"} and begin != window:
            is_armed = True
        window = begin
        share, possible = share_between(when, world, begin, day)
        if is_crossed(when, share, possible):
            if is_armed:
                fired.append(day)
            is_armed = False
        elif is_clear(when, share, possible):
            is_armed = True
    return fired


def is_below(when: When, world: World, day: date) -> bool:
    """Whether the level stands on the wrong side of the line at the end of a day."""
    begin = window_begin(when, world, day)
    return begin is not None and is_crossed(when, *share_between(when, world, begin, day))


def window_begin(when: When, world: World, day: date) -> date | None:
    """The first day that counts; marks before the pupil's start there are none."""
    match when["window"]:
        case "school_year":
            return year_begin(day)
        case "term":
            return world.term_begin(day)
        case "placement":
            return world.start
        case "school_weeks":
            return world.weeks_back(day, when["school_weeks"])
        case "since_event":
            past = [each for each in world.events_called(when["event"]) if each <= day]
            return past[-1] + timedelta(days=1) if past else None
    raise ValueError(when["window"])


def share_between(when: When, world: World, first: date, last: date) -> tuple[Fraction | None, int]:
    """The share of possible sessions attended, or missed in the category's way, and how many were possible."""
    left_out = NO_SESSION | NOT_POSSIBLE
    if when.get("counting") != "national":
        left_out = left_out | {"C2"}
    counted = CATEGORIES[when["category"]] if "category" in when else PRESENT
    possible = [
        code
        for day in world.between(max(first, world.start), last)
        for code in world.register[day]
        if code not in left_out and is_recorded(code)
    ]
    if not possible:
        return None, 0
    return Fraction(100 * len([code for code in possible if code in counted]), len(possible)), len(possible)


def is_crossed(when: When, share: Fraction | None, possible: int) -> bool:
    if share is None or possible < when["min_sessions"]:
        return False
    if "category" in when:
        return share >= exactly(when["at_least"]) if "at_least" in when else share > exactly(when["more_than"])
    return share < exactly(when["below"]) if "below" in when else share <= exactly(when["at_most"])


def is_clear(when: When, share: Fraction | None, possible: int) -> bool:
    if share is None or possible < when["min_sessions"]:
        return False
    return share <= exactly(when["clear_at"]) if "category" in when else share >= exactly(when["clear_at"])


def exactly(percent: float) -> Fraction:
    """66.7 as it is written in the file."""
    return Fraction(str(percent))


def rolling_count(when: When, world: World) -> list[date]:
    fired: list[date] = []
    unused: list[date] = []
    for day in world.days_on_roll:
        begin = world.weeks_back(day, when["school_weeks"])
        for code in world.register[day]:
            if not is_of(code, when["category"]):
                continue
            unused = [*(each for each in unused if monday(each) >= begin), day]
            if len(unused) >= when["at_least"]:
                fired.append(day)
                unused = []
    return fired

"""Deadlines, times of day, and what happens on a day."""

from datetime import date
from math import inf
from typing import Any

from tests.rules.oracle.running import kind_of_day, least
from tests.rules.oracle.words import NO_SESSION, PRESENT, goes_on, is_asked, is_of, is_recorded
from tests.rules.oracle.world import World

When = dict[str, Any]


def deadline(when: When, world: World) -> list[date]:
    if "event" in when:
        due = [world.after(each, when["after_school_days"]) for each in world.events_called(when["event"])]
        return sorted({day for day in due if day is not None and world.is_on_roll(day)})
    fired = []
    # The register is to be put right, also of a pupil who has left meanwhile.
    for day in world.days:
        before = world.before(day, when["after_school_days"])
        if before is not None and when["code"] in world.register[before]:
            fired.append(day)
    return fired


def time_of_day(when: When, world: World) -> list[date]:
    half = {"AM": 0, "PM": 1}[when["session"]]
    return [day for day in world.days_on_roll if is_of(world.register[day][half], when["category"])]


def minutes(when: When, world: World) -> list[date]:
    return [day for day in world.days_on_roll if any(is_of(code, when["category"]) for code in world.register[day])]


def before_session(when: When, world: World) -> list[date]:
    fired = []
    for day in world.days:
        ahead = world.after(day, when["lead_school_days"])
        if ahead is not None and any(code not in NO_SESSION for code in world.register[ahead]):
            fired.append(day)
    return fired


def event(when: When, world: World) -> list[date]:
    derived = {
        "pre_commencement": pre_commencement,
        "first_session": first_session,
        "return": returns,
        "leaver": leaver,
        "term_end": lambda _, world: [day for day in world.days_on_roll if world.is_last_of_term(day)],
        "half_term_end": half_term_end,
        "weekly": weekly,
        "part_time": lambda when, world: weekly(when, world) if world.is_part_time else [],
    }
    if when["event"] in derived:
        return derived[when["event"]](when, world)
    days = {world.after(each, 0) for each in world.events_called(when["event"])}
    return sorted(day for day in days if day is not None)


def pre_commencement(when: When, world: World) -> list[date]:
    """On the first day itself where the calendar holds no such day before it: late, and not lost."""
    day = world.before(world.start, when["school_days_before"]) or world.start
    return [found] if (found := world.after(day, 0)) else []


def first_session(when: When, world: World) -> list[date]:
    for day in world.days_on_roll:
        for code in world.register[day]:
            if is_asked(code) and is_recorded(code):
                return [day] if goes_on(code, when["category"]) else []
    return []


def returns(when: When, world: World) -> list[date]:
    """A child who comes late is back; a reason for further absence ends the run without a return."""
    fired: list[date] = []
    run = 0
    for day in world.days_on_roll:
        for code in world.register[day]:
            if is_asked(code) and is_recorded(code) and not goes_on(code, when["category"]):
                if least(when) <= run <= most(when) and code in PRESENT | {"U"}:
                    fired.append(day)
                run = 0
        run += kind_of_day(world.register[day], when["category"]) == "absence"
    return fired


def most(when: When) -> float:
    """The longest run that a return is asked about."""
    return when.get("at_most", when.get("less_than", inf + 1) - 1)


def leaver(when: When, world: World) -> list[date]:
    return [] if world.end is None else world.days_on_roll[-1:]


def half_term_end(_: When, world: World) -> list[date]:
    return [day for day in world.days_on_roll if world.is_last_before_break(day)]


def weekly(when: When, world: World) -> list[date]:
    is_day = world.is_first_of_week if when["on"] == "first_day" else world.is_last_of_week
    return [day for day in world.days_on_roll if is_day(day)]


def about_school(when: When, world: World) -> list[date]:
    """The days of a rule that is asked about the school."""
    match when["event"]:
        case "daily":
            return world.days
        case "weekly":
            is_day = world.is_first_of_week if when["on"] == "first_day" else world.is_last_of_week
            return [day for day in world.days if is_day(day)]
        case "term_end":
            return [day for day in world.days if world.is_last_of_term(day)]
        case "half_term_end":
            return [day for day in world.days if world.is_last_before_break(day)]
        case "policy_review_due":
            assert world.review_by is not None
            return [day for day in world.days if day == world.before(world.review_by, when["school_days_before"])]
    raise ValueError(when["event"])

"""Runs of days and of sessions, each day or session, and what adds up."""

from datetime import date
from typing import Any

from tests.rules.oracle.words import goes_on, is_asked, is_of, is_recorded
from tests.rules.oracle.world import Codes, World, months_after, year_begin

When = dict[str, Any]


def least(when: When) -> int:
    """The first whole number that reaches the bound."""
    return when["at_least"] if "at_least" in when else when["more_than"] + 1


def kind_of_day(codes: Codes, category: str) -> str:
    """What a school day is in a run: absence, broken, unrecorded, or nothing at all."""
    asked = [code for code in codes if is_asked(code)]
    recorded = [code for code in asked if is_recorded(code)]
    if any(not goes_on(code, category) for code in recorded):
        return "broken"
    if len(recorded) < len(asked):
        return "unrecorded"
    return "absence" if asked else "nothing"


def consecutive_days(when: When, world: World) -> list[date]:
    fired: list[date] = []
    run: list[date] = []
    has_fired = False
    for day in world.days_on_roll:
        kind = kind_of_day(world.register[day], when["category"])
        if kind == "broken" or is_raised_anew(when, world, day):
            has_fired = False
        if kind == "broken":
            run = []
        if kind == "absence":
            run.append(day)
        # Somebody's concern is no matter of marks: the child is still missing.
        if kind == "unrecorded" and "standing" not in when:
            continue
        if (
            len(run) >= least(when)
            and not has_fired
            and is_within(when, world, day, 2)
            and does_stand(when, world, day)
        ):
            fired.append(day)
            has_fired = True
    return fired


def consecutive_sessions(when: When, world: World) -> list[date]:
    fired: list[date] = []
    run = 0
    has_fired = False
    for day in world.days_on_roll:
        if is_raised_anew(when, world, day):
            has_fired = False
        for half, code in enumerate(world.register[day], start=1):
            if not is_asked(code) or not is_recorded(code):
                continue
            if not goes_on(code, when["category"]):
                run, has_fired = 0, False
                continue
            run += 1
            if (
                run >= least(when)
                and not has_fired
                and is_within(when, world, day, half)
                and does_stand(when, world, day)
            ):
                fired.append(day)
                has_fired = True
        # A concern may be recorded when the run has long been long enough.
        is_late = "standing" in when and run >= least(when) and not has_fired
        if is_late and is_within(when, world, day, 2) and does_stand(when, world, day):
            fired.append(day)
            has_fired = True
    return fired


def does_stand(when: When, world: World, day: date) -> bool:
    return "standing" not in when or world.stands(when["standing"], day)


def is_raised_anew(when: When, world: World, day: date) -> bool:
    """Whether a concern stands that did not stand on the school day before: it may say so again in the same run."""
    before = world.before(day, 1)
    return "standing" in when and does_stand(when, world, day) and not (before and does_stand(when, world, before))


def is_within(when: When, world: World, day: date, half: int) -> bool:
    """Whether the pupil is still in the first sessions or months, at the end of the AM (1) or PM (2) session."""
    within = when.get("within", {})
    if "first_months" in within:
        return day < months_after(world.start, within["first_months"])
    if "first_sessions" in within:
        return len(recorded_sessions(world, day, half)) <= within["first_sessions"]
    return True


def recorded_sessions(world: World, day: date, half: int = 2) -> list[str]:
    """The recorded sessions the pupil was asked to attend, from the start to a day's AM (1) or PM (2)."""
    codes = []
    for each in world.days_on_roll:
        if each < day:
            codes += world.register[each]
        if each == day:
            codes += world.register[each][:half]
    return [code for code in codes if is_asked(code) and is_recorded(code)]


def is_running(when: When, world: World, day: date) -> bool:
    """Whether the run stands at the bound or above at the end of a day."""
    run = 0
    for each in [each for each in world.days_on_roll if each <= day]:
        if when["unit"] == "school_day":
            kind = kind_of_day(world.register[each], when["category"])
            run = 0 if kind == "broken" else run + (kind == "absence")
            continue
        for code in [code for code in world.register[each] if is_asked(code) and is_recorded(code)]:
            run = run + 1 if goes_on(code, when["category"]) else 0
    return run >= least(when) and does_stand(when, world, day)


def each_day(when: When, world: World) -> list[date]:
    return [day for day in world.days_on_roll if kind_of_day(world.register[day], when["category"]) == "absence"]


def each_session(when: When, world: World) -> list[date]:
    return [day for day in world.days_on_roll if any(is_of(code, when["category"]) for code in world.register[day])]


def cumulative(when: When, world: World) -> list[date]:
    """Counted in sessions throughout; a school day is two of them, and half a day is one."""
    fired: list[date] = []
    window, count, first_fired = None, 0, None
    run: list[date] = []
    for day in world.days_on_roll:
        begin = world.term_begin(day) if when["window"] == "term" else year_begin(day)
        if begin != window:
            window, count, first_fired = begin, 0, None
        count += len([code for code in world.register[day] if is_of(code, when["category"])])
        if first_fired is None and adds_up(when, count):
            first_fired = day
            fired.append(day)
        kind = kind_of_day(world.register[day], when["category"])
        if kind == "broken":
            run = []
        if kind == "absence":
            run.append(day)
            is_later = first_fired is not None and run[0] > first_fired
            if when.get("again_each_run") and is_later and len(run) == least(when):
                fired.append(day)
    return fired


def adds_up(when: When, sessions: int) -> bool:
    size = 2 if when["unit"] == "school_day" else 1
    if "at_least" in when:
        return sessions >= size * when["at_least"]
    return sessions > size * when["more_than"]

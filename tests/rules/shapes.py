"""Every metric in every shape the language allows, in policies or not yet, as rules that do nothing but fire."""

from datetime import time
from itertools import product

from app.policy.loading import allowed
from rules.evaluate import Evaluator
from rules.policy import read_policy
from tests.builders import NATIONAL
from tests.rules.drawn import TWO_YEARS, pupils, spelled
from tests.rules.oracle import fired, world_of

AT = time(9, 10)
CATEGORIES = ("absent", "authorised", "unauthorised", "unexplained", "illness", "not_illness")
SEVERAL = ("absent", "unauthorised", "illness")
LEVELS = (
    {"below": 90, "clear_at": 95},
    {"at_most": 90, "clear_at": 90},
    {"below": 66.7, "clear_at": 80.5},
    {"category": "unauthorised", "more_than": 5, "clear_at": 3},
    {"category": "absent", "at_least": 10, "clear_at": 8},
    {"category": "illness", "at_least": 12.5, "clear_at": 12.5},
)
WINDOWS = (
    {"window": "school_year"},
    {"window": "term"},
    {"window": "placement"},
    {"window": "school_weeks", "school_weeks": 6},
    {"window": "since_event", "event": "contract_agreed"},
)


def _running():
    for category, unit in product(CATEGORIES, ("school_day", "session")):
        yield from ({"metric": "consecutive", "unit": unit, "category": category, "at_least": n} for n in (1, 2, 5))
        yield {"metric": "consecutive", "unit": unit, "category": category, "more_than": 5, "at_most": 10}
        yield {"metric": "each", "unit": unit, "category": category}
    for category, unit in product(SEVERAL, ("school_day", "session")):
        run = {"metric": "consecutive", "unit": unit, "category": category}
        for within in ({"first_sessions": 3}, {"first_sessions": 8}, {"first_months": 1}, {"first_months": 3}):
            yield run | {"at_least": 2, "within": within}
        yield from (run | {"at_least": n, "standing": "safeguarding_concern"} for n in (1, 2, 4))
        yield run | {"at_least": 2, "within": {"first_months": 3}, "standing": "safeguarding_concern"}


def _counted():
    for category, unit, window in product(CATEGORIES, ("school_day", "session"), ("term", "school_year")):
        total = {"metric": "cumulative", "unit": unit, "category": category, "window": window}
        yield from (total | {"at_least": 5}, total | {"more_than": 5})
        if unit == "school_day":
            yield total | {"at_least": 4, "again_each_run": True}
    for category, least in product(CATEGORIES, (1, 4, 10)):
        yield {
            "metric": "rolling_count",
            "unit": "session",
            "category": category,
            "at_least": least,
            "school_weeks": 1 + least,
        }
    for category, shape, least in product(CATEGORIES, ("weekday", "after_holiday", "before_holiday"), (2, 3)):
        yield {"metric": "pattern", "unit": "session", "shape": shape, "category": category, "at_least": least, "school_weeks": 8 if shape == "weekday" else 40}  # fmt: skip


def _levels():
    for window, level, least in product(WINDOWS, LEVELS, (1, 20)):
        yield {"metric": "percentage", "unit": "session", "min_sessions": least, **window, **level}
    for window, level in product(WINDOWS, LEVELS[:5:4]):
        yield {"metric": "percentage", "unit": "session", "min_sessions": 10, "counting": "national", **window, **level}


def _moments():
    for days in (0, 1, 5):
        yield {"metric": "deadline", "unit": "school_day", "code": "N", "after_school_days": days}
        yield {"metric": "deadline", "unit": "school_day", "event": "contract_agreed", "after_school_days": days}
        yield {"metric": "before_session", "unit": "session", "lead_school_days": days or 2}
        yield {"metric": "event", "event": "pre_commencement", "school_days_before": days}
    for category in CATEGORIES:
        yield from ({"metric": "time_of_day", "unit": "session", "session": half, "at": AT, "category": category} for half in ("AM", "PM"))  # fmt: skip
        yield {"metric": "minutes", "unit": "session", "minutes": 10, "category": category}
        yield {"metric": "event", "event": "first_session", "category": category}
        back = {"metric": "event", "event": "return", "category": category}
        yield from (back | {"at_least": 1}, back | {"more_than": 2}, back | {"at_least": 1, "at_most": 2}, back | {"at_least": 2, "less_than": 5})  # fmt: skip
    for day in ("first_day", "last_day"):
        yield {"metric": "event", "event": "weekly", "about": "pupil", "on": day}
        yield {"metric": "event", "event": "part_time", "on": day}
    yield from ({"metric": "event", "event": event, "about": "pupil"} for event in ("term_end", "half_term_end"))
    yield from ({"metric": "event", "event": event} for event in ("leaver", "safeguarding_concern", "barrier_known"))


def _reviews():
    for days, measure in product((5, 20), ({"below": 90}, {"below": 100}, {"improved_by_less_than": 5}, {"improved_by_less_than": 0.5})):  # fmt: skip
        for of in ("rung-1", "rung-3", "running"):
            yield {"metric": "review", "unit": "school_day", "of": of, "after_school_days": days, "measure": "attendance", "min_sessions": 6, **measure}  # fmt: skip
    for days, of in product((1, 5, 20), ("rung-1", "rung-2", "rung-3", "running", "sessions")):
        yield {"metric": "review", "unit": "school_day", "of": of, "after_school_days": days, "measure": "still_holds"}


#: What once_per says by itself, as the language gives it: metric, or event.
NATURAL = {
    "consecutive": "run", "each": "day", "percentage": "episode", "rolling_count": "episode", "pattern": "episode",
    "deadline": "day", "time_of_day": "day", "minutes": "day", "before_session": "day", "review": "day",
    "pre_commencement": "ever", "first_session": "ever", "leaver": "ever", "return": "run", "weekly": "week",
    "part_time": "week", "term_end": "term", "half_term_end": "half_term",
}  # fmt: skip
COARSER = {"run": 3, "day": 3, "episode": 3, "term": 2, "school_year": 1}


def natural(when):
    if when["metric"] == "cumulative":
        return when["window"]
    return NATURAL.get(when.get("event") if when["metric"] == "event" else when["metric"], "day")


def rule(number, when, once_per=None, **more):
    task = {"kind": "task", "to": ["staff"], "says": "Look into it.", "due_school_days": 0}
    plain = {"id": f"{number}", "rows": ["R-1"], "says": f"{when}", "once_per": once_per or natural(when)}
    return plain | {"when": when, "then": [task]} | more


def each_once(whens):
    return [rule(number, when) for number, when in enumerate(whens)]


def seldom(whens):
    """Each metric once a term, a school year and ever, where that is more seldom than by itself."""
    return [
        rule(f"{number}-{once_per}", when, once_per)
        for number, when in enumerate(whens)
        for once_per in ("term", "school_year", "ever")[3 - COARSER.get(natural(when), 0) :]
        if once_per != natural(when)
    ]


LADDER = [
    rule(
        f"rung-{rung}",
        {"metric": "percentage", "unit": "session", "window": "school_year", "below": below, "min_sessions": 20, "clear_at": 96},
        ladder="level",
        rung=rung,
    )
    for rung, below in enumerate((95, 90, 80), start=1)
]  # fmt: skip
RUNS = [
    rule("running", {"metric": "consecutive", "unit": "school_day", "category": "absent", "at_least": 2}),
    rule("sessions", {"metric": "consecutive", "unit": "session", "category": "unexplained", "at_least": 1}),
]
GATED = [
    *LADDER,
    *RUNS,
    rule("day-5", {"metric": "consecutive", "unit": "school_day", "category": "absent", "at_least": 5}, "term", ladder="days", rung=2),
    rule("day-3", {"metric": "consecutive", "unit": "school_day", "category": "unexplained", "at_least": 3}, ladder="days", rung=1),
    rule("after-90", {"metric": "consecutive", "unit": "school_day", "category": "absent", "at_least": 2}, needs="rung-2"),
    rule("after-95", {"metric": "each", "unit": "session", "category": "unauthorised"}, "term", needs="rung-1"),
    rule("after-after", {"metric": "each", "unit": "school_day", "category": "absent"}, "school_year", needs="after-90"),
    rule("send", {"metric": "each", "unit": "session", "category": "absent"}, population={"flags_any": ["send", "ehcp"]}),
    rule("others", {"metric": "each", "unit": "session", "category": "absent"}, "ever", population={"flags_none": ["send"]}),
    rule("both", {"metric": "each", "unit": "session", "category": "absent"}, "term", population={"flags_any": ["vulnerable"], "flags_none": ["send"]}),
    rule("needs-send", {"metric": "each", "unit": "school_day", "category": "absent"}, needs="send"),
]  # fmt: skip
SHAPES = {
    "running": each_once(_running()),
    "counted": each_once(_counted()),
    "levels": each_once(_levels()),
    "moments": each_once(_moments()),
    "reviews": [*LADDER, *RUNS, *each_once(_reviews())],
    "seldom, running": seldom([*_running()][::9]),
    "seldom, counted": seldom([*_counted()][::5]),
    "seldom, levels": seldom([*_levels()][::7]),
    "seldom, moments": seldom([*_moments()][::3]),
    "seldom, reviews": [*LADDER, *RUNS, *seldom([*_reviews()][::5])],
    "gated": GATED,
}
HEAD = {
    "id": "p",
    "name": "P",
    "version": "1",
    "valid_from": TWO_YEARS.days[0],
    "review_by": TWO_YEARS.days[-1],
    "source": "s",
    "mutable_by": [],
    "overdue": {"to": ["staff"], "after_school_days": 1},
}
LADDERS = [{"id": "level", "fires": "highest_only"}, {"id": "days", "fires": "highest_only"}]


def policy_of(rules):
    """A policy of these rules, with the ladders they stand on."""
    there = {each.get("ladder") for each in rules}
    ladders = [each for each in LADDERS if each["id"] in there]
    return {"policy": HEAD, "rule": rules} | ({"ladder": ladders} if ladders else {})


def differences(shape, count):
    """Every firing that only the engine or only the oracle knows of, and the rules that fired for nobody."""
    policy, who = policy_of(SHAPES[shape]), pupils(shape, count)
    evaluator = Evaluator(read_policy(policy, allowed(NATIONAL)), NATIONAL)
    expected = {each.pupil_id: fired(policy, {"rule": []}, world_of(each, TWO_YEARS)) for each in who}
    says = {each["id"]: each["says"] for each in policy["rule"]}
    found, heard = [], set()
    for day in TWO_YEARS.days:
        decide = evaluator.on(TWO_YEARS, day, who[0].origin)
        for each in who:
            engine, oracle = {made.rule for made in decide(each)}, expected[each.pupil_id].get(day, set())
            heard |= oracle
            found += [
                f"{each.pupil_id} {day:%a %Y-%m-%d} {says[rule]}: only the {'engine' if rule in engine else 'oracle'}; "
                f"{spelled(each, day)}; from {each.start} to {each.end}, {each.events}"
                for rule in engine ^ oracle
            ]
    return found, says.keys() - heard

"""A whole policy over one pupil: which rules are asked, how often they may fire, and which rung speaks."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.rules.oracle import later, moments, running, shares
from tests.rules.oracle.world import World, year_begin

Rule = Mapping[str, Any]
Metric = Callable[[dict[str, Any], World], list[date]]

METRICS: dict[tuple[str, str | None], Metric] = {
    ("consecutive", "school_day"): running.consecutive_days,
    ("consecutive", "session"): running.consecutive_sessions,
    ("each", "school_day"): running.each_day,
    ("each", "session"): running.each_session,
    ("cumulative", "school_day"): running.cumulative,
    ("cumulative", "session"): running.cumulative,
    ("percentage", "session"): shares.percentage,
    ("rolling_count", "session"): shares.rolling_count,
    ("deadline", "school_day"): moments.deadline,
    ("time_of_day", "session"): moments.time_of_day,
    ("minutes", "session"): moments.minutes,
    ("before_session", "session"): moments.before_session,
    ("event", None): moments.event,
    ("pattern", "session"): later.pattern,
}
SCHOOL_EVENTS = {"daily", "policy_review_due"}


def is_about_school(rule: Rule) -> bool:
    when = rule["when"]
    return when["metric"] == "register" or when.get("event") in SCHOOL_EVENTS or when.get("about") == "school"


def merged(policy: Mapping[str, Any], floor: Mapping[str, Any]) -> list[Rule]:
    """The policy's rules and the floor's; where both are the same, under the policy's name."""
    left = list(floor["rule"])
    rules: list[Rule] = []
    for rule in policy["rule"]:
        same = next((each for each in left if is_same(each, rule)), None)
        if same is None:
            rules.append(rule)
            continue
        left.remove(same)
        rows = [*rule["rows"], *(row for row in same["rows"] if row not in rule["rows"])]
        rules.append({**rule, "rows": rows, "floor": True})
    return [*rules, *left]


def is_same(one: Rule, other: Rule) -> bool:
    """Whether both ask the same of the same pupils, equally often: else the floor's stands beside the policy's."""
    keys: dict[str, Any] = {"when": None, "population": {}, "once_per": None, "needs": None}
    return all(one.get(key, plain) == other.get(key, plain) for key, plain in keys.items())


def fired(policy: Mapping[str, Any], floor: Mapping[str, Any], world: World) -> dict[date, set[str]]:
    """Name the rules about the pupil that fire on each school day."""
    rules = {rule["id"]: rule for rule in merged(policy, floor) if not is_about_school(rule)}
    ladders = {ladder["id"] for ladder in policy.get("ladder", ()) if ladder["fires"] == "highest_only"}
    asked = {name: rule for name, rule in rules.items() if is_of_population(rule, world)}
    natural = {name: natural_days(rule, world) for name, rule in asked.items()}
    reached: dict[str, list[date]] = {name: [] for name in rules}
    spoke: dict[str, list[date]] = {name: [] for name in rules}
    answer: dict[date, set[str]] = {}
    for day in world.days:
        today = {name for name in asked if day in natural[name] or is_review(name, rules, world, day, spoke)}
        today = with_what_they_need(today, rules, reached, day)
        today = {name for name in today if not has_spoken(rules[name], world, day, spoke[name])}
        for name in today:
            reached[name].append(day)
        answer[day] = {name for name in today if not is_outranked(name, today, rules, ladders)}
        for name in answer[day]:
            spoke[name].append(day)
    return {day: names for day, names in answer.items() if names}


def is_of_population(rule: Rule, world: World) -> bool:
    population = rule.get("population", {})
    any_of, none_of = set(population.get("flags_any", ())), set(population.get("flags_none", ()))
    return (not any_of or bool(any_of & world.flags)) and not none_of & world.flags


def natural_days(rule: Rule, world: World) -> set[date]:
    when = dict(rule["when"])
    if when["metric"] == "review":
        return set()
    return set(METRICS[when["metric"], when.get("unit")](when, world))


def is_review(name: str, rules: Mapping[str, Rule], world: World, day: date, spoke: Mapping[str, list[date]]) -> bool:
    when = dict(rules[name]["when"])
    if when["metric"] != "review" or not world.is_on_roll(day):
        return False
    of = dict(rules[when["of"]]["when"])
    return later.is_review_due(when, world, day, fired=spoke[when["of"]], of=of)


def with_what_they_need(
    today: set[str], rules: Mapping[str, Rule], reached: Mapping[str, list[date]], day: date
) -> set[str]:
    """Leave out the rules whose prerequisite was not reached this school year; another may need one left out."""
    while True:
        kept = {
            name
            for name in today
            if (needed := rules[name].get("needs")) is None
            or needed in today
            or any(year_begin(each) == year_begin(day) for each in reached[needed])
        }
        if kept == today:
            return kept
        today = kept


def has_spoken(rule: Rule, world: World, day: date, spoke: list[date]) -> bool:
    """Whether the rule has fired in this term, year or ever, where it is asked to once; the rest is its metric's."""
    match rule["once_per"]:
        case "term":
            return any(world.term_begin(each) == world.term_begin(day) for each in spoke) and not is_own(rule, "term")
        case "school_year":
            return any(year_begin(each) == year_begin(day) for each in spoke) and not is_own(rule, "school_year")
        case "ever":
            return bool(spoke)
    return False


def is_own(rule: Rule, scope: str) -> bool:
    """Whether the scope is the window in which the count fires again for each later run."""
    return bool(rule["when"].get("again_each_run")) and rule["when"].get("window") == scope


def is_outranked(name: str, today: set[str], rules: Mapping[str, Rule], ladders: set[str]) -> bool:
    rule = rules[name]
    if rule.get("ladder") not in ladders or rule.get("floor"):
        return False
    others = [rules[other] for other in today if rules[other].get("ladder") == rule["ladder"]]
    return any(other["rung"] > rule["rung"] for other in others)


def fired_about_school(policy: Mapping[str, Any], floor: Mapping[str, Any], world: World) -> dict[date, set[str]]:
    """Name the rules about the school, registers aside, that fire on each school day."""
    answer: dict[date, set[str]] = {}
    for rule in merged(policy, floor):
        if is_about_school(rule) and rule["when"]["metric"] == "event":
            for day in moments.about_school(dict(rule["when"]), world):
                answer.setdefault(day, set()).add(rule["id"])
    return answer

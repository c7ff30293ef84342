"""Rules that can never fire: bounds that contradict, numbers no marks can reach, a population of nobody."""

from collections.abc import Iterator

from rules.doubts.raw import number, plain, table, text
from rules.doubts.sketch import Finding, RuleSketch, Sketch

#: The most that can be: sessions in a school week, school days in a year of 39 weeks, in the longest term,
#: in a month.
_WEEK, _YEAR_DAYS, _TERM_DAYS, _MONTH_DAYS = 10, 195, 80, 23
_PER_DAY = {"school_day": 1, "session": 2}


def check(policy: Sketch) -> Iterator[Finding]:
    """Look for what no marks can reach, rule by rule, then between rules."""
    for rule in policy.rules:
        yield from _contradiction(rule)
        yield from _too_many(rule)
        yield from _population(rule)
    yield from _needs(policy)
    yield from _reviews(policy)


def _contradiction(rule: RuleSketch) -> Iterator[Finding]:
    low, high = rule.lower, rule.upper
    if low and high:
        first, last = low.value + low.is_exclusive, high.value - high.is_exclusive
        if last < first:
            message = f"begins at {plain(first)} and ends at {plain(last)}: nothing lies between"
            yield rule.finding("contradiction", message, key="when")
    if rule.level and rule.level.value <= 0 and rule.level.is_exclusive:
        yield rule.finding("unreachable", "asks for attendance below 0 %", key="when.below")


def _too_many(rule: RuleSketch) -> Iterator[Finding]:
    """Compare the lower bound with the most that its window can hold."""
    most, why = _most(rule)
    low = rule.lower
    if low and most is not None and low.value + low.is_exclusive > most:
        message = f"asks for {plain(low.value + low.is_exclusive)}, and {why} {plain(most)} at the most"
        yield rule.finding("unreachable", message, key="when")
    sample, window = number(rule.when, "min_sessions"), _window_days(rule)
    if sample and window and sample > 2 * window:
        message = f"waits for {plain(sample)} possible sessions, and its window holds {plain(2 * window)} at the most"
        yield rule.finding("unreachable", message, key="when.min_sessions")


def _most(rule: RuleSketch) -> tuple[float | None, str]:
    weeks = number(rule.when, "school_weeks")
    match rule.metric:
        case "rolling_count" if weeks:
            return weeks * _WEEK, f"{plain(weeks)} school weeks hold"
        case "pattern" if weeks:
            return weeks, f"{plain(weeks)} school weeks hold"
        case "cumulative":
            days = _window_days(rule)
            return (days and days * _PER_DAY.get(rule.unit, 2)), "its window holds"
        case "consecutive":
            return _most_within(rule)
    return None, ""


def _most_within(rule: RuleSketch) -> tuple[float | None, str]:
    """Return the most that the initial period of a placement can hold; a run of days needs both of its sessions."""
    within, per_day = table(rule.when, "within"), _PER_DAY.get(rule.unit, 2)
    sessions, months = number(within, "first_sessions"), number(within, "first_months")
    if months:
        return months * _MONTH_DAYS * per_day, f"the first {plain(months)} months hold"
    return (
        sessions and (sessions if per_day == 2 else sessions // 2)
    ), f"the first {plain(sessions or 0)} sessions hold"


def _window_days(rule: RuleSketch) -> float | None:
    weeks = number(rule.when, "school_weeks")
    days = {"school_year": _YEAR_DAYS, "term": _TERM_DAYS, "school_weeks": weeks and 5 * weeks}
    return days.get(text(rule.when, "window"))


def _population(rule: RuleSketch) -> Iterator[Finding]:
    if rule.any_of and rule.any_of <= rule.none_of:
        message = f"is for pupils with {_listed(rule.any_of)} and leaves out {_listed(rule.none_of)}: nobody is left"
        yield rule.finding("contradictory population", message, key="population")
    elif both := rule.any_of & rule.none_of:
        message = f"asks for {_listed(both)} and leaves it out: take it out of one list"
        yield rule.finding("contradictory population", message, key="population")


def _listed(flags: frozenset[str]) -> str:
    return ", ".join(sorted(flags))


def _needs(policy: Sketch) -> Iterator[Finding]:
    known = {rule.id: rule for rule in policy.rules}
    for rule in policy.rules:
        name = text(rule.raw, "needs")
        other = known.get(name)
        if name and other is None:
            yield rule.finding("unreachable", f"needs {name!r}, which is no rule of this file", key="needs")
        elif other is not None:
            yield from _prerequisite(rule, other)


def _prerequisite(rule: RuleSketch, other: RuleSketch) -> Iterator[Finding]:
    if other.number == rule.number:
        yield rule.finding("unreachable", "needs itself", key="needs")
    elif rule.ladder and rule.ladder == other.ladder and other.rung > rule.rung:
        message = f"needs {other.id!r}, a higher rung of its own ladder, which comes after it"
        yield rule.finding("unreachable", message, key="needs")
    elif other.number > rule.number:
        message = f"needs {other.id!r}, which stands further down the file: put what comes first above"
        yield rule.finding("order", message, key="needs")
    yield from _nobody(rule, other, "needs")


def _reviews(policy: Sketch) -> Iterator[Finding]:
    known = {rule.id: rule for rule in policy.rules}
    for rule in policy.rules:
        if rule.metric != "review":
            continue
        other = known.get(text(rule.when, "of"))
        if other is None:
            message = f"reviews {text(rule.when, 'of')!r}, which is no rule of this file"
            yield rule.finding("unreachable", message, key="when.of")
        else:
            yield from _nobody(rule, other, "reviews")


def _nobody(rule: RuleSketch, other: RuleSketch, verb: str) -> Iterator[Finding]:
    """Say that no pupil is in both populations."""
    if (rule.any_of and rule.any_of <= other.none_of) or (other.any_of and other.any_of <= rule.none_of):
        message = f"{verb} {other.id!r}, and no pupil is in the population of both"
        yield rule.finding("never fires", message, key="population")

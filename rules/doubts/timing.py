"""When things happen: reviews before what they review is due, lists before the register, a policy out of date."""

from collections.abc import Iterator
from datetime import date, time

from rules.doubts.raw import number, plain, text
from rules.doubts.sketch import Finding, RuleSketch, Sketch

_REPEATS = {"each_school_day": 1, "each_school_week": 5}
#: The longest that a mark may say no reason yet (guidance, as local authorities restate it).
_LONGEST_N = 5


def check(policy: Sketch) -> Iterator[Finding]:
    """Look at due times, reviews and times of day."""
    known = {rule.id: rule for rule in policy.rules}
    for rule in policy.rules:
        yield from _repeats(rule)
        yield from _last_day(rule)
        yield from _provisional(rule)
        if rule.metric == "review" and (other := known.get(text(rule.when, "of"))):
            yield from _too_soon(rule, other)
    yield from _before_register(policy)


def dates(policy: Sketch, today: date) -> Iterator[Finding]:
    """Compare the policy's dates with each other and with ``today``, a local date."""
    begin, review = policy.head.get("valid_from"), policy.head.get("review_by")
    if type(review) is not date:
        return
    if review < today:
        message = f"was to be reviewed by {review}: review the policy and give the next date"
        yield Finding(rule="", kind="review overdue", message=message, key="policy.review_by")
    if type(begin) is date and review <= begin:
        message = f"is to be reviewed by {review}, before it begins on {begin}"
        yield Finding(rule="", kind="contradiction", message=message, key="policy.review_by")


def _too_soon(rule: RuleSketch, other: RuleSketch) -> Iterator[Finding]:
    after = number(rule.when, "after_school_days")
    latest = max((number(action, "due_school_days") or 0 for action in other.then), default=0)
    if after is not None and after < latest:
        message = (
            f"reviews {other.id!r} after {plain(after)} school days, "
            f"when what that asks for is due after {plain(latest)}"
        )
        yield rule.finding("too early", message, key="when.after_school_days", ambiguity="A20")


def _repeats(rule: RuleSketch) -> Iterator[Finding]:
    for place, action in enumerate(rule.then, start=1):
        every = _REPEATS.get(text(action, "repeats"))
        due = number(action, "due_school_days") or 0
        if every is not None and due >= every:
            message = f"is asked again before it is due: repeats {text(action, 'repeats')}, due after {plain(due)}"
            yield rule.finding("too early", message, key=f"then[{place}].due_school_days")


def _last_day(rule: RuleSketch) -> Iterator[Finding]:
    if text(rule.when, "event") != "leaver":
        return
    for place, action in enumerate(rule.then, start=1):
        if (number(action, "due_school_days") or 0) > 0 and text(action, "kind") == "task":
            message = "is due after the pupil's last day on roll: nothing more is judged then"
            yield rule.finding("too late", message, key=f"then[{place}].due_school_days")


def _provisional(rule: RuleSketch) -> Iterator[Finding]:
    days = number(rule.when, "after_school_days")
    if text(rule.when, "code") == "N" and days is not None and days > _LONGEST_N:
        message = f"lets an N stand for {plain(days)} school days: the guidance allows {_LONGEST_N}"
        yield rule.finding("too late", message, key="when.after_school_days", ambiguity="A4")


def _before_register(policy: Sketch) -> Iterator[Finding]:
    by = {text(rule.when, "session"): rule.when.get("by") for rule in policy.rules if rule.metric == "register"}
    for rule in policy.rules:
        at, complete = rule.when.get("at"), by.get(text(rule.when, "session"))
        if rule.metric == "time_of_day" and isinstance(at, time) and isinstance(complete, time) and at < complete:
            message = f"looks at {at:%H:%M}, before the register is due at {complete:%H:%M}: its list is provisional"
            yield rule.finding("before the register", message, key="when.at", ambiguity="A11")

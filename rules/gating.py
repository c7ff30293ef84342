"""What stands between a trigger and a firing: which pupils a rule is about, what it needs, how often it may fire."""

from collections.abc import Callable
from datetime import date

from rules.asof import AsOf
from rules.binding import Bound
from rules.model import PupilMarks
from rules.policy_model import EVERYBODY, Rule

#: A rule of the same policy on any school day.
Other = Callable[[str, date], Bound]
#: Why a rule did not fire although its trigger did; nothing where no gate stood in the way.
WhyNot = Callable[[PupilMarks], str | None]


def narrowed(rule: Rule, bound: Bound, at: AsOf, other: Other) -> Bound:
    """Return a rule's trigger for the pupils it is about, once the rule that it needs has fired."""
    bound = _for_population(rule, bound)
    return bound if rule.needs is None else _needing(rule.needs, bound, at, other)


def seldom(rule: Rule, bound: Bound, at: AsOf, other: Other) -> Bound:
    """Return a narrowed trigger that fires no more often than the rule says; ``other`` gives it on earlier days."""
    if bound.is_idle or rule.once_per == rule.trigger.once_per[0]:
        return bound
    fires = bound.fires
    return bound._replace(fires=lambda pupil: fires(pupil) and _earlier(rule, pupil, at, other) is None)


def why_not(rule: Rule, bound: Bound, at: AsOf, *, other: Other, free: Other) -> WhyNot:
    """Return the first gate that kept a trigger from firing for a pupil.

    ``other`` gives rules with all their gates, ``free`` as if they could fire as often as their triggers do.
    """

    def why(pupil: PupilMarks) -> str | None:
        if pupil.flags not in rule.population:
            return f"the rule is only about pupils {rule.population}"
        if rule.needs is not None and not _has_fired(rule.needs, pupil, at, other):
            return f"rule {rule.needs} has not fired this school year"
        if not bound.fires(pupil) or rule.once_per == rule.trigger.once_per[0]:
            return None
        earlier = _earlier(rule, pupil, at, free)
        period = rule.once_per.replace("_", " ")
        return f"fired already on {earlier:%a %-d %b %Y}; once {period}" if earlier else None

    return why


def _for_population(rule: Rule, bound: Bound) -> Bound:
    population = rule.population
    if population == EVERYBODY:
        return bound
    fires, is_open = bound.fires, bound.is_open
    return bound._replace(
        fires=lambda pupil: pupil.flags in population and fires(pupil),
        is_open=lambda pupil: pupil.flags in population and is_open(pupil),
    )


def _needing(needs: str, bound: Bound, at: AsOf, other: Other) -> Bound:
    fires, is_open = bound.fires, bound.is_open
    return bound._replace(
        fires=lambda pupil: fires(pupil) and _has_fired(needs, pupil, at, other),
        is_open=lambda pupil: is_open(pupil) and _has_fired(needs, pupil, at, other),
    )


def _has_fired(name: str, pupil: PupilMarks, at: AsOf, other: Other) -> bool:
    """Whether another rule has fired for the pupil in the school year up to and on the day."""
    return any(other(name, day).fires(pupil) for day in reversed(at.calendar.between(at.year_begin, at.day)))


def _earlier(rule: Rule, pupil: PupilMarks, at: AsOf, free: Other) -> date | None:
    """Return the day in the same term or year, or ever, on which the rule fired before."""
    since = {"term": at.term_begin or at.day, "school_year": at.year_begin}.get(rule.once_per, at.origin)
    for day in reversed(at.calendar.between(since, at.day)):
        if day < at.day and free(rule.id, day).fires(pupil):
            return day
    return None

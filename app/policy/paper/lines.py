"""One rule as one line of the paper: when, for whom, what happens, who, by when."""

import re
from collections.abc import Iterator

from app.policy.paper.model import Act, Line
from rules.describing import in_words
from rules.doubts.raw import table, text, texts
from rules.doubts.sketch import RuleSketch
from rules.model import Action
from rules.phrases import for_whom
from rules.policy_model import Rule


def line_of(rule: RuleSketch, carried_out: Rule) -> Line:
    """Return a rule as one line; a rung has its number in front.

    What it is about is said as written, what happens as carried out: with what the floor adds to it.
    """
    said, *more = in_words(rule.when).split("; ")
    return Line(
        when=f"{rule.rung:g}. {said}" if rule.rung else said[:1].upper() + said[1:],
        says=carried_out.says,
        limits=(*more, *_limits(rule, carried_out)),
        acts=tuple(_acts(carried_out)),
        rows=carried_out.rows,
    )


def _limits(rule: RuleSketch, carried_out: Rule) -> Iterator[str]:
    if whom := for_whom(table(rule.raw, "population")):
        yield whom
    if needs := text(rule.raw, "needs"):
        yield f"after {needs!r} has fired"
    if once := _ONCE.get(text(rule.raw, "once_per")):
        yield once
    if carried_out.is_floor:
        yield "nobody can mute it: the floor asks for it, too" if "floor" not in rule.raw else "nobody can mute it"
    elif "mutable_by" in rule.raw:
        yield f"may be muted by {who(texts(rule.raw, 'mutable_by')) or 'nobody'}"


_ONCE = {
    "term": "once a term",
    "school_year": "once a school year",
    "ever": "once ever",
}


def _acts(rule: Rule) -> Iterator[Act]:
    if rule.no_action:
        yield Act(what=rule.no_action, kind="no action", who="", by_when="")
    for action in rule.then:
        kind = " ".join(filter(None, (action.kind, action.template)))
        if approval := _APPROVALS.get(action.approval or ""):
            kind += f", {approval}"
        yield Act(what=action.says, kind=kind, who=who(action.to), by_when=_by_when(action))


_APPROVALS = {"one": "one person approves", "as_authority": "approval as the authority's profile says"}


def _by_when(action: Action) -> str:
    due = action.due_school_days
    said = "the same day" if not due else "the next school day" if due == 1 else f"{due} school days"
    return f"{said}, {words(action.repeats)}" if action.repeats else said


def who(roles: tuple[str, ...]) -> str:
    """Return roles as a person names them."""
    return ", ".join(map(words, roles))


def words(name: str) -> str:
    """Return a name of the file without its underscores and hyphens."""
    return re.sub(r"\bdsl\b", "DSL", name.replace("_", " ").replace("-", " "))

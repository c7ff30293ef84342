"""One rule as one line of the paper: when, for whom, what happens, who, by when."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.paper.model import Act, Line
from rules.describing import in_words
from rules.doubts.raw import number, table, text, texts
from rules.doubts.sketch import RuleSketch
from rules.phrases import for_whom


def line_of(rule: RuleSketch, *, rung: bool = False) -> Line:
    """Return a rule as one line; with ``rung`` its number on the ladder stands in front."""
    said, *more = in_words(rule.when).split("; ")
    return Line(
        when=f"{rule.rung:g}. {said}" if rung else said[:1].upper() + said[1:],
        says=text(rule.raw, "says"),
        limits=(*more, *_limits(rule)),
        acts=tuple(_acts(rule)),
        rows=rule.rows,
    )


def _limits(rule: RuleSketch) -> Iterator[str]:
    if whom := for_whom(table(rule.raw, "population")):
        yield whom
    if needs := text(rule.raw, "needs"):
        yield f"after {needs!r} has fired"
    if once := _ONCE.get(text(rule.raw, "once_per")):
        yield once
    if "mutable_by" in rule.raw:
        yield f"may be muted by {who(texts(rule.raw, 'mutable_by')) or 'nobody'}"


_ONCE = {
    "term": "once a term",
    "school_year": "once a school year",
    "ever": "once ever",
}


def _acts(rule: RuleSketch) -> Iterator[Act]:
    if not rule.then:
        yield Act(what=text(rule.raw, "no_action"), kind="no action", who="", by_when="")
    for action in rule.then:
        template = text(action, "template")
        kind = f"{text(action, 'kind')} {template}".strip()
        if approval := _APPROVALS.get(text(action, "approval")):
            kind += f", {approval}"
        yield Act(what=text(action, "says"), kind=kind, who=who(texts(action, "to")), by_when=_by_when(action))


_APPROVALS = {"one": "one person approves", "as_authority": "approval as the authority's profile says"}


def _by_when(action: Mapping[str, Any]) -> str:
    due = number(action, "due_school_days") or 0
    said = "the same day" if not due else "the next school day" if due == 1 else f"{due:g} school days"
    return f"{said}, {words(text(action, 'repeats'))}" if "repeats" in action else said


def who(roles: tuple[str, ...]) -> str:
    """Return roles as a person names them."""
    return ", ".join(map(words, roles))


def words(name: str) -> str:
    """Return a name of the file without its underscores and hyphens."""
    return name.replace("_", " ").replace("-", " ")

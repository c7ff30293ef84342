"""Lays a policy out as the paper a head teacher signs: one table a ladder, then what stands on none."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from app.policy.files import PolicySource
from app.policy.paper.choices import choices_of
from app.policy.paper.lines import line_of, who, words
from app.policy.paper.model import Paper, Section
from config.models import ROLES
from rules.doubts.raw import number, table, text, texts
from rules.doubts.sketch import RuleSketch, Sketch, sketch
from rules.phrases import FLAGS
from rules.policy_model import Policy, Rule


def paper(source: PolicySource, floor: PolicySource, loaded: Policy) -> Paper:
    """Lay out a policy that loads: as it is written, and as it is carried out over the floor."""
    policy, under = sketch(source.content), sketch(floor.content)
    head = policy.head
    sections = tuple(section for section in _sections(policy, under, loaded) if section.lines)
    return Paper(
        title=text(head, "name"),
        facts=tuple((name, _said(head.get(key))) for name, key in _FACTS if head.get(key) is not None),
        sections=sections,
        standing=tuple(_standing(policy)),
        choices=tuple(choices_of(source)),
        otherwise=tuple(_entries(policy, people=False)),
        people=tuple(_entries(policy, people=True)),
        roles=tuple(_roles(loaded)),
    )


_FACTS = (
    ("Version", "version"),
    ("Valid from", "valid_from"),
    ("To be reviewed by", "review_by"),
    ("Published text", "source"),
    ("Target", "target"),
)
#: Rules that stand on no ladder, by what they look at.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "Day by day": ("register", "time_of_day", "minutes", "before_session", "each", "deadline"),
    "Absence that adds up": ("consecutive", "cumulative", "rolling_count", "percentage", "pattern"),
    "Reviews": ("review",),
    "Occasions": ("event",),
}


def _sections(policy: Sketch, under: Sketch, loaded: Policy) -> Iterator[Section]:
    carried_out = {rule.id: rule for rule in loaded.rules}
    own = {rule.id for rule in policy.rules}
    for ladder, fires in policy.ladders.items():
        note = "only the highest rung reached fires" if fires == "highest_only" else "every rung fires when reached"
        yield _section(f"Ladder: {words(ladder)}", policy.on_ladder(ladder), carried_out, note=note)
    for title, metrics in _GROUPS.items():
        single = [rule for rule in policy.rules if not rule.ladder and rule.metric in metrics]
        yield _section(title, single, carried_out)
    added = [rule for rule in under.rules if rule.id in carried_out and rule.id not in own]
    yield _section("The floor", added, carried_out, note="added to every policy")


def _section(title: str, rules: Iterable[RuleSketch], carried_out: Mapping[str, Rule], *, note: str = "") -> Section:
    return Section(title=title, note=note, lines=tuple(line_of(rule, carried_out[rule.id]) for rule in rules))


def _standing(policy: Sketch) -> Iterator[tuple[str, str]]:
    yield "Who may mute a rule", who(texts(policy.head, "mutable_by")) or "nobody"
    overdue = table(policy.head, "overdue")
    if overdue:
        days = number(overdue, "after_school_days") or 0
        when = "on the day it is due" if not days else f"{days:g} school day{'' if days == 1 else 's'} later"
        yield "A task not done in time", f"{who(texts(overdue, 'to'))} is asked {when}"
    for entry in policy.also_tell:
        flags = " or ".join(FLAGS.get(flag, flag) for flag in texts(entry, "flags"))
        rows = ", ".join(texts(entry, "rows"))
        yield f"Every notice and referral about {flags}", f"goes to {who(texts(entry, 'to'))} as well ({rows})"


def _entries(policy: Sketch, *, people: bool) -> Iterator[tuple[str, str]]:
    for entry in policy.covered:
        by = text(entry, "by")
        if (by == "human") is people:
            says = text(entry, "says")
            yield ", ".join(texts(entry, "rows")), says if people else f"{by}: {says}"


def _roles(loaded: Policy) -> Iterator[tuple[str, str]]:
    used = {role for rule in loaded.rules for action in rule.then for role in action.to}
    used |= {role for entry in loaded.also_tell for role in entry.to}
    used |= {*loaded.mutable_by, *loaded.overdue.to}
    return ((words(role), meaning) for role, meaning in ROLES.items() if role in used)


def _said(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    return f"{value:g} % attendance" if isinstance(value, int | float) else str(value)

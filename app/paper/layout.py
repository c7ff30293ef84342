"""Lays a policy out as the paper a head teacher signs: one table a ladder, then what stands on none."""

from collections.abc import Iterator, Mapping
from datetime import date

from app.paper.choices import choices_of
from app.paper.lines import line_of, who, words
from app.paper.model import Paper, Section
from app.policy_files import PolicySource
from config.models import ROLES
from rules.doubts.raw import number, table, text, texts
from rules.doubts.sketch import RuleSketch, Sketch, sketch
from rules.phrases import FLAGS


def paper(source: PolicySource, floor: PolicySource | None) -> Paper:
    """Lay out a policy that loads; ``floor`` are the rules that hold whatever it says."""
    policy = sketch(source.content)
    head = policy.head
    floors = sketch(floor.content) if floor and floor.stem != source.stem else None
    sections = tuple(section for section in _sections(policy, floors) if section.lines)
    return Paper(
        title=text(head, "name"),
        facts=tuple((name, _said(head.get(key))) for name, key in _FACTS if head.get(key) is not None),
        sections=sections,
        standing=tuple(_standing(policy)),
        choices=tuple(choices_of(source)),
        otherwise=tuple(_entries(policy, people=False)),
        people=tuple(_entries(policy, people=True)),
        roles=tuple(_roles(policy, floors)),
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


def _sections(policy: Sketch, floors: Sketch | None) -> Iterator[Section]:
    for ladder, fires in policy.ladders.items():
        note = "only the highest rung reached fires" if fires == "highest_only" else "every rung fires when reached"
        lines = tuple(line_of(rule, rung=True) for rule in policy.on_ladder(ladder))
        yield Section(title=f"Ladder: {words(ladder)}", note=note, lines=lines)
    single = [rule for rule in policy.rules if rule.ladder not in policy.ladders]
    for title, metrics in _GROUPS.items():
        yield Section(title=title, note="", lines=tuple(line_of(rule) for rule in single if rule.metric in metrics))
    own = [_asked(rule) for rule in policy.rules]
    more = [rule for rule in floors.rules if _asked(rule) not in own] if floors else ()
    note = "added to every policy; nobody can mute these"
    yield Section(title="The floor", note=note, lines=tuple(map(line_of, more)))


def _asked(rule: RuleSketch) -> object:
    """What decides whether a rule of the floor is carried out by one of the policy's own."""
    return rule.when, rule.any_of, rule.none_of, rule.raw.get("once_per"), rule.raw.get("needs")


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


def _roles(policy: Sketch, floors: Sketch | None) -> Iterator[tuple[str, str]]:
    rules = (*policy.rules, *(floors.rules if floors else ()))
    used = {role for rule in rules for action in rule.then for role in texts(action, "to")}
    used |= {role for entry in policy.also_tell for role in texts(entry, "to")} | set(texts(policy.head, "mutable_by"))
    used |= set(texts(table(policy.head, "overdue"), "to"))
    return ((words(role), meaning) for role, meaning in ROLES.items() if role in used)


def _said(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    return f"{value:g} % attendance" if isinstance(value, int | float) else str(value)

"""A provider's policy as data: read strictly from parsed TOML, every missing choice a sentence with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mapping.codes import CodeTable
from rules.binding import Trigger
from rules.deadlines import CodeStands, RegisterMissing
from rules.model import Action, ActionKind
from rules.reading import Problem, Table
from rules.triggers import REGISTER, TRIGGERS


class PolicyErrors(ValueError):  # noqa: N818 - several at once, as an admin wants them
    """The policy cannot be used: mend every problem listed and load it again."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems for the caller to print, one a line."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a policy: when it fires, what it says, what follows. ``rows`` are the seed rows it carries out."""

    id: str
    rows: tuple[str, ...]
    says: str
    when: Trigger | RegisterMissing
    then: tuple[Action, ...]
    ladder: str | None
    rung: int
    is_floor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Rungs in order of gravity. ``is_highest_only`` fires only the highest of those reached on one day."""

    id: str
    is_highest_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A whole policy, dated. ``source`` names the published text it carries out."""

    id: str
    name: str
    version: str
    valid_from: date
    review_by: date
    source: str
    ladders: Mapping[str, Ladder]
    rules: tuple[Rule, ...]


def read_policy(data: Mapping[str, object], codes: CodeTable) -> Policy:
    """Read a parsed policy file. Raises ``PolicyErrors`` with everything that is wrong, not only the first."""
    problems: list[Problem] = []
    top = Table(data, "", problems)
    head = top.table("policy")
    ladders = _ladders(top, problems)
    rules = [_rule(table, number, ladders, problems) for number, table in enumerate(top.tables("rule"), start=1)]
    policy = Policy(
        id=head.text("id"),
        name=head.text("name"),
        version=head.text("version"),
        valid_from=head.day("valid_from"),
        review_by=head.day("review_by"),
        source=head.text("source"),
        ladders=ladders,
        rules=tuple(rules),
    )
    head.done()
    top.done()
    problems += _clashes(policy, codes)
    if problems:
        raise PolicyErrors(problems)
    return policy


def _ladders(top: Table, problems: list[Problem]) -> dict[str, Ladder]:
    if not top.has("ladder"):
        return {}
    ladders = {}
    for number, data in enumerate(top.tables("ladder"), start=1):
        table = Table(data, f"ladder {data.get('id', number)!r}: ", problems)
        ladder = Ladder(
            id=table.text("id"),
            is_highest_only=table.choice("fires", ("highest_only", "each_rung")) == "highest_only",
        )
        table.done()
        ladders[ladder.id] = ladder
    return ladders


def _rule(data: Mapping[str, object], number: int, ladders: Mapping[str, Ladder], problems: list[Problem]) -> Rule:
    table = Table(data, f"rule {data.get('id', number)!r}: ", problems)
    ladder = table.choice("ladder", tuple(ladders)) if table.has("ladder") and ladders else None
    rule = Rule(
        id=table.text("id"),
        rows=table.texts("rows"),
        says=table.text("says"),
        when=_when(table.table("when")),
        then=tuple(
            _action(Table(item, f"rule {data.get('id', number)!r}: then[{place}].", problems))
            for place, item in enumerate(table.tables("then"), start=1)
        ),
        ladder=ladder,
        rung=table.whole("rung", at_least=1) if ladder else 0,
        is_floor=table.flag("floor") if table.has("floor") else False,
    )
    if table.has("ladder") and not ladders:
        table.problem("ladder", "names a ladder, but the file has no [[ladder]]: add it")
    table.done()
    return rule


def _when(table: Table) -> Trigger | RegisterMissing:
    kinds = [*TRIGGERS, REGISTER]
    metric = table.choice("metric", sorted({metric for metric, _ in kinds}))
    unit = table.choice("unit", sorted({unit for kind, unit in kinds if kind == metric}))
    if (metric, unit) == REGISTER:
        trigger: Trigger | RegisterMissing = RegisterMissing.read(table)
    else:
        trigger = TRIGGERS.get((metric, unit), next(iter(TRIGGERS.values())))(table)
    table.done()
    return trigger


def _action(table: Table) -> Action:
    action = Action(
        kind=ActionKind(table.choice("kind", tuple(ActionKind))),
        to=table.texts("to"),
        says=table.text("says"),
        due_school_days=table.whole("due_school_days"),
        template=table.text("template") if table.has("template") else None,
        approval=table.choice("approval", ("none", "as_authority")) if table.has("approval") else None,
    )
    if action.kind is ActionKind.REFERRAL and action.approval is None:
        table.problem("approval", 'is missing: give "none" or "as_authority" for a referral')
    table.done()
    return action


def _clashes(policy: Policy, codes: CodeTable) -> list[Problem]:
    """Return what is wrong between rules, or between a rule and the code table."""
    problems, seen, rungs = [], set(), set()
    for rule in policy.rules:
        if rule.id in seen:
            problems.append(Problem(f"rule {rule.id!r}: id", "is used twice: give every rule its own"))
        if rule.ladder and (rule.ladder, rule.rung) in rungs:
            problems.append(Problem(f"rule {rule.id!r}: rung", f"{rule.rung} of {rule.ladder!r} is used twice"))
        if isinstance(rule.when, CodeStands) and codes.get(rule.when.code) is None:
            problems.append(Problem(f"rule {rule.id!r}: when.code", f"{rule.when.code!r} is not a national code"))
        seen.add(rule.id)
        rungs.add((rule.ladder, rule.rung))
    return problems

"""Reads a policy strictly from parsed TOML: every wrong, missing or unknown choice is a sentence with its place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mapping.codes import CodeTable
from rules.clashes import clashes
from rules.model import Action, ActionKind
from rules.policy_model import EVERYBODY, AlsoTell, Covered, Ladder, Overdue, Policy, Population, Rule
from rules.reading import Problem, Table
from rules.single import EachDay
from rules.triggers import TRIGGERS, AnyTrigger

__all__ = [
    "Allowed",
    "AlsoTell",
    "Covered",
    "Ladder",
    "Overdue",
    "Policy",
    "PolicyErrors",
    "Population",
    "Rule",
    "read_floor",
    "read_policy",
]

COVERED_BY = ("feed", "setting", "mapping", "pull", "document", "notice", "human")
APPROVALS = ("none", "one", "as_authority")
REPEATS = ("each_school_day", "each_school_week")
EFFORTS = ("call", "visit", "letter", "meeting", "other")
#: Keys of tasks alone.
_OF_TASKS = ("repeats", "effort")
#: A metric without a unit: there is nothing to count.
_NO_UNIT = ("event",)
NOBODY = Overdue(to=(), after_school_days=1)

Part = TypeVar("Part")


class PolicyErrors(ValueError):  # noqa: N818 - several at once, as an admin wants them
    """The policy cannot be used: mend every problem listed and load it again."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems for the caller to print, one a line."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The names a policy may use: attendance codes, roles, flags of a pupil, templates of documents."""

    codes: CodeTable
    roles: Collection[str]
    flags: Collection[str]
    templates: Collection[str]


def read_policy(data: Mapping[str, object], allowed: Allowed) -> Policy:
    """Read a parsed policy file. Raises ``PolicyErrors`` with everything that is wrong, not only the first."""
    return _Reader(allowed, is_floor=False).read(data)


def read_floor(data: Mapping[str, object], allowed: Allowed) -> Policy:
    """Read the safeguarding floor: a policy whose rules all carry ``floor = true`` and can be muted by nobody."""
    return _Reader(allowed, is_floor=True).read(data)


class _Reader:
    """One reading of one file."""

    def __init__(self, allowed: Allowed, *, is_floor: bool) -> None:
        self._allowed = allowed
        self._is_floor = is_floor
        self._problems: list[Problem] = []

    def read(self, data: Mapping[str, object]) -> Policy:
        """Read the whole file."""
        top = Table(data, "", self._problems)
        head = top.table("policy")
        mutable_by = head.choices("mutable_by", self._allowed.roles, may_be_empty=True)
        ladders = {ladder.id: ladder for ladder in self._each(top, "ladder", self._ladder)}
        policy = Policy(
            id=head.text("id"),
            name=head.text("name"),
            version=head.text("version"),
            valid_from=head.day("valid_from"),
            review_by=head.day("review_by"),
            source=head.text("source"),
            # What is overdue under the floor is chased as the policy above it says.
            overdue=NOBODY if self._is_floor else self._overdue(head.table("overdue")),
            mutable_by=mutable_by,
            seed=head.text("seed") if head.has("seed") else None,
            target=head.percent("target") if head.has("target") else None,
            ladders=ladders,
            rules=tuple(
                self._rule(self._part("rule", number, data), ladders, mutable_by) for number, data in top.tables("rule")
            ),
            also_tell=tuple(self._each(top, "also_tell", self._also_tell)),
            covered=tuple(self._each(top, "covered", self._covered)),
        )
        head.done()
        top.done()
        self._problems += clashes(policy, self._allowed.codes)
        if self._problems:
            raise PolicyErrors(self._problems)
        return policy

    def _part(self, kind: str, number: int, data: Mapping[str, object]) -> Table:
        return Table(data, f"{kind} {data.get('id', number)!r}: ", self._problems)

    def _each(self, top: Table, kind: str, read: Callable[[Table], Part]) -> list[Part]:
        """Read an array of tables that may be left out."""
        tables = top.tables(kind) if top.has(kind) else []
        parts = [self._part(kind, number, data) for number, data in tables]
        found = [read(part) for part in parts]
        for part in parts:
            part.done()
        return found

    def _ladder(self, table: Table) -> Ladder:
        is_highest_only = table.choice("fires", ("highest_only", "each_rung")) == "highest_only"
        return Ladder(id=table.text("id"), is_highest_only=is_highest_only)

    def _overdue(self, table: Table) -> Overdue:
        overdue = Overdue(
            to=table.choices("to", self._allowed.roles), after_school_days=table.whole("after_school_days", at_least=1)
        )
        table.done()
        return overdue

    def _also_tell(self, table: Table) -> AlsoTell:
        return AlsoTell(
            rows=table.texts("rows"),
            flags=frozenset(table.choices("flags", self._allowed.flags)),
            to=table.choices("to", self._allowed.roles),
        )

    def _covered(self, table: Table) -> Covered:
        return Covered(rows=table.texts("rows"), by=table.choice("by", COVERED_BY), says=table.text("says"))

    def _rule(self, table: Table, ladders: Mapping[str, Ladder], mutable_by: tuple[str, ...]) -> Rule:
        ladder = self._ladder_of(table, ladders)
        when = _when(table.table("when"))
        rule = Rule(
            id=table.text("id"),
            rows=table.texts("rows"),
            says=table.text("says"),
            when=when,
            then=self._actions(table),
            ladder=ladder,
            rung=table.whole("rung", at_least=1) if ladder else 0,
            once_per=_once_per(table, when),
            population=self._population(table),
            needs=table.text("needs") if table.has("needs") else None,
            mutable_by=self._mutable_by(table, mutable_by),
            no_action=table.text("no_action") if table.has("no_action") else None,
            is_floor=self._floor(table),
        )
        table.done()
        return rule

    def _ladder_of(self, table: Table, ladders: Mapping[str, Ladder]) -> str | None:
        if table.has("ladder") and not ladders:
            table.text("ladder")
            table.problem("ladder", "names a ladder, but the file has no [[ladder]]: add it")
            return None
        return table.choice("ladder", tuple(ladders)) if table.has("ladder") else None

    def _population(self, table: Table) -> Population:
        if not table.has("population"):
            return EVERYBODY
        inner = table.table("population")
        flags = {
            key: frozenset(inner.choices(key, self._allowed.flags) if inner.has(key) else ())
            for key in ("flags_any", "flags_none")
        }
        inner.done()
        if not any(flags.values()):
            table.problem("population", "names no flag: give flags_any or flags_none, or leave the key out")
        return Population(**flags)

    def _mutable_by(self, table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
        if self._is_floor or not table.has("mutable_by"):
            return default
        return table.choices("mutable_by", self._allowed.roles, may_be_empty=True)

    def _floor(self, table: Table) -> bool:
        is_floor = table.flag("floor") if table.has("floor") else False
        if is_floor is not self._is_floor:
            says = "is for the safeguarding floor alone: take the key out" if is_floor else "is missing: give true"
            table.problem("floor", says)
        return is_floor

    def _actions(self, table: Table) -> tuple[Action, ...]:
        if table.has("no_action"):
            if table.has("then"):
                table.problem("no_action", "stands beside [[rule.then]]: say what follows, or why nothing does")
                table.tables("then")
            return ()
        return tuple(self._action(table.within(f"then[{number}].", data)) for number, data in table.tables("then"))

    def _action(self, table: Table) -> Action:
        kind = ActionKind(table.choice("kind", tuple(ActionKind)))
        action = Action(
            kind=kind,
            to=table.choices("to", self._allowed.roles),
            says=table.text("says"),
            due_school_days=table.whole("due_school_days"),
            template=self._template(table, kind),
            approval=self._approval(table, kind),
            repeats=table.choice("repeats", REPEATS) if table.has("repeats") else None,
            effort=table.choice("effort", EFFORTS) if table.has("effort") else None,
        )
        for key in _OF_TASKS:
            if table.has(key) and kind is not ActionKind.TASK:
                table.problem(key, f"is for tasks alone, not for a {kind}: take the key out")
        table.done()
        return action

    def _template(self, table: Table, kind: ActionKind) -> str | None:
        if kind in {ActionKind.DOCUMENT, ActionKind.REFERRAL}:
            return table.choice("template", tuple(self._allowed.templates))
        if table.has("template"):
            table.text("template")
            table.problem("template", f"is for documents and referrals, not for a {kind}: take the key out")
        return None

    def _approval(self, table: Table, kind: ActionKind) -> str | None:
        if kind is ActionKind.REFERRAL:
            return table.choice("approval", APPROVALS)
        if not table.has("approval"):
            return None
        if kind is not ActionKind.NOTICE:
            table.problem("approval", f"is for notices and referrals, not for a {kind}: take the key out")
        return table.choice("approval", ("none", "one"))


#: Stands in for a condition that could not be read at all, so that the rest of its rule is.
_UNREAD = EachDay(category="absent")


def _when(table: Table) -> AnyTrigger:
    metrics = sorted({metric for metric, _ in TRIGGERS})
    if not table.holds("metric", metrics):
        table.choice("metric", metrics)
        return _UNREAD
    metric, unit = table.choice("metric", metrics), None
    if metric not in _NO_UNIT:
        unit = table.choice("unit", sorted(unit for name, unit in TRIGGERS if name == metric and unit))
    trigger = TRIGGERS[metric, unit](table)
    table.done()
    return trigger


def _once_per(table: Table, when: AnyTrigger) -> str:
    """Read how often a rule about a pupil may fire; one about a school fires whenever its day comes."""
    if when is _UNREAD:
        return table.text("once_per") if table.has("once_per") else ""
    if isinstance(words := getattr(when, "once_per", None), tuple):
        return table.choice("once_per", words)
    if table.has("once_per"):
        table.text("once_per")
        table.problem("once_per", "is for rules about a pupil, and this one is about the school: take the key out")
    return ""

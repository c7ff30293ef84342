"""Reads one rule of a policy: its condition, whom it is about, how often it may fire, what follows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mapping.codes import CodeTable
from rules.model import Action, ActionKind
from rules.policy_model import EVERYBODY, Ladder, Population, Rule
from rules.reading import Table
from rules.single import EachDay
from rules.triggers import TRIGGERS, AnyTrigger

APPROVALS = ("none", "one", "as_authority")
REPEATS = ("each_school_day", "each_school_week")
EFFORTS = ("call", "visit", "letter", "meeting", "other")
#: Keys of tasks alone.
_OF_TASKS = ("repeats", "effort")
#: A metric without a unit: there is nothing to count.
_NO_UNIT = ("event",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The names a policy may use: attendance codes, roles, flags of a pupil, templates of documents."""

    codes: CodeTable
    roles: Collection[str]
    flags: Collection[str]
    templates: Collection[str]


class RuleReader:
    """Reads the rules of one file; what is wrong with them is noted in their tables."""

    def __init__(self, allowed: Allowed, *, is_floor: bool) -> None:
        """Know the names a rule may use, and whether these are rules of the floor."""
        self._allowed = allowed
        self._is_floor = is_floor

    def read(self, table: Table, ladders: Mapping[str, Ladder], mutable_by: tuple[str, ...]) -> Rule:
        """Read a rule; ``mutable_by`` are the roles that may mute it where it names none."""
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

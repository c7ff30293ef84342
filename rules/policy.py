"""Reads a policy strictly from parsed TOML: every wrong, missing or unknown choice is a sentence with its place."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from rules.clashes import clashes
from rules.policy_model import AlsoTell, Covered, Ladder, Overdue, Policy, Population, Rule
from rules.reading import Problem, Table
from rules.rule_reading import Allowed, RuleReader

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
NOBODY = Overdue(to=(), after_school_days=1)

Part = TypeVar("Part")


class PolicyErrors(ValueError):  # noqa: N818 - several at once, as an admin wants them
    """The policy cannot be used: mend every problem listed and load it again."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems for the caller to print, one a line."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


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
        self._rules = RuleReader(allowed, is_floor=is_floor)
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
                self._rules.read(self._part("rule", number, data), ladders, mutable_by)
                for number, data in top.tables("rule")
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

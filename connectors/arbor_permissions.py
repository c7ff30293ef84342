"""What a school has granted: each entity is asked for one row, and a refusal is followed to the very property.

Arbor grants by entity and refuses by property, and it may answer a missing permission with an empty list instead; so a
list that is empty is believed only where nothing else speaks against it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from connectors.arbor_graphql import Arbor, Entity
from connectors.arbor_rows import STUDENTS
from connectors.base import Finding, PullFailed, Refusal, Rejected


class Need(NamedTuple):
    """An entity and what it is read for."""

    entity: Entity[Any]
    purpose: str


@dataclass(slots=True)
class Permissions:
    """Asks one school's Arbor. Pupils are counted only where another entity came back empty, and once."""

    arbor: Arbor
    _students: int | None = None

    def findings(self, needs: tuple[Need, ...]) -> Iterator[Finding]:
        """Yield a finding for each need; after a refused credential no more, for nothing else would be answered."""
        for need in needs:
            try:
                rows = self.arbor.probe(need.entity)
            except Rejected as problem:
                yield _lacking(need, self._said(need.entity, problem))
                if problem.refusal is not Refusal.PERMISSION:
                    return
            except PullFailed as problem:
                yield _lacking(need, str(problem))
            else:
                yield self._found(need) if rows else self._empty(need)

    def _found(self, need: Need) -> Finding:
        return Finding(subject=need.entity.name, ok=True, message=f"{need.purpose} can be read")

    def _empty(self, need: Need) -> Finding:
        """Tell a permission missing in silence from a list that is empty in truth, as far as that can be told."""
        name = need.entity.name
        if self._pupils():
            return _lacking(
                need,
                f"{need.purpose}: none came although there are pupils: ask the school to grant {name}; where it has, "
                "there are none yet",
            )
        return _lacking(
            need,
            f"{need.purpose}: none came, and no pupil: ask the school to grant {name} and Student to this application",
        )

    def _said(self, entity: Entity[Any], problem: Rejected) -> str:
        if problem.refusal is not Refusal.PERMISSION or not (missing := self._missing(entity)):
            return str(problem)
        return f"this application may not read {', '.join(missing)}: ask the school to grant it where it approved it"

    def _missing(self, entity: Entity[Any]) -> list[str]:
        """Ask for each property alone, since an answer may name only the first that is missing."""
        if not self._may_read(entity, "id"):
            return [entity.name]
        return [name for name, fields in entity.leaves() if not self._may_read(entity, fields)]

    def _may_read(self, entity: Entity[Any], fields: str) -> bool:
        try:
            self.arbor.probe(entity, fields)
        except Rejected:
            return False
        except PullFailed:
            # It says nothing about the permission.
            return True
        return True

    def _pupils(self) -> int:
        if self._students is None:
            try:
                self._students = self.arbor.probe(STUDENTS)
            except PullFailed:
                self._students = 0
        return self._students


def _lacking(need: Need, message: str) -> Finding:
    return Finding(subject=need.entity.name, ok=False, message=message)

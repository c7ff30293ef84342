"""A world whose platform works its past marks out anew, as Arbor does when somebody edits a roll-call time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from app.demo.platforms.world import World, WorldMark, WorldPupil

#: What a shifted roll call makes of marks: who came in time was late, and who was late came after the register closed.
_SHIFTED = {"/": "L", "\\": "L", "L": "U"}


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """The world beneath until ``since``; from then on its first ``count`` marks that can shift have shifted."""

    world: World
    since: datetime
    count: int = 400

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the instant of the world beneath."""
        return self.world.clock

    def pupils(self, school: str) -> Iterable[WorldPupil]:
        """Return the pupils of the world beneath."""
        return self.world.pupils(school)

    def marks(self, school: str, first: date, last: date, at: datetime) -> Iterator[WorldMark]:
        """Yield the marks of these days; which ones shift does not depend on the days asked for."""
        changed = self._changed(school) if at >= self.since else frozenset[int]()
        for mark in self.world.marks(school, first, last, at):
            letter = _SHIFTED.get(mark.symbol or "") if mark.record_id in changed else None
            yield mark._replace(symbol=letter, minutes_late=5) if letter else mark

    def _changed(self, school: str) -> frozenset[int]:
        before = self.world.marks(school, date.min, self.since.date(), self.since)
        records = [mark.record_id for mark in before if mark.symbol in _SHIFTED]
        return frozenset(records[: self.count])

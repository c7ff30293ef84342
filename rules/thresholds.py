"""From which value of a measure on a condition stands: a number that is reached, a line that is crossed."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from rules.facts import Share

T = TypeVar("T")


class AtLeast(NamedTuple):
    """So much of a measure, one at the least; ``measure`` is equal where two conditions take the same one."""

    measure: Hashable
    number: int

    @property
    def gravity(self) -> int:
        """Where one of two conditions of a measure is graver, the other stands whenever it does."""
        return self.number

    def stands(self, fact: int) -> bool:
        """Whether the number is reached."""
        return fact >= self.number

    @staticmethod
    def table(steps: Sequence["AtLeast"], told: Sequence[T], nothing: T) -> Callable[[int], T]:
        """Return what is told at the gravest step that stands; ``steps`` go from the mildest to the gravest."""
        numbers, outcomes = [step.number for step in steps], [nothing, *told]
        return lambda fact: outcomes[bisect_right(numbers, fact)]


class Line(NamedTuple):
    """A share of at least ``least`` possible sessions on the wrong side of ``line``, in per cent, unrounded.

    ``is_reached_at`` says that standing exactly on it is enough, ``is_absence`` that more is worse.
    """

    measure: Hashable
    line: float
    is_reached_at: bool
    least: int
    is_absence: bool

    @property
    def gravity(self) -> tuple[float, bool]:
        """Where one of two lines of a measure is graver, the other is crossed whenever it is."""
        return (self.line if self.is_absence else -self.line), not self.is_reached_at

    def stands(self, share: Share) -> bool:
        """Whether the line is crossed."""
        part, edge = 100 * share.attended, self.line * share.possible
        is_beyond = part > edge if self.is_absence else part < edge
        return share.possible >= self.least and (is_beyond or (self.is_reached_at and part == edge))

    def crossing(self) -> Callable[[Share], bool]:
        """Return ``stands``, written out for the line that nearly every level has: every pupil is asked."""
        if self.is_absence or self.is_reached_at:
            return self.stands
        line, least = self.line, self.least
        return lambda share: share[1] >= least and 100 * share[0] < line * share[1]

    @staticmethod
    def table(steps: Sequence["Line"], told: Sequence[T], nothing: T) -> Callable[[Share], T]:
        """Return what is told at the gravest step that stands; ``steps`` go from the mildest to the gravest."""
        outcomes = [(step.crossing(), outcome) for step, outcome in zip(steps, told, strict=True)]

        def gravest(share: Share) -> T:
            found = nothing
            for crossed, outcome in outcomes:
                if not crossed(share):
                    break
                found = outcome
            return found

        return gravest


Condition = AtLeast | Line


@runtime_checkable
class Measuring(Protocol):
    """A trigger whose condition stands from a value of its fact on, which other rules may take too."""

    @property
    def condition(self) -> Condition:
        """From which value on."""
        ...


def condition_of(trigger: Any) -> Condition:
    """Return when a trigger's condition stands; where it does not say, while there is anything in its own fact."""
    return trigger.condition if isinstance(trigger, Measuring) else AtLeast(trigger, 1)

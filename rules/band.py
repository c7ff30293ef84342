"""The numbers a rule asks for: a lower bound, at which it fires, and the upper end of the band as published."""

from dataclasses import dataclass

from rules.reading import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From ``low`` (``is_open``: more than it) up to ``high`` (``is_high_open``: less than it).

    The upper end is what the published text says; a rule fires at its lower end alone.
    """

    low: int
    is_open: bool = False
    high: int | None = None
    is_high_open: bool = False

    @classmethod
    def read(cls, table: Table) -> "Band":
        """Read exactly one of ``at_least`` and ``more_than``, and at most one of ``at_most`` and ``less_than``."""
        lower = table.one_of("at_least", "more_than")
        upper = table.one_of("at_most", "less_than", is_needed=False)
        band = cls(
            low=table.whole(lower, at_least=0 if lower == "more_than" else 1) if lower else 1,
            is_open=lower == "more_than",
            high=table.whole(upper, at_least=1) if upper else None,
            is_high_open=upper == "less_than",
        )
        if band.last is not None and band.last < band.first:
            table.problem(upper or "", f"is {band.high}: the band ends before it begins at {band.first}")
        return band

    @property
    def first(self) -> int:
        """Return the smallest whole number in the band: where the rule fires."""
        return self.low + self.is_open

    @property
    def last(self) -> int | None:
        """Return the largest whole number in the band; none where it has no upper end."""
        return None if self.high is None else self.high - self.is_high_open

    def __str__(self) -> str:
        """As a reason says it: ``5``, ``more than 5``."""
        return f"more than {self.low}" if self.is_open else str(self.low)

"""The trigger that is asked about a school's register at a time of day."""

from dataclasses import dataclass
from datetime import time

from rules.reading import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMissing:
    """A register that is not complete at a time of day, local time. It is asked about the school, not a pupil."""

    by: time
    session: str

    @classmethod
    def read(cls, table: Table) -> "RegisterMissing":
        """Read ``by`` and ``session``."""
        return cls(by=table.clock("by"), session=table.choice("session", ("AM", "PM")))

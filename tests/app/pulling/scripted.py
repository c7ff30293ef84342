"""A connector that says what a test wants, in place of a school's own."""

from collections.abc import Callable
from dataclasses import dataclass, field

from mapping.model import Pulled, SourceMark
from tests.builders import session


def source_mark(text: str, code: str, platform_id: str = "4001") -> SourceMark:
    """Write one mark: ``source_mark("Mon 2026-11-02 AM", "/")``."""
    return SourceMark(platform_id=platform_id, session=session(text), code=code, where="page 1 row 1")


@dataclass
class Scripted:
    """Answers with what ``says`` returns or raises for a window."""

    says: Callable[[object], Pulled]
    told: list[str] = field(default_factory=list)

    def pull(self, window, *, seen):
        seen(1)
        return self.says(window)

    def committed(self):
        self.told.append("committed")

    def close(self):
        pass


def scripted(stand, says, school="lane"):
    """Put a scripted connector in a school's place."""
    connector = stand.relay._connectors[school] = Scripted(says)
    return connector


def answer(*marks, **fields):
    """Return what a connector says to any window."""
    return lambda window: Pulled(marks=marks, first=window.first, last=window.last, **fields)

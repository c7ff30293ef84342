"""How one simulated Arbor behaves where real ones may differ, and Arbor's own words for marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mapping.model import Half

#: Arbor's own words for marks; only the first two were ever seen, so the simulator makes up the others.
WORDS = {"/": "PRESENT", "\\": "PRESENT", "L": "LATE"}
LETTERS = ("/", "\\", *"LNOICBDKUMZX#", "C1", "C2")
#: The two roll calls of a day, by the id that references bear.
ROLL_CALLS = {Half.AM: "1", Half.PM: "2"}
REGISTER_TYPES = {
    Half.AM: {"isMorning": True, "isAfternoon": False},
    Half.PM: {"isMorning": False, "isAfternoon": True},
}
#: Entities that records refer to by a property of the same name.
ENTITIES = {"Student", "AttendanceMark", "AttendanceRollCall", "AttendanceRegisterType"}


def word(letter: str) -> str:
    """Return Arbor's own word for a letter."""
    return WORDS.get(letter, f"MARK_{letter}")


@dataclass(kw_only=True)
class ArborWays:
    """One simulated Arbor's ways; a test may change them while it runs."""

    #: The number of the first page; what is below it is answered with that page.
    first_page: int = 0
    #: When nothing answers but 503, from and until.
    down: tuple[datetime, datetime] | None = None
    #: The spelling of the change log's parameter; the other is passed over.
    spelling: str = "from-revision"
    #: A file in which the change log outlives the program, as a real one does.
    memory: Path | None = None
    #: Revisions left out before each answer of the change log.
    gap: int = 0
    #: Entities (``Student``) and properties (``AttendanceMark.attendanceMark``) that may not be read: refused by name,
    #: or passed over in silence with an empty list.
    withheld: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    #: Whether roll-call marks may be written; partners are seen to write lesson marks alone.
    may_write: bool = True
    #: Rows of further entities, or other rows than those made of the world.
    tables: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

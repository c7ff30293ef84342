"""What a percentage is a percentage of: sessions attended, or sessions missed in one way."""

from collections.abc import Callable
from dataclasses import dataclass

from mapping.codes import Meaning
from rules.binding import CATEGORIES, Vocabulary
from rules.facts import Share, attendance
from rules.reading import Table
from rules.words import Presence

PART_TIME = "C2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Sessions attended, or those missed as ``category`` says, out of the possible ones.

    A policy leaves ``C2`` out of both: a child who attends every agreed session is not failing. ``is_national``
    counts it as authorised absence, as the national statistic does.
    """

    category: str | None = None
    is_national: bool = False

    @classmethod
    def read(cls, table: Table) -> "Side":
        """Read ``category`` and ``counting``, where they are written."""
        return cls(
            category=table.choice("category", CATEGORIES) if table.has("category") else None,
            is_national=table.has("counting") and table.choice("counting", ("policy", "national")) == "national",
        )

    @property
    def is_absence(self) -> bool:
        """Whether more is worse."""
        return self.category is not None

    @property
    def operators(self) -> tuple[str, str]:
        """Return the keys that can give the line, the strict one first."""
        return ("more_than", "at_least") if self.is_absence else ("below", "at_most")

    @property
    def c2(self) -> str:
        """How C2 is counted, for a reason."""
        return "C2 counted as absence" if self.is_national else "C2 left out"

    def gain(self, amount: float) -> float:
        """Return an amount so that more of it is better."""
        return -amount if self.is_absence else amount

    def compared(self, *, is_reached_at: bool) -> str:
        """Return the comparison in words."""
        if self.is_absence:
            return "at least" if is_reached_at else "more than"
        return "at most" if is_reached_at else "below"

    def bind(self, vocabulary: Vocabulary) -> Callable[[bytes], Share]:
        """Return the measure of a stretch of marks: ``attended`` is the part of ``possible``, missed in absence."""
        counting = _with_c2(vocabulary) if self.is_national else vocabulary.presence
        if self.category is None:
            return lambda marks: attendance(marks, counting)
        others, outside = vocabulary.words[self.category].others, counting.outside
        return lambda marks: _share(marks, others, outside)

    def __str__(self) -> str:
        """What is measured, for a reason."""
        return "attendance" if self.category is None else f"sessions {self.category.replace('_', ' ')}"


def _share(marks: bytes, others: bytes, outside: bytes) -> Share:
    possible = marks.translate(None, outside)
    return Share(len(possible.translate(None, others)), len(possible))


def _with_c2(vocabulary: Vocabulary) -> Presence:
    """Return the national counting: a session on an agreed part-time timetable is an authorised absence."""
    plain = vocabulary.presence
    part_time = {
        code.byte for code in vocabulary.codes if code.code == PART_TIME and code.meaning is Meaning.AUTHORISED_ABSENCE
    }
    side = bytearray(plain.to_side)
    for byte in part_time:
        side[byte] = b"A"[0]
    return Presence(bytes(side), bytes(byte for byte in plain.outside if byte not in part_time))

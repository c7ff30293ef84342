"""The idempotency key of a notice: which decision, action and role, on whose word, and after how many re-routings."""

import re
from dataclasses import dataclass, replace
from typing import Self

_NUMBER = re.compile(
    r"(?P<approved>approved-)?(?:moved(?P<moved>\d+)-)?(?P<number>\d+)(?:-instead-of-(?P<instead_of>.+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKey:
    """``str`` is the key. ``number`` counts the recipients of the role; ``moved`` how often it got other ones.

    ``instead_of`` is the message to which an earlier one of the same words gave way, and which was itself taken back.
    """

    cause: str
    kind: str
    role: str
    number: int
    is_approved: bool = False
    moved: int = 0
    instead_of: str = ""

    def __str__(self) -> str:
        """``<decision>/notice/home_school/approved-moved1-0``."""
        approved, moved = "approved-" if self.is_approved else "", f"moved{self.moved}-" if self.moved else ""
        instead_of = f"-instead-of-{self.instead_of}" if self.instead_of else ""
        return f"{self.cause}/{self.kind}/{self.role}/{approved}{moved}{self.number}{instead_of}"

    @property
    def before_approval(self) -> Self:
        """Return the key of the message that told the same recipient while nobody had approved yet."""
        return replace(self, is_approved=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a key that was written so."""
        cause, kind, role, rest = text.split("/")
        match = _NUMBER.fullmatch(rest)
        assert match is not None, "the key of a notice ends with the number of its recipient"
        return cls(
            cause=cause,
            kind=kind,
            role=role,
            number=int(match["number"]),
            is_approved=match["approved"] is not None,
            moved=int(match["moved"] or 0),
            instead_of=match["instead_of"] or "",
        )

"""What somebody asks of a pull, and what it came to."""

from dataclasses import dataclass
from datetime import date, datetime

from mapping.model import Half


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants beyond what is due: so many days back, the whole term, and stopped schools as well."""

    days: int | None = None
    term: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Untaken:
    """A register past its deadline, in pupils: ``due`` were expected, ``unmarked`` of them have no mark at all.

    It says nothing of a pupil: one without a mark is neither present nor absent.
    """

    day: date
    half: Half
    due: int
    unmarked: int

    @property
    def is_taken(self) -> bool:
        """Whether there is any mark, so that the register was begun."""
        return self.unmarked < self.due

    def __str__(self) -> str:
        what = f"{self.unmarked} of {self.due} pupils have no mark" if self.is_taken else "the register is not taken"
        return f"{self.day:%a %-d %b} {self.half}: {what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolPull:
    """What one pull of one school came to, in marks.

    ``problem`` is the sentence for the admin when it failed; ``may_retry`` says that time alone may mend it. ``hold``
    names changes that wait for a person, ``held`` counts them. ``stale_since`` is as of when the source spoke, where
    that is too long ago.
    """

    school: str
    read: int = 0
    new: int = 0
    amended: int = 0
    quarantined: int = 0
    remarks: tuple[str, ...] = ()
    problem: str | None = None
    may_retry: bool = False
    held: int = 0
    hold: str | None = None
    untaken: tuple[Untaken, ...] = ()
    stale_since: datetime | None = None

"""What a simulated platform knows: pupils, and the marks it would show at an instant."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple, Protocol

from mapping.model import Half


class UpnSpell(NamedTuple):
    """One UPN of one pupil, from a date to a date (both included; ``None`` is open)."""

    upn: str
    is_temporary: bool = False
    start: date | None = None
    end: date | None = None


class WorldPupil(NamedTuple):
    """A pupil as a platform holds one; the names are there so that tests can prove that nobody reads them."""

    platform_id: str
    upn: str | None
    history: tuple[UpnSpell, ...] = ()
    surname: str = ""
    forename: str = ""


class WorldMark(NamedTuple):
    """One mark as the platform shows it; no ``symbol``: the register has not been taken."""

    record_id: int
    platform_id: str
    day: date
    half: Half
    symbol: str | None
    minutes_late: int | None = None


class World(Protocol):
    """The schools behind the simulators. Corrections appear as ``at`` moves on."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the simulated instant, aware."""
        ...

    def pupils(self, school: str) -> Iterable[WorldPupil]:
        """Return a school's pupils."""
        ...

    def marks(self, school: str, first: date, last: date, at: datetime) -> Iterable[WorldMark]:
        """Return the marks of these days (both included) as the platform would show them at an instant.

        A mark keeps its ``record_id`` when it is corrected; the order is stable.
        """
        ...

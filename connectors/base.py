"""What a connector is, what it needs from outside, and the ways in which a pull can fail.

    PullFailed
    ├── Unavailable     the platform does not answer now: try later, not before ``retry_after``
    ├── Rejected        credential, access, permission, this machine (``refusal``): the school stops until a person acts
    ├── Malformed       the answer is not what the platform documents: a person looks, the next pull tries again
    └── SuspiciousPull  nothing came from a school that is in term and has a roll: nothing of it is believed

Their texts name hosts, settings and file names, never a query, a credential, a body or a pupil.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from connectors.offered import Offered
from mapping.codes import CodeTable
from mapping.model import Pulled, Session

if TYPE_CHECKING:
    from connectors.http import Transport


class PullFailed(Exception):  # noqa: N818 - the five names read as what happened
    """A pull brought nothing of one school; the others go on."""


class Unavailable(PullFailed):
    """The platform does not answer now: pull again later, and not before ``retry_after`` seconds where it is given."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refusal(StrEnum):
    """What is refused, which says who must act."""

    #: Wrong, changed or run out: the IT admin enters the one that holds.
    CREDENTIAL = "credential"
    #: The school has taken the whole access back: the school grants it again, or the pulls are ended.
    REVOKED = "revoked"
    #: One thing may not be read, the rest may: the school grants what is missing.
    PERMISSION = "permission"
    #: This machine or its settings are in the way, before any platform was asked for a right: the IT admin mends that.
    LOCAL = "local"


class Rejected(PullFailed):
    """The platform refuses this program: stop this school, tell a person, and do not try in a loop."""

    def __init__(self, message: str, *, refusal: Refusal = Refusal.CREDENTIAL) -> None:
        super().__init__(message)
        self.refusal = refusal


class Malformed(PullFailed):
    """The answer is not what the platform documents: believe nothing of it."""


class SuspiciousPull(PullFailed):
    """A school in term and with a roll brought no mark at all: raised by the pipeline, which knows the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The local dates a pull asks for, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a check, for a person: what was looked at, whether it is fine, and if not what to do."""

    subject: str
    ok: bool
    message: str


class Connector(Protocol):
    """One school's way to one platform. Serial by design: no platform publishes a rate limit."""

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return everything of the window or raise one of the four failures; never a part of a page set.

        ``seen(n)`` is called with the number of further records read, for a progress bar.
        """
        ...

    def committed(self) -> None:
        """Be told that the last pull is safely stored.

        Only now may a file leave the drop folder, and only now does what the connector has ``kept`` move on.
        """
        ...

    def check(self) -> tuple[Finding, ...]:
        """Try the credential and each permission once, without pulling; raises nothing."""
        ...

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the platform offers for these dates; takes nothing in and moves no file. Raises as a pull."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One approved change of a mark, to be written into the platform: a national code over what stands there.

    ``reference`` is this project's own id of the change; an answer about it carries it back.
    """

    reference: str
    platform_id: str
    session: Session
    code: str


class Writing(StrEnum):
    """How far a change is at the platform."""

    #: Taken, not yet carried out: ask again with the receipt.
    TAKEN = "taken"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a platform says of one change. ``receipt`` is what it is asked for later; ``reason`` says why it refused."""

    reference: str
    state: Writing
    receipt: str | None = None
    reason: str | None = None


class MarkWriter(Protocol):
    """What a connector of a platform that takes marks can do besides. Writing the same mark twice does no harm."""

    def write(self, changes: Sequence[Change]) -> tuple[Written, ...]:
        """Ask the platform to carry changes out, an answer for each; raises as a pull does, and then none counts."""
        ...

    def follow(self, taken: Sequence[Written]) -> tuple[Written, ...]:
        """Ask how far changes are that were taken, an answer for each; raises as a pull does."""
        ...


class Kept(Protocol):
    """What one school's connector keeps from pull to pull, by name: a watermark, a revision. A ``dict`` is one."""

    def get(self, name: str, /) -> str | None:
        """Return what was kept under a name."""
        ...

    def __setitem__(self, name: str, value: str, /) -> None:
        """Keep a value; done from ``committed`` alone, so that nothing is passed over that was not stored."""
        ...


class FilesSeen(Protocol):
    """The SHA-256 digests (hex) of one school's files that were processed before; a ``set[str]`` is one."""

    def __contains__(self, sha256: object, /) -> bool:
        """Whether a file of exactly this content was processed before."""
        ...

    def add(self, sha256: str, /) -> object:
        """Remember a file whose marks are stored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one request is tried: bounded by attempts and by time, all in seconds."""

    attempts: int = 5
    #: Waiting and asking together; a longer Retry-After ends the trying at once and is handed to the caller.
    in_all: float = 90.0
    #: The first wait; later ones double, each with jitter, none longer than ``longest_wait`` by itself.
    first_wait: float = 0.5
    longest_wait: float = 20.0
    #: One connection or one silence inside a body; and one whole answer, so that a dripping body ends as well.
    silence: float = 30.0
    answer: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that a connector takes from outside: clocks, waiting, the network, profiles, and which files were seen."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    monotonic: Callable[[], float] = time.monotonic
    #: None: a real one.
    transport: "Transport | None" = None
    patience: Patience = Patience()
    #: File profiles as parsed TOML, by file stem (``clm-long``).
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files_seen: FilesSeen = field(default_factory=set[str])
    kept: Kept = field(default_factory=dict[str, str])
    #: The national codes, to hold a platform's own list of symbols against; none known: nothing is proposed.
    national: CodeTable = field(default_factory=lambda: CodeTable(()))
    #: Whether a local date is a school day of this school; without its calendar, every day from Monday to Friday.
    is_school_day: Callable[[date], bool] = lambda day: day.weekday() < 5

"""Arbor: statutory AM and PM marks and dated UPNs through GraphQL, with the school's own application user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from connectors.arbor_changes import ChangeLog
from connectors.arbor_graphql import Arbor
from connectors.arbor_late import LateCorrections
from connectors.arbor_lessons import Lessons
from connectors.arbor_marks import Lists
from connectors.arbor_offering import Offering
from connectors.arbor_permissions import Need, Permissions
from connectors.arbor_pull import OnePull
from connectors.arbor_rest import Rest
from connectors.arbor_rows import LESSONS, MARKS, RECORDS, UPNS
from connectors.arbor_writing import Writer
from connectors.base import Change, Finding, PullFailed, Surroundings, Window, Written
from connectors.collection import uncollected
from connectors.http import Auth, Client
from connectors.offered import Offered
from connectors.settings import PlatformSettings
from mapping.model import Pulled

_NEEDS = (
    Need(RECORDS, "AM and PM marks"),
    Need(MARKS, "the list of marks"),
    Need(UPNS, "UPNs"),
)
_LESSONS = Need(LESSONS, "lesson marks, for comparison")


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one school's Arbor: ``address`` is ``https://SCHOOL.uk.arbor.sc``."""

    address: str
    username: str
    password: str
    #: Sent as ``x-mis-application-id`` where Arbor has given one.
    application_id: str = ""
    page_size: Annotated[int, msgspec.Meta(ge=1, le=3000)] = 500
    max_pages: Annotated[int, msgspec.Meta(ge=1)] = 2000
    #: Kept between two requests: Arbor publishes no limit and is seen to throttle hard.
    pause_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.2
    #: Whether corrections of earlier days are looked for in the change log, and how many are read in one pull.
    change_log: bool = True
    max_changes: Annotated[int, msgspec.Meta(ge=1)] = 500
    #: Whether lesson marks are read too and disagreements with the roll call reported; they never become marks.
    compare_lessons: bool = False


@dataclass(slots=True)
class ArborConnector:
    """One school's Arbor."""

    arbor: Arbor
    surroundings: Surroundings
    settings: Settings
    _late: LateCorrections = field(default_factory=lambda: LateCorrections(None, 0))

    @uncollected()
    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return every roll-call mark of the window; whole unless pages moved meanwhile or rows could not be read.

        Marks of earlier days that the change log says were corrected come with it.
        """
        log, lessons = self.settings.change_log, self.settings.compare_lessons
        self._late = LateCorrections(self._log() if log else None, self.settings.max_changes)
        compared = Lessons(self.arbor, self.surroundings.national) if lessons else None
        return OnePull(self.arbor, self.surroundings, self._late, compared).of(window, seen)

    def committed(self) -> None:
        """Follow the change log from the last revision that was read."""
        self._late.keep()

    def check(self) -> tuple[Finding, ...]:
        """Read one row of each entity the pull needs, and look whether the change log can be followed."""
        lessons = (_LESSONS,) if self.settings.compare_lessons else ()
        found = tuple(Permissions(self.arbor).findings((*_NEEDS, *lessons)))
        return (*found, self._log_finding()) if self.settings.change_log and all(each.ok for each in found) else found

    @uncollected()
    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the marks of the window show, and what else Arbor tells of codes, roll and placements."""
        pulled = OnePull(self.arbor, self.surroundings, LateCorrections(None, 0), None).of(window, seen)
        return Offering(self.arbor, self.surroundings.national).of(pulled)

    def write(self, changes: Sequence[Change]) -> tuple[Written, ...]:
        """Write approved changes into the roll call; what Arbor takes is followed, for it need not stand."""
        return self._writer().write(changes)

    def follow(self, taken: Sequence[Written]) -> tuple[Written, ...]:
        """Read the records again and say of each change whether it stands."""
        return self._writer().follow(taken)

    def close(self) -> None:
        """Close the connections."""
        self.arbor.client.close()

    def _writer(self) -> Writer:
        return Writer(self.arbor, Rest(self.arbor.client), Lists(self.arbor))

    def _log(self) -> ChangeLog:
        return ChangeLog(Rest(self.arbor.client), self.surroundings.kept, self.settings.max_pages)

    def _log_finding(self) -> Finding:
        """Say whether late corrections come by themselves; without the log registers are complete all the same."""
        try:
            self._log().read()
        except PullFailed as problem:
            later = "late corrections come when their days are read again"
            return Finding(subject="change log", ok=True, message=f"cannot be used, so {later}: {problem}")
        return Finding(subject="change log", ok=True, message="late corrections come by themselves")


def connect(settings: Settings, surroundings: Surroundings) -> ArborConnector:
    """Open one school's Arbor without asking it anything; a bad address raises ``ValueError``."""
    headers = {"x-mis-application-id": settings.application_id} if settings.application_id else {}
    auth = Auth(settings.username, settings.password)
    client = Client(settings.address, surroundings, auth=auth, headers=headers, pause_seconds=settings.pause_seconds)
    return ArborConnector(Arbor(client, settings.page_size, settings.max_pages), surroundings, settings)

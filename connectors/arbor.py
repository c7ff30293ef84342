"""Arbor: statutory AM and PM marks and dated UPNs through GraphQL, with the school's own application user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

import msgspec

from connectors.arbor_changes import ChangeLog
from connectors.arbor_graphql import Arbor
from connectors.arbor_late import WHERE, LateCorrections
from connectors.arbor_lessons import Lessons
from connectors.arbor_marks import Lists
from connectors.arbor_offering import Offering
from connectors.arbor_permissions import Need, Permissions
from connectors.arbor_pupils import UpnHistory, source_pupils
from connectors.arbor_registers import Registers
from connectors.arbor_rest import Rest
from connectors.arbor_rows import LESSONS, MARKS, RECORDS, UPNS, RollCallRecord
from connectors.arbor_window import read_window
from connectors.arbor_writing import Writer
from connectors.base import Change, Finding, PullFailed, Surroundings, Window, Written
from connectors.collection import uncollected
from connectors.http import Auth, Client
from connectors.offered import Offered
from connectors.settings import PlatformSettings
from mapping.model import Pulled, SourceRow

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
        self._late = LateCorrections(self._log() if self.settings.change_log else None, self.settings.max_changes)
        return self._pull(window, self._late, seen)

    def committed(self) -> None:
        """Follow the change log from the last revision that was read."""
        self._late.keep()

    def check(self) -> tuple[Finding, ...]:
        """Read one row of each entity the pull needs, and look whether the change log can be followed."""
        lessons = (_LESSONS,) if self.settings.compare_lessons else ()
        found = tuple(Permissions(self.arbor).findings((*_NEEDS, *lessons)))
        return (*found, self._log_finding()) if self.settings.change_log and all(each.ok for each in found) else found

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the marks of the window show, and what else Arbor tells of codes, roll and placements."""
        pulled = self._pull(window, LateCorrections(None, 0), seen)
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

    def _pull(self, window: Window, late: LateCorrections, seen: Callable[[int], object]) -> Pulled:
        as_of = self.surroundings.now()
        lists = Lists(self.arbor)
        pupils = source_pupils(row for page in self.arbor.pages(UPNS) for row in page.rows)
        late.begin()

        def each(rows: list[RollCallRecord]) -> None:
            late.drop(rows)
            seen(len(rows))

        registers = read_window(self.arbor, window, UpnHistory(pupils, window), lists, each=each)
        earlier = Window(first=date.min, last=window.last)
        corrected = Registers(
            window=earlier, asked=earlier, upns=registers.upns.at_any_time(), letter_of=lists.letter_of
        )
        corrected.add(late.fetch(lists, seen), WHERE)
        return Pulled(
            marks=(*registers.marks, *corrected.marks),
            first=window.first,
            last=window.last,
            pupils=pupils,
            unreadable=(*registers.unreadable, *corrected.unreadable, *late.unreadable),
            remarks=(*_remarks(registers), *late.remarks, *self._lesson_remarks(registers)),
            is_whole=not (registers.repeated or registers.unreadable),
            source_as_of=as_of,
        )

    def _writer(self) -> Writer:
        return Writer(self.arbor, Rest(self.arbor.client), Lists(self.arbor))

    def _lesson_remarks(self, registers: Registers) -> list[SourceRow]:
        if not self.settings.compare_lessons:
            return []
        return Lessons(self.arbor, self.surroundings.national).remarks(registers.marks, registers.window)

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


def _remarks(registers: Registers) -> list[SourceRow]:
    """Report once what concerns the pull and no single record."""
    remarks = {
        f"{registers.outside} records outside {registers.window} came and were dropped: Arbor did not keep to the "
        "dates; if this stays, tell its support": registers.outside,
        f"{registers.repeated} records came on two pages, so others may be missing: they come with the next pull; "
        "if this stays, tell Arbor's support": registers.repeated,
    }
    return [SourceRow(where="AttendanceRollCallRecord", reason=reason) for reason, count in remarks.items() if count]

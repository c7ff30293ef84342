"""Arbor: statutory AM and PM marks and dated UPNs through GraphQL, with the school's own application user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import msgspec

from connectors.arbor_graphql import Arbor, Entity, R
from connectors.arbor_pupils import UpnHistory, source_pupils
from connectors.arbor_registers import Registers
from connectors.arbor_rows import MARKS, RECORDS, UPNS
from connectors.base import Finding, PullFailed, Surroundings, Window
from connectors.collection import uncollected
from connectors.http import Auth, Client
from connectors.offered import Offered, offered
from connectors.settings import PlatformSettings
from mapping.model import Pulled, SourceRow

_ONE_DAY = timedelta(days=1)


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one school's Arbor: ``address`` is ``https://SCHOOL.uk.arbor.sc``."""

    address: str
    username: str
    password: str
    #: Sent as ``x-mis-application-id`` where Arbor has given one.
    application_id: str = ""
    page_size: Annotated[int, msgspec.Meta(ge=1, le=3000)] = 500
    max_pages: Annotated[int, msgspec.Meta(ge=1)] = 2000


@dataclass(slots=True)
class ArborConnector:
    """One school's Arbor."""

    arbor: Arbor
    surroundings: Surroundings
    _letters: dict[str, str] | None = None

    @uncollected()
    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return every roll-call mark of the window; whole unless pages moved meanwhile or rows could not be read."""
        as_of = self.surroundings.now()
        self._letters = None
        pupils = source_pupils(row for page in self.arbor.pages(UPNS) for row in page.rows)
        # Nobody says whether Arbor's "after" and "before" include the day itself.
        asked = Window(first=window.first - _ONE_DAY, last=window.last + _ONE_DAY)
        registers = Registers(window=window, asked=asked, upns=UpnHistory(pupils, window), letters=self._all_letters)
        repeated = 0
        for page in self.arbor.pages(RECORDS, _between(asked)):
            registers.add(page)
            repeated += page.repeated
            seen(len(page.rows))
        return Pulled(
            marks=tuple(registers.marks),
            first=window.first,
            last=window.last,
            pupils=pupils,
            unreadable=tuple(registers.unreadable),
            remarks=tuple(_remarks(registers.outside, repeated, window)),
            is_whole=not (repeated or registers.unreadable),
            source_as_of=as_of,
        )

    def committed(self) -> None:
        """Nothing to do: Arbor keeps no account of what was read."""

    def check(self) -> tuple[Finding, ...]:
        """Read one row of each entity: a permission is granted by entity, and refused by name."""
        return (
            self._probe(RECORDS, "AM and PM marks"),
            self._probe(MARKS, "the list of marks"),
            self._probe(UPNS, "UPNs"),
        )

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return the codes and the roll that the marks of the window show."""
        return offered(self.pull(window, seen=seen))

    def close(self) -> None:
        """Close the connections."""
        self.arbor.client.close()

    def _probe(self, entity: Entity[R], purpose: str) -> Finding:
        try:
            rows = self.arbor.probe(entity)
        except PullFailed as problem:
            return Finding(subject=entity.name, ok=False, message=str(problem))
        if rows:
            return Finding(subject=entity.name, ok=True, message=f"{purpose} can be read")
        # Arbor may answer a missing permission with an empty list; the marks of a new school may be empty in truth.
        return Finding(subject=entity.name, ok=False, message=f"{purpose}: none came; ask the school for {entity.name}")

    def _all_letters(self) -> Mapping[str, str]:
        if self._letters is None:
            rows = [row for page in self.arbor.pages(MARKS) for row in page.rows]
            self._letters = {row.code: row.attendance_mark for row in rows if row.code and row.attendance_mark}
        return self._letters


def connect(settings: Settings, surroundings: Surroundings) -> ArborConnector:
    """Open one school's Arbor without asking it anything; a bad address raises ``ValueError``."""
    headers = {"x-mis-application-id": settings.application_id} if settings.application_id else {}
    auth = Auth(settings.username, settings.password)
    client = Client(settings.address, surroundings, auth=auth, headers=headers)
    return ArborConnector(Arbor(client, settings.page_size, settings.max_pages), surroundings)


def _between(asked: Window) -> str:
    return f', recordDate_after: "{asked.first}", recordDate_before: "{asked.last}"'


def _remarks(outside: int, repeated: int, window: Window) -> list[SourceRow]:
    """Report once what concerns the pull and no single record."""
    remarks = {
        f"{outside} records outside {window} came and were dropped: Arbor did not keep to the dates; "
        "if this stays, tell its support": outside,
        f"{repeated} records came on two pages, so others may be missing: they come with the next pull; "
        "if this stays, tell Arbor's support": repeated,
    }
    return [SourceRow(where="AttendanceRollCallRecord", reason=reason) for reason, count in remarks.items() if count]

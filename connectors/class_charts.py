"""Class Charts: a scheduled whole-school export fetched over HTTPS, read through a profile.

Class Charts has no public interface for schools. That an export can be fetched from an address, with ``from`` and
``to``, is this project's assumption; the unofficial interface for parents is deliberately not used
(``docs/guides/platforms/class-charts.md``).
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from connectors.base import Finding, Malformed, PullFailed, Surroundings, Window
from connectors.exports import read_export
from connectors.http import Answer, Auth, Client
from connectors.likely_columns import UnfitColumns
from connectors.offered import Offered, offered
from connectors.profiles import Profile, read_profile
from connectors.settings import PlatformSettings
from connectors.tables import look
from mapping.model import Pulled
from mapping.school_days import school_date

_NAME = "export"
_TABLES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/plain",
        "application/octet-stream",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one school's export: its address, and user and password where it asks for them."""

    address: str
    username: str = ""
    password: str = ""
    profile: str = "class-charts-export"


@dataclass(frozen=True, slots=True)
class ExportConnector:
    """One school's export address."""

    client: Client
    profile: Profile
    surroundings: Surroundings

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return the marks of the window; an export without rows raises ``Malformed``."""
        as_of = self.surroundings.now()
        with tempfile.TemporaryFile() as file:
            self._fetch(window, file)
            try:
                export = read_export(file, look(file), self.profile, name=_NAME, window=window, seen=seen)
            except UnfitColumns as unfit:
                raise UnfitColumns(f"the export of {self.client.host}: {unfit}", columns=unfit.columns) from None
            except Malformed as problem:
                raise Malformed(f"the export of {self.client.host}: {problem}") from None
        is_whole = self.profile.content == "snapshot" and not export.unreadable
        return export.pulled(window, is_whole=is_whole, source_as_of=as_of)

    def committed(self) -> None:
        """Nothing to do: the same export may be fetched again."""

    def check(self) -> tuple[Finding, ...]:
        """Fetch the last week's export and see whether it fits the profile."""
        today = school_date(self.surroundings.now())
        try:
            pulled = self.pull(Window(first=today - timedelta(days=7), last=today), seen=lambda _: None)
        except PullFailed as problem:
            return (Finding(subject="export", ok=False, message=str(problem)),)
        return (Finding(subject="export", ok=True, message=f"{len(pulled.marks)} marks of the last week can be read"),)

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the export of the window shows."""
        return offered(self.pull(window, seen=seen))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _fetch(self, window: Window, file: BinaryIO) -> None:
        def save(answer: Answer) -> None:
            if answer.content_type not in _TABLES:
                raise Malformed(f"{answer.host} sent {answer.content_type or 'no content type'} instead of a table")
            # Begun again after an attempt that broke off.
            file.seek(0)
            file.truncate()
            file.writelines(answer.chunks)

        self.client.get(save, params={"from": window.first.isoformat(), "to": window.last.isoformat()})


def connect(settings: Settings, surroundings: Surroundings) -> ExportConnector:
    """Set the export up without fetching it; a bad address or an unusable profile raises ``ValueError``."""
    auth = Auth(settings.username, settings.password) if settings.username or settings.password else None
    client = Client(settings.address, surroundings, auth=auth)
    return ExportConnector(client, read_profile(settings.profile, surroundings.profiles), surroundings)

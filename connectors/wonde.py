"""Wonde: the session marks of whatever MIS a school has, from Wonde's copy of it, and marks written back.

Wonde is a copy that is brought up to date a few times a day, never a live view.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from connectors.base import Change, Finding, Surroundings, Window, Written
from connectors.collection import uncollected
from connectors.http import Client
from connectors.offered import Offered
from connectors.settings import PlatformSettings
from connectors.wonde_api import Wonde
from connectors.wonde_following import Follower
from connectors.wonde_offered import findings, offered_by
from connectors.wonde_reading import Reading, reading_of
from connectors.wonde_writing import Writer
from mapping.model import Pulled

#: The name under which the watermark is kept, and how far before it is asked again: clocks differ, and a row may show
#: some time after the moment it bears.
WATERMARK = "updated_after"
_OVERLAP = timedelta(minutes=10)


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one school's Wonde: ``school`` is its id there, ``address`` its region's domain."""

    school: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9]+$")]
    token: str
    address: str = "https://api.wonde.com"
    per_page: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 200
    max_pages: Annotated[int, msgspec.Meta(ge=1)] = 5000
    pause_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.1


@dataclass(slots=True)
class WondeConnector:
    """One school's Wonde. ``platform_id`` is the ``upi`` of a pupil, which leaving and coming back does not change."""

    wonde: Wonde
    surroundings: Surroundings
    _begun: datetime | None = None

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return every mark of the window, and those before it that changed since the last pull that was stored."""
        # Taken before the first question: what changes while pages are read is asked for again next time.
        self._begun, begun = None, self.surroundings.now()
        kept = self.surroundings.kept.get(WATERMARK)
        pulled = self._read(window, seen, since=datetime.fromisoformat(kept) if kept else None).pulled(window)
        self._begun = begun
        return pulled

    def committed(self) -> None:
        """Move the watermark to the beginning of the pull that is stored now."""
        if self._begun is not None:
            self.surroundings.kept[WATERMARK] = self._begun.astimezone(UTC).isoformat()
            self._begun = None

    def check(self) -> tuple[Finding, ...]:
        """Try the token, the school's approval and region, and each scope and include once."""
        return findings(self.wonde)

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return the token's schools, the school's codes, its roll, and what the marks of the window show."""
        reading = self._read(window, seen)
        return offered_by(self.wonde, reading, window)

    def write(self, changes: Sequence[Change]) -> tuple[Written, ...]:
        """Ask Wonde to carry changes into the school's MIS."""
        return Writer(self.wonde).write(changes)

    def follow(self, taken: Sequence[Written]) -> tuple[Written, ...]:
        """Ask how far written marks are."""
        return Follower(self.wonde).follow(taken)

    def close(self) -> None:
        """Close the connections."""
        self.wonde.client.close()

    @uncollected()
    def _read(self, window: Window, seen: Callable[[int], object], since: datetime | None = None) -> Reading:
        reading = reading_of(self.wonde, seen)
        reading.read_lists()
        reading.read_window(window)
        if since is not None:
            reading.read_earlier(window, since - _OVERLAP, self.surroundings.now())
        return reading


def connect(settings: Settings, surroundings: Surroundings) -> WondeConnector:
    """Open one school's Wonde without asking it anything; a bad address raises ``ValueError``."""
    headers = {"Authorization": f"Bearer {settings.token}"}
    client = Client(settings.address, surroundings, headers=headers, pause_seconds=settings.pause_seconds)
    return WondeConnector(Wonde(client, settings.school, settings.per_page, settings.max_pages), surroundings)

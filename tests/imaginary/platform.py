"""Evergreen, a platform that does not exist: all that a new one takes, in one file, and one line for the registry.

``docs/guides/contributing.md`` shows it piece by piece; the contract suite tests it beside the real ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import msgspec

from app.demo.platforms.server import FaultKind, Reply, Server
from connectors.base import Finding, Malformed, PullFailed, Surroundings, Window
from connectors.http import Answer, Auth, Client
from connectors.offered import Offered, offered
from connectors.registry import Platform
from connectors.settings import PlatformSettings
from mapping.model import Half, Pulled, Session, SourceMark
from mapping.school_days import school_date
from tests.connectors.rigs import ServerRig


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one school's Evergreen."""

    address: str
    username: str
    password: str


class Row(msgspec.Struct, frozen=True):
    """One mark as Evergreen sends it; ``mark`` is null until the register is taken."""

    id: int
    pupil: str
    upn: str | None
    day: date
    half: Half
    mark: str | None


class Page(msgspec.Struct, frozen=True):
    """Marks in the order of their ids; the last page is the one without any."""

    marks: list[Row]


_PAGE = msgspec.json.Decoder(Page)


@dataclass(frozen=True, slots=True)
class EvergreenConnector:
    """One school's Evergreen."""

    client: Client
    surroundings: Surroundings

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return every mark of the window: Evergreen answers for all of its sessions."""
        as_of = self.surroundings.now()
        marks: list[SourceMark] = []
        for rows in self._pages(window):
            seen(len(rows))
            marks += [_mark(row, row.mark) for row in rows if row.mark and row.day in window]
        return Pulled(marks=tuple(marks), first=window.first, last=window.last, is_whole=True, source_as_of=as_of)

    def committed(self) -> None:
        """Nothing to do: the same marks may be fetched again."""

    def check(self) -> tuple[Finding, ...]:
        """Fetch the last week."""
        today = school_date(self.surroundings.now())
        try:
            pulled = self.pull(Window(first=today - timedelta(days=7), last=today), seen=lambda _: None)
        except PullFailed as problem:
            return (Finding(subject="marks", ok=False, message=str(problem)),)
        return (Finding(subject="marks", ok=True, message=f"{len(pulled.marks)} of the last week can be read"),)

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the marks of the window show."""
        return offered(self.pull(window, seen=seen))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _pages(self, window: Window) -> Iterator[list[Row]]:
        """Yield pages, each asked for by the last id that came: rows that come and go meanwhile move none."""
        last = 0
        asked = {"from": window.first.isoformat(), "to": window.last.isoformat()}
        while rows := self.client.get(_page, params=asked | {"after": str(last)}).marks:
            if rows[0].id <= last:
                raise Malformed(f"{self.client.host} sent a page twice: ask Evergreen's support")
            yield rows
            last = rows[-1].id


def connect(settings: Settings, surroundings: Surroundings) -> EvergreenConnector:
    """Set a school up without asking anything; a bad address raises ``ValueError``."""
    client = Client(settings.address, surroundings, auth=Auth(settings.username, settings.password))
    return EvergreenConnector(client, surroundings)


def _page(answer: Answer) -> Page:
    return answer.json(_PAGE)


def _mark(row: Row, code: str) -> SourceMark:
    return SourceMark(
        platform_id=row.pupil,
        session=Session(row.day, row.half),
        code=code,
        where=f"record {row.id}",
        upn=row.upn,
    )


# The line of the registry --------------------------------------------------------------------------------------------

LINE = {
    "evergreen": Platform(settings=Settings, connect=connect, codes="evergreen"),
}

# The rig -------------------------------------------------------------------------------------------------------------


def simulate_evergreen(world, school, *, username, password):
    upns = {pupil.platform_id: pupil.upn for pupil in world.pupils(school)}

    def answer(asked, fault):
        kind = fault.kind if fault else None
        if kind is FaultKind.BODY_STATUS:
            return Reply(body=b'{"error": %s}' % fault.value.encode())
        first, last = (date.fromisoformat(asked.query[end]) for end in ("from", "to"))
        if kind is FaultKind.UNFILTERED:
            first, last = first - timedelta(days=7), last + timedelta(days=7)
        after = 0 if kind is FaultKind.REPEATED_PAGE else int(asked.query["after"])
        size = int(fault.value) if kind is FaultKind.SMALL_PAGES else EvergreenRig.page_size
        marks = [mark for mark in world.marks(school, first, last, world.clock()) if mark.record_id > after]
        rows = [
            {
                "id": mark.record_id,
                "pupil": mark.platform_id,
                "upn": upns[mark.platform_id],
                "day": mark.day,
                "half": mark.half,
                "mark": mark.symbol,
            }
            for mark in marks[:size]
        ]
        return Reply(body=msgspec.json.encode({"marks": rows}))

    return Server(answer=answer, username=username, password=password)


class EvergreenRig(ServerRig):
    name = "evergreen"
    path = "/marks"
    simulate = staticmethod(simulate_evergreen)
    page_size = 50
    plays = frozenset({FaultKind.BODY_STATUS, FaultKind.UNFILTERED, FaultKind.REPEATED_PAGE, FaultKind.SMALL_PAGES})
    cannot: ClassVar = {
        FaultKind.PARTIAL: "its answers hold marks and nothing else",
        FaultKind.DRIFT: "a page is asked for by the last id that came, so nothing moves",
        FaultKind.REFUSED: "a user reads everything or nothing",
        "unpermitted": "a user reads everything or nothing",
    }

    @classmethod
    def code_table(cls):
        """The table is not among those that ship."""
        return [{"symbol": symbol, "code": symbol} for symbol in ("/", "\\", "L", "N", "I", "C1", "B", "D")]


RIG = {"evergreen": EvergreenRig}

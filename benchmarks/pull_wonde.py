"""Marks a second through the Wonde connector, beside httpx and msgspec fetching and decoding the same pages."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from app.demo.platforms.wonde import SCHOOL
from benchmarks import child, cohort
from benchmarks.child import Run
from benchmarks.measuring import Measured, Work, in_turn, ratio
from benchmarks.pull import Pulling, checked
from benchmarks.simulated import NOW, PASSWORD, wonde
from benchmarks.table import Row, Section
from connectors.base import Surroundings, Window
from connectors.wonde import Settings, connect
from connectors.wonde_api import Endpoint
from connectors.wonde_dates import pieces
from connectors.wonde_rows import CODES, LEAVERS, MARKS, STUDENTS
from mapping.model import Pulled

PAGE = 200
_DAY = timedelta(days=1)
CONNECTOR, BARE = "Wonde connector", "httpx + msgspec"


def section(shapes: Sequence[tuple[int, int]], run: Run = child.run) -> Section:
    """Measure each shape: so many pupils over so many school days, two marks a pupil and day."""
    return Section(
        title="Pull of registers from a simulated Wonde",
        rows=[row for pupils, days in shapes for row in _rows(pupils, days, run)],
        notes=[
            f"pages of {PAGE} rows over HTTP on this machine; the simulator runs in a process of its own; two marks",
            "a pupil and school day, asked for by fortnight; pupils and codes are read as well, by both.",
            "httpx + msgspec: the same lists, decoded into the same types and thrown away, nothing checked or made.",
            "ratio: marks a second of the connector to those of it, median of turns; the connector keeps its result.",
        ],
    )


def _rows(pupils: int, days: int, run: Run) -> list[Row]:
    answer = run("pull_wonde:pull", pupils=pupils, days=days)
    taken = {what: Measured(*answer[what]) for what in (CONNECTOR, BARE)}
    marks = 2 * pupils * days
    return [
        Row(
            what=f"{what}, {marks:,} marks",
            size=pupils,
            measured=each,
            each=f"{marks / each.median:,.0f} marks/s",
            ratio="1" if what == BARE else f"{ratio(taken[BARE], each):.2f} (wanted >= 0.70)",
        )
        for what, each in taken.items()
    ]


# What the children do -------------------------------------------------------------------------------------------------


def pull(pupils: int, days: int) -> dict[str, Measured]:
    """Measure both ways in turn; the simulator's first answer, for which it makes its rows, is not timed."""
    window = Window(first=cohort.CALENDAR.days[0], last=cohort.CALENDAR.days[days - 1])
    marks = 2 * pupils * days
    with wonde(pupils) as address, _bare(address, window) as bare, _connector(address, window) as connector:
        works = {BARE: Work(checked(bare, marks)), CONNECTOR: Work(checked(connector, marks))}
        return in_turn(works, repeats=9 if marks <= 20_000 else 5 if marks <= 200_000 else 3)


@contextmanager
def _connector(address: str, window: Window) -> Iterator[Pulling]:
    around = Surroundings(now=lambda: NOW, sleep=time.sleep)
    settings = Settings(address=address, school=SCHOOL, token=PASSWORD, per_page=PAGE, pause_seconds=0)
    connector = connect(settings, around)

    def work() -> tuple[int, Pulled]:
        pulled = connector.pull(window, seen=lambda _: None)
        return len(pulled.marks), pulled

    yield work
    connector.close()


@contextmanager
def _bare(address: str, window: Window) -> Iterator[Pulling]:
    headers = {"Authorization": f"Bearer {PASSWORD}"}
    with httpx.Client(
        base_url=f"{address}/v1.0/schools/{SCHOOL}/", headers=headers, trust_env=False, timeout=120
    ) as client:

        def work() -> tuple[int, None]:
            for path in (f"/v1.0/schools/{SCHOOL}", f"/v1.0/meta/schools/{SCHOOL}"):
                msgspec.json.decode(client.get(f"{address}{path}").content)
            for endpoint in (CODES, STUDENTS, LEAVERS):
                _pages(client, endpoint, {"include": ",".join(endpoint.includes)})
            # As the connector asks, fortnight by fortnight.
            ends = [(piece.first - _DAY, piece.last + _DAY) for piece in pieces(window)]
            days = [
                {"attendance_date_after": f"{a} 00:00:00", "attendance_date_before": f"{b} 00:00:00"} for a, b in ends
            ]
            return sum(_pages(client, MARKS, each) for each in days), None

        yield work


def _pages(client: httpx.Client, endpoint: Endpoint[Any], params: dict[str, str]) -> int:
    """Fetch and decode page after page until one names no next; returns how many rows came."""
    answer = client.get(endpoint.path, params={"cursor": "true", "per_page": str(PAGE)} | params)
    total = 0
    while True:
        listing = endpoint.decoder.decode(answer.content)
        total += len(listing.data)
        pagination: Any = listing.meta.pagination if listing.meta else None  # type: ignore[union-attr]
        if not pagination or not pagination.next:
            return total
        answer = client.get(pagination.next)

"""Records a second through the Arbor connector, beside httpx and msgspec fetching and decoding the same pages."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from benchmarks import child, cohort
from benchmarks.child import Run
from benchmarks.measuring import Measured, Work, in_turn, ratio
from benchmarks.simulated import NOW, PASSWORD, USER, arbor
from benchmarks.table import Row, Section
from connectors.arbor import Settings, connect
from connectors.arbor_changes import PATH as CHANGES
from connectors.arbor_graphql import PATH, Entity
from connectors.arbor_rows import RECORDS, UPNS
from connectors.base import Surroundings, Window
from mapping.model import Pulled

PAGE = 500
_DAY = timedelta(days=1)
#: Returns how many records came, and what is made of them.
Pulling = Callable[[], tuple[int, object]]
CONNECTOR, BARE = "Arbor connector", "httpx + msgspec"


def section(shapes: Sequence[tuple[int, int]], run: Run = child.run) -> Section:
    """Measure each shape: so many pupils over so many school days, two records a pupil and day."""
    return Section(
        title="Pull of registers from a simulated Arbor",
        rows=[row for pupils, days in shapes for row in _rows(pupils, days, run)],
        notes=[
            f"pages of {PAGE} records over HTTP on this machine; the simulator runs in a process of its own; records",
            "are roll-call records, two a pupil and school day; both read UPNs and change log as well; nobody pauses.",
            "httpx + msgspec: the same requests, decoded into the same types and thrown away, nothing checked or made.",
            "ratio: records a second of the connector to those of it, median of turns; the connector keeps its result.",
        ],
    )


def _rows(pupils: int, days: int, run: Run) -> list[Row]:
    answer = run("pull:pull", pupils=pupils, days=days)
    taken = {what: Measured(*answer[what]) for what in (CONNECTOR, BARE)}
    records = 2 * pupils * days
    return [
        Row(
            what=f"{what}, {records:,} records",
            size=pupils,
            measured=each,
            each=f"{records / each.median:,.0f} records/s",
            ratio="1" if what == BARE else f"{ratio(taken[BARE], each):.2f} (wanted >= 0.70)",
        )
        for what, each in taken.items()
    ]


# What the children do -------------------------------------------------------------------------------------------------


def pull(pupils: int, days: int) -> dict[str, Measured]:
    """Measure both ways in turn; the simulator's first answer, for which it makes its rows, is not timed."""
    window = Window(first=cohort.CALENDAR.days[0], last=cohort.CALENDAR.days[days - 1])
    records = 2 * pupils * days
    with arbor(pupils) as address, _bare(address, window) as bare, _connector(address, window) as connector:
        works = {BARE: Work(checked(bare, records)), CONNECTOR: Work(checked(connector, records))}
        return in_turn(works, repeats=9 if records <= 20_000 else 7 if records <= 200_000 else 3)


def checked(work: Pulling, records: int) -> Callable[[], object]:
    """Return the work with its count looked at: what loses records is not measured."""

    def checked() -> object:
        count, result = work()
        if count != records:
            raise AssertionError(f"{count} records came instead of {records}")
        return result

    return checked


@contextmanager
def _connector(address: str, window: Window) -> Iterator[Pulling]:
    around = Surroundings(now=lambda: NOW, sleep=time.sleep)
    settings = Settings(address=address, username=USER, password=PASSWORD, page_size=PAGE, pause_seconds=0)
    connector = connect(settings, around)

    def work() -> tuple[int, Pulled]:
        pulled = connector.pull(window, seen=lambda _: None)
        connector.committed()
        return len(pulled.marks), pulled

    yield work
    connector.close()


@contextmanager
def _bare(address: str, window: Window) -> Iterator[Pulling]:
    # As the connector asks: a day more at either end, which the simulator leaves out.
    between = f', recordDate_after: "{window.first - _DAY}", recordDate_before: "{window.last + _DAY}"'

    with httpx.Client(base_url=address, auth=(USER, PASSWORD), trust_env=False) as client:

        def work() -> tuple[int, None]:
            _pages(client, UPNS, "")
            client.get(CHANGES, params={"from-revision": "77003"}).json()
            return _pages(client, RECORDS, between), None

        yield work


def _pages(client: httpx.Client, entity: Entity[Any], where: str) -> int:
    """Fetch and decode page after page until one is not full; returns how many rows came."""
    total = number = 0
    while True:
        query = f"{{ {entity.name}(page_num: {number}, page_size: {PAGE}{where}) {{ {entity.fields} }} }}"
        answer = client.post(
            PATH, content=msgspec.json.encode({"query": query}), headers={"Content-Type": "application/json"}
        )
        rows = (entity.decoder.decode(answer.content).data or {})[entity.name] or []
        total, number = total + len(rows), number + 1
        if len(rows) < PAGE:
            return total

"""Many small schools pulled by one relay from a platform that takes its time, beside the time that waiting alone takes.

All of ``pull``: the operator's files written down, a connection opened for each school, marks stored and committed.
"""

import csv
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any

import httpx

from app import pipeline
from app.reading import read
from app.wiring import Relay, Surroundings, open_relay
from benchmarks import child, cohort
from benchmarks.child import Run
from benchmarks.many_schools import LATENCY, PUPILS, counts, many_schools, platform_id, upn
from benchmarks.measuring import Measured, Work, in_turn
from benchmarks.operator import write_calendar
from benchmarks.table import Row, Section, times
from config.contacts import COLUMNS as CONTACT_COLUMNS
from config.placements import COLUMNS as PLACEMENT_COLUMNS
from config.settings import Settings, read_settings
from connectors.arbor_changes import PATH as CHANGES
from connectors.arbor_graphql import PATH
from connectors.arbor_rows import RECORDS, UPNS
from mapping.school_days import at_local

OURS, BARE = "pull, all of it", "httpx alone"
#: The limit as it ships; and what one school takes: two entities, of each the page with rows and the empty one, and the
#: change log, in which nothing is.
AT_ONCE, REQUESTS = 8, 5
NOW = at_local(cohort.A_DAY, time(12, 30))
#: The simulator's own, good for nothing else.
_PASSWORD = "simulated"
_RELAY = """
[provider]
id            = "benchmark"
name          = "Benchmark"
contact_role  = "head of provision"
contact_email = "attendance@benchmark.example"
contact_phone = "01632 960001"
"""
_SCHOOL = """
[[school]]
id        = "{school}"
name      = "{school}"
platform  = "arbor"
policy    = "swift-learning"
calendar  = "year"
connector = {{ address = "{address}", username = "{school}", password_secret = "arbor", pause_seconds = 0 }}
"""


def section(folder: Path, sizes: Sequence[int], run: Run = child.run) -> Section:
    """Measure so many schools at a time."""
    return Section(
        title="Pull of many small schools",
        rows=[
            row
            for size in sizes
            for row in _rows(size, run("schools:pull", folder=str(folder / f"{size}"), schools=size))
        ],
        notes=[
            f"every school has {PUPILS} pupils on a simulated Arbor of one address, in a process of its own; an answer",
            f"takes {LATENCY * 1e3:.0f} ms and no other pause is made, a school is asked one thing at a time, 8",
            "schools at the same time; every repeat on a new database, connections opened inside the timing.",
            f"{BARE}: the same requests from 8 threads, read and thrown away: what this machine can do just now.",
            "ratio: to requests x latency / schools at the same time, which is waiting alone.",
        ],
        counted="schools",
    )


def _rows(size: int, answer: dict[str, Any]) -> list[Row]:
    taken = {what: Measured(*answer[what]) for what in (OURS, BARE)}
    return [
        Row(
            what=what,
            size=size,
            measured=each,
            each=f"{size / each.median:,.0f} schools/s",
            ratio=times(each.median / answer["ideal"], "<= 1.30" if what == OURS else ""),
        )
        for what, each in taken.items()
    ]


# What the child does --------------------------------------------------------------------------------------------------


def pull(folder: str, schools: int) -> dict[str, Any]:
    """Pull every school on a new database, some times over; raises where a school failed or was asked two things."""
    with many_schools() as address, _relays(Path(folder), schools, address) as relays:
        works = {OURS: Work(_pull, lambda: next(relays)), BARE: Work(lambda: _bare(address, schools))}
        taken = in_turn(works, repeats=3)
        said = counts(address)
    if said["most_of_one"] > 1 or said["most"] != AT_ONCE:
        raise AssertionError(f"{said['most_of_one']} at the same time of one school, {said['most']} in all")
    return {**taken, "ideal": schools * REQUESTS * LATENCY / AT_ONCE}


def _pull(relay: Relay) -> None:
    pulls = pipeline.pull(relay, relay.sites.values())
    if wrong := [each for each in pulls if each.problem or each.new != PUPILS]:
        raise AssertionError(f"{wrong[0].school}: {wrong[0].problem or wrong[0].new}")


def _bare(address: str, schools: int) -> None:
    def ask(name: str) -> None:
        # Plain HTTP on this machine: without this each client would read every certificate authority there is.
        with httpx.Client(base_url=address, auth=(name, _PASSWORD), trust_env=False, verify=False) as client:
            for entity in (UPNS, RECORDS):
                for number in range(2):
                    client.post(PATH, json={"query": f"{{ {entity.name}(page_num: {number}) }}"}).raise_for_status()
            client.get(CHANGES).raise_for_status()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(ask, map(_name, range(schools))):
            pass


@contextmanager
def _relays(folder: Path, schools: int, address: str) -> Iterator[Iterator[Relay]]:
    """Yield relays on the same files, each on a new database; one is closed before the next is opened."""
    checked = read(write(folder, schools, address))

    def opened(number: int) -> Relay:
        running.close()
        settings = _settings(folder, f"relay-{number}.db")
        return running.enter_context(open_relay(checked, settings, Surroundings(now=_now)))

    with ExitStack() as running:
        yield map(opened, itertools.count())


def _now() -> datetime:
    return NOW


def write(folder: Path, schools: int, address: str) -> Settings:
    """Write an operator's folder with so many schools of one platform; return the settings that name it."""
    operator, names = folder / "operator", [*map(_name, range(schools))]
    for each in (operator / "calendars", folder / "secrets"):
        each.mkdir(parents=True)
    parts = [_RELAY, *(_SCHOOL.format(school=name, address=address) for name in names)]
    (operator / "relay.toml").write_text("".join(parts), encoding="utf-8")
    (folder / "secrets" / "arbor").write_text(_PASSWORD, encoding="utf-8")
    write_calendar(operator)
    _table(operator / "contacts.csv", CONTACT_COLUMNS, [])
    rows = [_placement(name, number) for name in names for number in range(PUPILS)]
    _table(operator / "placements.csv", PLACEMENT_COLUMNS, rows)
    return _settings(folder, "relay.db")


def _name(number: int) -> str:
    return f"school-{number:03}"


def _settings(folder: Path, database: str) -> Settings:
    return read_settings(
        config=folder / "operator",
        database=folder / database,
        secrets_dir=folder / "secrets",
        heartbeat=folder / "heartbeat",
    )


def _placement(school: str, number: int) -> dict[str, str]:
    return {
        "pupil_id": f"{school}-{number}",
        "school": school,
        "platform_id": platform_id(number),
        "upn": upn(school, number),
        "start_date": f"{cohort.CALENDAR.days[0]}",
        "la_code": "331",
        "home_school": "Alder Academy",
        "home_school_urn": "999001",
        "arrangement": "school_commissioned",
    }


def _table(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)

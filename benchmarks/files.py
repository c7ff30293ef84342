"""An attendance file read through its profile, beside the standard ``csv`` reader alone on the same file."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import child, cohort
from benchmarks.child import ROOT, Run
from benchmarks.measuring import Measured, Work, in_turn, ratio
from benchmarks.table import Row, Section
from connectors.base import Window
from connectors.exports import Export, read_export
from connectors.profiles import Profile, read_profile
from connectors.tables import look
from mapping.identity import check_letter

CSV, READ, WHOLE = "csv reader", "read through a profile", "looked at and read"
#: The columns to be expected of a provider on CLM, of which the profile names eight.
_HEADER = (
    "Learner Ref",
    "UPN",
    "Forename",
    "Surname",
    "DOB",
    "School",
    "Provider",
    "Course",
    "Date",
    "Session",
    "Start",
    "End",
    "Mark",
    "Minutes Late",
    "Reason",
    "Recorded By",
    "Recorded At",
)
_LEARNERS = 2_000
_CHUNK = 1_000


def section(folder: Path, megabytes: float, run: Run = child.run) -> Section:
    """Measure a file of so many megabytes (10^6 bytes)."""
    path = str(folder / "attendance.csv")
    rows = run("files:write", path=path, megabytes=megabytes)
    taken = {what: Measured(*each) for what, each in run("files:read", path=path, rows=rows).items()}
    return Section(
        title=f"An attendance file of {megabytes:g} MB",
        counted="rows",
        rows=[
            Row(
                what=what,
                size=rows,
                measured=each,
                each=f"{megabytes / each.median:.0f} MB/s",
                ratio="1" if what == CSV else f"{ratio(taken[CSV], each):.2f}{_WANTED.get(what, '')}",
            )
            for what, each in taken.items()
        ],
        notes=[
            f"{len(_HEADER)} columns, a row a mark; {_LEARNERS:,} learners, two sessions a school day, by date.",
            "csv reader: every row made into cells and thrown away. Read: cells into checked marks, all of them kept;",
            "peak growth is those marks. Looked at: the digest and the encoding first, as a pull does.",
            "ratio: the time of the csv reader to that of the row, median of turns.",
        ],
    )


_WANTED = {READ: " (wanted >= 0.50)"}


# What the children do -------------------------------------------------------------------------------------------------


def write(path: str, megabytes: float) -> int:
    """Write the file and return how many marks it holds."""
    rows, size, count = _rows(), 0, 0
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        size += writer.writerow(_HEADER)
        while size < megabytes * 1e6:
            chunk = list(islice(rows, _CHUNK))
            size += sum(map(writer.writerow, chunk))
            count += len(chunk)
    return count


def read(path: str, rows: int) -> Mapping[str, Measured]:
    """Measure all three ways in turn."""
    raw = tomllib.loads((ROOT / "config" / "profiles" / "clm-long.toml").read_text(encoding="utf-8"))
    profile = read_profile("clm-long", {"clm-long": raw})
    with Path(path).open("rb") as file:
        content = look(file)

    def alone() -> None:
        with Path(path).open("rb") as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            _agree(sum(1 for _ in csv.reader(text, strict=True)) - 1, rows)

    def through() -> Export:
        return _export(path, profile, content, rows)

    def whole() -> Export:
        return _export(path, profile, None, rows)

    return in_turn({CSV: Work(alone), READ: Work(through), WHOLE: Work(whole)}, repeats=5)


def _export(path: str, profile: Profile, content: Any, rows: int) -> Export:
    window = Window(first=cohort.CALENDAR.days[0], last=cohort.LAST_DAY)
    with Path(path).open("rb") as file:
        found = content or look(file)
        export = read_export(file, found, profile, name="attendance.csv", window=window, seen=lambda _: None)
    _agree(len(export.marks), rows)
    return export


def _agree(count: int, rows: int) -> None:
    if count != rows:
        raise AssertionError(f"{count} rows were read instead of {rows}")


def _rows() -> Iterator[tuple[object, ...]]:
    random = Random(331)
    learners = [_learner(number) for number in range(_LEARNERS)]
    while True:
        for day in cohort.CALENDAR.days:
            for half in (("AM", "09:15", "12:00"), ("PM", "13:00", "15:00")):
                for learner in learners:
                    yield (*learner, f"{day:%d/%m/%Y}", *half, *_mark(random, day))


def _learner(number: int) -> tuple[str, ...]:
    rest = f"331400026{number % 1000:03}"
    upn = "" if number % 50 == 49 else check_letter(rest) + rest
    born = f"{number % 28 + 1:02}/{number % 12 + 1:02}/2011"
    return (
        f"L{number:05}",
        upn,
        f"Forename {number}",
        f"Surname {number}",
        born,
        "A School",
        "A Provider",
        "Bricklaying",
    )


def _mark(random: Random, day: date) -> tuple[object, ...]:
    code = random.choices("/LNIOB", (88, 3, 2, 4, 2, 1))[0]
    return code, random.randint(1, 40) if code == "L" else "", "", "S04", f"{day:%d/%m/%Y} 09:20"

"""What a person sees: progress bars and plain lines on a terminal, one JSON line an event otherwise."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.mishaps import place_of

Event = MutableMapping[str, Any]
#: Results go to standard output; everything else does not disturb them.
#: A pipe has no width; a table cut to 80 columns would lose the ids.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def set_up_logging(log_format: str) -> None:
    """Log to standard error: JSON lines, or readable ones on a terminal. Events carry ids only, never names."""
    as_console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            _without_empty,
            _place_of_failure,
            structlog.dev.ConsoleRenderer() if as_console else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _without_empty(_: Any, __: str, event: Event) -> Event:
    return {name: value for name, value in event.items() if value not in (None, "")}


def _place_of_failure(_: Any, __: str, event: Event) -> Event:
    """Log where an unexpected failure happened, and not its text or locals: they may quote a pupil's data."""
    if event.pop("exc_info", None) and (trace := sys.exc_info()[2]):
        event["place"] = place_of(trace)
    return event


def print_json(value: Any) -> None:
    """Print one JSON object on one line of standard output."""
    sys.stdout.write(json.dumps(value, default=_jsonable, ensure_ascii=False) + "\n")


def _jsonable(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Enum():
            return value.value
        case Path():
            return str(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def show_table(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows of plain values with their keys as columns; nothing where there are none."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    out.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:%a %-d %b %H:%M} UTC" if hasattr(value, "hour") else str(value)


@contextmanager
def progress(what: str, *, total: int | None = None, quiet: bool = False) -> Iterator[Callable[[int], object]]:
    """Show a bar while the body runs, on a terminal only; what it is given advances it by so many."""
    if quiet or not err.is_terminal:
        yield lambda _: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        bar = bars.add_task(what, total=total)
        yield lambda count: bars.advance(bar, count)

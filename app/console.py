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
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.mishaps import place_of

Event = MutableMapping[str, Any]
#: Results go to standard output; everything else does not disturb them.
#: A pipe has no width; a table cut to 80 columns would lose the ids.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
#: A sentence in a narrower column is a stack of words; a time takes two lines, day and clock.
_SENTENCE, _TIME = 24, 10
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
    """Print rows of plain values with their keys as columns; nothing where there are none.

    A column that is empty in every row is left out. Where the terminal is too narrow for the rest, each row is printed
    as lines of name and value: nothing is ever cut, for what is cut is an id or the end of a sentence.
    """
    names = [name for name in (rows[0] if rows else ()) if any(_cell(row[name]) for row in rows)]
    if not names:
        return
    widths = _widths(names, rows)
    if widths is None:
        _show_lines(title, names, rows)
        return
    table = Table(title=title, title_justify="left")
    for name, width in zip(names, widths, strict=True):
        table.add_column(_spoken(name), width=width, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row[name])) for name in names))
    out.print(table)


def _widths(names: list[str], rows: list[dict[str, Any]]) -> list[int] | None:
    """Return the columns' widths, those that lack least filled first; none where they do not fit side by side."""
    columns = [[_spoken(name), *(_cell(row[name]) for row in rows)] for name in names]
    widths = [_narrowest(texts) for texts in columns]
    lacks = [max(map(len, texts)) - width for texts, width in zip(columns, widths, strict=True)]
    # Of each column a border and a space at either side, and the last border.
    spare = out.width - sum(widths) - 3 * len(names) - 1
    for at in sorted(range(len(names)), key=lacks.__getitem__):
        more = max(0, min(spare, lacks[at]))
        widths[at] += more
        spare -= more
    return widths if spare >= 0 else None


def _narrowest(texts: list[str]) -> int:
    """Return how narrow a column can be and still read well: a word in one line, a time in two, a sentence in a few."""
    cells = texts[1:]
    words = [len(word) for text in texts for word in text.split()]
    lines = [min(len(text), _TIME if text.endswith(" UTC") else _SENTENCE) for text in cells]
    return max(words + lines)


def _show_lines(title: str, names: list[str], rows: list[dict[str, Any]]) -> None:
    out.print(Text(title, style="italic"))
    for row in rows:
        lines = Table.grid(padding=(0, 2))
        lines.add_column(style="bold", min_width=max(map(len, names)))
        lines.add_column(overflow="fold")
        for name in names:
            if cell := _cell(row[name]):
                lines.add_row(_spoken(name), Text(cell))
        out.print(Padding(lines, (0, 0, 1, 2), expand=False))


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
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

"""Results as rows, and rows as aligned plain text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.measuring import Measured

_HEAD = ("median", "min .. max", "n", "each", "ratio", "peak growth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing measured, at one size. ``each`` is the median in its unit, ``ratio`` is to a row of this run."""

    what: str
    size: int
    measured: Measured
    each: str
    ratio: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table under a title, with the notes that a reader needs to judge it; sizes are numbers of ``counted``."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = field(default=())
    counted: str = "pupils"


def text(section: Section) -> str:
    """Set a section as text."""
    cells = [("what", section.counted, *_HEAD), *(_cells(row) for row in section.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths) for row in cells]
    rule = "  ".join("-" * width for width in widths)
    notes = [f"  {note}" for note in section.notes]
    return "\n".join([section.title, "", lines[0], rule, *lines[1:], "", *notes])


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.measured.spread
    return (
        row.what,
        f"{row.size:,}",
        seconds(row.measured.median),
        f"{seconds(low)} .. {seconds(high)}",
        str(len(row.measured.seconds)),
        row.each,
        row.ratio,
        f"{row.measured.growth / 2**20:.1f} MiB",
    )


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()


def seconds(value: float) -> str:
    """Write a duration with three figures that mean something."""
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.1f} ms" if value >= 0.01 else f"{value * 1e3:.2f} ms"


def times(ratio: float, wanted: str = "") -> str:
    """Write a ratio, and beside it what the project wants of it."""
    return f"{ratio:.2f}x{f' (wanted {wanted})' if wanted else ''}"

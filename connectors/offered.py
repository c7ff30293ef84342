"""What a platform offers, as ``discover`` shows it: schools, codes with their marks, sessions, columns, placements."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mapping.model import Half, Pulled


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSchool:
    """One school behind the credential: the platform's own reference for it, and its name."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCode:
    """One symbol of the platform: its label there, how many marks carry it, and which national code it points to.

    ``proposal`` is a national code where the platform's own list says so (a statutory letter, a legal flag), with
    ``because`` in half a sentence; a symbol alone never makes a proposal, for providers use the same letters otherwise.
    """

    symbol: str
    marks: int = 0
    label: str | None = None
    proposal: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPlacement:
    """A placement as the platform holds it. ``expected`` are weekdays (Monday 0) with halves, where it says which."""

    platform_id: str
    start: date | None = None
    end: date | None = None
    sessions_per_week: int | None = None
    expected: frozenset[tuple[int, Half]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What was found for the dates asked for; ``first`` and ``last`` are those of the marks. Counts, never names.

    ``sessions`` says how many rows carry each of the platform's words for a session; ``columns`` are the header cells
    of a file; ``pupils`` is how many pupils have a mark, or are on the platform's roll where it tells. ``who`` are the
    platform ids of those with marks, each with its UPN, to be counted against placements.csv and shown to nobody.
    """

    codes: tuple[OfferedCode, ...]
    pupils: int
    first: date | None = None
    last: date | None = None
    schools: tuple[OfferedSchool, ...] = ()
    sessions: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    placements: tuple[OfferedPlacement, ...] = ()
    remarks: tuple[str, ...] = ()
    who: frozenset[tuple[str, str | None]] = field(default=frozenset(), repr=False)


def offered(pulled: Pulled, known: Mapping[str, OfferedCode] | None = None, **more: object) -> Offered:
    """Return what a pull shows by itself; ``known`` are the platform's own symbols, ``more`` whatever else it tells."""
    counts = Counter(mark.code for mark in pulled.marks)
    known = known or {}
    codes = [
        OfferedCode(
            symbol=symbol,
            marks=counts[symbol],
            label=of.label if (of := known.get(symbol)) else None,
            proposal=of.proposal if of else None,
            because=of.because if of else "",
        )
        for symbol in sorted(counts.keys() | known.keys())
    ]
    days = {mark.session.day for mark in pulled.marks}
    found: dict[str, object] = {
        "codes": tuple(codes),
        "pupils": len({mark.platform_id for mark in pulled.marks}),
        "first": min(days, default=None),
        "last": max(days, default=None),
        "sessions": pulled.sessions or Counter(mark.session.half.value for mark in pulled.marks),
        "columns": pulled.columns,
        "who": frozenset((mark.platform_id, mark.upn) for mark in pulled.marks),
        "remarks": tuple(f"{row.where}: {row.reason}" for row in (*pulled.remarks, *pulled.unreadable[:20])),
    }
    return Offered(**(found | more))  # type: ignore[arg-type]

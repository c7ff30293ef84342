"""The header of an attendance file: which row it is, and where each column of the profile stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from connectors import values
from connectors.base import Malformed
from connectors.profiles import Profile
from mapping.model import Half

_WHO = frozenset({"platform_id", "upn"})


@dataclass(frozen=True, slots=True)
class Header:
    """The cells as they stand, and where each field is, from 0; in a wide file also each session's column.

    ``row`` is where the header itself stands, from 0. ``days`` are position, weekday (Monday 0) and halves.
    """

    row: int
    cells: tuple[str, ...]
    at: dict[str, int]
    days: tuple[tuple[int, int, tuple[Half, ...]], ...] = ()


def find_header(rows: Sequence[list[str]], profile: Profile) -> Header:
    """Go through a file's first rows, titles and blanks, up to the one that names every column of the profile.

    Raises ``Malformed`` naming the columns that the likeliest row lacks.
    """
    fewest: list[str] | None = None
    for number, row in enumerate(rows):
        header, missing = _read(number, row, profile)
        if not missing:
            return header
        if fewest is None or len(missing) < len(fewest):
            fewest = missing
    if fewest is None:
        raise Malformed("the file is empty: it is never read as an empty register; have it sent again")
    lacking = ", ".join(fewest)
    raise Malformed(
        f"no row among the first {profile.header_within} names every column of the profile; it lacks {lacking}: "
        "correct the profile's [columns], or have the file exported as agreed"
    )


def columns(rows: Sequence[list[str]], positions: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield some cells of each row, in the order of the positions."""
    return zip(*(map(itemgetter(position), rows) for position in positions), strict=True)


def _read(number: int, row: list[str], profile: Profile) -> tuple[Header, list[str]]:
    cells = [values.normal(cell) for cell in row]
    at, missing = {}, []
    for field in profile.columns.__struct_fields__:
        wanted = profile.columns.names(field)
        found = [at for at, cell in enumerate(cells) if cell in map(values.normal, wanted)]
        if len(found) == 1:
            at[field] = found[0]
        elif wanted:
            missing.append(f"{wanted[0]} (twice there)" if found else wanted[0])
    days = _day_columns(row, profile) if profile.layout == "wide" else ()
    if profile.layout == "wide":
        missing += _wrong_days(row, days)
    # A learner reference or a UPN will do.
    either = {*profile.columns.names("platform_id"), *profile.columns.names("upn")} if at.keys() & _WHO else set()
    header = Header(number, tuple(cell.strip() for cell in row), at, days)
    return header, [name for name in missing if name not in either]


def _day_columns(row: list[str], profile: Profile) -> tuple[tuple[int, int, tuple[Half, ...]], ...]:
    halves = values.Halves(profile.sessions)
    found = ((position, halves.of_header(cell)) for position, cell in enumerate(row))
    return tuple((position, *day) for position, day in found if day is not None)


def _wrong_days(row: list[str], days: tuple[tuple[int, int, tuple[Half, ...]], ...]) -> list[str]:
    if not days:
        return ["Mon AM to Fri PM"]
    taken: set[tuple[int, Half]] = set()
    twice = []
    for position, weekday, halves in days:
        sessions = {(weekday, half) for half in halves}
        if taken & sessions:
            twice.append(f"{row[position].strip()} (twice there)")
        taken |= sessions
    return twice

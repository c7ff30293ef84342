"""Which column of a strange file may hold what: header words that providers use, and the nearest cell to each.

A proposal for a person and nothing else: no file is ever read by a near match.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from connectors import values
from connectors.base import Malformed

#: Words seen in exports and in this project's own profiles, by the profile's field. [assumed]
WORDS: Mapping[str, tuple[str, ...]] = {
    "platform_id": ("learner ref", "learner reference", "learner id", "pupil id", "pupil ref", "student id", "mis id"),
    "upn": ("upn", "unique pupil number", "pupil upn"),
    "date": ("date", "session date", "attendance date", "mark date"),
    "session": ("session", "session name", "am/pm", "half day", "half"),
    "code": ("mark", "code", "attendance mark", "attendance code", "mark code"),
    "minutes_late": ("minutes late", "mins late", "late minutes", "late mins"),
    "week_commencing": ("week commencing", "week beginning", "week starting", "w/c"),
    "start": ("start", "start time", "session start"),
    "end": ("end", "end time", "session end"),
    "provider": ("provider", "provider name", "provision", "setting"),
    "taken_by": ("taken by", "marked by", "recorded by"),
    "taken_at": ("taken at", "marked at", "recorded at"),
    "surname": ("surname", "last name", "family name", "legal surname"),
    "date_of_birth": ("date of birth", "dob", "birth date"),
}
_NEAR = 0.75
#: A row with fewer known words is perhaps no header but a row of a pupil, of which nothing is shown.
_FEWEST = 2
_LONGEST = 40


class UnfitColumns(Malformed):
    """No row names every column of the profile; ``columns`` are the cells of the likeliest header, if there is one."""

    def __init__(self, message: str, *, columns: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.columns = columns


def likeliest_header(rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return the cells of the row that holds most header words; none where no row looks like a header."""
    counted = ((sum(_closeness(cell) >= _NEAR for cell in row), row) for row in rows)
    words, likeliest = max(counted, key=lambda each: each[0], default=(0, ()))
    return tuple(cell.strip() for cell in likeliest if cell.strip()) if words >= _FEWEST else ()


def nearest(columns: Collection[str], fields: Collection[str]) -> dict[str, str]:
    """Return for each field the column that is called most like it; a column serves one field, the likeliest first."""
    pairs = sorted(
        ((_closeness(column, field), field, column) for column in columns for field in fields),
        key=lambda pair: -pair[0],
    )
    found: dict[str, str] = {}
    for closeness, field, column in pairs:
        if closeness >= _NEAR and field not in found and column not in found.values():
            found[field] = column
    return found


def _closeness(cell: str, field: str | None = None) -> float:
    text = values.normal(cell)
    if not text or len(text) > _LONGEST:
        return 0.0
    words = WORDS.get(field, ()) if field else [word for of_field in WORDS.values() for word in of_field]
    return max((1.0 if word == text else SequenceMatcher(None, word, text).ratio() for word in words), default=0.0)

"""The names a school's platform has used so far: codes, columns, words for sessions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from store.connection import Connection
from store.instants import instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name of one kind (``code``, ``column``, ``session``), first seen, or gone, at an instant.

    ``rows`` carried it in the pull that brought it. ``is_first``: it was there when its kind was first looked at.
    """

    kind: str
    name: str
    rows: int
    seen_at: datetime
    is_first: bool
    gone_at: datetime | None


class Names:
    """What was seen and what is gone, by school and its platform (``source``). Writes join the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def of_school(self, school: str, source: str) -> list[Name]:
        """Return every name of a school, oldest first."""
        return self._names("TRUE", school, source)

    def news(self, school: str, source: str, since: datetime) -> list[Name]:
        """Return the names that are gone, or came after the first ones, later than an instant."""
        is_new = "(gone_at > ? OR gone_at IS NULL AND NOT is_first AND seen_at > ?)"
        return self._names(is_new, school, source, *[instant_text(since)] * 2)

    def _names(self, which: str, *values: str) -> list[Name]:
        sql = "SELECT kind, name, rows_seen, seen_at, is_first, gone_at FROM source_name"
        rows = self._db.rows(f"{sql} WHERE school = ? AND source = ? AND {which} ORDER BY id", values)
        return [
            Name(
                kind=kind,
                name=name,
                rows=count,
                seen_at=datetime.fromisoformat(seen_at),
                is_first=bool(is_first),
                gone_at=instant_or_none(gone_at),
            )
            for kind, name, count, seen_at, is_first, gone_at in rows
        ]

    def see(self, where: tuple[str, str, str], names: Mapping[str, int], at: datetime, *, is_first: bool) -> None:
        """Keep names that are new, or back, with how many rows carried each; ``where`` is school, source and kind."""
        self._db.write_many(
            "INSERT INTO source_name (school, source, kind, name, rows_seen, seen_at, is_first)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (school, source, kind, name) DO UPDATE SET"
            " rows_seen = excluded.rows_seen, seen_at = excluded.seen_at, is_first = 0, gone_at = NULL",
            [(*where, name, rows, instant_text(at), int(is_first)) for name, rows in names.items()],
        )

    def miss(self, where: tuple[str, str, str], names: Collection[str], at: datetime) -> None:
        """Keep that names are gone."""
        self._db.write_many(
            "UPDATE source_name SET gone_at = ? WHERE school = ? AND source = ? AND kind = ? AND name = ?",
            [(instant_text(at), *where, name) for name in names],
        )

"""What each destination was last told about each day, so that a correction says only what has changed since."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from store.connection import Connection, Row
from store.instants import instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One edition of one feed for one day. ``rows`` is record id to (revision, digest of the row)."""

    destination: str
    feed: str
    day: date
    sequence: int
    edition: str
    created_at: datetime
    rows: Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a destination has been told of one day so far: the editions, when the last one was made, how many."""

    editions: frozenset[str]
    created_at: datetime
    count: int


class Publications:
    """Editions by destination, numbered without gaps."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def next_sequence(self, destination: str) -> int:
        """Return the number of a destination's next edition.

        Without gaps, because it is read and used in one transaction: needs one, and ``record`` in the same one.
        """
        self._db.require_transaction()
        row = self._db.row("SELECT max(sequence) FROM publication WHERE destination = ?", (destination,))
        return 1 + (row[0] if row and row[0] else 0)

    def record(self, publication: Publication) -> None:
        """Keep an edition; the rows of the edition before it, which it replaces, are dropped.

        Raises ``ValueError`` when ``sequence`` is not the destination's next number.
        """
        if publication.sequence != (due := self.next_sequence(publication.destination)):
            raise ValueError(f"edition {publication.sequence} for {publication.destination}: the next one is {due}")
        key = (publication.destination, publication.feed, publication.day.isoformat())
        self._db.write("UPDATE publication SET rows = NULL WHERE destination = ? AND feed = ? AND day = ?", key)
        self._db.write(
            "INSERT INTO publication (destination, feed, day, sequence, edition, created_at, rows)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                publication.sequence,
                publication.edition,
                instant_text(publication.created_at),
                _packed(publication),
            ),
        )

    def last(self, destination: str, feed: str, day: date) -> Publication | None:
        """Return the latest edition of a feed for a day; none when the destination was never told."""
        sql = (
            "SELECT destination, feed, day, sequence, edition, created_at, rows FROM publication"
            " WHERE destination = ? AND feed = ? AND day = ? ORDER BY sequence DESC LIMIT 1"
        )
        row = self._db.row(sql, (destination, feed, day.isoformat()))
        return _publication(row) if row else None

    def days(self, destination: str, feed: str, since: date) -> list[date]:
        """Return the days from a date on that a destination has been told about, in order."""
        sql = "SELECT DISTINCT day FROM publication WHERE destination = ? AND feed = ? AND day >= ? ORDER BY day"
        return [date.fromisoformat(day) for (day,) in self._db.rows(sql, (destination, feed, since.isoformat()))]

    def told(self, destination: str, feed: str) -> dict[date, Told]:
        """Return every day that a destination has been told about, in order, with what it was told."""
        rows = self._db.rows(
            "SELECT day, group_concat(DISTINCT edition), max(created_at), count(*) FROM publication"
            " WHERE destination = ? AND feed = ? GROUP BY day ORDER BY day",
            (destination, feed),
        )
        return {
            date.fromisoformat(day): Told(
                editions=frozenset(editions.split(",")), created_at=datetime.fromisoformat(created_at), count=count
            )
            for day, editions, created_at, count in rows
        }


def _packed(publication: Publication) -> bytes:
    rows = {record_id: list(row) for record_id, row in publication.rows.items()}
    return zlib.compress(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode())


def _publication(row: Row) -> Publication:
    destination, feed, day, sequence, edition, created_at, packed = row
    rows = json.loads(zlib.decompress(packed)) if packed else {}
    return Publication(
        destination=destination,
        feed=feed,
        day=date.fromisoformat(day),
        sequence=sequence,
        edition=edition,
        created_at=datetime.fromisoformat(created_at),
        rows={record_id: (revision, digest) for record_id, (revision, digest) in rows.items()},
    )

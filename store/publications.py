"""What each destination was last told about each day, so that a correction says only what has changed since."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from store.connection import Connection, Row
from store.instants import instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One edition of one feed for one day, and the message that carries it.

    ``revision`` counts the editions of the day. ``rows`` is record id to (revision, digest of the row). ``not_sent``
    are earlier numbers of the destination that this edition says will not come.
    """

    destination: str
    feed: str
    day: date
    sequence: int
    edition: str
    created_at: datetime
    rows: Mapping[str, tuple[int, str]]
    revision: int = 1
    message_id: str | None = None
    not_sent: tuple[int, ...] = ()


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
        sql = (
            "SELECT max((SELECT coalesce(max(sequence), 0) FROM publication WHERE destination = :to),"
            " (SELECT coalesce(max(sequence), 0) FROM publication_floor WHERE destination = :to))"
        )
        return 1 + int(self._db.rows(sql, {"to": destination})[0][0])

    def next_revision(self, destination: str, feed: str, day: date) -> int:
        """Return the revision of a feed's next edition of a day."""
        return 1 + max(self._last_revision(destination, feed, day), self._floor(destination, feed, day))

    def raise_floor(self, destination: str, feed: str, day: date, *, sequence: int, revision: int) -> None:
        """Note that a receiver may hold an edition of which a restored database knows nothing; needs a transaction.

        The next number of the destination and the next revision of the day are above these. ``feed`` is empty where
        it is not known which one it was: then every feed to the destination goes on above. Floors only rise.
        """
        self._db.require_transaction()
        self._db.write(
            "INSERT INTO publication_floor (destination, feed, day, sequence, revision) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (destination, feed, day) DO UPDATE SET sequence = max(sequence, excluded.sequence),"
            " revision = max(revision, excluded.revision)",
            (destination, feed, day.isoformat(), sequence, revision),
        )

    def in_doubt(self, destination: str, feed: str) -> list[date]:
        """Return the days of which a destination may hold more than is known here, in order: to be told afresh.

        Every record of such an edition takes the edition's own revision, which none sent before it can have reached:
        a record rises by one at most with each edition.
        """
        sql = "SELECT DISTINCT day FROM publication_floor WHERE destination = ? AND feed IN (?, '') ORDER BY day"
        days = [date.fromisoformat(day) for (day,) in self._db.rows(sql, (destination, feed))]
        return [
            day for day in days if self._floor(destination, feed, day) > self._last_revision(destination, feed, day)
        ]

    def _last_revision(self, destination: str, feed: str, day: date) -> int:
        sql = "SELECT coalesce(max(revision), 0) FROM publication WHERE destination = ? AND feed = ? AND day = ?"
        return int(self._db.rows(sql, (destination, feed, day.isoformat()))[0][0])

    def _floor(self, destination: str, feed: str, day: date) -> int:
        sql = (
            "SELECT coalesce(max(revision), 0) FROM publication_floor"
            " WHERE destination = ? AND feed IN (?, '') AND day = ?"
        )
        return int(self._db.rows(sql, (destination, feed, day.isoformat()))[0][0])

    def record(self, publication: Publication) -> None:
        """Keep an edition; the rows of the edition before it, which it replaces, are dropped.

        Raises ``ValueError`` when ``sequence`` is not the destination's next number.
        """
        if publication.sequence != (due := self.next_sequence(publication.destination)):
            raise ValueError(f"edition {publication.sequence} for {publication.destination}: the next one is {due}")
        key = (publication.destination, publication.feed, publication.day.isoformat())
        self._db.write("UPDATE publication SET rows = NULL WHERE destination = ? AND feed = ? AND day = ?", key)
        self._db.write(
            "INSERT INTO publication (destination, feed, day, sequence, edition, created_at, rows, revision,"
            " message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                publication.sequence,
                publication.edition,
                instant_text(publication.created_at),
                _packed(publication),
                publication.revision,
                publication.message_id,
            ),
        )
        self._announce(publication.destination, publication.sequence, publication.not_sent)

    def _announce(self, destination: str, sequence: int, not_sent: Iterable[int]) -> None:
        self._db.write_many(
            "UPDATE publication SET announced_in = ? WHERE destination = ? AND sequence = ?",
            [(sequence, destination, number) for number in not_sent],
        )

    def unsent(self, destination: str, feed: str, day: date) -> dict[str, int]:
        """Return the messages of a day's editions that have not left and cannot have arrived, each with its number."""
        sql = (
            "SELECT message_id, sequence FROM publication JOIN message ON message.id = message_id"
            " WHERE publication.destination = ? AND feed = ? AND day = ? AND message.state = 'pending'"
            " AND NOT message.is_unsure ORDER BY sequence"
        )
        return dict(self._db.rows(sql, (destination, feed, day.isoformat())))

    def unsent_days(self, destination: str, feed: str) -> list[date]:
        """Return the days of a feed of which some edition has not left and cannot have arrived, in order."""
        sql = (
            "SELECT DISTINCT day FROM publication JOIN message ON message.id = message_id"
            " WHERE publication.destination = ? AND feed = ? AND message.state = 'pending' AND NOT message.is_unsure"
            " ORDER BY day"
        )
        return [date.fromisoformat(day) for (day,) in self._db.rows(sql, (destination, feed))]

    def not_coming(self, destination: str, now: datetime) -> list[int]:
        """Return the numbers that will never be sent and of which the destination has not been told so, in order.

        They were superseded or cancelled before they left, or nobody took them before they were out of date. A dead
        letter that a person may still replay is not among them.
        """
        sql = (
            "SELECT sequence FROM publication JOIN message ON message.id = message_id"
            " WHERE publication.destination = ? AND announced_in IS NULL AND (message.state = 'cancelled'"
            " OR (message.state = 'dead' AND expires_at <= ?)) ORDER BY sequence"
        )
        return [sequence for (sequence,) in self._db.rows(sql, (destination, instant_text(now)))]

    def last(self, destination: str, feed: str, day: date) -> Publication | None:
        """Return the latest edition of a feed for a day; none when the destination was never told."""
        sql = (
            "SELECT destination, feed, day, sequence, edition, created_at, rows, revision, message_id FROM publication"
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
    destination, feed, day, sequence, edition, created_at, packed, revision, message_id = row
    rows = json.loads(zlib.decompress(packed)) if packed else {}
    return Publication(
        destination=destination,
        feed=feed,
        day=date.fromisoformat(day),
        sequence=sequence,
        edition=edition,
        created_at=datetime.fromisoformat(created_at),
        rows={record_id: (revision, digest) for record_id, (revision, digest) in rows.items()},
        revision=revision,
        message_id=message_id,
    )

"""What is kept of pulls from one to the next: how far back was read, what was not, whom to leave alone, old sources."""

from dataclasses import dataclass
from datetime import date, datetime

from store.connection import Connection, Row
from store.instants import instant_or_none, instant_text, text_or_none

_STOPS = "SELECT school, refusal, since, tried_at, settings, says, until FROM stop"
_UNREAD = "SELECT school, first, since, tried_at, says FROM unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A school whose platform is left alone: it refused (the words of step 0025), or is busy.

    ``settings`` is a digest of what it was last asked with; ``until`` is when a busy one may be asked (``later``).
    """

    school: str
    refusal: str
    since: datetime
    tried_at: datetime
    settings: str
    says: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """As of when a school's source spoke last, and whether that was too long ago then."""

    as_of: datetime
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Days of a school before today, from ``first`` on, that could not be read, and why not."""

    school: str
    first: date
    since: datetime
    tried_at: datetime
    says: str


class Pulls:
    """Reading back, stops, sources and what could not be read, each by school. Writes join the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def read_back(self, school: str) -> dict[str, datetime]:
        """Return when a school was last read as far back as each reach; empty when it never was."""
        rows = self._db.rows("SELECT reach, read_at FROM read_back WHERE school = ?", (school,))
        return {reach: datetime.fromisoformat(at) for reach, at in rows}

    def note_read_back(self, school: str, reach: str, at: datetime) -> None:
        """Note that a school was read as far back as a reach."""
        self._db.write(
            "INSERT INTO read_back (school, reach, read_at) VALUES (?, ?, ?)"
            " ON CONFLICT (school, reach) DO UPDATE SET read_at = max(read_at, excluded.read_at)",
            (school, reach, instant_text(at)),
        )

    def stop(self, stop: Stop) -> None:
        """Leave a school alone; the same refusal again goes on from when it began."""
        self._db.write(
            "INSERT INTO stop (school, refusal, since, tried_at, until, settings, says) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (school) DO UPDATE SET"
            " since = CASE refusal WHEN excluded.refusal THEN since ELSE excluded.since END,"
            " refusal = excluded.refusal, tried_at = excluded.tried_at, until = excluded.until,"
            " settings = excluded.settings, says = excluded.says",
            (
                *(stop.school, stop.refusal, instant_text(stop.since), instant_text(stop.tried_at)),
                *(text_or_none(stop.until), stop.settings, stop.says),
            ),
        )

    def go_on(self, school: str) -> None:
        """Forget a school's stop: its platform has answered."""
        self._db.write("DELETE FROM stop WHERE school = ?", (school,))

    def stop_of(self, school: str) -> Stop | None:
        """Return why a school is left alone; none where it is not."""
        row = self._db.row(f"{_STOPS} WHERE school = ?", (school,))
        return _stop(row) if row else None

    def stops(self) -> dict[str, Stop]:
        """Return every school that is left alone."""
        return {row[0]: _stop(row) for row in self._db.rows(f"{_STOPS} ORDER BY school")}

    def heard(self, school: str, source: Source) -> None:
        """Keep as of when a school's source spoke."""
        self._db.write(
            "INSERT INTO source (school, as_of, is_stale) VALUES (?, ?, ?)"
            " ON CONFLICT (school) DO UPDATE SET as_of = excluded.as_of, is_stale = excluded.is_stale",
            (school, instant_text(source.as_of), int(source.is_stale)),
        )

    def sources(self) -> dict[str, Source]:
        """Return as of when each school's source spoke last, where it says so."""
        rows = self._db.rows("SELECT school, as_of, is_stale FROM source")
        return {
            school: Source(as_of=datetime.fromisoformat(as_of), is_stale=bool(stale)) for school, as_of, stale in rows
        }

    def could_not_read(self, unread: Unread) -> None:
        """Keep that earlier days could not be read; another failure goes on from when it began, and as far back."""
        self._db.write(
            "INSERT INTO unread (school, first, since, tried_at, says) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (school) DO UPDATE SET"
            " first = min(first, excluded.first), tried_at = excluded.tried_at, says = excluded.says",
            (
                *(unread.school, unread.first.isoformat(), instant_text(unread.since)),
                *(instant_text(unread.tried_at), unread.says),
            ),
        )

    def have_read(self, school: str) -> None:
        """Forget that earlier days of a school could not be read."""
        self._db.write("DELETE FROM unread WHERE school = ?", (school,))

    def unread_of(self, school: str) -> Unread | None:
        """Return what could not be read of a school; none where everything was."""
        row = self._db.row(f"{_UNREAD} WHERE school = ?", (school,))
        return _unread(row) if row else None

    def unread(self) -> dict[str, Unread]:
        """Return every school of which earlier days could not be read."""
        return {row[0]: _unread(row) for row in self._db.rows(f"{_UNREAD} ORDER BY school")}


def _stop(row: Row) -> Stop:
    given = dict(zip(Stop.__slots__, row, strict=True))
    for name in ("since", "tried_at", "until"):
        given[name] = instant_or_none(given[name])
    return Stop(**given)


def _unread(row: Row) -> Unread:
    school, first, since, tried_at, says = row
    return Unread(
        school=school,
        first=date.fromisoformat(first),
        since=datetime.fromisoformat(since),
        tried_at=datetime.fromisoformat(tried_at),
        says=says,
    )

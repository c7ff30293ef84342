"""What came in and is still to be looked at: pupils to judge again, and files that need no second look."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from store.connection import Connection


class Intake:
    """Per school: the pupils whose marks changed, and the files already read."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def add(self, school: str, changed: Iterable[tuple[str, date]]) -> None:
        """Note pupils whose marks changed, each with the earliest day concerned; an earlier day already noted stays."""
        self._db.write_many(
            "INSERT INTO to_judge (school, pupil_id, since) VALUES (?, ?, ?)"
            " ON CONFLICT (school, pupil_id) DO UPDATE SET since = min(since, excluded.since)",
            [(school, pupil_id, since.isoformat()) for pupil_id, since in changed],
        )

    def to_judge(self, school: str) -> dict[str, date]:
        """Return the pupils to judge again, and from which day on."""
        rows = self._db.rows("SELECT pupil_id, since FROM to_judge WHERE school = ?", (school,))
        return {pupil_id: date.fromisoformat(since) for pupil_id, since in rows}

    def judged(self, school: str, through: date) -> None:
        """Forget the pupils of whom no day after ``through`` is noted."""
        self._db.write("DELETE FROM to_judge WHERE school = ? AND since <= ?", (school, through.isoformat()))

    def files(self, school: str) -> "FilesSeen":
        """Return the files of a school that were read, as a set of SHA-256 digests."""
        seen = FilesSeen(self._db, school)
        seen.refresh()
        return seen


@dataclass(slots=True)
class FilesSeen:
    """A set kept in the database and read from memory, as of ``refresh``: a pull looks into it from its own thread.

    Adding belongs to the thread of the database; it joins an open transaction or makes its own.
    """

    _db: Connection
    _school: str
    _seen: set[str] = field(default_factory=set)

    def refresh(self) -> None:
        """Read the set again."""
        rows = self._db.rows("SELECT sha256 FROM file_seen WHERE school = ?", (self._school,))
        self._seen = {sha256 for (sha256,) in rows}

    def __contains__(self, sha256: object, /) -> bool:
        return sha256 in self._seen

    def add(self, sha256: str, /) -> None:
        """Remember a file by its content."""
        with self._db.joined():
            self._db.write(
                "INSERT INTO file_seen (school, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING", (self._school, sha256)
            )
        self._seen.add(sha256)

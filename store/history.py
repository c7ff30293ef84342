"""What was known when: register versions, amendments, and the registers as they stood at an instant."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from mapping.codes import QUARANTINED
from mapping.marks import BLANK_YEAR, offset, year_start
from mapping.model import Half, Session
from store.connection import Connection, Row
from store.instants import instant_text, session_of
from store.versions import Version, is_intact, version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """One change of a mark that was already recorded: the bytes before and after, and when a pull first saw it."""

    school: str
    pupil_id: str
    session: Session
    old: int
    new: int
    source: str
    seen_at: datetime


class History:
    """Reads of register versions and amendments; ``Registers.ingest`` writes them."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def amendments(self, school: str, since: datetime) -> list[Amendment]:
        """Return a school's amendments seen at or after an instant, in the order in which they came."""
        return self._amendments("school = ? AND seen_at >= ?", school, instant_text(since))

    def amendments_of(self, pupil_id: str) -> list[Amendment]:
        """Return one pupil's amendments at every school, in the order in which they came."""
        return self._amendments("pupil_id = ?", pupil_id)

    def _amendments(self, where: str, *values: str) -> list[Amendment]:
        columns = "school, pupil_id, day, half, old, new, source, seen_at"
        return [
            _amendment(row)
            for row in self._db.rows(f"SELECT {columns} FROM amendment WHERE {where} ORDER BY id", values)
        ]

    def last_changed(self, school: str) -> dict[date, datetime]:
        """Return when each day's registers last changed, first recordings included."""
        sql = "SELECT day, max(seen_at) FROM register_version WHERE school = ? GROUP BY day"
        rows = self._db.rows(sql, (school,))
        return {date.fromisoformat(day): datetime.fromisoformat(seen_at) for day, seen_at in rows}

    def amended(self, school: str, day: date) -> dict[tuple[str, Half], tuple[int, datetime]]:
        """Return how often each mark of a day was amended and when last: (pupil id, half) to (count, seen at)."""
        rows = self._db.rows(
            "SELECT pupil_id, half, count(*), max(seen_at) FROM amendment WHERE school = ? AND day = ?"
            " GROUP BY pupil_id, half",
            (school, day.isoformat()),
        )
        return {(pupil, Half(half)): (count, datetime.fromisoformat(at)) for pupil, half, count, at in rows}

    def marked_at(self, school: str, day: date, half: Half) -> datetime | None:
        """Return when a register was first seen to hold a mark; none while it is not taken."""
        row = self._db.row(
            "SELECT min(seen_at) FROM register_version WHERE school = ? AND day = ? AND half = ? AND marks > 0",
            (school, day.isoformat(), half),
        )
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def first_recorded(self, school: str, day: date) -> dict[tuple[str, Half], datetime]:
        """Return when each mark of a day was first seen: (pupil id, half) to instant. ``?`` is not a mark."""
        first: dict[tuple[str, Half], datetime] = {}
        for version in self.versions(school, day, day):
            for pupil_id, byte in version.marks.items():
                if byte != QUARANTINED:
                    first.setdefault((pupil_id, version.session.half), version.seen_at)
        return first

    def versions(self, school: str, first: date, last: date) -> Iterator[Version]:
        """Yield the versions of a school's registers between two dates, both included, in the order they came."""
        rows = self._db.rows(
            "SELECT day, half, seen_at, source, digest, content FROM register_version"
            " WHERE school = ? AND day BETWEEN ? AND ? ORDER BY id",
            (school, first.isoformat(), last.isoformat()),
        )
        return map(version_of, rows)

    def register_as_known(self, school: str, session: Session, at: datetime) -> dict[str, int]:
        """Return one register as it was known at an instant: pupil id to byte."""
        marks: dict[str, int] = {}
        for version in self.versions(school, session.day, session.day):
            if version.session == session and version.seen_at <= at:
                marks |= version.marks
        return marks

    def marks_as_known(self, school: str, year: int, at: datetime) -> dict[str, bytes]:
        """Return a school year's strings as they were known at an instant, folded from the versions: 732 bytes each."""
        strings: defaultdict[str, bytearray] = defaultdict(lambda: bytearray(BLANK_YEAR))
        for version in self.versions(school, year_start(year), year_start(year + 1).replace(month=7, day=31)):
            if version.seen_at <= at:
                where = offset(version.session)
                for pupil_id, byte in version.marks.items():
                    strings[pupil_id][where] = byte
        return {pupil_id: bytes(marks) for pupil_id, marks in strings.items()}

    def is_intact(self, school: str, session: Session) -> bool:
        """Whether every version of a register still carries the digest it was written with."""
        rows = self._db.rows(
            "SELECT digest, content FROM register_version WHERE school = ? AND day = ? AND half = ? ORDER BY id",
            (school, session.day.isoformat(), session.half),
        )
        return is_intact(rows)

    def counts(self) -> Counter[str]:
        """Return how many ``versions`` and ``amendments`` are kept, for status and the demonstration."""
        versions, amendments = self._db.rows(
            "SELECT (SELECT count(*) FROM register_version), (SELECT count(*) FROM amendment)"
        )[0]
        return Counter(versions=versions, amendments=amendments)


def _amendment(row: Row) -> Amendment:
    school, pupil_id, day, half, old, new, source, seen_at = row
    return Amendment(
        school=school,
        pupil_id=pupil_id,
        session=session_of(day, half),
        old=ord(old),
        new=ord(new),
        source=source,
        seen_at=datetime.fromisoformat(seen_at),
    )

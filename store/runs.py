"""What has been done when: scheduled slots, how far each school is pulled and decided, and a few values kept."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta

from store.connection import Connection, Row
from store.instants import date_or_none, instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One slot of one job, begun ``tries`` times, last at ``started_at``; without ``ended_at`` it goes on or died."""

    job: str
    scope: str
    slot: str
    tries: int
    started_at: datetime
    leased_until: datetime
    ended_at: datetime | None
    outcome: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a school is: ``watermark`` the last date pulled, ``pulled_at`` when that was, ``decided_through``."""

    watermark: date | None = None
    pulled_at: datetime | None = None
    decided_through: date | None = None


_COLUMNS = ", ".join(field.name for field in fields(Run))


class Runs:
    """Slots, progress and kept values."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def begin(
        self, job: str, scope: str, slot: str, *, now: datetime, lease: timedelta, again_after: tuple[str, ...] = ()
    ) -> bool:
        """Take a slot; false when it is done, or somebody is at it.

        A slot whose lease ran out without an end is taken over; one that ended with an outcome in ``again_after`` is
        begun again. ``slot`` is text that sorts in time, such as an ISO instant or date.
        """
        retriable = ", ".join("?" * len(again_after))
        sql = (
            "INSERT INTO run (job, scope, slot, tries, started_at, leased_until) VALUES (?, ?, ?, 1, ?, ?)"
            " ON CONFLICT (job, scope, slot) DO UPDATE SET tries = tries + 1, started_at = excluded.started_at,"
            " leased_until = excluded.leased_until, ended_at = NULL, outcome = NULL, detail = NULL"
            f" WHERE (ended_at IS NULL AND leased_until < ?) OR outcome IN ({retriable})"
        )
        times = (instant_text(now), instant_text(now + lease), instant_text(now))
        return self._db.write(sql, (job, scope, slot, *times, *again_after)) == 1

    def finish(self, job: str, scope: str, slot: str, *, now: datetime, outcome: str, detail: str = "") -> bool:
        """End a slot that was begun; false when it was not, or is already ended."""
        sql = "UPDATE run SET ended_at = ?, outcome = ?, detail = ? WHERE job = ? AND scope = ? AND slot = ?"
        values = (instant_text(now), outcome, detail, job, scope, slot)
        return self._db.write(f"{sql} AND ended_at IS NULL", values) == 1

    def release(self) -> int:
        """Give up every slot that was begun and not ended; returns how many. Only for whoever runs alone."""
        long_ago = instant_text(datetime.min.replace(tzinfo=UTC))
        return self._db.write("UPDATE run SET leased_until = ? WHERE ended_at IS NULL", (long_ago,))

    def get(self, job: str, scope: str, slot: str) -> Run | None:
        """Return one slot; none when it was never begun."""
        return next(iter(self._where("job = ? AND scope = ? AND slot = ?", job, scope, slot)), None)

    def last(self, job: str, scope: str, *, outcome: str | None = None) -> Run | None:
        """Return the latest slot of a job, or the latest that ended with an outcome."""
        if outcome is None:
            found = self._where("job = ? AND scope = ? ORDER BY slot DESC LIMIT 1", job, scope)
        else:
            found = self._where("job = ? AND scope = ? AND outcome = ? ORDER BY slot DESC LIMIT 1", job, scope, outcome)
        return next(iter(found), None)

    def latest(self) -> list[Run]:
        """Return the latest slot of every job and scope."""
        return self._where("slot = (SELECT max(slot) FROM run r WHERE r.job = run.job AND r.scope = run.scope)")

    def _where(self, condition: str, *values: str) -> list[Run]:
        return [_run(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM run WHERE {condition}", values)]

    def pulled(self, school: str, *, through: date, at: datetime) -> None:
        """Note a successful pull; neither the watermark nor the time of the last pull ever goes back."""
        self._db.write(
            "INSERT INTO progress (school, watermark, pulled_at) VALUES (?, ?, ?) ON CONFLICT (school) DO UPDATE SET"
            " watermark = max(coalesce(watermark, ''), excluded.watermark),"
            " pulled_at = max(coalesce(pulled_at, ''), excluded.pulled_at)",
            (school, through.isoformat(), instant_text(at)),
        )

    def decided(self, school: str, through: date | None) -> None:
        """Note through which date a school has been decided; an earlier date, or none, makes it be decided again."""
        self._db.write(
            "INSERT INTO progress (school, decided_through) VALUES (?, ?)"
            " ON CONFLICT (school) DO UPDATE SET decided_through = excluded.decided_through",
            (school, through.isoformat() if through else None),
        )

    def progress(self, school: str) -> Progress:
        """Return how far a school is; empty when it was never pulled."""
        row = self._db.row("SELECT * FROM progress WHERE school = ?", (school,))
        return _progress(row) if row else Progress()

    def all_progress(self) -> dict[str, Progress]:
        """Return how far every school is that was ever pulled or decided."""
        return {row[0]: _progress(row) for row in self._db.rows("SELECT * FROM progress")}

    def watermark(self, school: str) -> date | None:
        """Return the last date through which a school was pulled."""
        return self.progress(school).watermark

    def freshness(self, school: str) -> datetime | None:
        """Return when a school was last pulled with success."""
        return self.progress(school).pulled_at

    def decided_through(self, school: str) -> date | None:
        """Return through which date a school has been decided."""
        return self.progress(school).decided_through

    def kept(self, key: str) -> str | None:
        """Return a kept value, such as the installation's key."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (key,))
        return row[0] if row else None

    def keep(self, key: str, value: str) -> None:
        """Keep a value, in place of the one before."""
        sql = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        self._db.write(sql, (key, value))

    def kept_of(self, owner: str) -> "KeptValues":
        """Return the values that one owner keeps by names of its own, such as the connector of one school."""
        values = KeptValues(self._db, owner)
        values.refresh()
        return values


@dataclass(slots=True)
class KeptValues:
    """Named values of one owner, kept in the database and read from memory, as of ``refresh``.

    Setting one belongs to the thread of the database; it joins an open transaction or makes its own.
    """

    _db: Connection
    _owner: str
    _values: dict[str, str] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read the values again."""
        # "0" comes right after "/".
        prefix, after = f"{self._owner}/", f"{self._owner}0"
        rows = self._db.rows("SELECT key, value FROM meta WHERE key >= ? AND key < ?", (prefix, after))
        self._values = {key.removeprefix(prefix): value for key, value in rows}

    def get(self, name: str, /) -> str | None:
        """Return what was kept under a name."""
        return self._values.get(name)

    def __setitem__(self, name: str, value: str, /) -> None:
        """Keep a value, in place of the one before."""
        with self._db.joined():
            Runs(self._db).keep(f"{self._owner}/{name}", value)
        self._values[name] = value


def _progress(row: Row) -> Progress:
    _, watermark, pulled_at, decided_through = row
    return Progress(
        watermark=date_or_none(watermark),
        pulled_at=instant_or_none(pulled_at),
        decided_through=date_or_none(decided_through),
    )


def _run(row: Row) -> Run:
    given = dict(zip(Run.__slots__, row, strict=True))
    for name in ("started_at", "leased_until", "ended_at"):
        given[name] = instant_or_none(given[name])
    return Run(**given)

"""Taking personal data out of what was sent: payloads and addresses go, ids, hashes, times and attempts stay."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from store.connection import Connection, StoreError, sqlite3
from store.instants import instant_text

#: How many messages one transaction takes: a reader or a delivery waits no longer than that.
_BATCH = 500
#: A file of which so little is free is not worth writing anew.
_FREE_SHARE = 4
_WRITTEN_ANEW = "written_anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A settled message that still has its payload. ``is_told`` says that its death was told to an admin."""

    id: str
    kind: str
    state: str
    settled_at: datetime
    is_told: bool


_SETTLED = """
    SELECT seq, id, kind, state, settled_at,
        EXISTS (SELECT 1 FROM told WHERE key = 'dead/' || id || '/' || settled_at)
    FROM message_payload JOIN message USING (seq)
    WHERE seq > ? AND state IN ('delivered', 'cancelled', 'dead') AND NOT is_unroutable
    ORDER BY seq LIMIT ?
"""
# Whoever was told wrong is told so at the same address: it stays while the pupil has an open case at the school.
_ADDRESSES = """
    SELECT seq FROM message
    WHERE seq > ? AND address <> '' AND state IN ('delivered', 'cancelled', 'dead') AND settled_at < ?
        AND NOT EXISTS (SELECT 1 FROM message_payload WHERE message_payload.seq = message.seq)
        AND NOT EXISTS (
            SELECT 1 FROM decision JOIN episode USING (school, pupil_id)
            WHERE decision.id = message.cause AND episode.cleared_on IS NULL)
    ORDER BY seq LIMIT ?
"""


class Purging:
    """Removals in batches, each a transaction of its own: killed halfway, the next purge goes on."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def settled(self) -> Iterator[Settled]:
        """Yield every settled message that still has its payload, in the order of enqueueing."""
        last = 0
        while rows := self._db.rows(_SETTLED, (last, _BATCH)):
            last = rows[-1][0]
            for _, message_id, kind, state, settled_at, is_told in rows:
                at = datetime.fromisoformat(settled_at)
                yield Settled(id=message_id, kind=kind, state=state, settled_at=at, is_told=bool(is_told))

    def remove_payloads(
        self, message_ids: list[str], now: datetime, *, seen: Callable[[int], object] = lambda _: None
    ) -> int:
        """Remove the payloads of settled messages, bytes and all; returns how many had one."""
        removed = 0
        with self._overwriting():
            for begin in range(0, len(message_ids), _BATCH):
                with self._db.transaction():
                    removed += sum(self._remove(each, now) for each in message_ids[begin : begin + _BATCH])
                seen(removed)
        return removed

    def _remove(self, message_id: str, now: datetime) -> bool:
        # Asked again inside the transaction: somebody may have replayed it a moment ago.
        sql = (
            "DELETE FROM message_payload WHERE seq = (SELECT seq FROM message WHERE id = ?"
            " AND state IN ('delivered', 'cancelled', 'dead'))"
        )
        if not self._db.write(sql, (message_id,)):
            return False
        why = "kept as long as agreed"
        sql = "INSERT INTO intervention (message_id, at, action, why) VALUES (?, ?, 'scrubbed', ?)"
        return bool(self._db.write(sql, (message_id, instant_text(now), why)))

    def count_addresses(self, settled_before: datetime) -> int:
        """Return how many addresses ``remove_addresses`` would take now."""
        return len(self._db.rows(_ADDRESSES, (0, instant_text(settled_before), -1)))

    def remove_addresses(self, settled_before: datetime) -> int:
        """Remove the addresses of messages without payload and without an open case; returns how many."""
        removed, last = 0, 0
        with self._overwriting():
            while rows := self._db.rows(_ADDRESSES, (last, instant_text(settled_before), _BATCH)):
                last = rows[-1][0]
                with self._db.transaction():
                    self._db.write_many("UPDATE message SET address = '' WHERE seq = ?", rows)
                removed += len(rows)
        return removed

    def give_back(self) -> bool:
        """Give free space back to the disk, where it is worth it, and leave nothing in the file beside the database.

        False where another process is at work in the file, or the disk has no room to write it anew: next time then.
        """
        is_worth_it = self._db.pragma("freelist_count") * _FREE_SHARE > self._db.pragma("page_count")
        # A file from before removals were overwritten may hold what was removed: it is written anew once.
        is_first = self._db.row("SELECT 1 FROM meta WHERE key = ?", (_WRITTEN_ANEW,)) is None
        try:
            if is_worth_it or is_first:
                self._db.sqlite.execute("VACUUM")
                with self._db.transaction():
                    self._db.write(
                        "INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT DO NOTHING", (_WRITTEN_ANEW,)
                    )
            self._db.sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.OperationalError, StoreError):
            return False
        return True

    @contextmanager
    def _overwriting(self) -> Iterator[None]:
        """Let SQLite write zeros over whole pages as well. Not always: it costs the outbox a second write."""
        before = self._db.pragma("secure_delete")
        self._db.sqlite.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self._db.sqlite.execute(f"PRAGMA secure_delete = {before:d}")

"""What the admins have been told of: each thing once, in one transaction with the message that tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from store.connection import Connection
from store.instants import instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A message that died, or is held, and of which nobody was told. ``key`` is of this death, or of this hold."""

    key: str
    id: str
    destination: str
    kind: str
    reason: str
    is_unroutable: bool
    has_bounced: bool
    has_expired: bool
    hold: str


_UNTOLD = """
    SELECT thing.key, thing.id, destination, thing.kind, coalesce(reason, ''), is_unroutable,
        EXISTS (SELECT 1 FROM receipt WHERE message_id = thing.id AND receipt.kind = 'bounced' AND at = settled_at),
        EXISTS (SELECT 1 FROM intervention WHERE message_id = thing.id AND action = 'expired' AND at = settled_at),
        coalesce(hold, '')
    FROM (
        SELECT *, 'dead/' || id || '/' || settled_at AS key FROM message WHERE state = 'dead'
        UNION ALL
        SELECT *, 'held/' || id || '/' || hold AS key FROM message WHERE state = 'pending' AND hold IS NOT NULL
    ) AS thing
    WHERE NOT EXISTS (SELECT 1 FROM told WHERE told.key = thing.key) ORDER BY seq
"""


class Alerts:
    """What was told, by the key of the thing. ``tell`` needs the transaction of the message."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def untold(self) -> list[Untold]:
        """Return the dead and the held messages that nobody was told of, in the order of enqueueing."""
        return [
            Untold(
                key=key,
                id=message_id,
                destination=destination,
                kind=kind,
                reason=reason,
                is_unroutable=bool(is_unroutable),
                has_bounced=bool(has_bounced),
                has_expired=bool(has_expired),
                hold=hold,
            )
            for key, message_id, destination, kind, reason, is_unroutable, has_bounced, has_expired, hold in (
                self._db.rows(_UNTOLD)
            )
        ]

    def are_told(self, keys: Iterable[str]) -> set[str]:
        """Return which of these things were told."""
        sql = "SELECT 1 FROM told WHERE key = ?"
        return {key for key in keys if self._db.row(sql, (key,))}

    def last_told(self) -> datetime | None:
        """Return when anything was told last."""
        row = self._db.row("SELECT max(told_at) FROM told")
        return instant_or_none(row[0]) if row else None

    def tell(self, keys: Iterable[str], message_id: str, now: datetime) -> None:
        """Note that a message tells of these things."""
        sql = "INSERT INTO told (key, told_at, message_id) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING"
        self._db.write_many(sql, [(key, instant_text(now), message_id) for key in keys])

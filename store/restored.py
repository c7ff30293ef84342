"""What a database learns from the log of what was sent, after a crash or after it was restored from a backup."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from store.connection import Connection
from store.instants import instant_text
from store.sent_log import Sent

_WHY = "the log of what was sent has it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """Messages of whose delivery the database learnt, and those of which it knew nothing at all.

    ``is_all`` is false while some worker holds one under a valid lease: it will say itself what came of it, or die.
    """

    delivered: tuple[Sent, ...] = ()
    unknown: tuple[Sent, ...] = ()
    is_all: bool = True


class Restored:
    """Deliveries that the database does not know. Needs a transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def learn(self, sent: Iterable[Sent], now: datetime) -> Learnt:
        """Take deliveries over from the log; those that some worker holds under a valid lease are left to it."""
        delivered, unknown, at_work = [], [], 0
        for each in sent:
            row = self._db.row("SELECT state, leased_until FROM message WHERE id = ?", (each.message_id,))
            if row is None:
                self._keep(each)
                unknown.append(each)
            elif row[0] == "sending" and row[1] >= instant_text(now):
                at_work += 1
            elif row[0] in {"pending", "sending"} and not self._was_replayed(each):
                self._settle(each, now)
                delivered.append(each)
        return Learnt(delivered=tuple(delivered), unknown=tuple(unknown), is_all=not at_work)

    def forgotten(self) -> list[Sent]:
        """Return notices and alerts that were sent, and not made again since the database was restored.

        The oldest first. Feeds are not among them: what they said of a day is said again under a higher revision.
        """
        rows = self._db.rows(
            "SELECT message_id, at, destination, kind, idempotency_key, subject_ref FROM sent_before"
            " WHERE kind NOT LIKE 'feed.%'"
            " AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = sent_before.message_id) ORDER BY at"
        )
        return [
            Sent(
                message_id=message_id,
                at=datetime.fromisoformat(at),
                destination=destination,
                kind=kind,
                idempotency_key=key,
                subject_ref=about,
            )
            for message_id, at, destination, kind, key, about in rows
        ]

    def hold_all(self, now: datetime, hold: str, why: str) -> int:
        """Keep everything that is pending from leaving until a person releases it; returns how many there are."""
        rows = self._db.write_returning(
            "UPDATE message SET hold = ?, is_unsure = 1 WHERE state = 'pending' AND hold IS NULL RETURNING id", (hold,)
        )
        self._db.write_many(
            "INSERT INTO intervention (message_id, at, action, why) VALUES (?, ?, 'held', ?)",
            [(message_id, instant_text(now), why) for (message_id,) in rows],
        )
        return len(rows)

    def _was_replayed(self, sent: Sent) -> bool:
        """Whether somebody has wanted the message sent again since."""
        sql = "SELECT 1 FROM intervention WHERE message_id = ? AND action = 'replayed' AND at >= ?"
        return self._db.row(sql, (sent.message_id, instant_text(sent.at))) is not None

    def _keep(self, sent: Sent) -> None:
        self._db.write(
            "INSERT INTO sent_before (message_id, at, destination, kind, idempotency_key, subject_ref)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                sent.message_id,
                instant_text(sent.at),
                sent.destination,
                sent.kind,
                sent.idempotency_key,
                sent.subject_ref,
            ),
        )

    def _settle(self, sent: Sent, now: datetime) -> None:
        at = instant_text(sent.at)
        self._db.write(
            "UPDATE message SET state = 'delivered', settled_at = ?, reason = NULL,"
            " lease_token = NULL, leased_until = NULL, is_unsure = 0, first_attempt_at = coalesce(first_attempt_at, ?)"
            " WHERE id = ?",
            (at, at, sent.message_id),
        )
        self._db.write(
            "INSERT INTO intervention (message_id, at, action, why) VALUES (?, ?, 'delivered', ?)",
            (sent.message_id, instant_text(now), _WHY),
        )

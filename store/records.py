"""What people recorded about pupils, which rules they muted, and which policy each school's days are judged by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from store.connection import Connection
from store.instants import instant_or_none
from store.snapshots import Sheet, Snapshots, Synced


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """Something recorded about a pupil on a date."""

    school: str
    pupil_id: str
    day: date
    event: str
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Rules muted for a pupil from ``first`` to ``last``, both included; an empty ``rule`` is all that ``role`` may.

    ``gone_at`` is when its source stopped giving it: it was in force until then.
    """

    school: str
    pupil_id: str
    rule: str
    first: date
    last: date
    author: str
    role: str
    reason: str
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A policy as it stood (``content`` is JSON text), by which a school's days are judged from ``first_day`` on.

    ``first_day`` is ``date.min`` for the first one there was.
    """

    first_day: date
    policy: str
    version: str
    content: str


_EVENTS = Sheet("recorded_event", ("school", "pupil_id", "day", "event"), ("recorded_by",))
_HOLDS = Sheet("hold", ("school", "pupil_id", "rule", "first_on", "last_on"), ("author", "role", "reason"))


class Records:
    """Events, holds and policies in force."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection
        self._snapshots = Snapshots(connection)

    def sync_events(self, source: str, events: Iterable[RecordedEvent], at: datetime) -> Synced:
        """Make a source's events those given."""
        rows = ((each.school, each.pupil_id, each.day.isoformat(), each.event, each.recorded_by) for each in events)
        return self._snapshots.sync(_EVENTS, source, rows, at)

    def sync_holds(self, source: str, holds: Iterable[Hold], at: datetime) -> Synced:
        """Make a source's holds those given."""
        rows = (
            (*(each.school, each.pupil_id, each.rule), *_span(each), *(each.author, each.role, each.reason))
            for each in holds
        )
        return self._snapshots.sync(_HOLDS, source, rows, at)

    def holds(self, school: str) -> list[Hold]:
        """Return every hold there ever was at a school, by pupil and first day."""
        columns = "pupil_id, rule, first_on, last_on, author, role, reason, gone_at"
        sql = f"SELECT {columns} FROM hold WHERE school = ? ORDER BY pupil_id, first_on, rule, last_on"  # noqa: S608 - names of columns
        return [
            Hold(
                school=school,
                pupil_id=pupil_id,
                rule=rule,
                first=date.fromisoformat(first),
                last=date.fromisoformat(last),
                author=author,
                role=role,
                reason=reason,
                gone_at=instant_or_none(gone_at),
            )
            for pupil_id, rule, first, last, author, role, reason, gone_at in self._db.rows(sql, (school,))
        ]

    def in_force(self, school: str) -> list[InForce]:
        """Return the policies a school has been judged by, the earliest first."""
        sql = "SELECT first_day, policy, version, content FROM policy_in_force WHERE school = ? ORDER BY first_day"
        return [
            InForce(
                first_day=date.fromisoformat(first_day) if first_day else date.min,
                policy=policy,
                version=version,
                content=content,
            )
            for first_day, policy, version, content in self._db.rows(sql, (school,))
        ]

    def put_in_force(self, school: str, policy: InForce) -> None:
        """Judge a school's days by a policy from its first day on; one that was to begin that day never did."""
        first_day = "" if policy.first_day == date.min else policy.first_day.isoformat()
        self._db.write(
            "INSERT INTO policy_in_force (school, first_day, policy, version, content) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (school, first_day) DO UPDATE SET policy = excluded.policy, version = excluded.version,"
            " content = excluded.content",
            (school, first_day, policy.policy, policy.version, policy.content),
        )


def _span(hold: Hold) -> tuple[str, str]:
    return hold.first.isoformat(), hold.last.isoformat()

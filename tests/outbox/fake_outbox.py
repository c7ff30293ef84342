"""An outbox in memory, honest about leases, ordering keys and circuits."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from outbox.messages import Draft, Settlement, State


@dataclass(frozen=True, kw_only=True)
class Row:
    draft: Draft
    next_attempt_at: datetime
    state: State = State.PENDING
    attempts: int = 0
    lease_token: str = ""
    leased_until: datetime | None = None
    first_attempt_at: datetime | None = None
    reason: str = ""
    is_unsure: bool = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.draft, name)


@dataclass(frozen=True, kw_only=True)
class Circuit:
    destination: str
    opened_at: datetime
    probe_at: datetime


class FakeOutbox:
    def __init__(self, *drafts: Draft) -> None:
        self.rows = {draft.id: Row(draft=draft, next_attempt_at=draft.created_at) for draft in drafts}
        self.open: dict[str, Circuit] = {}
        self.settlements: list[Settlement] = []

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def due(self, now: datetime) -> Sequence[str]:
        return sorted({row.destination for row in self.rows.values() if self._is_due(row, now)})

    def claim(self, destination: str, now: datetime, *, limit: int, lease: timedelta, token: str) -> Sequence[Row]:
        claimed: list[Row] = []
        for row in sorted(self.rows.values(), key=lambda row: row.next_attempt_at):
            if row.destination == destination and len(claimed) < limit and self._is_due(row, now):
                is_lapsed = row.state is State.SENDING
                started = {"first_attempt_at": row.first_attempt_at or now, "leased_until": now + lease}
                started["is_unsure"] = row.is_unsure or is_lapsed
                self.rows[row.id] = replace(row, state=State.SENDING, lease_token=token, **started)
                claimed.append(self.rows[row.id])
        return claimed

    def record(self, settlements: Sequence[Settlement], now: datetime) -> Sequence[str]:
        ours = [each for each in settlements if self.rows[each.message_id].lease_token == each.token]
        for each in ours:
            row = self.rows[each.message_id]
            due = {"next_attempt_at": each.next_attempt_at or row.next_attempt_at, "reason": each.reason}
            due["is_unsure"] = each.is_unsure
            self.rows[row.id] = replace(
                row, state=each.state, attempts=row.attempts + each.counts, lease_token="", **due
            )
            self._switch(each)
            self.settlements.append(each)
        return [each.message_id for each in ours]

    def circuits(self) -> Sequence[Circuit]:
        return list(self.open.values())

    def _switch(self, each: Settlement) -> None:
        known = self.open.pop(each.destination, None) if each.circuit else None
        if each.circuit == "open":
            since = known.opened_at if known else each.ended_at
            self.open[each.destination] = Circuit(destination=each.destination, opened_at=since, probe_at=each.probe_at)

    def _is_due(self, row: Row, now: datetime) -> bool:
        others = [each for each in self.rows.values() if each.state in {State.PENDING, State.SENDING}]
        is_lapsed = row.state is State.SENDING and row.leased_until < now
        is_head = next((each for each in others if each.ordering_key == row.ordering_key), row) is row
        circuit = self.open.get(row.destination)
        is_probe = circuit is None or (
            circuit.probe_at <= now
            and not any(each.state is State.SENDING and each.destination == row.destination for each in others)
        )
        return (row.state is State.PENDING or is_lapsed) and row.next_attempt_at <= now and is_head and is_probe

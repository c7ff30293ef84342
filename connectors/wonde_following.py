"""What became of marks that were written through Wonde, asked until it is decided.

How Wonde words the outcome is assumed (``docs/guides/platforms/wonde.md``): words nobody knows are not believed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from connectors.base import Malformed, Writing, Written
from connectors.wonde_api import Wonde
from connectors.wonde_school import Single

_STATES = {
    **dict.fromkeys(("pending", "queued", "processing"), Writing.TAKEN),
    **dict.fromkeys(("success", "successful", "complete", "completed"), Writing.DONE),
    **dict.fromkeys(("failed", "failure", "error", "rejected"), Writing.REFUSED),
}
#: Wonde's id of the write, and which of its marks.
_RECEIPT = re.compile(r"([A-Za-z0-9_-]+)/(\d+)")
_NOT_WONDES = "its receipt is none of Wonde's: write it anew"
_FORGOTTEN = "Wonde knows nothing of this write any more: look whether the school's MIS shows the mark"
_REFUSED = "the school's MIS refused the mark, Wonde says: look at it there"


class _Row(msgspec.Struct):
    status: str | None = None


class _Writeback(msgspec.Struct):
    """How far a write is: as a whole, and mark by mark in the order they were sent, where it says."""

    status: str
    attendance: list[_Row] | None = None


_WRITEBACK = msgspec.json.Decoder(Single[_Writeback])


@dataclass(frozen=True, slots=True)
class Follower:
    """Asks one school's writes; each is asked once, however many marks it has."""

    wonde: Wonde

    def follow(self, taken: Sequence[Written]) -> tuple[Written, ...]:
        """Return how far each mark is."""
        told: dict[str, _Writeback | None] = {}
        return tuple(self._outcome(written, told) for written in taken)

    def _outcome(self, written: Written, told: dict[str, _Writeback | None]) -> Written:
        receipt = _RECEIPT.fullmatch(written.receipt or "")
        if receipt is None:
            return replace(written, state=Writing.REFUSED, reason=_NOT_WONDES)
        if receipt[1] not in told:
            told[receipt[1]] = self._writeback(receipt[1])
        writeback = told[receipt[1]]
        if writeback is None:
            return replace(written, state=Writing.REFUSED, reason=_FORGOTTEN)
        state = self._state(writeback, int(receipt[2]))
        return replace(written, state=state, reason=_REFUSED if state is Writing.REFUSED else None)

    def _state(self, writeback: _Writeback, number: int) -> Writing:
        rows = writeback.attendance or []
        own = rows[number].status if number < len(rows) else None
        state = _STATES.get((own or writeback.status).casefold())
        if state is None:
            raise Malformed(f"{self.wonde.client.host} tells a state of a write that nobody knows: ask Wonde's support")
        return state

    def _writeback(self, writeback_id: str) -> _Writeback | None:
        told = self.wonde.one(self.wonde.under_school(f"writebacks/{writeback_id}"), _WRITEBACK, "writes")
        if told is None:
            return None
        if isinstance(told.data, _Writeback):
            return told.data
        raise Malformed(f"{self.wonde.client.host} says nothing of a write: ask Wonde's support")

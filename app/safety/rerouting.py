"""Who was told, and who should have been, after placements.csv or contacts.csv was corrected.

What was made for a body that is not the pupil's any more does not leave; whoever already has it is asked to delete it;
and as long as the case is open, the right body gets what the other one was told. Done once for each correction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.judging.carrying_out import Again, Carrier
from app.judging.keys import NoticeKey
from app.ledger import read_back
from app.routing import column_of, lapsed, organisation_of
from config.placements import Placement
from mapping.school_days import school_date
from rules.model import PupilMarks
from store.cases import Decision as Kept
from store.safety import Made

_UNSENT = frozenset({"pending", "dead"})
_ANOTHERS = "placements.csv was corrected: it was made for somebody who is not the pupil's"


@dataclass(frozen=True, kw_only=True)
class Rerouting:
    """The routes of one school's standing decisions, inside the caller's transaction."""

    carrier: Carrier

    def follow(self, pupils: Callable[[], Mapping[str, PupilMarks]]) -> int:
        """Put right what the operator's files no longer bear out; returns how many notices that was."""
        runs, name = self.carrier.relay.store.runs, f"routed/{self.carrier.site.id}"
        if runs.kept(name) == self._state:
            return 0
        wrong = [(made, why) for made in self._made if (why := self._why_wrong(made))]
        if wrong:
            self._put_right(wrong, pupils())
        runs.keep(name, self._state)
        return len(wrong)

    @cached_property
    def _made(self) -> list[Made]:
        return self.carrier.relay.store.safety.made(self.carrier.site.id)

    @cached_property
    def _today(self) -> date:
        return school_date(self.carrier.relay.now())

    @property
    def _state(self) -> str:
        """Return what everything that says who is told comes to; agreements end with a day."""
        return f"{self._today} {self.carrier.relay.routing[self.carrier.site.id]}"

    def _why_wrong(self, made: Made) -> str | None:
        """Return why a notice should not have been made as it was, or must not leave as it is."""
        if self._is_anothers(made):
            return _ANOTHERS
        if made.state not in _UNSENT:
            return None  # the body is right, and was told under the agreement of the day
        operator = self.carrier.relay.operator
        destination = next((each for each in operator.destinations if each.id == made.destination), None)
        if destination and not destination.is_agreed_on(self._today):
            return lapsed(destination)
        is_there = (made.role, made.destination, made.address) in self._contacts
        return None if is_there else f"contacts.csv no longer has this recipient for role {made.role}"

    @cached_property
    def _contacts(self) -> set[tuple[str, str, str]]:
        return {(each.role, each.destination, each.address or "") for each in self.carrier.relay.operator.contacts}

    def _is_anothers(self, made: Made) -> bool:
        if column_of(made.role) is None:
            return False
        operator = self.carrier.relay.operator
        placed = self._placements.get(made.pupil_id, ())
        if not placed:
            return False  # off the roll: the decisions about the pupil are looked at elsewhere
        if all(organisation_of(operator, made.role, each) == made.organisation for each in placed):
            return False
        row = self.carrier.relay.store.cases.get(made.cause)
        placement = self.carrier.placement(read_back(row)) if row else None
        return organisation_of(operator, made.role, placement) != made.organisation

    @cached_property
    def _placements(self) -> Mapping[str, list[Placement]]:
        found: dict[str, list[Placement]] = defaultdict(list)
        for each in self.carrier.relay.operator.placements_of(self.carrier.site.id):
            found[each.pupil_id].append(each)
        return found

    def _put_right(self, wrong: Iterable[tuple[Made, str]], pupils: Mapping[str, PupilMarks]) -> None:
        again: dict[tuple[str, str, str], NoticeKey] = {}
        for made, why in wrong:
            row, key = self.carrier.relay.store.cases.get(made.cause), NoticeKey.read(made.key)
            pupil = pupils.get(made.pupil_id)
            assert row is not None  # a notice is enqueued with its decision
            if pupil is None:
                continue
            self._take_back(row, made, why, pupil)
            which = (made.cause, key.kind, key.role)
            # Of a notification and the referral that took its place, the referral is what is sent again.
            if which not in again or key.is_approved:
                again[which] = key
        for (cause, _, _), key in again.items():
            row = self.carrier.relay.store.cases.get(cause)
            assert row is not None
            if self.carrier.is_open(row):
                self.carrier.send_again(row, key, pupils[row.pupil_id], self._again(row, key))

    def _take_back(self, row: Kept, made: Made, why: str, pupil: PupilMarks) -> None:
        messages, now = self.carrier.relay.store.messages, self.carrier.relay.now()
        message = messages.get(made.message_id)
        assert message is not None
        has_left = self.carrier.may_have_arrived(message)
        if message.state == "dead":
            # Cancelled for good: a dead letter that somebody replays must not reach the wrong body.
            messages.replay(message.id, now, why)
        messages.cancel(message.id, now, why)
        self.carrier.relay.store.notices.take_back(message.id)
        if has_left and why == _ANOTHERS:
            self.carrier.take_back(row, message, pupil)

    def _again(self, row: Kept, key: NoticeKey) -> Again:
        """Return what is to be sent: not to who has it already, under keys of their own."""
        kept = self.carrier.relay.store.messages.caused_by(row.id)
        notices = [each for each in kept if each.kind.startswith("notice.") and each.kind != "notice.withdrawal"]
        keys = [(each, NoticeKey.read(each.idempotency_key)) for each in notices]
        same = [(each, read) for each, read in keys if (read.kind, read.role) == (key.kind, key.role)]
        back = {each.supersedes for each in kept if each.kind == "notice.withdrawal"}
        there = {
            (each.destination, each.address)
            for each, read in keys
            if read.kind == key.kind and each.state != "cancelled" and not each.is_unroutable and each.id not in back
        }
        return Again(role=key.role, moved=1 + max(read.moved for _, read in same), but=frozenset(there))

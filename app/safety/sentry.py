"""The round that is made before anything leaves: what changed since a message was made may have made it wrong.

It begins and ends a trial, asks for confirmations, lets go what no longer has to wait, and holds what has to. Most
rounds find nothing new and read a few rows.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Protocol

import structlog

from app.judging.carrying_out import Carrier
from app.judging.pupils import laid
from app.mishaps import unforeseen
from app.reading import Site
from app.safety import confirming, surges
from app.safety.alerts import WATCHERS, Words, raise_alert
from app.safety.guard import Facts, still_agreed
from app.safety.holding import PAUSED, TRIAL, UNCONFIRMED, Holding
from app.safety.rerouting import Rerouting
from app.wiring import Relay
from mapping.school_days import school_date
from rules.wording import count_of
from store.database import StoreError

#: The agreement is over, or the recipient is not one any more: it leaves when that is put right.
UNAGREED = "unagreed"
_OURS = (PAUSED, UNCONFIRMED, UNAGREED)
_WHY = {
    TRIAL: "this is a trial: only the addresses and destinations named in [safety] are reached",
    PAUSED: "made while live, and waits until the trial is over",
    UNCONFIRMED: "nobody has confirmed the recipient yet",
}
_MODE, _LOOKED = "safety/mode", "safety/looked"
log = structlog.get_logger()


def keep_safe(relay: Relay) -> None:
    """Make one round. A school whose routes cannot be worked out stops no other: its channels refuse what is wrong."""
    for site in relay.sites.values():
        try:
            with relay.store.transaction():
                _follow_routes(relay, site)
        except StoreError:
            raise
        except Exception as failure:  # noqa: BLE001 - whatever it is, the other schools are looked at
            log.error("routes not looked at", school=site.id, problem=unforeseen(failure))  # noqa: TRY400 - no texts
    with relay.store.transaction():
        Sentry(relay=relay).go_round()


def _follow_routes(relay: Relay, site: Site) -> None:
    carrier = Carrier(relay=relay, site=site)
    Rerouting(carrier=carrier).follow(partial(laid, relay, site))
    surges.look(carrier)


class _Waiting(Facts, Protocol):
    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, kw_only=True)
class Sentry:
    """One round."""

    relay: Relay

    def go_round(self) -> None:
        """Look at everything once; the caller holds the transaction."""
        self._change_mode()
        confirming.ask_everybody(self.relay)
        self._let_go()
        self._hold()
        confirming.tell_of_waiting(self.relay)
        surges.escalate(self.relay)

    @cached_property
    def _now(self) -> datetime:
        return self.relay.now()

    @cached_property
    def _holding(self) -> Holding:
        return Holding(relay=self.relay)

    def _change_mode(self) -> None:
        """Begin or end a trial, where the operator has changed the mode since the last round."""
        runs, is_trial = self.relay.store.runs, self.relay.operator.safety.is_trial
        was_trial = bool(runs.kept(_MODE))
        if is_trial and not was_trial:
            runs.keep(_MODE, self._now.isoformat())
        elif was_trial and not is_trial:
            runs.keep(_MODE, "")
            self._go_live()

    def _go_live(self) -> None:
        messages = self.relay.store.messages
        held = messages.held(TRIAL)
        for each in held:
            messages.cancel(each.id, self._now, "composed in a trial, which is over: it is not sent")
        words = Words(
            heading="The trial is over",
            text=f"From now on messages reach everybody. {count_of(len(held), 'message')} of the trial "
            f"{'was' if len(held) == 1 else 'were'} cancelled and will not be sent.",
            todo="Look at the open cases with `attendance-relay explain`: tell whoever should know of one that began "
            "in the trial.",
        )
        raise_alert(self.relay, WATCHERS, words, key=f"alert/live/{self._now.isoformat()}")

    def _let_go(self) -> None:
        """Release what waits for nothing any more, and say of the rest what it waits for now."""
        there = {each.hold for each in self.relay.store.safety.holds()}
        for hold in there.intersection(_OURS):
            for message in self.relay.store.messages.held(hold):
                if self.hold_of(message)[0] != hold:
                    self.release(message, "what it waited for is settled")

    def release(self, message: "_Held", why: str) -> bool:
        """Release a message, unless another check keeps it: then it waits for that one. False when it still waits."""
        messages, (hold, other) = self.relay.store.messages, self.hold_of(message)
        messages.release(message.id, self._now, why)
        return not (hold and messages.hold(message.id, self._now, hold, other))

    def _hold(self) -> None:
        """Look at what could leave: what is new, and everything once the files or the day are others."""
        runs, safety = self.relay.store.runs, self.relay.store.safety
        state, _, seq = (runs.kept(_LOOKED) or "").partition(" ")
        for free in safety.free(int(seq) if state == self._state else 0):
            hold, why = self.hold_of(free)
            if hold:
                self.relay.store.messages.hold(free.message_id, self._now, hold, why)
        looked = f"{self._state} {safety.newest()}"
        if looked != f"{state} {seq}":
            runs.keep(_LOOKED, looked)

    def hold_of(self, message: "_Waiting") -> tuple[str, str]:
        """Return the hold of a message as everything stands now, and why; empty when it may leave."""
        hold = self._holding.at(message.destination, message.address, message.kind)
        if hold == TRIAL and self._began and message.created_at < self._began:
            hold = PAUSED
        if hold:
            return hold, _WHY[hold]
        why = still_agreed(self.relay.operator, message, school_date(self._now))
        return (UNAGREED, why) if why else ("", "")

    @cached_property
    def _began(self) -> datetime | None:
        kept = self.relay.store.runs.kept(_MODE)
        return datetime.fromisoformat(kept) if kept else None

    @cached_property
    def _state(self) -> str:
        confirmed = sorted(self.relay.store.safety.confirmed())
        said = (school_date(self._now), sorted(self.relay.routing.items()), confirmed)
        return hashlib.sha256(repr(said).encode()).hexdigest()


class _Held(_Waiting, Protocol):
    @property
    def id(self) -> str: ...

"""Which check keeps a message from leaving when it is made: a trial, or an address that nobody has confirmed yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from app.routing import Route
from app.safety.kinds import WITHDRAWAL, is_about_pupil
from app.wiring import Relay
from config.contacts import Contact
from config.models import Destination
from outbox.channels.registry import CHANNELS

#: Composed while only test addresses are reached. Going live cancels it.
TRIAL = "trial"
#: Made while live, and kept while there is a trial. Going live lets it leave.
PAUSED = "paused"
#: About a pupil, for an address or destination that nobody has confirmed.
UNCONFIRMED = "unconfirmed"
#: With the id of the batch behind it: more notices at once than on an ordinary day.
MASS = "mass/"


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The holds of one relay as they are now; to be made anew for each run."""

    relay: Relay

    def of(self, route: Route, *, is_about_pupil: bool = True) -> str:
        """Return the hold of a message to a recipient; empty when it may leave.

        A withdrawal goes where the notice went, so that nothing of it has to be confirmed.
        """
        if not self.relay.operator.safety.reaches(route.destination.id, route.contact.address or ""):
            return TRIAL
        return UNCONFIRMED if is_about_pupil and self.confirmed_on(route.contact) is None else ""

    def of_feed(self, destination: Destination) -> str:
        """Return the hold of a feed."""
        if not self.relay.operator.safety.reaches(destination.id, ""):
            return TRIAL
        return "" if destination.confirmed_on else UNCONFIRMED

    def at(self, destination: str, address: str, kind: str) -> str:
        """Return the hold of a message of which only the place is known."""
        if not self.relay.operator.safety.reaches(destination, address):
            return TRIAL
        needs_confirming = is_about_pupil(kind) and kind != WITHDRAWAL
        return UNCONFIRMED if needs_confirming and not self._is_confirmed(destination, address, kind) else ""

    def confirmed_on(self, contact: Contact) -> date | None:
        """Return when somebody last confirmed a contact: in the files, or with the code that was sent to it."""
        destination = self.relay.operator.destination(contact.destination)
        by_code = self._by_code.get((contact.destination, contact.address or "", contact.organisation))
        own = destination.confirmed_on if not CHANNELS[destination.channel].addressed else None
        days = [each for each in (contact.confirmed_on, own, by_code.date() if by_code else None) if each]
        return max(days, default=None)

    def unconfirmed(self) -> Iterator[Contact]:
        """Yield the contacts to whom nothing about a pupil is sent yet."""
        return (each for each in self.relay.operator.contacts if self.confirmed_on(each) is None)

    def _is_confirmed(self, name: str, address: str, kind: str) -> bool:
        destination = next((each for each in self.relay.operator.destinations if each.id == name), None)
        if destination is None:
            return True  # nothing leaves for it: there is no channel
        if kind.startswith("feed."):
            return destination.confirmed_on is not None
        return self._places.get((name, address), True)

    @cached_property
    def _places(self) -> dict[tuple[str, str], bool]:
        """Return of each destination and address whether anybody there is confirmed.

        Whoever is no contact any more is not among them: the guard refuses what is not a withdrawal.
        """
        found: dict[tuple[str, str], bool] = {}
        for each in self.relay.operator.contacts:
            place = (each.destination, each.address or "")
            found[place] = found.get(place, False) or self.confirmed_on(each) is not None
        return found

    @cached_property
    def _by_code(self) -> dict[tuple[str, str, str], datetime]:
        return self.relay.store.safety.confirmed()

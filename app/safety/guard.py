"""The last look before a message leaves: whether it is still allowed, agreed, and for the body it was made for.

What is made is checked when it is made and again by every run; this is for what changed in between, and for whatever
was put into the outbox by another way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from app.routing import column_of, lapsed, not_allowed, organisation_of
from app.safety.kinds import WITHDRAWAL, is_about_pupil
from config.models import Destination
from config.operators import Operator
from config.placements import Placement
from mapping.school_days import school_date
from outbox.channels.base import Channel, Finding
from outbox.messages import Blame, Message, NotFound, Outcome, Receipt, Refused


class Facts(Protocol):
    """What is known of a message when it is about to leave."""

    @property
    def destination(self) -> str: ...  # noqa: D102
    @property
    def address(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFor:
    """For whom a notice was made, and the pupil's placement as it is now (none: the pupil is not placed any more)."""

    role: str
    organisation: str
    placement: Placement | None


def still_agreed(operator: Operator, facts: Facts, day: date, made_for: MadeFor | None = None) -> str | None:
    """Return why a message must not leave on a day, in one sentence without personal data; none when it may.

    ``made_for`` is given for a notice about a pupil, where the caller can look it up.
    """
    destination = next((each for each in operator.destinations if each.id == facts.destination), None)
    if destination is None:
        return f"destination {facts.destination} is no longer in relay.toml: tell it by other means"
    if why := not_allowed(operator, destination, facts.address):
        return why
    if not operator.safety.reaches(destination.id, facts.address):
        return "this is a trial: only the addresses and destinations named in [safety] are reached"
    # Whoever was told wrongly is put right, with or without an agreement (UK GDPR Art 19).
    if not is_about_pupil(facts.kind) or facts.kind == WITHDRAWAL:
        return None
    return _about_pupil(operator, destination, facts, day) or (_another(operator, made_for) if made_for else None)


def _about_pupil(operator: Operator, destination: Destination, facts: Facts, day: date) -> str | None:
    if not destination.is_agreed_on(day):
        return lapsed(destination)
    if facts.kind.startswith("feed."):
        return undated(operator, destination)
    there = {(each.destination, each.address or "") for each in operator.contacts}
    if (facts.destination, facts.address) not in there:
        return f"contacts.csv no longer has this recipient at destination {destination.id}: add it, or cancel this"
    return None


def undated(operator: Operator, destination: Destination) -> str | None:
    """Return why a feed may not go to a destination outside the provider: it has no date of agreement."""
    if destination.agreed_on or destination.organisation == operator.provider.id:
        return None
    return f"destination {destination.id} has no agreed_on: give the date of its agreement in relay.toml"


def _another(operator: Operator, made_for: MadeFor) -> str | None:
    column = column_of(made_for.role)
    if column is None or organisation_of(operator, made_for.role, made_for.placement) == made_for.organisation:
        return None
    return f"placements.csv no longer names this {column} for the pupil: it was made for somebody else"


@dataclass(frozen=True, kw_only=True)
class GuardedChannel:
    """A channel that refuses what must not leave. It reads no database, so that any thread may send through it."""

    inner: Channel
    operator: Operator
    clock: Callable[[], datetime]

    @property
    def longest(self) -> timedelta:
        """Return how long one message may take."""
        return self.inner.longest

    def send(self, message: Message) -> Outcome:
        """Send what is still agreed."""
        why = still_agreed(self.operator, message, school_date(self.clock()))
        return Refused(Blame.MESSAGE, why) if why else self.inner.send(message)

    def find(self, message: Message) -> Outcome | NotFound | None:
        """Ask for an earlier attempt."""
        return self.inner.find(message)

    def follow(self, waiting: Sequence[Message]) -> Iterable[Receipt]:
        """Return what has become of messages."""
        return self.inner.follow(waiting)

    def check(self) -> tuple[Finding, ...]:
        """Connect and deliver nothing."""
        return self.inner.check()

    def close(self) -> None:
        """Close it."""
        self.inner.close()

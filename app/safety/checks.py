"""What `check` says about safety: the mode, the allowed domains, who is confirmed and who is not."""

from collections.abc import Iterator
from datetime import date

from app.check_lines import Line
from app.safety.guard import undated
from app.safety.holding import Holding
from app.wiring import Relay
from mapping.school_days import school_date
from rules.wording import count_of

_DAYS_A_MONTH = 30.44


def lines(relay: Relay) -> Iterator[Line]:
    """Yield what a person should know before messages about children leave."""
    safety = relay.operator.safety
    if safety.is_trial:
        named = len(safety.trial_addresses) + len(safety.trial_destinations)
        who = f"only the {count_of(named, 'recipient')} named in [safety] {'is' if named == 1 else 'are'} reached"
        yield Line(subject="TRIAL", is_ok=None, message=who)
    if not safety.allowed_domains:
        message = "allowed_domains is empty: an address with a slip of the pen could be anybody's"
        yield Line(subject="safety", is_ok=None, message=message)
    yield from _feeds(relay)
    yield from _contacts(relay)


def _feeds(relay: Relay) -> Iterator[Line]:
    for name in dict.fromkeys(feed.destination for feed in relay.operator.feeds):
        destination = relay.operator.destination(name)
        if undated(relay.operator, destination):
            message = "has no agreed_on: no feed is made for it until relay.toml gives the date of its agreement"
            yield Line(subject=f"destination {name}", is_ok=False, message=message)
        if destination.confirmed_on is None:
            message = "has no confirmed_on: its feeds wait until relay.toml says when the receiver confirmed it"
            yield Line(subject=f"destination {name}", is_ok=False, message=message)


def _contacts(relay: Relay) -> Iterator[Line]:
    holding, today = Holding(relay=relay), school_date(relay.now())
    for contact in relay.operator.contacts:
        confirmed_on = holding.confirmed_on(contact)
        subject = f"contact {contact.role} of {contact.organisation}"
        if confirmed_on is None:
            message = "nobody has confirmed this recipient: what is about a pupil waits until somebody does"
            yield Line(subject=subject, is_ok=None, message=message)
        elif _is_old(confirmed_on, today, relay.operator.safety.confirm_months):
            message = f"was last confirmed on {confirmed_on}: ask again whether the address is right"
            yield Line(subject=subject, is_ok=None, message=message)


def _is_old(confirmed_on: date, today: date, months: int) -> bool:
    return (today - confirmed_on).days > months * _DAYS_A_MONTH

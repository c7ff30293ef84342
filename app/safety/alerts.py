"""Messages of the relay itself to people: alerts to the provider's own staff, and the request to confirm an address.

None of them says anything about a child.
"""

from dataclasses import dataclass
from email.headerregistry import Address

from app.routing import Route, routes
from app.safety.holding import Holding
from app.wiring import Relay
from mapping.school_days import school_date
from outbox.alerts import Alert, compose_alert, compose_alert_email
from outbox.channels.registry import CHANNELS
from outbox.messages import CLOUD_EVENT, EMAIL, Draft, message_id, spoken_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a message of the relay says: a heading, what is the matter, what to do."""

    heading: str
    text: str
    todo: str


#: Who is told at once when something is held; nobody waits for the admin to look.
WATCHERS = ("admin", "dsl")


def raise_alert(relay: Relay, roles: tuple[str, ...], words: Words, *, key: str) -> int:
    """Enqueue an alert to the provider's own people in these roles, once for each ``key``; returns to how many.

    A role that nobody has in contacts.csv is passed over: ``check`` says so.
    """
    found = routes(relay.operator, roles, None, school_date(relay.now()))
    return sum(
        _enqueue(relay, route, words, key=f"{key}/{route.role}/{number}", kind="alert")
        for number, route in enumerate(found)
        if isinstance(route, Route)
    )


def ask(relay: Relay, route: Route, words: Words, *, key: str) -> bool:
    """Enqueue a request to one recipient; false when it was asked before."""
    return _enqueue(relay, route, words, key=key, kind="contact.confirm")


def _enqueue(relay: Relay, route: Route, words: Words, *, key: str, kind: str) -> bool:
    # Asked at every round: what is known is not written again only to be thrown away.
    known = relay.store.messages.by_key(key) is not None
    return not known and relay.store.messages.enqueue(_draft(relay, route, words, key=key, kind=kind))


def _draft(relay: Relay, route: Route, words: Words, *, key: str, kind: str) -> Draft:
    identifier = message_id(relay.key, key)
    alert = Alert(
        message_id=identifier,
        reference=spoken_reference(identifier),
        heading=words.heading,
        text=words.text,
        requested_action=words.todo,
        sender_id=relay.operator.provider.id,
        created_at=relay.now(),
        is_trial=relay.operator.safety.is_trial,
    )
    is_email = CHANNELS[route.destination.channel].notices_as == EMAIL
    return Draft(
        id=identifier,
        idempotency_key=key,
        destination=route.destination.id,
        address=route.contact.address or "",
        ordering_key=key,
        kind=kind,
        content_type=EMAIL if is_email else CLOUD_EVENT,
        payload=_email(relay, route, alert) if is_email else compose_alert(alert),
        subject_ref=alert.reference,
        created_at=alert.created_at,
        hold=Holding(relay=relay).of(route, is_about_pupil=False),
    )


def _email(relay: Relay, route: Route, alert: Alert) -> bytes:
    sender = relay.channel_settings[route.destination.id].sender
    return compose_alert_email(
        alert,
        Address(relay.operator.provider.name, addr_spec=sender),
        route.contact.address or "",
        environment=relay.templates,
    )

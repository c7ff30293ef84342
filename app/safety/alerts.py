"""Messages of the relay itself to people: alerts to the provider's own staff, and the request to confirm an address.

None of them says anything about a child.
"""

from dataclasses import dataclass

from app.notices.writing import Writer
from app.routing import Route, routes
from app.wiring import Relay
from mapping.school_days import school_date


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
    if relay.store.messages.by_key(key) is not None:
        return False
    writer = Writer(relay=relay)
    return writer.enqueue(writer.word(route, key, kind=kind, says=(words.heading, words.text, words.todo)))

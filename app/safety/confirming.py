"""Making sure that an address is right before anything about a child goes there.

Whoever is new in contacts.csv gets one message with a code and nothing else. The code comes back by telephone or mail
and is entered with `contacts confirm`; or somebody who has made sure fills in ``confirmed_on``.
"""

from app.people.answers import Answer, done, refused
from app.routing import Route
from app.safety.alerts import WATCHERS, Words, ask, raise_alert
from app.safety.holding import UNCONFIRMED, Holding
from app.wiring import Relay
from config.contacts import Contact
from mapping.school_days import school_date
from outbox.messages import message_id, spoken_reference, typed_reference
from rules.wording import count_of


def code_of(relay: Relay, contact: Contact) -> str:
    """Return the code that only whoever reads the address can know; always the same for one address and body."""
    return spoken_reference(message_id(relay.key, f"confirm/code/{_place(contact)}"))


def ask_everybody(relay: Relay) -> int:
    """Ask every address of contacts.csv that nobody has confirmed, once; returns how many were asked now."""
    operator, safety = relay.operator, relay.operator.safety
    today = school_date(relay.now())
    asked = 0
    for contact in Holding(relay=relay).unconfirmed():
        destination = operator.destination(contact.destination)
        # A place without an address is set up with its receiver by hand: its confirmed_on says that this was done.
        if contact.address and destination.is_agreed_on(today) and safety.reaches(destination.id, contact.address):
            route = Route(
                role=contact.role, organisation=contact.organisation, contact=contact, destination=destination
            )
            asked += ask(relay, route, _request(relay, contact), key=f"confirm/{_place(contact)}")
    return asked


def _request(relay: Relay, contact: Contact) -> Words:
    provider = relay.operator.provider
    return Words(
        heading="Please confirm this address",
        text=f"{provider.name} will send attendance notices to this address, as {contact.role.replace('_', ' ')} of "
        f"{contact.organisation}. They are about children, so none is sent before you say that the address is right. "
        "If you do not know us, or the role is not yours, please tell us.",
        todo=f"Write to {provider.contact_email} or ring {provider.contact_phone} and give the code "
        f"{code_of(relay, contact)}.",
    )


def confirm(relay: Relay, address: str, *, code: str, by: str) -> Answer:
    """Confirm the contacts at an address whose code this is, and let what waits for them leave."""
    here = [each for each in relay.operator.contacts if each.address and each.address.lower() == address.lower()]
    if not here:
        return refused("contacts.csv has no such address: correct it there first")
    meant = [each for each in here if code_of(relay, each) == typed_reference(code)]
    if not meant:
        return refused("that is not the code that was sent to this address: ask for it again")
    with relay.store.transaction():
        for each in meant:
            relay.store.safety.confirm(each.destination, each.address or "", each.organisation, at=relay.now(), by=by)
    bodies = ", ".join(sorted({each.organisation for each in meant}))
    return done(f"confirmed for {bodies}: what waits for it leaves with the next delivery")


def tell_of_waiting(relay: Relay) -> None:
    """Tell the admin and the safeguarding lead the same minute that something about a pupil waits for an address."""
    waiting = relay.store.messages.held(UNCONFIRMED)
    if not waiting:
        return
    places = sorted({(each.destination, each.address) for each in waiting})
    notices = sum(each.kind.startswith("notice.") for each in waiting)
    today, digest = school_date(relay.now()), message_id(relay.key, f"{places}")
    names = ", ".join(sorted({each.destination for each in waiting}))
    words = Words(
        heading="Messages wait for an unconfirmed address",
        text=f"{count_of(len(waiting), 'message')}, {count_of(notices, 'notice')} among them, "
        f"{'waits' if len(waiting) == 1 else 'wait'} for {count_of(len(places), 'recipient')} "
        f"at destination {names} whom nobody has confirmed. Until then nothing about a pupil is sent there.",
        todo="Ring whoever must know today. Then confirm the address: `attendance-relay hold show unconfirmed`.",
    )
    raise_alert(relay, WATCHERS, words, key=f"alert/unconfirmed/{today}/{digest}")


def _place(contact: Contact) -> str:
    return f"{contact.destination}/{contact.address}/{contact.organisation}"

"""Who gets what about a pupil: a role becomes the contacts that may have it, or the sentence that says why nobody can.

A child's data goes to the child's own authority, commissioner and home school, never to another one. What cannot be
routed is not sent to somebody near: it waits, and says what is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from config.contacts import Contact
from config.models import Destination
from config.operators import Operator
from config.placements import WORKERS, Placement
from config.safety import domain_of, hosts_of

#: Roles outside the provider, and the column of placements.csv that names their organisation for a pupil.
_ORGANISATIONS = {
    "local_authority": "la_code",
    "education_welfare_officer": "la_code",
    "virtual_school": "la_code",
    "commissioner": "commissioner",
    "home_school": "home_school_urn",
    "home_school_dsl": "home_school_urn",
}


#: Every column of placements.csv that says whom a pupil's notices go to.
COLUMNS = tuple(dict.fromkeys((*_ORGANISATIONS.values(), *WORKERS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One recipient of one notice: the contact, where it is reached, and the role it is told in.

    ``organisation`` is the body that the pupil's placement names for the role, or the worker's key.
    """

    role: str
    organisation: str
    contact: Contact
    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """Nobody may be told in this role; ``reason`` names the file and what to add."""

    role: str
    reason: str


def routes(
    operator: Operator, roles: Iterable[str], placement: Placement | None, day: date, *, team: str | None = None
) -> list[Route | Unrouted]:
    """Return where a notice to these roles goes on a day; one address gets it once, in the first role that names it.

    ``placement`` is the pupil's on that day, or none for what concerns the provider alone. ``team`` is the key of the
    one contact of the local authority that takes it, where its profile names one.
    """
    found: list[Route | Unrouted] = []
    taken: set[tuple[str, str | None]] = set()
    for role in roles:
        found_of_role = _of_role(operator, role, placement, day)
        for route in _of_team(found_of_role, team) if role == "local_authority" and team else found_of_role:
            if isinstance(route, Route):
                address = (route.destination.id, route.contact.address)
                if address in taken:
                    continue
                taken.add(address)
            found.append(route)
    return found


def _of_role(operator: Operator, role: str, placement: Placement | None, day: date) -> list[Route | Unrouted]:
    organisation = organisation_of(operator, role, placement)
    if organisation is None:
        return [Unrouted(role=role, reason=_nobody(role, placement))]
    contacts = [
        contact
        for contact in operator.contacts
        if contact.role == role and organisation in {contact.organisation, contact.key if role in WORKERS else None}
    ]
    if not contacts:
        return [
            Unrouted(
                role=role, reason=f"contacts.csv has no row for role {role} of organisation {organisation}: add it"
            )
        ]
    return [_agreed(operator, contact, organisation, day) for contact in contacts]


def _of_team(found: list[Route | Unrouted], team: str) -> list[Route | Unrouted]:
    """Leave the one contact that an authority's profile names; it is not sent to another team instead."""
    theirs: list[Route | Unrouted] = [
        route for route in found if isinstance(route, Route) and route.contact.key == team
    ]
    if theirs or any(isinstance(route, Unrouted) for route in found):
        return theirs or found
    return [Unrouted(role="local_authority", reason=_no_team(team))]


def _no_team(team: str) -> str:
    return f"contacts.csv has no local_authority at {team}, the ten_day_contact of the authority's profile: add it"


def _agreed(operator: Operator, contact: Contact, organisation: str, day: date) -> Route | Unrouted:
    destination = operator.destination(contact.destination)
    if not destination.is_agreed_on(day):
        return Unrouted(role=contact.role, reason=lapsed(destination))
    if why := not_allowed(operator, destination, contact.address or ""):
        return Unrouted(role=contact.role, reason=why)
    return Route(role=contact.role, organisation=organisation, contact=contact, destination=destination)


def lapsed(destination: Destination) -> str:
    """Say that the agreement with a destination is over."""
    return f"the agreement of destination {destination.id} ended on {destination.agreement_until}: renew it"


def not_allowed(operator: Operator, destination: Destination, address: str) -> str | None:
    """Return why nothing at all may be sent to a place: it is outside the allowed domains."""
    hosts = [domain_of(address)] if address else hosts_of(destination.settings).values()
    if all(operator.safety.allows(host) for host in hosts if host):
        return None
    where = "outside safety.allowed_domains of relay.toml"
    return f"destination {destination.id}: the receiver is {where}: tell it by other means"


def organisation_of(operator: Operator, role: str, placement: Placement | None) -> str | None:
    """Return whose contact a role means: of the pupil's own bodies, one worker's key, or the provider itself."""
    if role in _ORGANISATIONS or role in WORKERS:
        column = _ORGANISATIONS.get(role, role)
        return getattr(placement, column) if placement else None
    return operator.provider.id


def column_of(role: str) -> str | None:
    """Return the column of placements.csv that names a role's organisation; none for the provider's own people."""
    return role if role in WORKERS else _ORGANISATIONS.get(role)


def _nobody(role: str, placement: Placement | None) -> str:
    column = _ORGANISATIONS.get(role, role)
    if placement is None:
        return f"a notice that concerns no pupil cannot go to role {role}: take the role out of the rule"
    return f"placements.csv gives pupil {placement.pupil_id} no {column}: add it"

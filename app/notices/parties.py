"""The parties that notices and documents name alike: the provider that sends, the school of a child, who holds what."""

from app.wiring import Relay
from config.placements import Placement
from outbox.notice import HeldBy
from outbox.notice_parts import HomeSchool, Sender


def sender(relay: Relay, *, is_named: bool) -> Sender:
    """Return the provider; ``is_named`` adds the person to ask for, whom referrals and documents name, not notices."""
    provider = relay.operator.provider
    return Sender(
        organisation=provider.name,
        id=provider.id,
        contact_role=provider.contact_role,
        phone=provider.contact_phone,
        email=provider.contact_email,
        contact_name=(provider.contact_name or "") if is_named else "",
    )


def home_school(placement: Placement) -> HomeSchool | None:
    """Return the school that a pupil is on the roll of, where there is one."""
    urn = placement.home_school_urn
    return HomeSchool(urn=urn, laestab="", name=placement.home_school or "") if urn else None


def held_by(placement: Placement) -> HeldBy:
    """Return who holds what the provider has not got about a pupil."""
    return HeldBy.HOME_SCHOOL if placement.home_school_urn else HeldBy.RESPONSIBLE_LA

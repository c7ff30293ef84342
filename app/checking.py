"""``check``: would it run? Every credential, permission, code and route is tried, and nothing is pulled or sent."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.alerts.raising import admins
from app.check_lines import Line
from app.crosswalk import contradictions
from app.crosswalk_proposals import open_proposals
from app.documents.trial import unfillable
from app.layouts import layout_of, sample, sample_name
from app.notices.referring import profile
from app.reading import Site
from app.routing import Route, Unrouted, routes
from app.safety import checks
from app.wiring import Relay
from config.models import Destination
from config.placements import Placement
from connectors.base import PullFailed
from mapping.school_days import school_date
from outbox.feed_rows import Profile
from rules.model import ActionKind
from rules.policy import Policy
from rules.wording import count_of

_SOON = timedelta(days=30)


def check(relay: Relay) -> Iterator[Line]:
    """Yield a line for everything looked at, the configuration's own warnings first."""
    for each in relay.operator.warnings:
        yield Line(subject=each.file, is_ok=None, message=str(each).removeprefix(f"{each.file}: "))
    yield from checks.lines(relay)
    for site in relay.sites.values():
        yield from _school(relay, site)
    for destination in relay.operator.destinations:
        for finding in relay.channels[destination.id].check():
            yield Line(
                subject=f"destination {destination.id}: {finding.subject}", is_ok=finding.ok, message=finding.message
            )
        yield from _certificate(relay, destination.id)
        yield from _layout(relay, destination)
        yield from _agreement(destination.id, destination.agreement_until, school_date(relay.now()))
    yield from _admin(relay)
    yield from _unroutable(relay)
    for name, why in unfillable(relay):
        yield Line(subject=f"templates/documents/{name}", is_ok=False, message=why)
    yield from _unmapped(relay)


def _school(relay: Relay, site: Site) -> Iterator[Line]:
    subject, today = f"school {site.id}", school_date(relay.now())
    if not site.roll:
        yield Line(subject=subject, is_ok=None, message="has nobody in placements.csv: its marks cannot be matched")
    if not site.calendar.days or site.calendar.days[-1] < today:
        message = f"calendar {site.school.calendar} has no school day left: add the next term"
        yield Line(subject=subject, is_ok=False, message=message)
    try:
        findings = relay.connector(site).check()
    except (PullFailed, ValueError) as failure:
        yield Line(subject=subject, is_ok=False, message=str(failure))
        return
    for finding in findings:
        yield Line(subject=f"{subject}: {finding.subject}", is_ok=finding.ok, message=finding.message)


def _layout(relay: Relay, destination: Destination) -> Iterator[Line]:
    """Show how a receiver's own layout writes a row of a made-up pupil."""
    layout = layout_of(destination.layout, relay.operator.library.layouts[destination.layout])
    if not layout.is_standard:
        row = sample(layout, Profile(destination.profile))
        message = f"writes {sample_name(layout)} with rows as: {row}"
        yield Line(subject=f"destination {destination.id}: layout {layout.name}", is_ok=True, message=message)


def _agreement(destination: str, until: date | None, today: date) -> Iterator[Line]:
    if until is not None and until < today:
        message = f"its agreement ended on {until}: nothing about a pupil is sent there until it is renewed"
        yield Line(subject=f"destination {destination}", is_ok=False, message=message)
    elif until is not None and until < today + _SOON:
        yield Line(subject=f"destination {destination}", is_ok=None, message=f"its agreement ends on {until}: renew it")


def _certificate(relay: Relay, destination: str) -> Iterator[Line]:
    """Say that a certificate files are encrypted for runs out: its owner may then refuse to open them."""
    seal, now = relay.seals.get(destination), relay.now()
    if seal is None or seal.expires_at is None or seal.expires_at > now + _SOON:
        return
    has_expired = seal.expires_at <= now
    message = f"{'expired' if has_expired else 'expires'} on {seal.expires_at:%Y-%m-%d}: ask its owner for the new one"
    yield Line(subject=f"destination {destination}: certificate", is_ok=False if has_expired else None, message=message)


def _admin(relay: Relay) -> Iterator[Line]:
    """Say whether anybody would be told of a dead letter."""
    if not admins(relay):
        message = (
            f"contacts.csv has no row for role admin of organisation {relay.operator.provider.id}: add it, or nobody "
            "is told of a dead letter"
        )
        yield Line(subject="alerts", is_ok=False, message=message)


def _unroutable(relay: Relay) -> Iterator[Line]:
    """Say once for each reason why some pupil's notice would find nobody, with how many pupils it concerns."""
    today, reasons = school_date(relay.now()), dict[str, int]()
    for site in relay.sites.values():
        policy = site.evaluator.policy
        for placement in relay.operator.placements_of(site.id):
            roles = sorted(_told(policy, placement.flags))
            day = max(today, placement.start_date)
            for route in (*routes(relay.operator, roles, placement, day), *_ten_day_route(relay, placement, day)):
                if isinstance(route, Unrouted):
                    reasons[route.reason] = reasons.get(route.reason, 0) + 1
    for reason, pupils in sorted(reasons.items()):
        yield Line(subject="routes", is_ok=False, message=f"{reason} (pupils concerned: {pupils})")


def _ten_day_route(relay: Relay, placement: Placement, day: date) -> Iterator[Route | Unrouted]:
    """Yield where a referral goes, where the profile of the pupil's authority names the team that takes it."""
    authority = profile(relay.operator, placement)
    if authority and authority.ten_day_contact:
        yield from routes(relay.operator, ["local_authority"], placement, day, team=authority.ten_day_contact)


def _told(policy: Policy, flags: frozenset[str]) -> set[str]:
    """Return the roles that a policy may tell about a pupil with these flags."""
    always = {role for each in policy.also_tell if not each.flags.isdisjoint(flags) for role in each.to}
    return always | {
        role
        for rule in policy.rules
        if flags in rule.population
        for action in rule.then
        if action.kind in {ActionKind.NOTICE, ActionKind.REFERRAL}
        for role in action.to
    }


def _unmapped(relay: Relay) -> Iterator[Line]:
    """Say what of earlier pulls waits in quarantine, and why."""
    for site in relay.sites.values():
        held = relay.store.quarantine.held(site.id)
        if held:
            message = f"{count_of(len(held), 'row')} in quarantine, the oldest because {held[0].row.reason}"
            yield Line(subject=f"school {site.id}", is_ok=None, message=message)
        yield from _crosswalk(relay, site)


def _crosswalk(relay: Relay, site: Site) -> Iterator[Line]:
    """Say how many of the platform's pupils wait for a person, and where an approved link contradicts the file."""
    subject, waiting = f"school {site.id}: crosswalk", open_proposals(relay, site)
    if waiting:
        marks, suggested = sum(each.marks for each in waiting), sum(each.pupil_id is not None for each in waiting)
        message = (
            f"{count_of(len(waiting), 'pupil')} of the platform with {count_of(marks, 'held mark')} to be matched by a "
            f"person, {suggested} with a suggestion: see `crosswalk list`"
        )
        yield Line(subject=subject, is_ok=None, message=message)
    for said in contradictions(relay, site):
        yield Line(subject=subject, is_ok=None, message=said)

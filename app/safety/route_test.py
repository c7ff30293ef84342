"""`check --pupil`: who is told what about one pupil, by which way, on which legal basis, before anybody is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.notices.referring import profile, team_key
from app.people.approving import is_approved
from app.reading import Site
from app.routing import Route, Unrouted, routes
from app.safety import fields
from app.safety.holding import Holding
from app.wiring import Relay
from config.models import Destination
from config.placements import Placement
from mapping.school_days import school_date
from outbox.channels.registry import CHANNELS
from outbox.messages import EMAIL
from outbox.notice import Kind
from rules.model import Action, ActionKind
from rules.policy_model import Rule


class Unknown(LookupError):  # noqa: N818 - a fact about the files
    """The pupil or the rule is not there; the sentence says what is."""


@dataclass(frozen=True, kw_only=True)
class RouteTest:
    """The routes of one pupil as the files and the policy are today."""

    relay: Relay
    pupil_id: str
    #: One rule of the policy by its id, or all of them.
    rule: str | None = None

    def told(self) -> list[dict[str, Any]]:
        """Return a row for each recipient of each notice; ``gets`` names the form, ``fields`` what it holds."""
        return [row for site, placement in self._places() for row in self._of_place(site, placement)]

    def feeds(self) -> list[dict[str, Any]]:
        """Return a row for each daily feed that the pupil is in."""
        return [
            self._feed(self.relay.operator.destination(feed.destination))
            for feed in self.relay.operator.feeds
            for _, placement in self._places()
            if getattr(placement, feed.selector[0]) == feed.selector[1]
        ]

    def _places(self) -> list[tuple[Site, Placement]]:
        today = school_date(self.relay.now())
        found = [
            (site, placement)
            for site in self.relay.sites.values()
            for placement in self.relay.operator.placements_of(site.id)
            if placement.pupil_id == self.pupil_id
        ]
        if not found:
            raise Unknown(f"pupil {self.pupil_id}: placements.csv has no such pupil_id")
        return [each for each in found if each[1].holds_on(today)] or found[-1:]

    def _of_place(self, site: Site, placement: Placement) -> Iterator[dict[str, Any]]:
        for rule in self._rules(site, placement):
            for action in rule.then:
                if action.kind in {ActionKind.NOTICE, ActionKind.REFERRAL}:
                    yield from self._of_action(rule, action, placement)

    def _rules(self, site: Site, placement: Placement) -> list[Rule]:
        policy = site.evaluator.policy
        if self.rule is not None and self.rule not in {rule.id for rule in policy.rules}:
            there = ", ".join(sorted(rule.id for rule in policy.rules))
            raise Unknown(f"--stage {self.rule}: policy {policy.id} has no such rule; there are {there}")
        # A register that is not complete is told of without a word about a pupil.
        of_pupils = [rule for rule in policy.rules if rule not in site.evaluator.register_rules]
        return [rule for rule in of_pupils if placement.flags in rule.population and self.rule in {None, rule.id}]

    def _of_action(self, rule: Rule, action: Action, placement: Placement) -> Iterator[dict[str, Any]]:
        operator, today = self.relay.operator, school_date(self.relay.now())
        team = team_key(action, profile(operator, placement))
        kinds = self._kinds(action, placement)
        for route in routes(operator, action.to, placement, today, team=team):
            for kind, when in kinds:
                what = {"rule": rule.id, "gets": kind.value, "when": when, "role": route.role}
                yield what | self._recipient(route, kind)

    def _kinds(self, action: Action, placement: Placement) -> list[tuple[Kind, str]]:
        """Return what an action sends, and when: a referral that waits for somebody goes out as a notification."""
        given = is_approved(self.relay, action, placement.la_code)
        if action.kind is ActionKind.NOTICE:
            return [(Kind.NOTIFICATION, "at once" if given else "once approved")]
        if given:
            return [(Kind.REFERRAL, "at once")]
        return [(Kind.NOTIFICATION, "at once"), (Kind.REFERRAL, "once approved")]

    def _recipient(self, route: Route | Unrouted, kind: Kind) -> dict[str, Any]:
        if isinstance(route, Unrouted):
            return _nobody(route.reason)
        contact, destination = route.contact, route.destination
        form = CHANNELS[destination.channel].notices_as
        return {
            "organisation": route.organisation,
            "by": destination.id,
            "to": _masked(contact.address or ""),
            "legal_basis": contact.legal_basis or destination.legal_basis,
            "agreement": contact.agreement or destination.agreement,
            "agreed_on": contact.agreed_on or destination.agreed_on,
            "waits_for": Holding(relay=self.relay).of(route) or None,
            "form": "email" if form == EMAIL else "event",
            "fields": fields.of_notice(kind, form, self.relay.templates),
        }

    def _feed(self, destination: Destination) -> dict[str, Any]:
        return {
            "by": destination.id,
            "organisation": destination.organisation,
            "profile": destination.profile,
            "legal_basis": destination.legal_basis,
            "agreement": destination.agreement,
            "agreed_on": destination.agreed_on,
            "until": destination.agreement_until,
            "waits_for": Holding(relay=self.relay).of_feed(destination) or None,
            "fields": fields.of_feed(destination.profile),
        }


def _nobody(reason: str) -> dict[str, Any]:
    names = ("organisation", "by", "to", "legal_basis", "agreement", "agreed_on")
    return dict.fromkeys(names) | {"waits_for": reason, "form": None, "fields": ()}


def _masked(address: str) -> str:
    """Return enough of an address to recognise it by: its first letter and its domain."""
    return f"{address[0]}...@{address.rpartition('@')[2]}" if address else ""

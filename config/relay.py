"""relay.toml: provider, times, limits, safety, schools, destinations and feeds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from config.checking import Complain, known, parse
from config.documents import Document
from config.fields import Table
from config.models import (
    LONGEST_REGISTER_MINUTES,
    Destination,
    Feed,
    Health,
    Limits,
    Provider,
    Retention,
    School,
    Times,
)
from config.problems import suggestion
from config.safety import Safety, check_safety

_SINGLE = {
    "provider": Provider,
    "times": Times,
    "limits": Limits,
    "safety": Safety,
    "health": Health,
    "retention": Retention,
}
_SEVERAL = {"school": School, "destination": Destination, "feed": Feed}
AnyTable = TypeVar("AnyTable", bound=Table)


class HasId(Protocol):
    """A table that others name by its id."""

    @property
    def id(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The tables of relay.toml that are in order, each list by the key it stands at (``school[1]``)."""

    document: Document
    provider: Provider | None
    times: Times
    limits: Limits
    health: Health
    retention: Retention
    safety: Safety
    schools: dict[str, School]
    destinations: dict[str, Destination]
    feeds: dict[str, Feed]

    @property
    def own_id(self) -> str:
        """The provider's id, also where its table is not in order."""
        provider = self.document.content.get("provider")
        return str(provider.get("id")) if isinstance(provider, dict) else ""

    def raw(self, kind: str) -> list[tuple[str, dict[str, object]]]:
        """Return every table of a list as it was written, in order or not, with its key."""
        tables = self.document.content.get(kind)
        numbered = enumerate(tables if isinstance(tables, list) else [], start=1)
        return [(f"{kind}[{number}]", table) for number, table in numbered if isinstance(table, dict)]

    def ids(self, kind: str) -> set[str]:
        """Return every id of a list, in order or not, so that one mistake is reported once."""
        return {str(table.get("id")) for _, table in self.raw(kind)}


def read_relay(document: Document) -> Relay:
    """Read every table and check each by itself; what is wrong is told to the document."""
    names = [*_SINGLE, *_SEVERAL]
    for key in document.content:
        if key not in names:
            near = suggestion(key, names) or f": the tables are {', '.join(names)}"
            document.problem(key, f"is not a table of relay.toml{near}")
    relay = Relay(
        document=document,
        provider=_provider(document),
        times=_optional(Times, document, "times"),
        limits=_optional(Limits, document, "limits"),
        health=_optional(Health, document, "health"),
        retention=_optional(Retention, document, "retention"),
        safety=_optional(Safety, document, "safety"),
        schools=_several(School, document, "school"),
        destinations=_several(Destination, document, "destination"),
        feeds=_several(Feed, document, "feed"),
    )
    _check(relay)
    return relay


def _provider(document: Document) -> Provider | None:
    if "provider" not in document.content:
        document.problem("provider", "is missing: add a [provider] table with id, name and contact")
        return None
    return parse(Provider, document.content["provider"], document.within("provider"))


def _optional(model: type[AnyTable], document: Document, name: str) -> AnyTable:
    made = parse(model, document.content.get(name, {}), document.within(name))
    return made or model()


def _several(model: type[AnyTable], document: Document, name: str) -> dict[str, AnyTable]:
    tables = document.content.get(name, [])
    if not isinstance(tables, list):
        document.problem(name, f"is a list: write [[{name}]] with two brackets")
        return {}
    if not tables and name == "school":
        document.problem(name, "is missing: add a [[school]] table for each site")
    made = {}
    for number, table in enumerate(tables, start=1):
        key = f"{name}[{number}]"
        one = parse(model, table, document.within(key))
        if one is not None:
            made[key] = one
    return made


def _check(relay: Relay) -> None:
    problem = relay.document.problem
    _unique(relay.schools.items(), problem)
    _unique(relay.destinations.items(), problem)
    _check_times(relay.times, problem)
    _check_register(relay.document, "limits.register_open_minutes", relay.limits.register_open_minutes)
    for key, school in relay.schools.items():
        _check_register(relay.document, f"{key}.register_open_minutes", school.register_open_minutes or 0)
    for key, feed in relay.feeds.items():
        _check_feed(key, feed, relay)
    check_safety(relay.safety, relay.destinations.items(), problem, relay.document.warn)


def _unique(tables: Iterable[tuple[str, HasId]], problem: Complain) -> None:
    first: dict[str, str] = {}
    for key, table in tables:
        if table.id in first:
            problem(f"{key}.id", f"is also the id of {first[table.id]}: give each its own")
        first.setdefault(table.id, key)


def _check_times(times: Times, problem: Complain) -> None:
    if list(times.pull) != sorted(set(times.pull)):
        problem("times.pull", "must go from early to late, each time once")
    if times.provisional_feed <= times.pull[0]:
        problem("times.provisional_feed", "is not after the first pull: there would be nothing to send")
    if times.decide <= times.provisional_feed:
        problem("times.decide", "is not after the provisional feed: the day is judged when it is over")
    if times.final_feed < times.decide:
        problem("times.final_feed", "is before times.decide: the final feed would miss the day's decisions")


def _check_register(document: Document, key: str, minutes: int) -> None:
    if minutes > LONGEST_REGISTER_MINUTES:
        document.warn(key, f"is {minutes}: a register should close after {LONGEST_REGISTER_MINUTES} minutes at most")


def _check_feed(key: str, feed: Feed, relay: Relay) -> None:
    problem = relay.document.problem
    if len(feed.selectors) != 1:
        problem(key, "says whose pupils it holds by exactly one of la_code, commissioner and home_school_urn")
        return
    if feed.kind == "confirmation" and feed.home_school_urn is None:
        problem(key, "is a confirmation, which goes to a home school: say whose pupils by home_school_urn")
    if message := known(feed.destination, relay.ids("destination"), what="destination of this file"):
        problem(f"{key}.destination", message)
    twins = [other for other, one in relay.feeds.items() if _route(one) == _route(feed)]
    if twins[0] != key:
        problem(key, f"is the same feed as {twins[0]}: remove one")
    _check_receiver(key, feed, relay)


def _route(feed: Feed) -> tuple[str, str, dict[str, str]]:
    return feed.kind, feed.destination, feed.selectors


def _check_receiver(key: str, feed: Feed, relay: Relay) -> None:
    # A feed sent to another organisation than the one whose pupils it holds is a personal-data breach.
    selector, value = feed.selector
    own = {value, relay.own_id}
    for destination in relay.destinations.values():
        if destination.id == feed.destination and destination.organisation not in own:
            message = f"is not the organisation of destination {destination.id!r}: a feed goes to the body it is about"
            relay.document.problem(f"{key}.{selector}", message)

"""The three verbs: pull, decide, deliver. Each does what is due by the clock, and done twice does nothing more."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from app.delivering import deliver
from app.feeding import Published, publish
from app.judging.deciding import SchoolDecisions
from app.judging.deciding import decide as judge
from app.mark_changes.carrying import carry_out
from app.mark_changes.proposing import propose
from app.pulling import SchoolPull
from app.pulling import pull as read_registers
from app.reading import Site
from app.restoring import reconcile
from app.syncing import sync
from app.wiring import Relay

__all__ = ["Decided", "decide", "deliver", "pull"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one ``decide`` came to."""

    schools: tuple[SchoolDecisions, ...]
    feeds: Published

    @property
    def problems(self) -> list[str]:
        """Return a line for each school that could not be judged and each feed that could not be made."""
        return [f"{school.school}: {school.problem}" for school in self.schools if school.problem] + [
            *self.feeds.problems
        ]

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        return {"schools": [asdict(school) for school in self.schools], "feeds": asdict(self.feeds)}


def pull(relay: Relay, sites: Iterable[Site], *, seen: Callable[[int], object] = lambda _: None) -> list[SchoolPull]:
    """Pull every school given, each by itself; then carry out the changes of marks of those that were."""
    pulls = read_registers(relay, sites, seen=seen)
    carry_out(relay, (relay.sites[each.school] for each in pulls if not each.problem))
    return pulls


def decide(
    relay: Relay, sites: Iterable[Site] | None = None, *, seen: Callable[[int], object] = lambda _: None
) -> Decided:
    """Judge the schools given, or all, by the operator's files as they are; then make the feeds that are due."""
    reconcile(relay)
    sync(relay)
    judged = tuple(relay.sites.values() if sites is None else sites)
    schools = tuple(judge(relay, judged, seen=seen))
    propose(relay, judged)
    return Decided(schools=schools, feeds=publish(relay) if sites is None else Published())


def problems(pulls: Iterable[SchoolPull]) -> list[str]:
    """Return a line for each school that could not be pulled."""
    return [f"{each.school}: {each.problem}" for each in pulls if each.problem]

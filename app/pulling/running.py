"""One pull of many schools: asked at the same time, stored one by one in this thread, each in its own transaction."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TypeVar

from app.crosswalk import with_approved
from app.crosswalk_retry import retry_held
from app.mishaps import unforeseen
from app.pulling import reach, stops, unread
from app.pulling.fetching import Fetching, Hangs, Task
from app.pulling.model import Asked, SchoolPull
from app.pulling.storing import Storing
from app.reading import Site
from app.syncing import sync
from app.wiring import Relay
from connectors.base import Connector, PullFailed, Rejected, Window
from mapping.model import Pulled
from store.database import StoreError

Seen = Callable[[int], object]
T = TypeVar("T")


def pull(
    relay: Relay,
    sites: Iterable[Site],
    *,
    seen: Seen = lambda _: None,
    asked: Asked | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> list[SchoolPull]:
    """Pull every school given, each by itself; what the operator's files say now is written down before its marks.

    ``seen`` is called from one thread at a time with the number of further records; ``stop`` is asked between schools.
    Results come in the order of the schools given.
    """
    ordered = list(sites)
    round_ = _Round(relay=relay, seen=seen, asked=asked or Asked())
    results = round_.pull(ordered, stop)
    return [results.get(site.id) or _not_begun(site) for site in ordered]


@dataclass(kw_only=True)
class _Round:
    relay: Relay
    seen: Seen
    asked: Asked
    results: dict[str, SchoolPull] = field(default_factory=dict)
    _windows: dict[str, Window] = field(default_factory=dict)
    _connectors: dict[str, Connector] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def pull(self, sites: Iterable[Site], stop: Callable[[], bool]) -> dict[str, SchoolPull]:
        limits = self.relay.operator.limits
        fetching = Fetching[Pulled](
            at_once=limits.pulls_at_once,
            seconds=60 * limits.pull_minutes,
            busy=self.relay.busy,
            stop=stop,
            pulse=lambda: self._seen(0),
        )
        for name, answer in fetching.answers(self._tasks(sites), meanwhile=lambda: sync(self.relay)):
            site = self.relay.sites[name]
            self.results[name] = self._guarded(site, partial(self._store, site, answer))
        return self.results

    def _tasks(self, sites: Iterable[Site]) -> Iterator[Task[Pulled]]:
        for site in sites:
            match self._guarded(site, partial(self._prepared, site)):
                case Task() as task:
                    yield task
                case said:
                    self.results[site.id] = said

    def _prepared(self, site: Site) -> Task[Pulled] | SchoolPull:
        """Return a school's task, or why there is none."""
        now = self.relay.now()
        if site.id in self.relay.busy:
            problem = "its platform still has not answered the pull before; look at it, or start the relay again"
            return SchoolPull(school=site.id, problem=problem, may_retry=True)
        if not self.asked.by_hand and (alone := stops.left_alone(self.relay, site, now)):
            return SchoolPull(school=site.id, problem=alone[0], may_retry=alone[1])
        self._connectors[site.id] = connector = self.relay.connector(site)
        self._windows[site.id] = window = reach.window(self.relay, site, now, self.asked)
        return Task(name=site.id, work=lambda: connector.pull(window, seen=self._seen))

    def _store(self, site: Site, answer: Future[Pulled]) -> SchoolPull:
        pulled = answer.result()
        again = retry_held(self.relay, site)
        known = with_approved(self.relay, site)
        done = Storing(relay=self.relay, site=known, window=self._windows[site.id], now=self.relay.now()).store(pulled)
        self._connectors[site.id].committed()
        return replace(done, remarks=(*again, *self._unread(site), *done.remarks))

    def _unread(self, site: Site) -> tuple[str, ...]:
        left = self.relay.store.pulls.unread_of(site.id)
        return (unread.sentence(self.relay, left),) if left else ()

    def _guarded(self, site: Site, work: Callable[[], T]) -> T | SchoolPull:
        """Do one school's work; whatever goes wrong is its own."""
        try:
            return work()
        except StoreError:
            raise
        except Exception as failure:  # noqa: BLE001 - whatever it is, the other schools are pulled
            said = self._said(site, failure)
            self._remember(site, failure, said.problem or "")
            return said

    def _said(self, site: Site, failure: Exception) -> SchoolPull:
        match failure:
            case Hangs():
                minutes = self.relay.operator.limits.pull_minutes
                problem = f"its platform has not answered for {minutes} minutes; nothing of it was taken"
                return SchoolPull(school=site.id, problem=problem, may_retry=True)
            case PullFailed() | ValueError():
                problem = f"{type(failure).__name__}: {failure}"
                return SchoolPull(school=site.id, problem=problem, may_retry=not isinstance(failure, Rejected))
            case _:
                return SchoolPull(school=site.id, problem=unforeseen(failure))

    def _remember(self, site: Site, failure: Exception, says: str) -> None:
        now, window = self.relay.now(), self._windows.get(site.id)
        if isinstance(failure, PullFailed):
            stops.remember(self.relay, site, failure, now)
        if window is not None and unread.is_to_blame(window, failure):
            unread.remember(self.relay, site, window, says=says, now=now)

    def _seen(self, count: int) -> None:
        with self._lock:
            self.seen(count)


def _not_begun(site: Site) -> SchoolPull:
    return SchoolPull(school=site.id, problem="not asked: the relay was told to stop", may_retry=True)

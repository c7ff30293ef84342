"""The numbers of one moment, taken by the thread that owns the database, for any other thread to read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from app.wiring import Relay
from store.overview import Tally

#: The states in which messages are counted; a held one is pending, and counted apart.
STATES = ("pending", "held", "sending", "delivered", "dead", "cancelled")
#: What an attempt may come to. ``lapsed``: nobody said what came of it.
OUTCOMES = ("delivered", "deferred", "refused", "released", "lapsed")
_DELIVERED = "delivered"
Moments = Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Counts and times by destination or by school. Every destination and school of the folder is in each of them."""

    taken_at: datetime
    library: str
    messages: Mapping[tuple[str, str], int]
    dead_letters: Mapping[str, int]
    oldest_undelivered: Mapping[tuple[str, str], datetime]
    attempts: Mapping[tuple[str, str], int]
    replays: Mapping[str, int]
    last_success: Moments
    last_feed: Moments
    paused: Mapping[str, bool]
    pulled_at: Moments
    pull_tried_at: datetime | None
    quarantined: Mapping[str, int]


@dataclass(slots=True)
class Watcher:
    """Takes snapshots. Attempts are counted once and then only what is new: there may be millions of them."""

    _attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _replays: Counter[str] = field(default_factory=Counter)
    _last_success: dict[str, datetime] = field(default_factory=dict)
    _last_feed: dict[str, datetime] = field(default_factory=dict)
    _last_attempt: int = 0
    _last_intervention: int = 0

    def look(self, relay: Relay) -> Snapshot:
        """Return the numbers as they are now."""
        self._count_what_is_new(relay)
        store, destinations = relay.store, self._destinations(relay)
        schools = list(relay.sites)
        open_circuits = {circuit.destination for circuit in store.messages.circuits()}
        progress, quarantined = store.runs.all_progress(), store.quarantine.counts()
        pulls = store.runs.last("pull", "all")
        return Snapshot(
            taken_at=relay.now(),
            library=store.about().library,
            messages=_messages(relay, destinations),
            dead_letters=dict.fromkeys(destinations, 0) | store.overview.dead_letters(),
            oldest_undelivered=store.overview.oldest_by_kind(),
            attempts={(each, outcome): 0 for each in destinations for outcome in OUTCOMES} | self._attempts,
            replays=dict.fromkeys(destinations, 0) | self._replays,
            last_success={each: self._last_success.get(each) for each in destinations},
            last_feed={each.destination: self._last_feed.get(each.destination) for each in relay.operator.feeds},
            paused={each: each in open_circuits for each in destinations},
            pulled_at={each: progress[each].pulled_at if each in progress else None for each in schools},
            pull_tried_at=pulls.started_at if pulls else None,
            quarantined={each: quarantined.get(each, 0) for each in schools},
        )

    def _count_what_is_new(self, relay: Relay) -> None:
        overview = relay.store.overview
        self._last_attempt, tallies = overview.attempts_since(self._last_attempt)
        for tally in tallies:
            self._add(tally)
        self._last_intervention, replays = overview.replays_since(self._last_intervention)
        self._replays.update(replays)

    def _add(self, tally: Tally) -> None:
        self._attempts[tally.destination, tally.outcome] += tally.count
        if tally.outcome == _DELIVERED:
            _advance(self._last_success, tally)
            if tally.kind.startswith("feed"):
                _advance(self._last_feed, tally)

    def _destinations(self, relay: Relay) -> list[str]:
        """Return the destinations of the folder and those that only old messages know."""
        known = [each.id for each in relay.operator.destinations]
        return sorted({*known, *(destination for destination, _ in self._attempts)})


def _advance(moments: dict[str, datetime], tally: Tally) -> None:
    moments[tally.destination] = max(tally.latest_at, moments.get(tally.destination, tally.latest_at))


def _messages(relay: Relay, destinations: list[str]) -> dict[tuple[str, str], int]:
    counts = Counter({(each, state): 0 for each in destinations for state in STATES})
    counts.update(relay.store.messages.counts())
    for destination, held in relay.store.overview.held().items():
        counts[destination, "pending"] -= held
        counts[destination, "held"] += held
    return dict(counts)


def program_version() -> str:
    """Return the version that is installed; a checkout that is run as it stands has none."""
    try:
        return version("attendance-relay")
    except PackageNotFoundError:
        return "unknown"

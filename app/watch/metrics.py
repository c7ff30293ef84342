"""A snapshot as Prometheus reads it. Labels are ids of relay.toml, states and outcomes: never a message or a person."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from app.watch.snapshot import Snapshot, program_version

#: Version 0.0.4, which every scraper reads.
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_NEVER = " (0: never)"


def text(snapshot: Snapshot, beat_at: float | None) -> bytes:
    """Return the page of a snapshot; ``beat_at`` is when the scheduler turned last, in seconds since 1970."""
    return generate_latest(_registry(snapshot, beat_at))


def write(path: Path, snapshot: Snapshot, beat_at: float | None) -> None:
    """Write the page for node_exporter's textfile collector, which never sees half of it. May raise ``OSError``."""
    write_to_textfile(str(path), _registry(snapshot, beat_at))


def _registry(snapshot: Snapshot, beat_at: float | None) -> CollectorRegistry:
    # A registry of our own: the library's has the process's memory and threads in it, which nobody asked for.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(snapshot, beat_at))
    return registry


@dataclass(frozen=True, slots=True, eq=False)
class _Families(Collector):
    snapshot: Snapshot
    beat_at: float | None

    def collect(self) -> Iterator[Metric]:
        now = self.snapshot
        yield from _outbox(now)
        yield from _destinations(now)
        yield from _schools(now)
        yield _gauge(
            "attend_loop_heartbeat_timestamp_seconds", f"When the scheduler turned last{_NEVER}", [((), self.beat_at)]
        )
        taken = [((), now.taken_at.timestamp())]
        yield _gauge("attend_snapshot_timestamp_seconds", "When these numbers were taken", taken)
        about = {"version": program_version(), "sqlite": now.library}
        yield InfoMetricFamily("attend_build", "The program and its SQLite", value=about)


Sample = tuple[tuple[str, ...], float | None]


def _outbox(now: Snapshot) -> Iterator[Metric]:
    yield _gauge("attend_outbox_messages", "Messages by state", now.messages.items(), "destination", "state")
    dead = [((destination,), float(count)) for destination, count in now.dead_letters.items()]
    yield _gauge("attend_outbox_dead_letters", "Messages that wait for a person to do something", dead, "destination")
    yield _gauge(
        "attend_outbox_oldest_undelivered_timestamp_seconds",
        "Since when the oldest message that may leave has waited (no series: none waits)",
        _seconds(now.oldest_undelivered.items()),
        "destination",
        "kind",
    )
    yield _counter("attend_outbox_attempts", "Attempts by outcome", now.attempts.items(), "destination", "outcome")
    replays = [((destination,), count) for destination, count in now.replays.items()]
    yield _counter("attend_outbox_replays", "Messages sent again on a person's word", replays, "destination")


def _destinations(now: Snapshot) -> Iterator[Metric]:
    yield _gauge(
        "attend_destination_last_success_timestamp_seconds",
        f"When a destination took a message last{_NEVER}",
        _seconds(_keyed(now.last_success)),
        "destination",
    )
    yield _gauge(
        "attend_feed_last_accepted_timestamp_seconds",
        f"When a destination took a feed last{_NEVER}",
        _seconds(_keyed(now.last_feed)),
        "destination",
    )
    paused = [((destination,), float(is_paused)) for destination, is_paused in now.paused.items()]
    yield _gauge("attend_destination_circuit_open", "1 while a destination is left alone", paused, "destination")


def _schools(now: Snapshot) -> Iterator[Metric]:
    yield _gauge(
        "attend_connector_last_success_timestamp_seconds",
        f"When registers of a school were pulled last{_NEVER}",
        _seconds(_keyed(now.pulled_at)),
        "school",
    )
    tried = now.pull_tried_at.timestamp() if now.pull_tried_at else None
    yield _gauge(
        "attend_connector_last_attempt_timestamp_seconds",
        f"When the scheduler pulled last, with success or not{_NEVER}",
        [((school,), tried) for school in now.pulled_at],
        "school",
    )
    quarantined = [((school,), float(count)) for school, count in now.quarantined.items()]
    yield _gauge("attend_connector_quarantined_rows", "Rows that became no mark", quarantined, "school")


def _keyed(moments: Mapping[str, datetime | None]) -> list[tuple[tuple[str, ...], datetime | None]]:
    return [((name,), at) for name, at in moments.items()]


def _seconds(moments: Iterable[tuple[tuple[str, ...], datetime | None]]) -> list[Sample]:
    return [(labels, at.timestamp() if at else None) for labels, at in moments]


def _gauge(name: str, help_text: str, samples: Iterable[Sample], *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(name, help_text, labels=labels), samples)


def _counter(name: str, help_text: str, samples: Iterable[Sample], *labels: str) -> Metric:
    return _filled(CounterMetricFamily(name, help_text, labels=labels), samples)


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, samples: Iterable[Sample]
) -> GaugeMetricFamily | CounterMetricFamily:
    for values, number in sorted(samples):
        family.add_metric(values, number or 0.0)
    return family

"""A relay with much to do, in a process of its own: ``python -m tests.outbox.loaded DATABASE``; prints what it took.

One of its destinations is slow, the others take a message at once.
"""

import json
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.ingest import connection_of
from benchmarks.measuring import Work, growth
from benchmarks.messages import MORNING, Taking, running
from outbox.messages import Delivered
from outbox.relay import Outside, deliver
from store.database import Store
from store.sent_log import SentLog

SLOW = "council-0"
WORKERS = 4


class Watch:
    """Counts how many attempts there are at once, at each destination and in all."""

    def __init__(self):
        self._lock = threading.Lock()
        self._now = {}
        self.most_at_one = self.most_in_all = 0

    def take(self, message):
        with self._lock:
            self._now[message.destination] = self._now.get(message.destination, 0) + 1
            self.most_at_one = max(self.most_at_one, self._now[message.destination])
            self.most_in_all = max(self.most_in_all, sum(self._now.values()))
        if message.destination == SLOW:
            time.sleep(0.01)
        with self._lock:
            self._now[message.destination] -= 1
        return Delivered()


def main():
    path = Path(sys.argv[1])
    watch, log_bytes = Watch(), []
    log = path.with_name(f"{path.name}-wal")
    with Store.open(path) as store:
        # Pages kept for speed, 64 MiB at most, would hide what the relay itself keeps.
        connection_of(store).sqlite.execute("PRAGMA cache_size = -2048")
        destinations = {destination for destination, _ in store.messages.counts()}
        outside = Outside(
            clock=running(MORNING + timedelta(hours=1)),
            witness=SentLog(path.with_suffix(".log")),
            seen=lambda _: log_bytes.append(log.stat().st_size if log.exists() else 0),
        )
        channels = dict.fromkeys(destinations, Taking(take=watch.take))
        done = []
        grown = growth(
            Work(lambda: done.append(deliver(store.messages, channels, outside, token="one", workers=WORKERS)))
        )
    json.dump(
        {
            "delivered": done[0].delivered,
            "grown": grown,
            "log_bytes": max(log_bytes),
            "most_at_one": watch.most_at_one,
            "most_in_all": watch.most_in_all,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()

"""One relay of several on a database: ``python -m tests.promises.worker DATABASE URL``; prints how much it delivered."""

import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from outbox.relay import Outside, deliver
from store.database import Store
from tests.promises.builders import NOW, https


def main() -> None:
    with Store.open(Path(sys.argv[1]), busy_seconds=30) as store:
        destinations = {destination for destination, _ in store.messages.counts()}
        channels = {name: https(sys.argv[2]) for name in destinations}
        outside = Outside(clock=lambda: NOW + timedelta(minutes=1))
        # One at a time, and few in hand: whoever is quick leaves something for the others.
        done = deliver(store.messages, channels, outside, token=uuid4().hex, limit=2, workers=1)
        for each in channels.values():
            each.close()
    assert done.stale == 0
    sys.stdout.write(f"{done.delivered}\n")


if __name__ == "__main__":
    main()

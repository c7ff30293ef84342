"""A relay that ends itself with SIGKILL at a step that it is told: ``python -m tests.outbox.killed DATABASE URL STEP``.

Nothing can be cleaned up after it, as when a machine loses power between two instructions.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from outbox.channels.base import Surroundings
from outbox.channels.https import HttpsChannel, HttpsSettings
from outbox.relay import Outside, deliver
from store.database import Store
from store.sent_log import SentLog
from tests.outbox.builders import SECRET, draft

#: Every step of the relay, in the order in which it comes, and whether the receiver has the first message by then.
STEPS = {
    "inside the decision": False,
    "after the decision": False,
    "inside the claim": False,
    "after the claim": False,
    "before sending": False,
    "while the answer is on its way": True,
    "after sending": True,
    "after the log": True,
    "inside the record": True,
    "after the record": True,
}


def die(step: str) -> None:
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)


class Outbox:
    """The store's, with places to die at."""

    def __init__(self, store: Store) -> None:
        self._messages = store.messages
        self._is_recording = False

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._messages.together():
            yield
            die("inside the record" if self._is_recording else "inside the claim")
        if self._is_recording:
            die("after the record")
        else:
            die("after the claim")

    def record(self, settlements, now):
        self._is_recording = True
        return self._messages.record(settlements, now)

    def __getattr__(self, name: str) -> object:
        return getattr(self._messages, name)


class Channel(HttpsChannel):
    """Dies before it sends, after, or when the receiver has the message and its answer is not read yet."""

    def send(self, message):
        die("before sending")
        outcome = super().send(message)
        die("after sending")
        return outcome

    def _trace(self, event, info):
        super()._trace(event, info)
        if event == "http11.receive_response_headers.complete":
            die("while the answer is on its way")


class Witness(SentLog):
    """Dies once the log is written."""

    def note(self, taken, at):
        super().note(taken, at)
        die("after the log")


def now() -> datetime:
    return datetime.now(UTC)


def channel(url: str, kind=HttpsChannel) -> HttpsChannel:
    return kind(HttpsSettings(url=url, signing_key=SECRET), Surroundings(clock=now))


def main() -> None:
    path = Path(sys.argv[1])
    store = Store.open(path)
    with store.transaction():
        for number in range(3):
            key = f"message {number}"
            store.messages.enqueue(draft(idempotency_key=key, ordering_key="case", created_at=now()))
        die("inside the decision")
    die("after the decision")
    outside = Outside(clock=now, witness=Witness(path.with_suffix(".log")))
    deliver(Outbox(store), {"warwickshire": channel(sys.argv[2], Channel)}, outside, token="killed")


if __name__ == "__main__":
    main()

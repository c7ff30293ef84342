"""The relay that is killed: it delivers, and lets time pass when nothing is due, until nothing is left.

Its clock runs ahead of the real one by an offset in a file, so that a wait of minutes costs nothing and a relay that
comes back never lives in the past.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

from benchmarks.messages import MORNING, posting
from benchmarks.soak import careless
from outbox.relay import Outside, deliver
from outbox.settling import Limits
from store.database import Store
from store.sent_log import SentLog

DATABASE, ENOUGH = "relay.db", "enqueued"
TIMEOUT_SECONDS = 0.6
LIMITS = Limits(base=timedelta(seconds=1), cap=timedelta(seconds=30), lease=timedelta(seconds=30))
_STEP = timedelta(seconds=3)
Fault = Literal["", "marks before sending", "a new id each time", "other bytes again"]


def run(folder: str, ports: Mapping[str, int], fault: Fault = "") -> None:
    """Deliver until everything is enqueued (the file ``ENOUGH`` says so) and settled."""
    place = Path(folder)
    clock = _Clock(place / "offset")
    outside = Outside(clock=clock, witness=SentLog(place / "sent.log"))
    opened = posting(ports, clock, timeout_seconds=TIMEOUT_SECONDS)
    with Store.open(place / DATABASE) as store:
        outbox, channels = careless.made(fault, store.messages, opened)
        while True:
            is_enough = (place / ENOUGH).exists()
            deliver(outbox, channels, outside, token=uuid4().hex, limits=LIMITS)
            if is_enough and not store.messages.oldest_undelivered():
                return
            clock.skip(_STEP)


class _Clock:
    def __init__(self, file: Path) -> None:
        self._file = file
        text = file.read_text(encoding="ascii") if file.exists() else ""
        self._offset = timedelta(seconds=float(text)) if text else MORNING - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def skip(self, step: timedelta) -> None:
        self._offset += step
        new = self._file.with_suffix(".new")
        new.write_text(str(self._offset.total_seconds()), encoding="ascii")
        new.replace(self._file)

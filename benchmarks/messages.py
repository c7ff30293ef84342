"""Messages to measure the outbox with: notices of 2 kB, a channel that takes everything, a clock that is ours."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from outbox.channels.base import Channel, Finding, Surroundings
from outbox.channels.https import HttpsChannel, HttpsSettings
from outbox.messages import CLOUD_EVENT, Delivered, Draft, Message, Outcome, message_id

KEY = bytes(32)
MORNING = datetime(2027, 3, 10, 9, tzinfo=UTC)
PAYLOAD_BYTES = 2_048


def payload(number: int) -> bytes:
    """Return a notice as CloudEvents write it, padded to the size of a usual one; no two are the same."""
    event = {
        "specversion": "1.0",
        "id": identifier(number),
        "source": "https://relay.example/attendance",
        "type": "uk.attendance.concern.notification.v1",
        "time": MORNING.isoformat(),
        "datacontenttype": "application/json",
        "data": {"notice_ref": f"A{number:07}", "absence": {"codes": ""}},
    }
    short = json.dumps(event, separators=(",", ":")).encode()
    return short[:-4] + b"N" * (PAYLOAD_BYTES - len(short)) + short[-4:]


def identifier(number: int) -> str:
    """Return the id of a message."""
    return message_id(KEY, f"benchmark:{number}")


def draft(number: int, *, destination: str = "council", key: str = "", body: bytes | None = None) -> Draft:
    """Return a notice, of an ordering key of its own unless one is given."""
    return Draft(
        id=identifier(number),
        idempotency_key=f"benchmark:{number}",
        destination=destination,
        ordering_key=key or f"case-{number}",
        kind="notice",
        content_type=CLOUD_EVENT,
        payload=payload(number) if body is None else body,
        subject_ref=f"case-{number}",
        created_at=MORNING,
    )


@dataclass(frozen=True, kw_only=True)
class Taking:
    """A channel whose receiver takes what ``take`` says; it may be told how long one attempt lasts at most."""

    take: Callable[[Message], Outcome] = lambda _: Delivered("taken")
    longest: timedelta = timedelta(seconds=1)

    def send(self, message: Message) -> Outcome:
        return self.take(message)

    def find(self, _: Message) -> None:
        """This receiver cannot be asked."""

    def follow(self, _: Sequence[Message]) -> tuple[()]:
        return ()

    def check(self) -> tuple[Finding, ...]:
        return ()

    def close(self) -> None:
        """Nothing is open."""


def posting(ports: Mapping[str, int], clock: Callable[[], datetime], *, timeout_seconds: float) -> dict[str, Channel]:
    """Return the product's own channels to receivers on this machine, by destination."""
    around = Surroundings(clock=clock)
    key = f"whsec_{b64encode(KEY).decode()}"
    return {
        name: HttpsChannel(
            HttpsSettings(url=f"http://127.0.0.1:{port}/", signing_key=key, timeout_seconds=timeout_seconds), around
        )
        for name, port in ports.items()
    }


def ticking(start: datetime = MORNING) -> Callable[[], datetime]:
    """Return a clock that goes on by a millisecond each time it is read, in whichever thread."""
    ticks = count()
    return lambda: start + timedelta(milliseconds=next(ticks))


def running(start: datetime = MORNING) -> Callable[[], datetime]:
    """Return a clock that begins at an instant and goes on as time does."""
    begin = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begin)

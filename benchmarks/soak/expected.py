"""What is to be delivered: messages of many ordering keys to a few destinations, some of which will be refused."""

import json
from hashlib import sha256
from typing import NamedTuple

from benchmarks.messages import draft, identifier
from outbox.messages import Draft


class Soak(NamedTuple):
    """How much is delivered, and how often the relay is killed meanwhile."""

    messages: int = 20_000
    keys: int = 200
    destinations: int = 10
    kills: int = 50
    seed: int = 1

    def destination(self, number: int) -> str:
        return f"council-{self.key(number) % self.destinations}"

    def key(self, number: int) -> int:
        # Not in turn: the messages of a key come in bursts, as those of a case do.
        return number // 3 % self.keys

    def is_refused(self, number: int) -> bool:
        """Whether the receiver refuses this message, and always will: it is to end as a dead letter."""
        return number % 1_000 == 999

    def payload(self, number: int) -> bytes:
        event = {"specversion": "1.0", "id": identifier(number), "number": number, "refuse": self.is_refused(number)}
        return json.dumps(event, separators=(",", ":")).encode()

    def draft(self, number: int) -> Draft:
        key = f"case-{self.key(number)}"
        return draft(number, destination=self.destination(number), key=key, body=self.payload(number))


class Expected(NamedTuple):
    """One message as the checker knows it; the ordering key's messages are in the order of their numbers."""

    number: int
    key: int
    destination: str
    payload_sha256: str
    is_refused: bool


def expected_of(soak: Soak) -> dict[str, Expected]:
    """Return what is to arrive, by id."""
    return {
        identifier(number): Expected(
            number,
            soak.key(number),
            soak.destination(number),
            sha256(soak.payload(number)).hexdigest(),
            soak.is_refused(number),
        )
        for number in range(soak.messages)
    }

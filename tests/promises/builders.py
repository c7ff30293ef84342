"""A real outbox, real channels and a clock that the test turns, in a line each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from app.demo.receivers.authority import Authority, Post
from outbox.channels.base import Channel, Surroundings
from outbox.channels.registry import CHANNELS
from outbox.relay import Delivery, Outside, deliver
from tests.outbox.builders import NOW, SECRET, draft


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@contextmanager
def receiving(folder, answer: Callable[[Post], int] = lambda _: 202) -> Iterator[tuple[str, list[Post]]]:
    """Let a council listen and answer each post with a status; yield where, and what has come."""
    with Authority(folder / "council", secrets=[SECRET]) as authority:
        posts: list[Post] = []

        def receive(post: Post) -> int:
            posts.append(post)
            return answer(post)

        authority.receive = receive
        yield authority.url, posts


def opened(kind: str, clock: Callable[[], datetime] = lambda: NOW, **settings) -> Channel:
    """Open a channel as the operator's folder would."""
    channel = CHANNELS[kind]
    return channel.open(msgspec.convert(settings, channel.settings), Surroundings(clock=clock))


def https(url: str, clock: Callable[[], datetime] = lambda: NOW, **settings) -> Channel:
    return opened("https", clock, url=url, signing_key=SECRET, **settings)


def enqueue(store, *names: str, **fields) -> list[str]:
    """Enqueue a message of each name, alone on its ordering key unless one is given; return the ids."""
    drafts = [draft(idempotency_key=name, **{"ordering_key": name} | fields) for name in names]
    with store.transaction():
        for each in drafts:
            store.messages.enqueue(each)
    return [each.id for each in drafts]


def deliver_all(store, clock, channels, *, token="relay", jitter=lambda: 1.0) -> Delivery:
    """Empty the outbox once, as the relay does."""
    return deliver(store.messages, channels, Outside(clock=clock, jitter=jitter), token=token)


def ids(posts: list[Post]) -> list[str]:
    return [each.message_id for each in posts]


def states(store, names: list[str]) -> list[str]:
    return [store.messages.get(name).state for name in names]


def outcomes(store, name: str) -> list[str]:
    return [each.outcome for each in store.messages.attempts(name)]

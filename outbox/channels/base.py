"""What every channel does, is given and may need.

A channel returns what an attempt came to; it raises nothing for whatever a network, a server or a disk may do.
"""
# ruff: noqa: D102 - what a member of a protocol means is told on the protocol

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import httpx
import msgspec

from outbox.messages import Message, NotFound, Outcome, Receipt


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What an operator sets for one destination. Never prints its values: some are secrets."""

    def __repr__(self) -> str:
        return f"<settings of {type(self).__module__}>"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``check`` looked at, and what a person should know about it.

    ``ok`` is none where it works and somebody should know all the same.
    """

    subject: str
    ok: bool | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What channels need from outside: the time (aware UTC), and in tests another way to carry HTTP."""

    clock: Callable[[], datetime]
    transport: httpx.BaseTransport | None = None


class Channel(Protocol):
    """One destination, reached one way.

    ``longest`` bounds the time one ``send`` may take, so that a lease can be made to outlast it. ``check`` connects
    as ``send`` would and delivers nothing. ``find`` asks for an earlier attempt whose outcome is not known, before the
    message is sent again: none says that this kind of receiver cannot be asked. ``follow`` returns what has become of
    messages that were taken and had not arrived yet.
    """

    @property
    def longest(self) -> timedelta: ...

    def send(self, message: Message, /) -> Outcome: ...

    def find(self, message: Message, /) -> Outcome | NotFound | None: ...

    def follow(self, waiting: Sequence[Message], /) -> Iterable[Receipt]: ...

    def check(self) -> tuple[Finding, ...]: ...

    def close(self) -> None: ...

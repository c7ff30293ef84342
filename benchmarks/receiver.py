"""A receiver in a process of its own that keeps what it is sent, and now and then fails as receivers do.

Each destination has a port. What it kept stands in the ledger, a line a request, before it answers. It ends when the
process that started it closes its input or is gone, and by itself after some minutes.
"""

import asyncio
import json
import os
import random
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.child import ROOT

_SECONDS = 900
#: What may become of a request. ``kept``: it is in the ledger all the same, and the sender cannot know.
FAULTS = ("500", "500 kept", "429", "reset", "reset kept", "hang", "hang kept")
#: The answer to a message that says of itself that it is to be refused.
REFUSED = "422"
TAKEN = "202"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver does: per destination how likely each fault is, and how often its port is closed for a while."""

    ledger: str
    destinations: Mapping[str, Mapping[str, float]]
    seed: int = 0
    hang_seconds: float = 1.0
    closes: bool = False


class Request(NamedTuple):
    """One line of the ledger: what came in which order, what was said to it, and the most there were at once."""

    destination: str
    message_id: str
    payload_sha256: str
    answer: str
    at_once: int

    @property
    def is_kept(self) -> bool:
        return self.answer == TAKEN or self.answer.endswith("kept")


def ledger_of(path: Path) -> list[Request]:
    """Read a ledger."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Request) for line in lines]


@contextmanager
def receiving(plan: Plan) -> Iterator[dict[str, int]]:
    """Start a receiver and yield the port of each destination."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(msgspec.json.encode(plan) + b"\n")
        process.stdin.flush()
        yield json.loads(process.stdout.readline())
        process.stdin.close()


class _Receiver:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._ledger = os.open(plan.ledger, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._servers: dict[str, asyncio.Server] = {}
        self._at_once: dict[str, int] = dict.fromkeys(plan.destinations, 0)

    async def open(self) -> dict[str, int]:
        for name in self._plan.destinations:
            await self._listen(name, 0)
        return {name: server.sockets[0].getsockname()[1] for name, server in self._servers.items()}

    async def _listen(self, name: str, port: int) -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._at_once[name] += 1
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._handle(name, reader, writer)
            self._at_once[name] -= 1
            writer.close()

        self._servers[name] = await asyncio.start_server(handle, "127.0.0.1", port, backlog=128)

    async def close_now_and_then(self, ports: Mapping[str, int]) -> None:
        """Refuse connections to one destination after another, each for some tenths of a second."""
        while True:
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))
            name = self._chance.choice(list(ports))
            self._servers[name].close()
            await asyncio.sleep(self._chance.uniform(0.05, 0.3))
            await self._listen(name, ports[name])

    async def _handle(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers = _headers(await reader.readuntil(b"\r\n\r\n"))
        body = await reader.readexactly(int(headers["content-length"]))
        answer = REFUSED if b'"refuse":true' in body else self._answer(name)
        request = Request(name, headers["webhook-id"], sha256(body).hexdigest(), answer, self._at_once[name])
        os.write(self._ledger, msgspec.json.encode(request) + b"\n")
        what = answer.split()[0]
        if what == "reset":
            _reset(writer)
        elif what == "hang":
            await asyncio.sleep(self._plan.hang_seconds)
        else:
            again = "Retry-After: 2\r\n" if what == "429" else ""
            writer.write(f"HTTP/1.1 {what} -\r\n{again}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()

    def _answer(self, name: str) -> str:
        faults = self._plan.destinations[name]
        return self._chance.choices([*faults, TAKEN], [*faults.values(), 1 - sum(faults.values())])[0]


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode().splitlines()[1:])
    return {name.lower(): value.strip() for name, _, value in pairs}


def _reset(writer: asyncio.StreamWriter) -> None:
    # Closing with no time to linger sends a reset instead of an end.
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def faulty(share: float, names: Sequence[str] = FAULTS) -> dict[str, float]:
    """Share a chance of failing equally among faults."""
    return dict.fromkeys(names, share / len(names))


async def _serve() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    receiver = _Receiver(plan)
    ports = await receiver.open()
    print(json.dumps(ports), flush=True)
    closing = asyncio.create_task(receiver.close_now_and_then(ports)) if plan.closes else None
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(sys.stdin.buffer.read), _SECONDS)
    if closing:
        closing.cancel()
    # Whatever still hangs has nobody to answer to.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(_serve())

"""A simulated Arbor for many small schools at one address, each known by its user; every answer takes some time.

It counts what it was asked, and the most that was ever asked at the same time, in all and of one school. It ends when
the process that started it closes its input or is gone.
"""

import asyncio
import base64
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from benchmarks import cohort
from benchmarks.child import ROOT
from connectors.arbor_changes import PATH as CHANGES
from mapping.identity import check_letter

LATENCY, PUPILS = 0.020, 12
_SECONDS = 600
_COUNTS = "/counts"


def platform_id(number: int) -> str:
    """Return the platform's id of a school's pupil, by number; the same at every school."""
    return str(4000 + number)


def upn(school: str, number: int) -> str:
    """Return the UPN of a pupil of ``school-NNN``."""
    rest = f"001{int(school[-3:]) * PUPILS + number:07}26"
    return check_letter(rest) + rest


@dataclass
class _Platform:
    latency: float
    asked: Counter[str] = field(default_factory=Counter)
    running: Counter[str] = field(default_factory=Counter)
    most_of_one: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self._records = _answer("AttendanceRollCallRecord", [_record(number) for number in range(PUPILS)])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                writer.write(await self._reply(head.split(" ", 2)[1], head, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _reply(self, path: str, head: str, body: bytes) -> bytes:
        if path == _COUNTS:
            return _http(json.dumps(self._counts()).encode())
        school = _user(head)
        self.asked[school] += 1
        self.running[school] += 1
        self.most_of_one = max(self.most_of_one, self.running[school])
        self.most = max(self.most, self.running.total())
        await asyncio.sleep(self.latency)
        self.running[school] -= 1
        if path.startswith(CHANGES):
            return _http(b'{"changes": []}')
        if b"page_num: 0" not in body:
            return _answer("UkDfe_UpnAssignment" if b"Upn" in body else "AttendanceRollCallRecord", [])
        return _upns(school) if b"Upn" in body else self._records

    def _counts(self) -> dict[str, int]:
        counts = {"asked": self.asked.total(), "most": self.most, "most_of_one": self.most_of_one}
        self.asked.clear()
        return counts


def _user(head: str) -> str:
    _, _, after = head.partition("asic ")
    return base64.b64decode(after.split("\r\n", 1)[0]).decode().partition(":")[0]


def _upns(school: str) -> bytes:
    rows = (
        {"id": f"{number}", "student": {"id": platform_id(number)}, "upn": upn(school, number), "isTemporary": False}
        for number in range(PUPILS)
    )
    return _answer("UkDfe_UpnAssignment", list(rows))


def _answer(entity: str, rows: list[dict[str, Any]]) -> bytes:
    return _http(msgspec.json.encode({"data": {entity: rows}}))


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _record(number: int) -> dict[str, Any]:
    return {
        "id": str(900_000 + number),
        "recordDate": cohort.A_DAY.isoformat(),
        "student": {"id": platform_id(number)},
        "attendanceRollCall": {"attendanceRegisterType": {"isMorning": True, "isAfternoon": False}},
        "attendanceMark": {"code": "PRESENT", "attendanceMark": "/"},
        "minutesLate": None,
    }


def counts(address: str) -> dict[str, int]:
    """Return what the simulator was asked since it was looked at last."""
    found: dict[str, int] = httpx.get(address + _COUNTS, trust_env=False).json()
    return found


@contextmanager
def many_schools(latency: float = LATENCY) -> Iterator[str]:
    """Start the simulator in a process of its own and yield its address."""
    command = [sys.executable, "-m", "benchmarks.many_schools", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()


async def _run(latency: float) -> None:
    server = await asyncio.start_server(_Platform(latency).serve, "127.0.0.1", 0, backlog=512)
    json.dump(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", sys.stdout)
    print(flush=True)
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(end.set)), daemon=True).start()
    await asyncio.wait_for(end.wait(), _SECONDS)


if __name__ == "__main__":
    asyncio.run(_run(float(sys.argv[1])))

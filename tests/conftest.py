"""What every test gets: no network but loopback, no database but its own, and the national code table."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog

from mapping.codes import CodeTable
from tests.builders import NATIONAL

#: Files that take long, the longest first: begun last, one of them would keep a single worker busy at the end.
_LONG = (
    "end_to_end/test_demo.py",
    "tests/test_readme.py",
    "benchmarks/test_benchmarks.py",
    "benchmarks/test_outbox_benchmarks.py",
    "outbox/test_sftp.py",
    "app/test_cli.py",
    "soak/test_soak.py",
    "test_oracle_counts.py",
    "end_to_end/test_canary.py",
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
#: A file system in memory, where there is one with room: every commit forces its writes, and no test here cuts the
#: power, so a disk would only be waited for. Killed processes find there what they would find on a disk.
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 6 << 30

if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long; within a file, and between all others, the order stays."""
    items.sort(key=lambda item: next((at for at, name in enumerate(_LONG) if name in str(item.path)), len(_LONG)))


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Fail the test that connects to, sends to or looks up any other machine; no ``except`` of ours can hide it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        lookup = socket.getaddrinfo
        patch.setattr(socket, "getaddrinfo", lambda host, *args, **kw: lookup(_checked(host), *args, **kw))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_default_database() -> Iterator[None]:
    """Point the default database where none can be, so that a test which forgot its own fails at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTENDANCE_RELAY_DATABASE", "/dev/null/this-test-forgot-its-own-database.db")
        yield


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Forget what a command set up: its standard error is gone after the test."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def national() -> CodeTable:
    """The national codes as they ship."""
    return NATIONAL


def _guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    def checked(self: socket.socket, *args: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _checked(args[-1][0])
        return call(self, *args)

    return checked


def _checked(host: str | bytes | None) -> str | bytes | None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in _LOOPBACK and not name.startswith("127."):
        _refuse(name)
    return host


def _refuse(name: str) -> NoReturn:
    pytest.fail(f"this test reached for {name}: tests use 127.0.0.1 only")

"""On what the figures were taken: machine, processor, memory, load, Python and the versions that matter."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

_ENGINES = ("common-expression-language", "json-logic-qubit", "zen-engine")
_QUEUES = ("huey", "litequeue", "persist-queue")
_PACKAGES = ("httpx", "msgspec", "sqlite-utils", "polars", "duckdb", *_ENGINES, *_QUEUES)


def lines() -> list[str]:
    """Return what stands above every table."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    return [
        f"machine   {platform.system()} {platform.release()}, {_processor()}, {cores} cores, {_memory()} of memory",
        f"load      {load()} (1, 5, 15 minutes, when the run began)",
        f"Python    {platform.python_version()}; SQLite {sqlite3.sqlite_version}; {versions}",
    ]


def load() -> str:
    """Return how busy the machine was in the last 1, 5 and 15 minutes."""
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")), "?")


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return "?"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"

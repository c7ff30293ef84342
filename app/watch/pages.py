"""The three pages. Alive: the scheduler turns and the database takes writes. Ready: it has begun and is not stopping.

A council that is down, a school that refuses us: neither is a fault of this process, and no restart mends it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from app.health import LONGEST_SILENCE_SECONDS
from app.watch import metrics
from app.watch.snapshot import Snapshot

_HEALTH = "application/health+json"
_TEXT = "text/plain; charset=utf-8"


@dataclass(slots=True)
class Board:
    """What the scheduler's thread last wrote for others to read; each attribute is replaced whole, never changed.

    ``beat_at`` is in seconds since 1970. ``database_problem`` is a sentence, empty while the database takes writes.
    """

    clock: Callable[[], float]
    is_stopping: Callable[[], bool] = lambda: False
    snapshot: Snapshot | None = None
    beat_at: float | None = None
    database_problem: str = ""
    is_config_in_order: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer."""

    status: HTTPStatus
    content_type: str
    body: bytes = field(repr=False)


def page(board: Board, path: str) -> Page:
    """Return what is at a path; nothing but the three is anywhere."""
    make = _PAGES.get(path)
    if make is None:
        return Page(status=HTTPStatus.NOT_FOUND, content_type=_TEXT, body=b"there is no such page\n")
    return make(board)


def _healthz(board: Board) -> Page:
    """Whether a restart would help: nothing else is looked at."""
    age = None if board.beat_at is None else board.clock() - board.beat_at
    if age is None or age > LONGEST_SILENCE_SECONDS:
        turns = "fail"
    else:
        turns = "warn" if age > LONGEST_SILENCE_SECONDS / 2 else "pass"
    return _health(
        board,
        {
            "scheduler:heartbeat": {
                "componentType": "component",
                "observedValue": None if age is None else round(age, 1),
                "observedUnit": "s",
                "status": turns,
            },
            "database:writable": {
                "componentType": "datastore",
                "status": "fail" if board.database_problem else "pass",
                **({"output": board.database_problem} if board.database_problem else {}),
            },
        },
    )


def _readyz(board: Board) -> Page:
    """Whether it does its work: it has its configuration and its database, and is not about to end."""
    # A folder that was refused leaves the one before in force: worth a look, and no reason to stand still.
    config = "pass" if board.is_config_in_order else "warn"
    return _health(
        board,
        {
            "database:open": {"status": "pass" if board.snapshot else "fail"},
            "configuration:read": {"status": config},
            "scheduler:stopping": {"status": "fail" if board.is_stopping() else "pass"},
        },
    )


def _health(board: Board, checks: dict[str, dict[str, Any]]) -> Page:
    """Return a page in the shape of draft-inadarei-api-health-check-06: a warning is still a success."""
    found = {check["status"] for check in checks.values()}
    status = next((each for each in ("fail", "warn") if each in found), "pass")
    time = datetime.fromtimestamp(board.clock(), UTC).isoformat(timespec="seconds")
    body = {"status": status, "checks": {name: [{**check, "time": time}] for name, check in checks.items()}}
    return Page(
        status=HTTPStatus.SERVICE_UNAVAILABLE if status == "fail" else HTTPStatus.OK,
        content_type=_HEALTH,
        body=json.dumps(body).encode(),
    )


def _metrics(board: Board) -> Page:
    if board.snapshot is None:
        return Page(status=HTTPStatus.SERVICE_UNAVAILABLE, content_type=_TEXT, body=b"no numbers yet\n")
    body = metrics.text(board.snapshot, board.beat_at)
    return Page(status=HTTPStatus.OK, content_type=metrics.CONTENT_TYPE, body=body)


_PAGES: dict[str, Callable[[Board], Page]] = {"/healthz": _healthz, "/readyz": _readyz, "/metrics": _metrics}

"""Keeps the pages of a running relay: takes the numbers at each turn, listens where relay.toml says."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import structlog

from app import health
from app.watch.pages import Board, page
from app.watch.server import PageServer
from app.watch.snapshot import Watcher
from app.wiring import Relay
from store.database import StoreError

log = structlog.get_logger()


class Watch:
    """Owned by the scheduler's thread; the server's threads only read the board."""

    def __init__(self, heartbeat: Path, *, stop: Callable[[], bool] = lambda: False) -> None:
        """Serve nothing until the first ``turned`` with an address in relay.toml."""
        self._heartbeat = heartbeat
        self._watcher = Watcher()
        self._board = Board(clock=time.time, is_stopping=stop)
        self._server: PageServer | None = None
        self._address: str | None = None
        self._refused: str | None = None

    @property
    def board(self) -> Board:
        """Return what others read."""
        return self._board

    def beat(self) -> None:
        """Say that work goes on: to the container by a file, to a monitoring system by a number."""
        health.beat(self._heartbeat)
        self._board.beat_at = time.time()

    def turned(self, relay: Relay, *, is_config_in_order: bool) -> None:
        """Take the numbers after a turn, and listen where relay.toml says by now. A fault here stops nothing else."""
        self._board.is_config_in_order = is_config_in_order
        self._listen(relay.operator.health.address)
        if self._server is None:
            return
        try:
            self._board.database_problem = _database_problem(relay)
            self._board.snapshot = self._watcher.look(relay)
        except Exception as failure:
            log.exception("numbers could not be taken", error=type(failure).__name__)

    def _listen(self, address: str | None) -> None:
        if address == self._address:
            return
        self.close()
        if address is None:
            return
        try:
            self._server = PageServer(address, lambda path: page(self._board, path)).start()
        except OSError as problem:
            # Delivering matters more than being watched: it goes on, and tries again at the next turn.
            if address != self._refused:
                sentence = f"relay.toml: health.address: cannot listen on {address} ({problem.strerror}): free it or "
                log.error("no health pages", problem=f"{sentence}name another; the relay works on without")  # noqa: TRY400
            self._refused = address
            return
        self._address, self._refused = address, None
        log.info("health pages", address=address)

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self._server, self._address = None, None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _database_problem(relay: Relay) -> str:
    """Write something, as every promise of the relay begins with a commit; return why that was not possible."""
    try:
        with relay.store.transaction():
            relay.store.runs.keep("turned_at", relay.now().isoformat())
    except StoreError as problem:
        return str(problem)
    return ""

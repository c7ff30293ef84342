"""One SQLite connection as this project wants it: durable, checked, and written to only inside a transaction."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

# The same module that sqlite-utils uses: pysqlite3 brings a newer SQLite where its wheel exists.
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

__all__ = ["FULL", "Connection", "Row", "StoreError", "TransactionError", "Values", "sqlite3"]

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]

#: PRAGMA synchronous: a commit returns only when it is on the disk.
FULL = 2
#: KiB of page cache, so that a day of a large trust is written without spilling into the journal halfway.
_CACHE_KIB = 65_536
#: More than this program has. The cache keeps what was used most, so that in a full one every new statement pushes out
#: the new one before it, and each is compiled again, with its triggers, every time it runs.
_STATEMENTS = 2_000
#: A write-ahead log that a large import blew up is cut back to this many bytes.
_JOURNAL_BYTES = 67_108_864

_HELP = {
    "SQLITE_NOTADB": "is not a SQLite database: name another file in the settings, or restore the backup",
    "SQLITE_CORRUPT": "is damaged: stop every process that uses it and restore the backup",
    "SQLITE_READONLY": "cannot be written: give this process write permission on the file and its folder",
    "SQLITE_CANTOPEN": "cannot be opened: give this process read and write permission on the file and its folder",
    "SQLITE_FULL": "has no room: free space on its disk; nothing that was committed is lost",
    "SQLITE_IOERR": "could not be read or written by its disk: check the disk before anything else",
    "SQLITE_BUSY": "has been locked by another process for too long: end that process, then run this again",
}


class StoreError(Exception):
    """The database cannot be used as it is: show the sentence, which names the file, to whoever runs this."""


class TransactionError(RuntimeError):
    """The calling code is wrong about transactions: correct it; nothing was written."""


def explained(path: Path, problem: "sqlite3.Error") -> "StoreError | sqlite3.Error":
    """Put an error of the file or its disk into one sentence; any other error comes back as it is."""
    name = getattr(problem, "sqlite_errorname", "")
    for code, says in _HELP.items():
        if name == code or name.startswith(f"{code}_"):
            return StoreError(f"{path} {says}")
    return problem


def safe_journal_mode(version: tuple[int, ...]) -> str:
    """Return ``wal`` where the SQLite library's write-ahead log is safe with two connections, ``delete`` elsewhere.

    SQLite 3.7.0 to 3.51.2 can corrupt a file when the log is reset under a second connection. Fixed in 3.51.3 and,
    as backports, in 3.50.7 and 3.44.6 (sqlite.org/changes.html).
    """
    is_fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "wal" if is_fixed else "delete"


class Connection:
    """Reads at any time, writes inside ``transaction()``, and never in a process other than the one that opened it."""

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        """Open or create the file, which is not read yet; raises ``StoreError`` when its folder does not let it."""
        if not path.parent.is_dir():
            raise StoreError(
                f"{path} cannot be created: its folder does not exist; make the folder or correct the path"
            )
        self.path = path
        self._process = os.getpid()
        uri = f"file:{quote(str(path.absolute()))}?mode=rwc"
        try:
            self.sqlite = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=busy_seconds, cached_statements=_STATEMENTS
            )
        except sqlite3.Error as problem:
            raise explained(path, problem) from problem

    def set_up(self, journal_mode: str) -> None:
        """Make commits durable and foreign keys hold; raises ``StoreError`` when SQLite does not comply."""
        self.sqlite.execute("PRAGMA foreign_keys = ON")
        self.sqlite.execute("PRAGMA synchronous = FULL")
        # What is taken out of a page that is written anyway is overwritten with zeros: a page that was split once would
        # else hold a copy of a child's data that nobody can find again to remove.
        self.sqlite.execute("PRAGMA secure_delete = FAST")
        self.sqlite.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self.sqlite.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        if self.pragma("journal_mode") != journal_mode:
            self._switch_journal(journal_mode)
        # A pragma that SQLite does not take says nothing, so each promise is read back.
        if (self.pragma("foreign_keys"), self.pragma("synchronous")) != (1, FULL):
            raise StoreError(f"{self.path}: this SQLite library keeps no promise of durability: install another one")

    def _switch_journal(self, journal_mode: str) -> None:
        try:
            self.sqlite.execute(f"PRAGMA journal_mode = {journal_mode}")
        except sqlite3.OperationalError:
            # Another process is at work in the file just now. Its rollback journal is safe with every library, so
            # the switch to the faster log can wait for the next start; the switch away from it cannot.
            if journal_mode != "wal":
                raise

    def close(self) -> None:
        """Close the file; an open transaction is rolled back."""
        self.sqlite.close()

    def pragma(self, name: str) -> Any:
        """Return what SQLite answers to a pragma without a value."""
        return self.sqlite.execute(f"PRAGMA {name}").fetchone()[0]

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Run a query and return all its rows."""
        self._check_process()
        return self.sqlite.execute(sql, values).fetchall()

    def row(self, sql: str, values: Values = ()) -> Row | None:
        """Run a query and return its first row, if any."""
        self._check_process()
        row: Row | None = self.sqlite.execute(sql, values).fetchone()
        return row

    def write(self, sql: str, values: Values = ()) -> int:
        """Run one write and return how many rows it changed; raises ``TransactionError`` outside a transaction."""
        self.require_transaction()
        return self.sqlite.execute(sql, values).rowcount

    def write_returning(self, sql: str, values: Values = ()) -> list[Row]:
        """Run one write with a RETURNING clause and return its rows; needs a transaction as ``write`` does."""
        self.require_transaction()
        return self.sqlite.execute(sql, values).fetchall()

    def write_many(self, sql: str, values: Iterable[Values]) -> None:
        """Run one write for many rows of values; needs a transaction as ``write`` does."""
        self.require_transaction()
        # Most writes of a pull have nothing to write, and each would hand the interpreter to the other threads.
        if not isinstance(values, Sized) or values:
            self.sqlite.executemany(sql, values)

    def require_transaction(self) -> None:
        """Raise ``TransactionError`` unless this process has a transaction open."""
        self._check_process()
        if not self.sqlite.in_transaction:
            raise TransactionError("a write outside a transaction: open one with Store.transaction() around it")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything written inside together, or nothing when the body raises.

        BEGIN IMMEDIATE takes the write lock at once: a transaction that reads first and writes later fails when
        another process wrote in between, however long it may wait. Waiting for the lock longer than the busy time
        raises ``StoreError``; a transaction inside a transaction raises ``TransactionError``.
        """
        self._check_process()
        if self.sqlite.in_transaction:
            raise TransactionError("a transaction inside a transaction: the outer one decides what commits together")
        try:
            self.sqlite.execute("BEGIN IMMEDIATE")
            yield
            self.sqlite.execute("COMMIT")
        except BaseException as problem:
            self._roll_back()
            if isinstance(problem, sqlite3.Error) and (clear := explained(self.path, problem)) is not problem:
                raise clear from problem
            raise

    def joined(self) -> AbstractContextManager[None]:
        """Return the open transaction, to be committed by whoever opened it, or one of its own."""
        return nullcontext() if self.sqlite.in_transaction else self.transaction()

    def _roll_back(self) -> None:
        # SQLite has already rolled back after some errors; a second failure here must not hide the first.
        if self.sqlite.in_transaction:
            with suppress(sqlite3.Error):
                self.sqlite.execute("ROLLBACK")

    def _check_process(self) -> None:
        # A connection carried across fork() shares its locks with the parent and corrupts the file.
        if os.getpid() != self._process:
            raise TransactionError("a database connection was carried into a forked process: open the store anew there")

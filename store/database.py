"""The store: one SQLite file, opened, checked, brought to the newest schema, and its repositories."""

import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlite_utils import Database

from store.alerts import Alerts
from store.approvals import Approvals
from store.cases import Cases
from store.connection import Connection, StoreError, explained, safe_journal_mode, sqlite3
from store.documents import Documents
from store.history import History
from store.intake import Intake
from store.mark_changes import MarkChanges
from store.messages import Messages
from store.migrations import APPLICATION_ID, migrations, unknown_steps
from store.notices import Notices
from store.overview import Overview
from store.publications import Publications
from store.purging import Purging
from store.quarantine import Quarantine
from store.records import Records
from store.registers import Registers
from store.restored import Restored
from store.roll import Roll
from store.runs import Runs
from store.safety import Safety
from store.tasks import Tasks

__all__ = ["About", "Store", "StoreError"]

_KEY = "installation_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What ``status`` says of the database: SQLite's version, how it is kept safe, and the file's size in bytes."""

    path: Path
    library: str
    journal_mode: str
    synchronous: str
    size_bytes: int


class Store:
    """The repositories of one database file. One a process and thread; write only inside ``transaction()``."""

    def __init__(self, connection: Connection) -> None:
        """Take a connection whose file has the newest schema; ``Store.open`` makes one."""
        self._connection = connection
        self.registers = Registers(connection)
        self.history = History(connection)
        self.quarantine = Quarantine(connection)
        self.roll = Roll(connection)
        self.records = Records(connection)
        self.cases = Cases(connection)
        self.tasks = Tasks(connection)
        self.documents = Documents(connection)
        self.approvals = Approvals(connection)
        self.messages = Messages(connection)
        self.overview = Overview(connection)
        self.alerts = Alerts(connection)
        self.purging = Purging(connection)
        self.safety = Safety(connection)
        self.notices = Notices(connection)
        self.runs = Runs(connection)
        self.publications = Publications(connection)
        self.restored = Restored(connection)
        self.intake = Intake(connection)
        self.mark_changes = MarkChanges(connection)

    @classmethod
    def open(
        cls, path: Path, *, busy_seconds: float = 30, journal_mode: str | None = None, quick_check: bool = False
    ) -> Self:
        """Open or create a database and bring it to the newest schema.

        ``busy_seconds`` is how long a write waits for another process; ``journal_mode`` is chosen by the SQLite
        library's version unless given; ``quick_check`` reads the whole file for damage first. Raises ``StoreError``
        when the folder is missing, the file is no database or another program's, cannot be written, is damaged, or
        was written by a newer version of this program.
        """
        mode = journal_mode or safe_journal_mode(sqlite3.sqlite_version_info)
        connection = Connection(path, busy_seconds=busy_seconds)
        try:
            _refuse_what_is_not_ours(connection)
            connection.set_up(mode)
            _bring_up_to_date(connection)
            if quick_check:
                _check(connection)
        except BaseException as problem:
            connection.close()
            if isinstance(problem, sqlite3.Error):
                raise explained(path, problem) from problem
            raise
        return cls(connection)

    def transaction(self) -> AbstractContextManager[None]:
        """Everything written inside commits together or not at all; see ``Connection.transaction``."""
        return self._connection.transaction()

    def installation_key(self) -> bytes:
        """Return the 32 random bytes that make this installation's ids, made when they are first asked for."""
        if (kept := self.runs.kept(_KEY)) is None:
            with self.transaction():
                kept = self.runs.kept(_KEY) or secrets.token_hex(32)
                self.runs.keep(_KEY, kept)
        return bytes.fromhex(kept)

    def about(self) -> About:
        """Return how this database is kept."""
        return About(
            path=self._connection.path,
            library=sqlite3.sqlite_version,
            journal_mode=self._connection.pragma("journal_mode"),
            synchronous=("off", "normal", "full", "extra")[self._connection.pragma("synchronous")],
            size_bytes=self._connection.pragma("page_count") * self._connection.pragma("page_size"),
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _refuse_what_is_not_ours(connection: Connection) -> None:
    database = Database(connection.sqlite)
    # Tables first: another process that is creating the file right now commits both at once.
    if database.table_names() and connection.pragma("application_id") != APPLICATION_ID:
        raise StoreError(f"{connection.path} is another program's database: name another file in the settings")
    if unknown := unknown_steps(database):
        raise StoreError(
            f"{connection.path} was written by a newer version of attendance-relay (it holds step {unknown[-1]}): "
            "run that version, or restore a backup made before it"
        )


def _bring_up_to_date(connection: Connection) -> None:
    database = Database(connection.sqlite)
    if not migrations().pending(database):
        return
    # In one transaction of ours, which sqlite-utils joins: two processes that start together migrate once.
    with connection.transaction():
        connection.sqlite.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations().apply(database)


def _check(connection: Connection) -> None:
    if (found := connection.pragma("quick_check")) != "ok":
        raise StoreError(f"{connection.path} is damaged ({found}): stop every process and restore the backup")

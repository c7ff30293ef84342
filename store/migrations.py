"""From an empty file to the newest schema: one numbered SQL file a step, each applied once, all or nothing."""

from collections.abc import Callable, Iterator
from importlib.resources import files

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from store.connection import sqlite3

#: Marks a file as ours ("ARel"), so that another program's database is never migrated.
APPLICATION_ID = 0x4152656C

STEPS: dict[str, str] = {
    step.name.removesuffix(".sql"): step.read_text(encoding="utf-8")
    for step in sorted((files("store") / "schema").iterdir(), key=lambda step: step.name)
    if step.name.endswith(".sql")
}


def migrations() -> Migrations:
    """Return every step in order, as sqlite-utils applies and remembers them."""
    steps = Migrations("attendance-relay")
    for name, sql in STEPS.items():
        steps(name=name)(_step(sql))
    return steps


def unknown_steps(db: Database) -> list[str]:
    """Return the steps a file has been through that this program does not know: a newer program made them."""
    return [step.name for step in migrations().applied(db) if step.name not in STEPS]


def _step(sql: str) -> Callable[[Database], None]:
    def step(db: Database, /) -> None:
        for statement in _statements(sql):
            db.execute(statement)

    return step


def _statements(sql: str) -> Iterator[str]:
    """Split a script where SQLite says a statement is complete, so that a trigger's body stays in one piece.

    ``executescript`` would do it too, but commits the open transaction first.
    """
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

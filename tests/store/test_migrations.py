import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from store.connection import Connection, sqlite3
from store.database import Store
from store.migrations import STEPS, migrations

ROOT = Path(__file__).parents[2]


def schema(path):
    return Database(sqlite3.connect(str(path))).schema


def test_an_empty_file_becomes_the_newest_schema_step_by_step(tmp_path):
    Store.open(tmp_path / "relay.db").close()

    database = Database(sqlite3.connect(str(tmp_path / "relay.db")))

    assert [step.name for step in migrations().applied(database)] == list(STEPS)
    assert list(STEPS) == sorted(STEPS)


def test_opening_again_changes_nothing(tmp_path):
    Store.open(tmp_path / "relay.db", journal_mode="delete").close()
    before = (tmp_path / "relay.db").read_bytes()

    Store.open(tmp_path / "relay.db", journal_mode="delete").close()

    assert (tmp_path / "relay.db").read_bytes() == before


@pytest.mark.parametrize("step", list(STEPS)[1:])
def test_a_database_left_at_any_step_is_brought_up_to_the_same_schema(tmp_path, step):
    Store.open(tmp_path / "whole.db").close()
    connection = Connection(tmp_path / "part.db", busy_seconds=1)
    with connection.transaction():
        connection.sqlite.execute("PRAGMA application_id = 0x4152656C")
        migrations().apply(Database(connection.sqlite), stop_before=step)
    connection.close()

    Store.open(tmp_path / "part.db").close()

    assert schema(tmp_path / "part.db") == schema(tmp_path / "whole.db")


def test_a_step_that_fails_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.setitem(STEPS, "0099_wrong", "CREATE TABLE half_made (id);\nCREATE TABLE half_made (id);\n")

    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        Store.open(tmp_path / "relay.db")

    assert schema(tmp_path / "relay.db") == ""


def test_every_table_is_strict(store):
    tables = store._connection.rows(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE '%sqlite%'"
    )

    assert len(tables) >= 19
    assert [name for name, strict in tables if not strict] == []


def test_processes_that_start_together_migrate_once(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from store.database import Store
Store.open(Path({str(tmp_path / "relay.db")!r}), quick_check=True).close()
"""
    starting = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]

    assert [process.wait(timeout=60) for process in starting] == [0, 0, 0, 0]

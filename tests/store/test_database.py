import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from store.connection import sqlite3
from store.database import Store, StoreError
from tests.store.builders import draft, enqueue

ROOT = Path(__file__).parents[2]


def refusal(path, **options):
    with pytest.raises(StoreError) as caught:
        Store.open(path, **options)
    return str(caught.value)


def test_a_missing_folder_is_named(tmp_path):
    says = refusal(tmp_path / "nowhere" / "relay.db")

    assert says.startswith(str(tmp_path / "nowhere" / "relay.db"))
    assert "its folder does not exist" in says


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("pupil_id,date,session,code\n" * 100, "utf-8")

    assert refusal(path) == f"{path} is not a SQLite database: name another file in the settings, or restore the backup"
    assert path.read_text("utf-8").startswith("pupil_id")


def test_another_programs_database_is_not_touched(tmp_path):
    path = tmp_path / "other.db"
    other = sqlite3.connect(str(path))
    other.execute("CREATE TABLE pupils (name)")
    other.close()
    before = path.read_bytes()

    assert "is another program's database" in refusal(path)
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_not_touched(store, tmp_path):
    with store.transaction():
        store._connection.write("UPDATE _sqlite_migrations SET name = '0099_from_the_future' WHERE name LIKE '0005%'")

    assert "written by a newer version of attendance-relay (it holds step 0099_from_the_future)" in refusal(
        tmp_path / "relay.db"
    )


def test_a_damaged_file_is_found_when_asked_for(tmp_path):
    path = tmp_path / "relay.db"
    with Store.open(path, journal_mode="delete") as store:
        enqueue(store, *(draft(f"m{n}", payload=bytes(2000)) for n in range(40)))
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = b"\xff" * 4096
    path.write_bytes(content)

    assert str(path) in refusal(path, quick_check=True)


def test_a_folder_in_the_files_place_is_named(tmp_path):
    assert "cannot be opened" in refusal(tmp_path)


@pytest.fixture
def open_folder():
    """A folder that any user of this machine may enter, unlike the others of these tests."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_promise_23_a_file_that_may_not_be_written_is_named(open_folder):
    """A full disk or a read-only volume fails loudly and loses nothing committed.

    A child gives up its rights first, because tests in a container run as root, who may write anything.
    """
    path = open_folder / "relay.db"
    with Store.open(path, journal_mode="delete") as store:
        enqueue(store, draft("m1"))
    program = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from store.database import Store, StoreError
Store.open(Path({str(path)!r}), journal_mode="delete").close()
Path({str(path)!r}).chmod(0o444)
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    store = Store.open(Path({str(path)!r}), journal_mode="delete")
    with store.transaction():
        store.runs.keep("key", "value")
except StoreError as problem:
    print(problem)
"""
    says = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert says == f"{path} cannot be written: give this process write permission on the file and its folder\n"
    path.chmod(0o644)
    with Store.open(path, quick_check=True) as again:
        assert again.messages.get("m1").state == "pending"


def test_a_full_disk_fails_loudly_and_loses_nothing_committed(store):
    enqueue(store, draft("m1"))
    store._connection.sqlite.execute(f"PRAGMA max_page_count = {store._connection.pragma('page_count')}")

    with pytest.raises(StoreError, match="has no room: free space on its disk"):
        enqueue(store, draft("m2", payload=bytes(1_000_000)))

    assert store.messages.get("m1").payload == b"{}"
    assert store.messages.get("m2") is None


def test_a_database_in_the_working_folder_needs_no_folder_in_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    Store.open(Path("relay ä?#%.db")).close()

    assert [path.name for path in tmp_path.iterdir()] == ["relay ä?#%.db"]


def test_an_installation_keeps_the_key_of_its_ids_for_good(store, tmp_path):
    key = store.installation_key()

    assert (len(key), store.installation_key()) == (32, key)
    with Store.open(tmp_path / "relay.db") as again, Store.open(tmp_path / "other.db") as other:
        assert again.installation_key() == key
        assert other.installation_key() != key

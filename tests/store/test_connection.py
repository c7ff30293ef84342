import os
from datetime import datetime

import pytest

from store.connection import StoreError, TransactionError, safe_journal_mode
from store.database import Store
from tests.store.builders import draft, enqueue


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        pytest.param((3, 40, 1), "delete", id="Debian 12"),
        pytest.param((3, 44, 5), "delete", id="before the first backport"),
        pytest.param((3, 44, 6), "wal", id="backport to 3.44"),
        pytest.param((3, 45, 0), "delete", id="after 3.44, without the fix"),
        pytest.param((3, 50, 6), "delete", id="before the second backport"),
        pytest.param((3, 50, 7), "wal", id="backport to 3.50"),
        pytest.param((3, 51, 0), "delete", id="after 3.50, without the fix"),
        pytest.param((3, 51, 2), "delete", id="the last one with the bug"),
        pytest.param((3, 51, 3), "wal", id="the fix"),
        pytest.param((3, 53, 4), "wal", id="the wheel"),
        pytest.param((4, 0, 0), "wal", id="some day"),
    ],
)
def test_the_write_ahead_log_is_used_where_it_cannot_corrupt(version, mode):
    assert safe_journal_mode(version) == mode


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_commit_is_on_the_disk_when_it_returns(tmp_path, mode):
    with Store.open(tmp_path / "relay.db", journal_mode=mode) as store:
        about = store.about()

    assert (about.journal_mode, about.synchronous) == (mode, "full")


def test_an_older_sqlite_library_takes_an_existing_database_back_to_a_rollback_journal(tmp_path):
    with Store.open(tmp_path / "relay.db", journal_mode="wal") as store:
        enqueue(store, draft("m1"))

    with Store.open(tmp_path / "relay.db", journal_mode="delete") as store:
        assert store.about().journal_mode == "delete"
        assert store.messages.get("m1") is not None


def test_status_learns_how_the_database_is_kept(store, tmp_path):
    about = store.about()

    assert about.path == tmp_path / "relay.db"
    assert about.library.startswith("3.")
    assert about.size_bytes >= 4096


def test_what_fails_together_is_undone_together_and_the_reason_stays_in_sight(store):
    def fail_halfway():
        with store.transaction():
            store.messages.enqueue(draft("m1"))
            raise LookupError("the second half")

    with pytest.raises(LookupError, match="the second half"):
        fail_halfway()

    assert store.messages.get("m1") is None


def test_a_transaction_that_fails_leaves_the_store_ready_for_the_next(store):
    with pytest.raises(ValueError, match="has no time zone"):
        enqueue(store, draft("m1"), draft("m2", created_at=datetime(2026, 11, 2, 9)))  # noqa: DTZ001

    assert enqueue(store, draft("m1")) == [True]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda store: store.messages.enqueue(draft("m1")), id="enqueue"),
        pytest.param(lambda store: store.messages.cancel("m1", draft("m1").created_at, "why"), id="cancel"),
        pytest.param(lambda store: store.runs.keep("key", "value"), id="keep"),
        pytest.param(lambda store: store.publications.next_sequence("coventry"), id="next sequence"),
        pytest.param(
            lambda store: store.registers.ingest("s", [], source="x", seen_at=draft("m1").created_at), id="ingest"
        ),
    ],
)
def test_a_write_outside_a_transaction_is_refused(store, write):
    with pytest.raises(TransactionError, match="outside a transaction"):
        write(store)


def test_a_transaction_inside_a_transaction_is_refused_and_the_outer_one_undone(store):
    def nest():
        with store.transaction():
            store.messages.enqueue(draft("m1"))
            with store.transaction():
                pass

    with pytest.raises(TransactionError, match="inside a transaction"):
        nest()

    assert store.messages.get("m1") is None


def test_a_second_process_waits_for_the_lock_and_then_says_who_holds_it_up(store, tmp_path):
    with Store.open(tmp_path / "relay.db", busy_seconds=0.05) as second, store.transaction():
        store.messages.enqueue(draft("m1"))

        with pytest.raises(StoreError, match=r"relay\.db has been locked by another process"):
            enqueue(second, draft("m2"))


def test_readers_do_not_see_what_is_not_committed(store, tmp_path):
    with Store.open(tmp_path / "relay.db") as reader, store.transaction():
        store.messages.enqueue(draft("m1"))

        assert reader.messages.get("m1") is None


def test_a_forked_process_cannot_use_its_parents_connection(store):
    child = os.fork()
    if child == 0:  # pragma: no cover - runs in the child
        try:
            store.messages.due(draft("m1").created_at)
        except TransactionError:
            os._exit(7)
        os._exit(1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_busy_database_keeps_its_rollback_journal_until_the_next_start(tmp_path):
    with Store.open(tmp_path / "relay.db", journal_mode="delete") as first, first.transaction():
        first.messages.enqueue(draft("m1"))
        with Store.open(tmp_path / "relay.db", journal_mode="wal", busy_seconds=0.05) as second:
            assert second.about().journal_mode == "delete"

    with Store.open(tmp_path / "relay.db", journal_mode="wal") as third:
        assert third.about().journal_mode == "wal"


def test_an_unsafe_log_is_never_kept_because_another_process_has_it_open(store, tmp_path):
    assert store.about().journal_mode == "wal"

    with pytest.raises(StoreError, match="locked by another process"):
        Store.open(tmp_path / "relay.db", journal_mode="delete", busy_seconds=0.05)

"""What is removed is gone from the bytes of the file; what proves that it was sent stays; a kill does no harm."""

import multiprocessing
import os
import signal
from hashlib import sha256

import pytest

from store.database import Store
from tests.store.builders import after, claim, draft, enqueue, record, settled

CANARY = b"Zebedee Quillfeather-Canary"
ADDRESS = "zebedee-canary@x.example"


def bytes_of(path):
    """Return everything that SQLite keeps on the disk for a database."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


@pytest.fixture(params=["wal", "delete"])
def path(tmp_path, request):
    """A database in which one message is delivered and one is not, each telling of the canary, among others."""
    path = tmp_path / "relay.db"
    with Store.open(path, journal_mode=request.param) as store:
        names = [f"m{number}" for number in range(40)]
        enqueue(store, *(draft(name, payload=CANARY * 50, address=ADDRESS) for name in names))
        enqueue(store, draft("small", payload=CANARY, address=ADDRESS), draft("other", payload=b"something else"))
        claim(store, limit=50)
        record(store, *(settled(name) for name in (*names, "small", "other")))
    assert CANARY in bytes_of(path)
    return path


@pytest.fixture
def store(path, request):
    with Store.open(path, journal_mode=request.node.callspec.params["path"]) as opened:
        yield opened


def delivered(store):
    return [each.id for each in store.purging.settled()]


def test_promise_27_what_is_removed_is_gone_from_the_file_and_the_evidence_stays(store, path):
    """Payloads are scrubbed on time, and the evidence stays."""
    names = delivered(store)

    assert store.purging.remove_payloads(names, after(days=14)) == 42
    assert store.purging.remove_addresses(after(days=14)) == 41
    assert store.purging.give_back()

    assert CANARY not in bytes_of(path)
    assert ADDRESS.encode() not in bytes_of(path)
    message = store.messages.get("small")
    assert (message.payload, message.payload_sha256) == (b"", sha256(CANARY).hexdigest())
    assert (message.state, message.settled_at, message.address) == ("delivered", after(), "")
    assert [each.outcome for each in store.messages.attempts("small")] == ["delivered"]
    assert [each.action for each in store.messages.interventions("small")] == ["scrubbed"]


def test_without_writing_the_file_anew_the_bytes_are_gone_as_well(store, path):
    store.purging.remove_payloads(delivered(store), after(days=14))
    store._connection.sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert CANARY not in bytes_of(path)


def test_purged_twice_changes_nothing(store):
    names = delivered(store)
    store.purging.remove_payloads(names, after(days=14))
    store.purging.remove_addresses(after(days=14))

    assert store.purging.remove_payloads(names, after(days=15)) == 0
    assert store.purging.remove_addresses(after(days=15)) == 0
    assert delivered(store) == []
    assert len(store.messages.interventions("small")) == 1


def test_the_file_gives_its_space_back(store, path):
    before = path.stat().st_size
    store.purging.remove_payloads(delivered(store), after(days=14))
    store.purging.give_back()

    assert path.stat().st_size < before


def test_what_was_replayed_in_the_meantime_keeps_its_payload(store):
    names = delivered(store)
    with store.transaction():
        store.messages.replay("small", after(days=14), "lost", by="admin")

    assert store.purging.remove_payloads(names, after(days=14)) == 41
    assert store.messages.get("small").payload == CANARY


@pytest.mark.parametrize(
    ("state", "cleared", "is_kept"),
    [
        pytest.param("standing", False, True, id="the case is open"),
        pytest.param("standing", True, False, id="the case is closed"),
    ],
)
def test_an_address_stays_while_the_pupils_case_is_open(tmp_path, state, cleared, is_kept):
    with Store.open(tmp_path / "case.db") as store:
        with store.transaction():
            store._connection.write(
                "INSERT INTO decision (id, school, pupil_id, policy, policy_version, rule, fired_on, generation,"
                " decided_at, rows, actions, reason, evidence, state) VALUES"
                " ('d1', 's', 'p1', 'x', '1', 'r', '2026-11-02', 1, '2026-11-02', '[]', '[]', '', '[]', ?)",
                (state,),
            )
            store._connection.write(
                "INSERT INTO episode (school, pupil_id, policy, ladder, rung, opened_on, moved_on, cleared_on)"
                " VALUES ('s', 'p1', 'x', 'l', 'r', '2026-11-02', '2026-11-02', ?)",
                ("2026-12-01" if cleared else None,),
            )
        enqueue(store, draft("m1", address=ADDRESS, cause="d1"))
        claim(store)
        record(store, settled("m1"))
        store.purging.remove_payloads(["m1"], after(days=99))

        assert store.purging.count_addresses(after(days=99)) == (0 if is_kept else 1)
        store.purging.remove_addresses(after(days=99))
        assert store.messages.get("m1").address == (ADDRESS if is_kept else "")


def purge_until_killed(path, steps):
    """Purge in a child process, and be killed after some messages."""
    with Store.open(path) as store:
        seen = iter(range(steps))
        store.purging._remove = killing(store.purging._remove, seen)
        store.purging.remove_payloads(delivered(store), after(days=14))


def killing(remove, seen):
    def killed(*given):
        if next(seen, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return remove(*given)

    return killed


@pytest.mark.parametrize("steps", [0, 1, 41])
def test_killed_in_the_middle_a_purge_does_no_harm_and_the_next_one_finishes_it(path, steps):
    child = multiprocessing.get_context("spawn").Process(target=purge_until_killed, args=(path, steps))
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL

    with Store.open(path, quick_check=True) as store:
        left = delivered(store)
        assert len(left) == 42
        store.purging.remove_payloads(left, after(days=14))
        store.purging.give_back()
        assert store.messages.get("m0").payload_sha256 == sha256(CANARY * 50).hexdigest()
    assert CANARY not in bytes_of(path)

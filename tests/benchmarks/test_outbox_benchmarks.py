"""The outbox's benchmarks at a small size: what is measured is what it is called, and a cheat would show."""

import pytest

from benchmarks import messages, outbox_backlog, outbox_fairness, outbox_throughput
from benchmarks.ingest import connection_of
from benchmarks.receiver import ledger_of
from benchmarks.table import text
from store.database import Store
from tests.benchmarks.test_benchmarks import here, names

KEPT = (outbox_backlog.CLOSED, outbox_backlog.HELD, outbox_backlog.LATER)


def test_a_notice_has_two_kilobytes_and_an_id_of_its_own():
    bodies = [messages.payload(number) for number in range(50)]

    assert {len(body) for body in bodies} == {messages.PAYLOAD_BYTES}
    assert len({*bodies}) == 50


def test_the_outbox_is_measured_beside_the_queues_that_are_installed(tmp_path):
    section = outbox_throughput.section(tmp_path, 3, here, repeats=1)

    asked = outbox_throughput.ways(3)
    assert names(section) == [(what, 30 if what.endswith("batches") else 3) for what in asked]
    assert {f"outbox, {way}" for way in outbox_throughput.WANTED} < {*asked}
    assert all(
        f"{name} is not installed" in text(section)
        for name in {*outbox_throughput.QUEUES} - {*outbox_throughput.installed()}
    )
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", outbox_throughput.installed())
def test_another_queue_delivers_what_was_put_once_and_no_more(name, tmp_path):
    queue = outbox_throughput.opening_of(outbox_throughput.installed()[name])(tmp_path)
    queue.put(messages.payload(1))

    assert [queue.deliver_one(), queue.deliver_one()] == [True, False]
    queue.close()


def test_a_queue_that_is_less_durable_than_the_outbox_is_found_out(tmp_path, monkeypatch):
    pytest.importorskip("litequeue")
    from benchmarks.queues.lite_queue import LitequeueQueue

    whole = LitequeueQueue.__init__

    def careless(queue, folder):
        whole(queue, folder)
        queue.connection.execute("PRAGMA synchronous = NORMAL")

    monkeypatch.setattr(LitequeueQueue, "__init__", careless)

    with pytest.raises(AssertionError, match="litequeue writes with synchronous = 1"):
        outbox_throughput.safety(str(tmp_path))


def test_claims_are_measured_at_every_size_and_with_most_messages_kept_back(tmp_path):
    section = outbox_backlog.section(tmp_path, [1_000, 10_000], here, repeats=1)

    kinds = [("pending", 1_000), *((what, 10_000) for what in ("pending", *(f"nine tenths {kept}" for kept in KEPT)))]
    assert names(section) == [(f"{way}, {what}", size) for way in ("claim", "claim and record") for what, size in kinds]
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("kept", [outbox_backlog.PLAIN, *KEPT])
def test_a_backlog_is_as_the_store_would_have_written_it(kept, tmp_path):
    outbox_backlog.fill(str(tmp_path), 2_000, kept)

    with Store.open(outbox_backlog.Backlog(2_000, kept).file(tmp_path)) as store:
        db = connection_of(store)
        heads = "SELECT min(seq) FROM message GROUP BY ordering_key ORDER BY 1"
        assert db.rows("SELECT seq FROM message WHERE is_head ORDER BY seq") == db.rows(heads)
        [(kept_back,)] = db.rows(
            "SELECT count(*) FROM message WHERE hold IS NOT NULL OR destination = 'closed' OR next_attempt_at > created_at"
        )
        assert kept_back == 0 if kept == outbox_backlog.PLAIN else 1_500 < kept_back < 1_999
        assert len(store.messages.circuits()) == (kept == outbox_backlog.CLOSED)


def test_the_others_are_measured_with_and_without_one_that_never_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox_fairness, "DESTINATIONS", 5)
    monkeypatch.setattr(outbox_fairness, "TIMEOUT_SECONDS", 0.3)

    section = outbox_fairness.section(tmp_path, 50, here, repeats=1)

    assert names(section) == [("the others, when all answer", 40), ("the others, when one never answers", 40)]
    # The first turn is not timed: both receivers were asked twice over.
    well, hanging = (ledger_of(tmp_path / f"ledger-{which}.jsonl") for which in ("all", "one"))
    assert {request.answer for request in well} == {"202"}
    assert {request.answer for request in hanging if request.destination == outbox_fairness.HANGING} == {"hang"}
    assert sum(request.answer == "202" for request in hanging) == 80
    assert max(request.at_once for request in well) == 1


def test_the_same_is_measured_on_a_slower_disk_or_the_table_says_why_not(tmp_path):
    section = outbox_throughput.slow_section(tmp_path, 3, here, repeats=1)

    assert [what for what, _ in names(section)] == [*outbox_throughput.ways(3)]
    assert "strace is not here" in text(outbox_throughput.slow_section(tmp_path, 3, lambda *_, **__: None))

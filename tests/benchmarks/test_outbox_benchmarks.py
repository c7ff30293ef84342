"""The outbox's benchmarks at a small size: what is measured is what it is called, and a cheat would show."""

import pytest

from benchmarks import messages, outbox_throughput
from benchmarks.table import text
from tests.benchmarks.test_benchmarks import here, names


def test_a_notice_has_two_kilobytes_and_an_id_of_its_own():
    bodies = [messages.payload(number) for number in range(50)]

    assert {len(body) for body in bodies} == {messages.PAYLOAD_BYTES}
    assert len({*bodies}) == 50


def test_the_outbox_is_measured_beside_the_queues_that_are_installed(tmp_path):
    section = outbox_throughput.section(tmp_path, 3, here)

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

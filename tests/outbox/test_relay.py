import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from outbox.messages import Blame, Deferred, Delivered, NotFound, Outcome, Refused, State
from outbox.relay import Delivery, Outside, deliver
from outbox.settling import Limits
from tests.outbox.builders import NOW, draft
from tests.outbox.fake_outbox import FakeOutbox


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self):
        return self.now

    def wait(self, **duration):
        self.now += timedelta(**duration)


@dataclass
class Receiver:
    """Answers what it is told to, and remembers which ids came."""

    answers: list[Outcome | Exception] = field(default_factory=list)
    longest: timedelta = timedelta(seconds=30)
    seen: list[tuple[str, bytes]] = field(default_factory=list)
    found: list[Outcome | NotFound | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def send(self, message) -> Outcome:
        self.seen.append((message.id, message.payload))
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def find(self, message):
        self.asked.append(message.id)
        return self.found.pop(0) if self.found else None

    def follow(self, waiting):
        return ()

    def check(self):
        return ()

    def close(self):
        pass


DOWN = Deferred(Blame.DESTINATION, "503")


def run(outbox, clock=None, *, limits=None, stop=lambda: False, seen=lambda _: None, openings=None, **channels):
    outside = Outside(clock=clock or Clock(), jitter=lambda: 1.0, stop=stop, seen=seen, openings=openings or {})
    return deliver(outbox, channels, outside, token="worker 1", limits=limits)


def drafts(*names, **common):
    return [draft(idempotency_key=name, **{"ordering_key": name} | common) for name in names]


def states(outbox):
    return [row.state for row in outbox.rows.values()]


def test_everything_due_is_sent_once_and_recorded():
    outbox, receiver = FakeOutbox(*drafts("a", "b", "c")), Receiver()

    assert run(outbox, warwickshire=receiver) == Delivery(delivered=3)
    assert len({message_id for message_id, _ in receiver.seen}) == 3
    assert run(outbox, warwickshire=receiver) == Delivery()


def test_messages_of_one_key_arrive_in_order_and_a_stuck_one_holds_those_behind_it():
    outbox = FakeOutbox(*drafts("first", "second", ordering_key="feed"), *drafts("other"))
    receiver = Receiver([Deferred(Blame.MESSAGE, "450")])
    clock = Clock()

    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=1, deferred=1)
    clock.wait(minutes=1)
    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=2)
    first, other, again, second = (message_id for message_id, _ in receiver.seen)
    assert first == again
    assert len({first, other, second}) == 3


def test_an_outage_pauses_the_destination_uses_up_no_attempts_and_holds_up_nobody_else():
    outbox = FakeOutbox(*drafts("a", "b", "c"), *drafts("d", destination="coventry"))
    warwickshire, coventry = Receiver([DOWN]), Receiver()

    delivery = run(outbox, warwickshire=warwickshire, coventry=coventry)

    assert delivery == Delivery(delivered=1, deferred=1, released=2)
    assert len(warwickshire.seen) == 1
    assert [row.attempts for row in outbox.rows.values()] == [0, 0, 0, 0]
    assert outbox.open.keys() == {"warwickshire"}


def test_after_the_pause_one_probe_decides_for_all():
    outbox, clock = FakeOutbox(*drafts("a", "b", "c")), Clock()
    receiver = Receiver([DOWN, DOWN])
    run(outbox, clock, warwickshire=receiver)

    clock.wait(seconds=29)
    assert run(outbox, clock, warwickshire=receiver) == Delivery()
    clock.wait(seconds=1)
    assert run(outbox, clock, warwickshire=receiver) == Delivery(deferred=1)
    clock.wait(minutes=1)
    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=3)
    assert not outbox.open


def test_two_days_of_outage_kill_nothing():
    outbox, clock, receiver = FakeOutbox(*drafts("a", "b")), Clock(), Receiver([DOWN] * 1000)

    for _ in range(48 * 12):
        clock.wait(minutes=5)
        run(outbox, clock, warwickshire=receiver)
    receiver.answers.clear()
    clock.wait(hours=2)
    run(outbox, clock, warwickshire=receiver)

    assert states(outbox) == [State.DELIVERED] * 2
    assert len(receiver.seen) < 60


def test_an_ambiguous_attempt_is_repeated_with_the_same_id_and_bytes():
    outbox, clock = FakeOutbox(*drafts("a")), Clock()
    receiver = Receiver([Deferred(Blame.UNKNOWN, "no answer")])

    run(outbox, clock, warwickshire=receiver)
    clock.wait(minutes=1)
    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=1)
    assert receiver.seen[0] == receiver.seen[1]


def test_a_message_fails_by_its_own_fault_twelve_times_then_a_person_is_needed():
    outbox, clock, receiver = FakeOutbox(*drafts("a")), Clock(), Receiver([Deferred(Blame.MESSAGE, "450")] * 20)

    for _ in range(40):
        run(outbox, clock, warwickshire=receiver)
        clock.wait(hours=2)

    (row,) = outbox.rows.values()
    assert (row.state, row.attempts, len(receiver.seen)) == (State.DEAD, 12, 12)
    assert row.reason == "given up after 12 attempts: 450"


def test_a_refused_message_is_dead_at_once_and_the_next_of_its_key_goes():
    outbox = FakeOutbox(*drafts("a", "b", ordering_key="feed"))

    assert run(outbox, warwickshire=Receiver([Refused(Blame.MESSAGE, "422")])) == Delivery(delivered=1, dead=1)
    assert states(outbox) == [State.DEAD, State.DELIVERED]


def test_a_channel_that_breaks_stops_no_other_message_and_its_words_are_not_repeated():
    outbox = FakeOutbox(*drafts("a", "b"))

    delivery = run(outbox, warwickshire=Receiver([RuntimeError("Robin Canary")]))

    assert delivery == Delivery(delivered=1, deferred=1)
    assert "RuntimeError at test_relay.py:" in outbox.settlements[0].reason
    assert "Canary" not in outbox.settlements[0].reason


def test_a_destination_without_a_channel_waits_for_the_operator():
    outbox = FakeOutbox(*drafts("a"))

    assert run(outbox) == Delivery(refused=1)
    assert states(outbox) == [State.PENDING]
    assert "add it to relay.toml" in outbox.settlements[0].reason


def test_stopping_hands_back_what_was_not_sent():
    outbox, receiver = FakeOutbox(*drafts("a", "b", "c")), Receiver()

    def stop():
        return len(receiver.seen) >= 1

    delivery = run(outbox, stop=stop, warwickshire=receiver)

    assert delivery == Delivery(delivered=1, released=2)
    assert sorted(states(outbox)) == ["delivered", "pending", "pending"]


def test_nothing_is_sent_that_could_outlast_its_lease():
    clock, limits = Clock(), Limits(lease=timedelta(minutes=2))
    outbox = FakeOutbox(*drafts("a", "b", "c"))
    receiver = Receiver(longest=timedelta(seconds=50))
    slow = receiver.send

    def send(message):
        clock.wait(seconds=50)
        return slow(message)

    receiver.send = send
    delivery = run(outbox, clock, limits=limits, warwickshire=receiver)

    assert delivery == Delivery(delivered=3, released=1)


def test_promise_16_a_channel_slower_than_the_lease_is_refused_before_anything_is_claimed():
    """Nothing waits for ever."""
    outbox = FakeOutbox(*drafts("a"))

    with pytest.raises(ValueError, match=r"'warwickshire' may take 600 s .* the lease lasts 600 s"):
        run(outbox, warwickshire=Receiver(longest=timedelta(minutes=10)))
    assert states(outbox) == [State.PENDING]


def test_a_worker_that_lost_its_lease_changes_nothing():
    outbox, clock = FakeOutbox(*drafts("a")), Clock()
    receiver = Receiver()

    def send(message):
        clock.wait(minutes=11)
        outbox.claim("warwickshire", clock(), limit=1, lease=timedelta(minutes=10), token="worker 2")
        return Delivered()

    receiver.send = send

    assert run(outbox, clock, warwickshire=receiver) == Delivery(stale=1)
    assert states(outbox) == [State.SENDING]


@pytest.mark.parametrize("crash", ["after the claim", "after sending"])
def test_a_crash_loses_nothing_and_repeats_under_the_same_id(crash):
    outbox, clock, receiver = FakeOutbox(*drafts("a")), Clock(), Receiver()
    (claimed,) = outbox.claim("warwickshire", clock(), limit=1, lease=timedelta(minutes=10), token="killed")
    if crash == "after sending":
        receiver.send(claimed)

    assert run(outbox, clock, warwickshire=receiver) == Delivery()
    clock.wait(minutes=11)
    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=1)
    assert len(set(receiver.seen)) == 1


def test_every_settlement_is_shown():
    shown = []

    run(FakeOutbox(*drafts("a", "b")), seen=shown.append, warwickshire=Receiver())

    assert [settlement.outcome for settlement in shown] == ["delivered", "delivered"]


def unsure(outbox, name="a"):
    """Let an attempt end with nobody knowing whether it arrived, and the pause after it pass."""
    clock = Clock()
    run(outbox, clock, warwickshire=Receiver([Deferred(Blame.UNKNOWN, "no answer")]))
    clock.wait(minutes=1)
    return clock


@pytest.mark.parametrize(
    ("found", "sent", "delivered"),
    [
        pytest.param(Delivered("n-17"), 0, 1, id="it is there: nothing is sent again"),
        pytest.param(NotFound(), 1, 1, id="it is not there: it is sent"),
        pytest.param(None, 1, 1, id="this receiver cannot be asked: it is sent again under its id"),
        pytest.param(DOWN, 0, 0, id="the receiver does not answer now: nothing is sent before it has"),
    ],
)
def test_a_receiver_is_asked_for_a_message_that_may_have_arrived(found, sent, delivered):
    outbox, receiver = FakeOutbox(*drafts("a")), Receiver(found=[found])
    clock = unsure(outbox)

    done = run(outbox, clock, warwickshire=receiver)

    assert (len(receiver.asked), len(receiver.seen), done.delivered) == (1, sent, delivered)


def test_nobody_is_asked_about_a_message_that_was_never_sent():
    receiver = Receiver()

    run(FakeOutbox(*drafts("a")), warwickshire=receiver)

    assert (receiver.asked, len(receiver.seen)) == ([], 1)


def test_a_lease_that_ran_out_leaves_it_open_whether_the_message_arrived():
    outbox, clock, receiver = FakeOutbox(*drafts("a")), Clock(), Receiver(found=[Delivered("there")])
    outbox.claim("warwickshire", clock(), limit=1, lease=timedelta(minutes=10), token="killed")
    clock.wait(minutes=11)

    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=1)
    assert receiver.seen == []


def test_a_destination_that_hangs_keeps_no_other_waiting():
    """The others are done while the first message is still on its way."""
    others = [f"council-{number}" for number in range(12)]
    rows = [draft(idempotency_key=f"{name}/{n}", ordering_key=f"{name}/{n}", destination=name)
            for name in others for n in range(5)]  # fmt: skip
    outbox, receivers = FakeOutbox(*drafts("slow"), *rows), {name: Receiver() for name in others}
    until_the_others_are_done, hanging = threading.Event(), Receiver()

    def hang(message):
        assert until_the_others_are_done.wait(20)
        return Delivered()

    def seen(settlement):
        if all(len(receiver.seen) == 5 for receiver in receivers.values()):
            until_the_others_are_done.set()

    hanging.send = hang
    assert run(outbox, seen=seen, warwickshire=hanging, **receivers) == Delivery(delivered=61)


def test_one_destination_is_served_by_one_sender_at_a_time_and_all_have_their_turn():
    names = [f"council-{number}" for number in range(20)]
    at_work, most = Counter(), Counter()

    class Watched(Receiver):
        def send(self, message):
            at_work[message.destination] += 1
            most[message.destination] = max(most[message.destination], at_work[message.destination])
            at_work[message.destination] -= 1
            return Delivered()

    rows = [draft(idempotency_key=f"{name}/{n}", ordering_key=f"{name}/{n}", destination=name)
            for name in names for n in range(12)]  # fmt: skip

    assert run(FakeOutbox(*rows), **{name: Watched() for name in names}).delivered == 240
    assert set(most.values()) == {1}


def test_what_the_store_refuses_to_record_ends_the_delivery_with_its_error():
    outbox = FakeOutbox(*drafts("a", "b"))

    def record(settlements, now):
        raise OSError("disk full")

    outbox.record = record
    with pytest.raises(OSError, match="disk full"):
        run(outbox, warwickshire=Receiver())


def test_a_fault_of_the_relay_itself_ends_the_delivery_and_is_not_swallowed():
    clock = Clock()

    def broken():
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError
        return clock.now

    with pytest.raises(ZeroDivisionError):
        run(FakeOutbox(*drafts("a")), broken, warwickshire=Receiver())

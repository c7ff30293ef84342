from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from outbox.messages import Blame, Deferred, Delivered, Outcome, Refused, State
from outbox.relay import Delivery, deliver
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

    def send(self, message) -> Outcome:
        self.seen.append((message.id, message.payload))
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(self):
        return ()

    def close(self):
        pass


DOWN = Deferred(Blame.DESTINATION, "503")


def run(outbox, clock=None, **channels):
    return deliver(outbox, channels, clock=clock or Clock(), token="worker 1", jitter=lambda: 1.0)


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

    delivery = deliver(outbox, {"warwickshire": receiver}, clock=Clock(), token="t", stop=stop)

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
    delivery = deliver(outbox, {"warwickshire": receiver}, clock=clock, token="t", limits=limits)

    assert delivery == Delivery(delivered=3, released=1)


def test_a_channel_slower_than_the_lease_is_refused_before_anything_is_claimed():
    outbox = FakeOutbox(*drafts("a"))

    with pytest.raises(ValueError, match=r"'warwickshire' may take 600 s .* the lease lasts 600 s"):
        run(outbox, warwickshire=Receiver(longest=timedelta(minutes=10)))
    assert states(outbox) == [State.PENDING]


def test_a_worker_that_lost_its_lease_changes_nothing():
    outbox, clock = FakeOutbox(*drafts("a")), Clock()
    receiver = Receiver()

    def send(message):
        clock.wait(minutes=11)
        outbox.claim(clock(), limit=1, lease=timedelta(minutes=10), token="worker 2")
        return Delivered()

    receiver.send = send

    assert run(outbox, clock, warwickshire=receiver) == Delivery(stale=1)
    assert states(outbox) == [State.SENDING]


@pytest.mark.parametrize("crash", ["after the claim", "after sending"])
def test_a_crash_loses_nothing_and_repeats_under_the_same_id(crash):
    outbox, clock, receiver = FakeOutbox(*drafts("a")), Clock(), Receiver()
    (claimed,) = outbox.claim(clock(), limit=1, lease=timedelta(minutes=10), token="killed")
    if crash == "after sending":
        receiver.send(claimed)

    assert run(outbox, clock, warwickshire=receiver) == Delivery()
    clock.wait(minutes=11)
    assert run(outbox, clock, warwickshire=receiver) == Delivery(delivered=1)
    assert len(set(receiver.seen)) == 1


def test_every_settlement_is_shown():
    shown = []

    deliver(FakeOutbox(*drafts("a", "b")), {"warwickshire": Receiver()}, clock=Clock(), token="t", seen=shown.append)

    assert [settlement.outcome for settlement in shown] == ["delivered", "delivered"]

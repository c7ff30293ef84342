import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from outbox.messages import Blame
from store.database import Store
from tests.store.builders import LEASE, MONDAY, after, claim, claimed, deferred, draft, enqueue, record, settled, states


def paused(name, token="worker-1", **fields):
    """Return an attempt that found the destination down, to be probed in an hour."""
    plain = {"circuit": "open", "probe_at": after(hours=1), "reason": "401", "blame": Blame.DESTINATION}
    return deferred(name, token, **(plain | fields))


class TestClaiming:
    """What may be sent, and in which order."""

    def test_a_claimed_message_is_nobody_elses(self, store):
        enqueue(store, draft("m1"), draft("m2"))

        assert claim(store, limit=1, token="worker-1") == ["m1"]
        assert claim(store, token="worker-2") == ["m2"]
        assert claim(store, token="worker-3") == []

    def test_a_claim_knows_what_the_relay_needs(self, store):
        enqueue(store, draft("m1", payload=b"bytes"))

        (message,) = claimed(store)

        assert (message.state, message.lease_token, message.payload) == ("sending", "worker-1", b"bytes")
        assert (message.attempts, message.first_attempt_at) == (0, None)

    def test_the_longest_due_goes_first(self, store):
        enqueue(
            store,
            draft("late", not_before=after(minutes=-1)),
            draft("early", not_before=after(minutes=-9)),
            draft("m", not_before=after(minutes=-5)),
        )

        assert claim(store) == ["early", "m", "late"]

    @pytest.mark.parametrize(
        ("now", "due"),
        [
            pytest.param(after(minutes=59), [], id="a minute early"),
            pytest.param(after(hours=1), ["m1"], id="at the time"),
        ],
    )
    def test_a_message_waits_for_its_time(self, store, now, due):
        enqueue(store, draft("m1", not_before=after(hours=1)))

        assert claim(store, now) == due

    def test_every_destination_with_something_due_can_be_claimed_for(self, store):
        enqueue(
            store,
            *(draft(f"a{n}", destination="a") for n in range(5)),
            draft("b0", destination="b"),
            draft("c0", destination="c", not_before=after(hours=1)),
        )

        assert store.messages.due(MONDAY) == ["a", "b"]
        assert claim(store, limit=2) == ["a0", "a1", "b0"]

    def test_nothing_is_claimed_when_nothing_is_due(self, store):
        assert claim(store) == []


class TestOrder:
    """Messages of one key leave one after another; keys do not wait for one another."""

    def test_only_the_first_of_a_key_may_go(self, store):
        enqueue(store, draft("a1", ordering_key="a"), draft("a2", ordering_key="a"), draft("b1", ordering_key="b"))

        assert claim(store) == ["a1", "b1"]
        assert claim(store) == []

    @pytest.mark.parametrize(
        ("end", "then"),
        [
            pytest.param(settled("a1"), ["a2"], id="delivered"),
            pytest.param(settled("a1", outcome="refused", state="dead"), ["a2"], id="dead"),
            pytest.param(deferred("a1"), ["a1"], id="deferred and due again"),
            pytest.param(deferred("a1", next_attempt_at=after(hours=1)), [], id="deferred until later"),
        ],
    )
    def test_the_next_of_a_key_waits_for_the_end_of_the_first(self, store, end, then):
        enqueue(store, draft("a1", ordering_key="a"), draft("a2", ordering_key="a"), draft("a3", ordering_key="a"))
        claim(store)

        record(store, end)

        assert claim(store) == then

    def test_a_cancelled_head_lets_the_next_through(self, store):
        enqueue(store, draft("a1", ordering_key="a", not_before=after(days=1)), draft("a2", ordering_key="a"))
        assert claim(store) == []

        with store.transaction():
            store.messages.cancel("a1", MONDAY, "withdrawn")

        assert claim(store) == ["a2"]

    def test_a_replayed_message_goes_before_the_later_ones_of_its_key(self, store):
        enqueue(store, draft("a1", ordering_key="a"), draft("a2", ordering_key="a"))
        claim(store)
        record(store, settled("a1", outcome="refused", state="dead"))

        with store.transaction():
            store.messages.replay("a1", MONDAY, "corrected")

        assert claim(store) == ["a1"]
        assert claim(store) == []
        record(store, settled("a1"))
        assert claim(store) == ["a2"]

    def test_dead_messages_of_a_key_that_are_replayed_together_keep_their_order(self, store):
        enqueue(store, draft("a1", ordering_key="a"), draft("a2", ordering_key="a"))
        for name in ("a1", "a2"):
            claim(store)
            record(store, settled(name, outcome="refused", state="dead"))

        with store.transaction():
            store.messages.replay("a1", MONDAY, "corrected")
            store.messages.replay("a2", MONDAY, "corrected")

        assert claim(store) == ["a1"]
        assert claim(store) == []

    def test_a_message_replayed_while_a_later_one_is_on_its_way_goes_first_from_then_on(self, store):
        enqueue(store, draft("a1", ordering_key="a"), draft("a2", ordering_key="a"))
        claim(store)
        record(store, settled("a1", outcome="refused", state="dead"))
        claim(store)
        with store.transaction():
            store.messages.replay("a1", MONDAY, "corrected")
        record(store, deferred("a2"))

        assert claim(store) == ["a1"]

    def test_one_destination_that_is_down_does_not_hold_up_another(self, store):
        enqueue(store, draft("a1", destination="a"), draft("b1", destination="b"), draft("b2", destination="b"))
        claim(store, limit=1)
        record(store, paused("a1", destination="a"), settled("b1", destination="b"))

        assert claim(store) == ["b2"]


class TestLeases:
    """A worker that died loses its messages to the next one, and cannot say anything of them afterwards."""

    def test_a_lease_that_ran_out_frees_the_message_with_its_attempts(self, store):
        enqueue(store, draft("m1"))
        claim(store)
        record(store, deferred("m1", counts=True))
        claim(store)

        assert claim(store, MONDAY + LEASE) == []
        assert claim(store, after(minutes=10, microseconds=1), token="worker-2") == ["m1"]
        message = store.messages.get("m1")
        assert (message.attempts, message.lapses) == (1, 1)
        assert [each.outcome for each in store.messages.attempts("m1")] == ["deferred", "lapsed"]

    def test_a_stale_worker_changes_nothing(self, store):
        enqueue(store, draft("m1"))
        claim(store, token="worker-1")
        claim(store, after(hours=1), token="worker-2")

        assert record(store, settled("m1", "worker-1"), paused("m1", "worker-1")) == 0
        assert (states(store, "m1"), store.messages.circuits()) == (["sending"], [])
        assert [each.outcome for each in store.messages.attempts("m1")] == ["lapsed"]
        assert record(store, settled("m1", "worker-2")) == 1

    def test_a_result_is_recorded_once(self, store):
        enqueue(store, draft("m1"))
        claim(store)

        assert (record(store, settled("m1")), record(store, settled("m1"))) == (1, 0)

    def test_leases_and_times_survive_a_restart(self, store, tmp_path):
        enqueue(store, draft("m1"), draft("m2"))
        claim(store, limit=1)
        record(store, deferred("m1", next_attempt_at=after(minutes=33)))
        claim(store)
        store.close()

        with Store.open(tmp_path / "relay.db") as again:
            assert again.messages.get("m1").next_attempt_at == after(minutes=33)
            assert again.messages.get("m2").lease_token == "worker-1"

    def test_a_claim_and_the_record_of_the_last_one_are_one_commit(self, store, tmp_path):
        enqueue(store, draft("m1"), draft("m2"))
        claim(store, limit=1)

        with Store.open(tmp_path / "relay.db") as reader, store.transaction():
            record(store, settled("m1"))
            assert claim(store) == ["m2"]
            assert states(reader, "m1", "m2") == ["sending", "pending"]

        assert states(store, "m1", "m2") == ["delivered", "sending"]


class TestRecording:
    """What is written down about an attempt."""

    def test_an_attempt_is_kept_with_everything_known_of_it(self, store):
        enqueue(store, draft("m1"))
        claim(store)
        record(
            store,
            deferred(
                "m1",
                counts=True,
                blame=Blame.MESSAGE,
                reason="422",
                started_at=after(seconds=1),
                ended_at=after(seconds=3),
            ),
        )

        (attempt,) = store.messages.attempts("m1")
        assert (attempt.outcome, attempt.blame, attempt.reason, attempt.counted) == ("deferred", "message", "422", True)
        assert (attempt.started_at, attempt.ended_at) == (after(seconds=1), after(seconds=3))
        assert store.messages.get("m1").first_attempt_at == after(seconds=1)

    def test_the_first_attempt_stays_the_first(self, store):
        enqueue(store, draft("m1"))
        claim(store)
        record(store, deferred("m1"))
        claim(store)
        record(store, settled("m1", started_at=after(hours=2), reference="receipt 7"), now=after(hours=2))

        message = store.messages.get("m1")
        assert (message.first_attempt_at, message.settled_at) == (MONDAY, after(hours=2))
        assert (message.state, message.reference) == ("delivered", "receipt 7")

    def test_a_message_handed_back_untried_has_not_been_attempted(self, store):
        enqueue(store, draft("m1"))
        claim(store)
        record(store, settled("m1", outcome="released", state="pending", next_attempt_at=MONDAY))

        message = store.messages.get("m1")
        assert (message.state, message.attempts, message.first_attempt_at) == ("pending", 0, None)
        assert claim(store) == ["m1"]


class TestCircuits:
    """A destination that is down is left alone, and tried again with exactly one message."""

    @pytest.fixture
    def down(self, store):
        enqueue(store, *(draft(f"m{n}") for n in range(4)))
        claim(store, limit=2)
        record(store, paused("m0"), settled("m1", outcome="released", state="pending"))
        return store

    @pytest.mark.parametrize(
        ("now", "probes"), [(MONDAY, 0), (after(minutes=59), 0), (after(hours=1), 1), (after(days=9), 1)]
    )
    def test_one_probe_goes_when_its_time_has_come(self, down, now, probes):
        assert len(claim(down, now)) == probes

    def test_no_second_probe_goes_while_the_first_is_on_its_way(self, down):
        claim(down, after(hours=1))

        assert claim(down, after(hours=1), token="worker-2") == []

    def test_a_probe_that_fails_puts_off_the_next_and_keeps_the_beginning(self, down):
        (probe,) = claim(down, after(hours=1))
        record(down, paused(probe, ended_at=after(hours=1), probe_at=after(hours=3), reason="still 401"))

        (circuit,) = down.messages.circuits()
        assert (circuit.destination, circuit.opened_at) == ("coventry", MONDAY)
        assert (circuit.probe_at, circuit.reason) == (after(hours=3), "still 401")
        assert claim(down, after(hours=2)) == []

    def test_a_probe_that_arrives_opens_the_way_for_all(self, down):
        (probe,) = claim(down, after(hours=1))
        record(down, settled(probe, circuit="close"))

        assert down.messages.circuits() == []
        assert len(claim(down, after(hours=1))) == 3

    def test_a_probe_whose_worker_died_is_followed_by_another(self, down):
        claim(down, after(hours=1))

        assert len(claim(down, after(hours=2), token="worker-2")) == 1

    def test_a_person_may_say_that_it_is_up_again(self, down):
        with down.transaction():
            assert down.messages.close_circuit("coventry", after(minutes=1))
            assert not down.messages.close_circuit("coventry", after(minutes=1))

        assert len(claim(down, after(minutes=1))) == 4

    def test_the_other_destinations_do_not_notice(self, down):
        enqueue(down, draft("s1", destination="school"))

        assert claim(down) == ["s1"]


def steps_of(store, work):
    """Count the steps SQLite's machine takes, in hundreds: the same on every computer, however busy."""
    count = 0

    def step():
        nonlocal count
        count += 1
        return 0

    store._connection.sqlite.set_progress_handler(step, 100)
    work()
    store._connection.sqlite.set_progress_handler(None, 0)
    return count


BACKLOGS = {
    "all due": {},
    "all of one key": {"ordering_key": "one"},
    "none due": {"not_before": after(days=1)},
    "for a destination that is down": {"destination": "down"},
}


@pytest.mark.parametrize("fields", BACKLOGS.values(), ids=BACKLOGS)
def test_a_claim_takes_no_longer_from_a_long_backlog(store, fields):
    enqueue(store, draft("probe", destination="down"))
    claim(store)
    record(store, paused("probe", destination="down"))

    def grow(first, last):
        enqueue(store, *(draft(f"m{n}", **fields) for n in range(first, last)))
        return steps_of(store, lambda: claim(store, limit=20))

    short, long = grow(0, 100), grow(100, 5_000)

    assert long <= short + 5


def test_the_long_past_of_a_key_costs_nothing(store):
    def one_more(first, last):
        names = [f"m{n}" for n in range(first, last)]
        enqueue(store, *(draft(name, ordering_key="feed") for name in names))
        with store.transaction():
            for name in names:
                claim(store)
                record(store, settled(name))
        enqueue(store, draft(f"{last}", ordering_key="feed"))
        claim(store)
        return steps_of(store, lambda: record(store, settled(f"{last}")))

    short, long = one_more(0, 100), one_more(100, 2_000)

    assert long <= short + 2


class Outbox(RuleBasedStateMachine):
    """Whatever workers, clocks and people do: no key has two messages out, none overtakes, and none is lost."""

    def __init__(self):
        super().__init__()
        self.store = Store.open(self.folder / f"{len(list(self.folder.iterdir()))}.db", journal_mode="delete")
        self.now, self.names, self.out = MONDAY, 0, {}

    @rule(key=st.sampled_from("ab"), wait=st.integers(0, 3))
    def enqueue(self, key, wait):
        self.names += 1
        due = self.now + wait * LEASE
        enqueue(self.store, draft(f"m{self.names}", ordering_key=key, not_before=due, created_at=self.now))

    @rule(limit=st.integers(1, 3))
    def claim(self, limit):
        token = f"worker-{len(self.out)}"
        for name in claim(self.store, self.now, limit=limit, token=token):
            self.out[name] = token

    @rule(data=st.data(), end=st.sampled_from(["delivered", "dead", "pending"]))
    def settle(self, data, end):
        if self.out:
            name = data.draw(st.sampled_from(sorted(self.out)))
            record(self.store, settled(name, self.out.pop(name), outcome="x", state=end))

    @rule(data=st.data())
    def replay_or_cancel(self, data):
        if self.names:
            name = f"m{data.draw(st.integers(1, self.names))}"
            with self.store.transaction():
                _ = self.store.messages.replay(name, self.now, "w") or self.store.messages.cancel(name, self.now, "w")

    @rule()
    def time_passes(self):
        self.now += LEASE * 2

    @invariant()
    def one_head_a_key(self):
        heads = self.store._connection.rows(
            "SELECT ordering_key, count(*), min(seq) = (SELECT min(seq) FROM message o WHERE o.ordering_key ="
            " m.ordering_key AND state IN ('pending', 'sending')) FROM message m WHERE is_head = 1 AND state IN ('pending', 'sending') GROUP BY 1"
        )
        waiting = self.store._connection.rows(
            "SELECT DISTINCT ordering_key FROM message WHERE state IN ('pending', 'sending')"
        )
        assert sorted(heads) == sorted((key, 1, 1) for (key,) in waiting)

    @invariant()
    def nothing_is_lost(self):
        assert sum(self.store.messages.counts().values()) == self.names

    def teardown(self):
        self.store.close()


def test_the_outbox_keeps_its_order_whatever_happens(tmp_path):
    Outbox.folder = tmp_path
    machine = type("Machine", (Outbox,), {}).TestCase
    machine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
    machine().runTest()

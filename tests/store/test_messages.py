from hashlib import sha256

import pytest

from store.connection import sqlite3
from store.message_rows import Intervention
from tests.store.builders import MONDAY, after, claim, claimed, deferred, draft, enqueue, record, settled, states


def test_a_message_is_stored_with_its_exact_bytes(store):
    payload = bytes(range(256)) * 4

    enqueue(store, draft("m1", payload=payload, address="office@example.invalid", cause="d1"))

    stored = store.messages.get("m1")
    assert (stored.payload, stored.payload_sha256) == (payload, sha256(payload).hexdigest())
    assert (stored.state, stored.attempts, stored.lease_token) == ("pending", 0, "")
    assert (stored.address, stored.cause, stored.created_at) == ("office@example.invalid", "d1", MONDAY)
    assert store.messages.by_key("key of m1") == stored
    assert store.messages.get("m2") is None


def test_a_day_run_again_enqueues_nothing_twice(store):
    enqueue(store, draft("m1", payload=b"first"))

    assert enqueue(store, draft("m1", payload=b"second")) == [False]
    assert store.messages.get("m1").payload == b"first"


@pytest.mark.parametrize(
    ("happened", "cancelled", "state"),
    [
        pytest.param([], True, "cancelled", id="still waiting"),
        pytest.param(["claim"], False, "sending", id="on its way"),
        pytest.param(["claim", "deliver"], False, "delivered", id="delivered"),
    ],
)
def test_only_what_is_not_yet_sent_can_be_cancelled(store, happened, cancelled, state):
    enqueue(store, draft("m1"))
    _ = "claim" in happened and claim(store)
    _ = "deliver" in happened and record(store, settled("m1"))

    with store.transaction():
        assert store.messages.cancel("m1", MONDAY, "the register was corrected") is cancelled

    assert states(store, "m1") == [state]


def test_a_cancelled_message_says_why_and_is_never_claimed(store):
    enqueue(store, draft("m1"))
    with store.transaction():
        store.messages.cancel("m1", after(minutes=1), "the register was corrected")

    assert claim(store, after(days=1)) == []
    assert store.messages.get("m1").reason == "the register was corrected"
    assert store.messages.interventions("m1") == [
        Intervention(at=after(minutes=1), action="cancelled", why="the register was corrected")
    ]


def test_a_newer_edition_cancels_the_older_one_that_is_not_yet_sent(store):
    enqueue(store, draft("m1", ordering_key="feed"))

    enqueue(store, draft("m2", ordering_key="feed", supersedes="m1"))

    assert states(store, "m1", "m2") == ["cancelled", "pending"]
    assert claim(store) == ["m2"]
    assert store.messages.interventions("m1")[0].action == "superseded"


def test_a_newer_edition_follows_the_older_one_that_is_on_its_way(store):
    enqueue(store, draft("m1", ordering_key="feed"))
    claim(store)

    enqueue(store, draft("m2", ordering_key="feed", supersedes="m1"))

    assert states(store, "m1", "m2") == ["sending", "pending"]


class TestMisfit:
    """A message that does not match its own schema is kept dead until a mended program makes it again."""

    WHY = "does not match its own schema and was not sent: row 2: upn"

    def test_it_is_a_dead_letter_with_what_does_not_match(self, store):
        assert enqueue(store, draft("m1"), misfit=self.WHY) == [True]

        (dead,) = store.messages.dead()
        assert (dead.reason, dead.is_misfit, dead.attempts) == (self.WHY, True, 0)
        assert claim(store, after(days=1)) == []

    def test_it_is_never_replayed_as_it_is(self, store):
        enqueue(store, draft("m1"), misfit=self.WHY)

        with store.transaction():
            assert not store.messages.replay("m1", MONDAY, "try")

    def test_it_stays_while_it_does_not_match_and_leaves_when_it_does(self, store):
        enqueue(store, draft("m1"), misfit=self.WHY)
        assert enqueue(store, draft("m1", payload=b"as bad"), misfit=self.WHY) == [False]

        assert enqueue(store, draft("m1", payload=b"mended", created_at=after(days=1))) == [True]

        (message,) = claimed(store, after(days=1))
        assert (message.payload, message.is_misfit, message.reason) == (b"mended", False, "")
        assert store.messages.interventions("m1")[0].action == "mended"

    def test_it_does_not_hold_up_those_behind_it(self, store):
        enqueue(store, draft("m1", ordering_key="feed"), misfit=self.WHY)
        enqueue(store, draft("m2", ordering_key="feed"))

        assert claim(store, MONDAY) == ["m2"]

    def test_what_it_would_supersede_goes_out(self, store):
        enqueue(store, draft("m1"))
        enqueue(store, draft("m2", supersedes="m1"), misfit=self.WHY)

        assert states(store, "m1", "m2") == ["pending", "dead"]

    def test_what_can_now_be_routed_and_does_not_match_is_kept_as_such(self, store):
        enqueue(store, draft("m1", destination=""), unroutable="no contact")

        assert enqueue(store, draft("m1"), misfit=self.WHY) == [True]

        (dead,) = store.messages.dead()
        assert (dead.is_unroutable, dead.is_misfit, dead.reason) == (False, True, self.WHY)
        assert store.messages.interventions("m1")[0].action == "misfit"


class TestUnroutable:
    """A notice that nobody can receive is kept dead, and goes out once a contact is added."""

    def test_it_is_a_dead_letter_with_its_reason(self, store):
        assert enqueue(store, draft("m1", destination=""), unroutable="no contact for the LA") == [True]

        (dead,) = store.messages.dead()
        assert (dead.id, dead.reason, dead.is_unroutable) == ("m1", "no contact for the LA", True)
        assert claim(store, after(days=1)) == []

    def test_it_is_not_kept_twice(self, store):
        enqueue(store, draft("m1"), unroutable="no contact")

        assert enqueue(store, draft("m1"), unroutable="still no contact") == [False]

    def test_it_goes_out_when_it_can(self, store):
        enqueue(store, draft("m1", destination="", payload=b"to nobody"), unroutable="no contact")

        assert enqueue(store, draft("m1", payload=b"to the LA", created_at=after(days=1))) == [True]

        (message,) = claimed(store, after(days=1))
        assert (message.payload, message.destination, message.reason) == (b"to the LA", "coventry", "")
        assert store.messages.interventions("m1")[0].action == "routed"

    def test_it_cannot_be_replayed_as_it_is(self, store):
        enqueue(store, draft("m1"), unroutable="no contact")

        with store.transaction():
            assert not store.messages.replay("m1", MONDAY, "try")

    def test_a_message_dead_for_another_reason_is_not_replaced(self, store):
        enqueue(store, draft("m1"))
        claim(store)
        record(store, settled("m1", outcome="refused", state="dead", reason="422"))

        assert enqueue(store, draft("m1", payload=b"other")) == [False]
        assert states(store, "m1") == ["dead"]


def test_a_dead_message_is_replayed_with_all_its_attempts_and_leaves_its_history(store):
    enqueue(store, draft("m1"))
    claim(store)
    record(store, settled("m1", outcome="refused", state="dead", reason="422", counts=True, blame="message"))

    with store.transaction():
        assert store.messages.replay("m1", after(hours=1), "the schema was corrected")
        assert not store.messages.replay("m1", after(hours=1), "again")

    assert claim(store, after(hours=1)) == ["m1"]
    message = store.messages.get("m1")
    assert (message.attempts, message.first_attempt_at, message.settled_at) == (0, None, None)
    assert [each.outcome for each in store.messages.attempts("m1")] == ["refused"]


def test_who_was_told_of_a_decision_can_be_asked(store):
    enqueue(store, draft("m1", cause="d1"), draft("m2", cause="d2"), draft("m3", cause="d1", destination="school"))

    assert [each.destination for each in store.messages.caused_by("d1")] == ["coventry", "school"]
    assert store.messages.caused_by("d3") == []


def test_the_outbox_is_counted_by_destination_and_state(store):
    enqueue(store, draft("m1"), draft("m2"), draft("m3", destination="school", created_at=after(hours=-3)))
    claim(store, limit=1)

    assert sum(store.messages.counts().values()) == 3
    assert store.messages.counts()["coventry", "pending"] + store.messages.counts()["coventry", "sending"] == 2
    assert store.messages.oldest_undelivered() == {"coventry": MONDAY, "school": after(hours=-3)}


def test_messages_are_listed_by_state_oldest_first(store):
    enqueue(store, draft("m1", created_at=after(hours=1)), draft("m2"), draft("m3", destination="school"))

    def listed(**which):
        return [each.id for each in store.messages.listed(state="pending", **which)]

    assert listed() == ["m2", "m3", "m1"]
    assert listed(destination="coventry") == ["m2", "m1"]
    assert listed(limit=1) == ["m2"]


@pytest.mark.parametrize("table", ["message", "attempt", "intervention"])
def test_nothing_of_a_message_is_deleted(store, table):
    enqueue(store, draft("m1"))
    claim(store)
    record(store, deferred("m1"))
    with store.transaction():
        store.messages.cancel("m1", MONDAY, "why")

    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|never deleted"), store.transaction():
        store._connection.write(f"DELETE FROM {table}")


def test_the_messages_of_a_key_are_counted_whatever_became_of_them(store):
    enqueue(store, *(draft(name, ordering_key="case", kind="notice.update") for name in ("m1", "m2")), draft("m3"))
    claim(store)
    record(store, settled("m1"))

    assert (store.messages.notices_of("case"), store.messages.notices_of("nothing")) == (2, 0)

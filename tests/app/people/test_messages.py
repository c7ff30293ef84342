"""What people do to messages: every refusal is a sentence, and everything done is kept with the role that asked."""

import json
from datetime import timedelta

import pytest

from app.people import messages
from app.people.messages import Word
from store.overview import Wanted
from tests.app.builders import moment
from tests.builders import CANARY
from tests.store.builders import claim, claimed, deferred, draft, record, settled

WORD = Word(by="admin", note="the receiver asked for it")
DEAD = {"outcome": "refused", "state": "dead", "reason": "the receiver answered HTTP 400", "counts": True}
NOW = moment("Mon 2026-11-02 10:00")


@pytest.fixture
def stand(stand):
    stand.at("Mon 2026-11-02 12:00")
    with stand.store.transaction():
        for name in ("m1", "m2", "m3", "m4"):
            stand.store.messages.enqueue(draft(name, created_at=NOW, payload=CANARY[0].encode(), address="a@x.example"))
        stand.store.messages.enqueue(draft("m5", created_at=NOW), unroutable="contacts.csv has no row: add it")
    claim(stand.store, NOW, limit=3)
    record(stand.store, settled("m1", **DEAD), settled("m2"), now=NOW)
    # m1 is dead, m2 delivered, m3 being sent, m4 pending, m5 dead without an address.
    return stand


def sentences(answers):
    return [(each.is_ok, each.sentence) for each in answers]


def state(stand, name):
    return stand.store.messages.get(name).state


def test_a_dead_letter_and_a_delivered_message_are_sent_again_under_the_same_id_with_the_same_bytes(stand):
    answers = messages.replay(stand.relay, ["m1", "m2"], WORD)

    assert sentences(answers) == [
        (True, "m1 leaves for coventry with the next delivery"),
        (True, "m2 leaves for coventry with the next delivery"),
    ]
    again = claimed(stand.store, stand.clock(), token="t")
    assert {each.id: each.payload for each in again if each.id in {"m1", "m2"}} == {
        "m1": CANARY[0].encode(),
        "m2": CANARY[0].encode(),
    }


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("m3", "m3 is sending already: it leaves by itself"),
        ("m4", "m4 is pending already: it leaves by itself"),
        (
            "m5",
            "m5 has no address yet (contacts.csv has no row: add it); the next decide sends it by itself",
        ),
    ],
)
def test_what_cannot_be_sent_again_is_refused_with_the_reason(stand, name, sentence):
    before = state(stand, name)

    assert sentences(messages.replay(stand.relay, [name], WORD)) == [(False, sentence)]
    assert state(stand, name) == before


def test_what_was_removed_after_its_time_cannot_be_sent_again(stand):
    stand.store.purging.remove_payloads(["m1"], stand.clock())

    [answer] = messages.replay(stand.relay, ["m1"], WORD)

    assert not answer.is_ok
    assert answer.sentence.startswith("the content of m1 was removed after its time")
    assert state(stand, "m1") == "dead"


def test_one_refusal_undoes_no_other(stand):
    answers = messages.replay(stand.relay, ["m3", "m1"], WORD)

    assert [each.is_ok for each in answers] == [False, True]
    assert messages.summed(answers, "sent again").sentence == "1 message sent again, 1 refused"
    assert state(stand, "m1") == "pending"


def test_what_had_expired_is_sent_on_a_persons_word_and_does_not_expire_at_once(stand):
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m6", created_at=NOW, expires_at=NOW))
        stand.store.messages.expire(stand.clock())

    messages.replay(stand.relay, ["m6"], WORD)

    with stand.store.transaction():
        assert stand.store.messages.expire(stand.clock()) == []
    assert state(stand, "m6") == "pending"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(states=("dead",), destination="coventry"), ["m1", "m5"]),
        (Wanted(states=messages.REPLAYABLE, since=NOW, until=NOW + timedelta(seconds=1)), ["m1", "m2", "m5"]),
        (Wanted(states=messages.REPLAYABLE, since=NOW + timedelta(seconds=1)), []),
        (Wanted(states=messages.REPLAYABLE, until=NOW), []),
        (Wanted(kind="notice", states=("delivered",)), ["m2"]),
        (Wanted(kind="not"), []),
    ],
)
def test_messages_are_chosen_by_state_destination_kind_and_time(stand, wanted, found):
    assert messages.replayable(stand.relay, wanted) == found


def test_a_dry_run_says_the_same_and_does_nothing(stand):
    would = list(messages.would_replay(stand.relay, ["m1", "m4"]))

    assert sentences(would) == [
        (True, "m1 would be sent to coventry again"),
        (False, "m4 is pending already: it leaves by itself"),
    ]
    assert (state(stand, "m1"), state(stand, "m4")) == ("dead", "pending")


@pytest.mark.parametrize(
    ("name", "said", "after"),
    [
        ("m1", (True, "the dead letter m1 is put aside"), "cancelled"),
        ("m2", (False, "m2 was delivered at 2026-11-02 10:00 UTC: it cannot be called back"), "delivered"),
        ("m3", (False, "m3 is being sent just now: try again in a minute"), "sending"),
        ("m4", (True, "m4 is cancelled"), "cancelled"),
        ("m5", (True, "the dead letter m5 is put aside"), "cancelled"),
    ],
)
def test_what_has_not_left_is_cancelled_and_a_dead_letter_is_put_aside(stand, name, said, after):
    assert sentences(messages.cancel(stand.relay, [name], WORD)) == [said]
    assert state(stand, name) == after


def test_cancelling_twice_is_fine(stand):
    messages.cancel(stand.relay, ["m4"], WORD)

    assert sentences(messages.cancel(stand.relay, ["m4"], WORD)) == [(True, "m4 is cancelled already")]


def test_who_did_it_and_why_is_kept(stand):
    messages.replay(stand.relay, ["m1"], WORD)
    messages.cancel(stand.relay, ["m1", "m5"], Word(by="dsl", note="told by telephone"))

    kept = [(each.action, each.by, each.why) for each in stand.store.messages.interventions("m1")]
    assert kept == [("replayed", "admin", "the receiver asked for it"), ("cancelled", "dsl", "told by telephone")]
    [put_aside] = stand.store.messages.interventions("m5")
    assert (put_aside.action, put_aside.by) == ("discarded", "dsl")


def test_a_paused_destination_goes_on_at_once_and_the_word_is_kept(stand):
    paused = {"blame": "destination", "circuit": "open", "probe_at": NOW + timedelta(hours=2)}
    record(stand.store, deferred("m3", next_attempt_at=NOW + timedelta(hours=2), **paused), now=NOW)

    answer = messages.resume(stand.relay, "coventry", WORD)

    assert answer.sentence == "destination coventry takes its messages again with the next delivery"
    assert {"m3", "m4"} == set(claim(stand.store, stand.clock(), token="worker-2"))
    assert messages.resume(stand.relay, "coventry", WORD).sentence == "destination coventry is not paused"
    rows = stand.store._connection.rows("SELECT destination, action, why, done_by FROM destination_intervention")
    assert rows == [("coventry", "resumed", "the receiver asked for it", "admin")]


def test_a_destination_that_is_not_there_is_named_with_those_there_are(stand):
    answer = messages.resume(stand.relay, "conventry", WORD)

    assert not answer.is_ok
    assert answer.sentence == (
        "there is no destination conventry in relay.toml; there are coventry, warwickshire, mail"
    )


def test_a_message_is_found_by_the_beginning_of_its_id_or_by_its_reference(stand):
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("abc-1", subject_ref="B234-C679"))
        stand.store.messages.enqueue(draft("abd-2"))

    assert messages.identified(stand.relay, "abc") == "abc-1"
    assert messages.identified(stand.relay, "b234-c679") == "abc-1"
    assert messages.identified(stand.relay, "ab").sentence == "ab may be any of abc-1, abd-2: give more of the id"
    assert messages.identified(stand.relay, "xyz").sentence.startswith("there is no message xyz: ")


def test_neither_the_list_nor_a_message_shows_what_it_says_or_its_address(stand):
    seen = json.dumps([messages.listed(stand.relay, Wanted(), limit=9), messages.shown(stand.relay, "m1")], default=str)

    assert "m1" in seen
    assert str(len(CANARY[0])) in seen
    assert CANARY[0] not in seen
    assert "a@x.example" not in seen

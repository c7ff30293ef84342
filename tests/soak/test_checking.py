"""What the soak's checker calls a broken promise. Every row breaks exactly one."""

import pytest

from benchmarks.receiver import REFUSED, TAKEN, Request
from benchmarks.soak.checking import broken
from benchmarks.soak.expected import Soak, expected_of

SOAK = Soak(messages=1_000, keys=10, destinations=5)
EXPECTED = expected_of(SOAK)
BY_NUMBER = {message.number: message_id for message_id, message in EXPECTED.items()}
#: Of one key: the first burst of three, and the first of the next burst.
FIRST, SECOND, THIRD, FOURTH = (BY_NUMBER[number] for number in (0, 1, 2, 30))
REFUSED_ONE = BY_NUMBER[999]
STATES = {message_id: "dead" if message.is_refused else "delivered" for message_id, message in EXPECTED.items()}


def request(message_id, answer=TAKEN, **changed):
    message = EXPECTED[message_id]
    given = {"destination": message.destination, "payload_sha256": message.payload_sha256} | changed
    return Request(message_id=message_id, answer=answer, at_once=1, **given)


def whole():
    return [request(message_id, REFUSED if EXPECTED[message_id].is_refused else TAKEN) for message_id in EXPECTED]


def without(*message_ids):
    return [each for each in whole() if each.message_id not in message_ids]


def test_everything_in_order_breaks_nothing():
    assert broken(EXPECTED, whole(), STATES) == []


@pytest.mark.parametrize(
    "again",
    [
        pytest.param([request(FIRST), request(FIRST)], id="a repeat before the next one"),
        pytest.param([request(FIRST, "hang kept"), request(FIRST)], id="a repeat whose first arrival was kept"),
        pytest.param([request(FIRST, "500"), request(FIRST, "429"), request(FIRST)], id="failures before it arrives"),
    ],
)
def test_repeats_in_order_break_nothing(again):
    assert broken(EXPECTED, [*again, *without(FIRST)], STATES) == []


@pytest.mark.parametrize(
    ("ledger", "says"),
    [
        pytest.param(without(FIRST), "never arrived", id="lost"),
        pytest.param([request(FIRST, "reset"), *without(FIRST)], "never arrived", id="sent and never kept"),
        pytest.param([*whole(), request(FIRST)._replace(message_id="other")], "another id", id="sent under two ids"),
        pytest.param([request(FIRST, payload_sha256="0"), *whole()], "other bytes", id="other bytes the first time"),
        pytest.param([request(FIRST, destination="council-9"), *whole()], "not to council-0", id="a wrong destination"),
        pytest.param([*without(SECOND), request(SECOND)], "came after number", id="behind a later one of its key"),
        pytest.param([*whole(), request(THIRD)], "came after number", id="again after a later one of its key"),
        pytest.param([request(FOURTH, "reset"), *whole()], "came after number", id="tried before its turn"),
        pytest.param([*whole(), request(REFUSED_ONE)], "refused and kept", id="refused and kept"),
    ],
)
def test_a_ledger_that_breaks_a_promise_is_found_out(ledger, says):
    found = broken(EXPECTED, ledger, STATES)

    assert any(says in sentence for sentence in found)


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ({FIRST: "pending"}, f"{FIRST} is pending in the outbox, not delivered"),
        ({FIRST: "dead"}, f"{FIRST} is dead in the outbox, not delivered"),
        ({REFUSED_ONE: "delivered"}, f"{REFUSED_ONE} is delivered in the outbox, not dead"),
        ({"other": "delivered"}, "other is in the outbox and was never enqueued"),
    ],
)
def test_an_outbox_that_ends_otherwise_is_found_out(states, says):
    assert broken(EXPECTED, whole(), STATES | states) == [says]


def test_a_message_that_is_gone_from_the_outbox_is_found_out():
    kept = {message_id: state for message_id, state in STATES.items() if message_id != FIRST}

    assert broken(EXPECTED, whole(), kept) == [f"{FIRST} is gone in the outbox, not delivered"]

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.hours import Opening
from outbox.messages import Blame, Deferred, Delivered, Refused, State
from outbox.settling import Attempt, Limits, backoff, pause, released, settle
from tests.builders import moment
from tests.outbox.builders import NOW

LIMITS = Limits()
BANK_HOLIDAYS = {date(2026, 12, 25), date(2026, 12, 28)}
COUNCIL = Opening(opens=time(9), closes=time(17), is_open=lambda day: day.weekday() < 5 and day not in BANK_HOLIDAYS)
HOUR = timedelta(hours=1)
DURATIONS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650))


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A message as the relay holds it."""

    id: str = "m1"
    destination: str = "warwickshire"
    address: str = ""
    kind: str = "notification"
    content_type: str = "application/cloudevents+json"
    payload: bytes = b"{}"
    attempts: int = 0
    lease_token: str = "worker 1"
    first_attempt_at: datetime | None = NOW
    is_unsure: bool = False


def settled(outcome, *, attempts=0, jitter=1.0, failing_since=None, first_attempt_at=NOW, **more):
    message = Claimed(attempts=attempts, first_attempt_at=first_attempt_at)
    attempt = Attempt(started_at=NOW, ended_at=NOW, failing_since=failing_since, jitter=jitter, **more)
    return settle(message, outcome, attempt, LIMITS)


@pytest.mark.parametrize(
    ("outcome", "state", "counts", "circuit"),
    [
        pytest.param(Delivered("HTTP 202"), State.DELIVERED, False, "close", id="taken"),
        pytest.param(
            Deferred(Blame.MESSAGE, "450"), State.PENDING, True, "close", id="the message's own failure counts"
        ),
        pytest.param(Deferred(Blame.DESTINATION, "503"), State.PENDING, False, "open", id="an outage uses up nothing"),
        pytest.param(Deferred(Blame.UNKNOWN, "lost"), State.PENDING, False, "open", id="ambiguous: tried again"),
        pytest.param(Refused(Blame.MESSAGE, "422"), State.DEAD, True, "close", id="a message nobody wants is dead"),
        pytest.param(
            Refused(Blame.DESTINATION, "401"), State.PENDING, False, "open", id="a wrong secret kills nothing"
        ),
    ],
)
def test_what_an_attempt_comes_to(outcome, state, counts, circuit):
    settlement = settled(outcome)

    assert (settlement.state, settlement.counts, settlement.circuit) == (state, counts, circuit)
    assert (settlement.next_attempt_at is None) == (state is not State.PENDING)
    assert (settlement.probe_at is None) == (circuit == "close")
    assert (settlement.message_id, settlement.token, settlement.destination) == ("m1", "worker 1", "warwickshire")


@pytest.mark.parametrize(("attempts", "state"), [(10, State.PENDING), (11, State.DEAD), (12, State.DEAD)])
def test_the_twelfth_failure_of_its_own_kills_a_message(attempts, state):
    began = NOW - timedelta(days=1)
    settlement = settled(Deferred(Blame.MESSAGE, "mailbox full"), attempts=attempts, first_attempt_at=began)

    assert settlement.state is state
    assert settlement.reason.endswith("mailbox full")


@pytest.mark.parametrize(
    ("first_attempt", "now", "state"),
    [
        pytest.param("Fri 2026-10-30 15:30", "Mon 2026-11-02 08:59", State.PENDING, id="a weekend uses up nothing"),
        pytest.param("Fri 2026-10-30 15:30", "Mon 2026-11-02 15:29", State.PENDING, id="an hour and a half and 6:29"),
        pytest.param("Fri 2026-10-30 15:30", "Mon 2026-11-02 15:30", State.DEAD, id="eight working hours"),
        pytest.param(
            "Thu 2026-12-24 15:00", "Tue 2026-12-29 14:59", State.PENDING, id="nor do Christmas and its Monday"
        ),
        pytest.param("Thu 2026-12-24 15:00", "Tue 2026-12-29 15:00", State.DEAD, id="the first working day after it"),
    ],
)
def test_a_message_lives_through_the_working_hours_of_its_recipient(first_attempt, now, state):
    settlement = settle(
        Claimed(attempts=500, first_attempt_at=moment(first_attempt)),
        Deferred(Blame.MESSAGE, "mailbox full"),
        Attempt(started_at=moment(now), ended_at=moment(now), opening=COUNCIL),
        LIMITS,
    )

    assert settlement.state is state


def test_a_dead_letter_says_that_an_earlier_attempt_may_have_arrived():
    assert settled(Refused(Blame.MESSAGE, "422"), is_unsure=True).reason == "422; an earlier attempt may have arrived"


@pytest.mark.parametrize(
    ("outcome", "was_unsure", "is_unsure"),
    [
        (Deferred(Blame.UNKNOWN, "lost"), False, True),
        (Deferred(Blame.DESTINATION, "no connection"), True, True),
        (Deferred(Blame.DESTINATION, "no connection"), False, False),
        (Deferred(Blame.MESSAGE, "450"), True, True),
        (Delivered(), True, False),
    ],
)
def test_a_doubt_stays_until_the_receiver_has_taken_the_message(outcome, was_unsure, is_unsure):
    assert settled(outcome, is_unsure=was_unsure).is_unsure is is_unsure


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 30), (2, 60), (3, 120), (8, 3840), (9, 7200), (10, 7200), (1000, 7200)],
)
def test_the_longest_wait_of_a_message_doubles_up_to_two_hours(attempts, seconds):
    assert backoff(attempts, LIMITS, 1.0) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failing_for", "shortest", "longest"),
    [
        (timedelta(0), 15, 30),
        (timedelta(seconds=45), 22.5, 45),
        (timedelta(minutes=20), 600, 1200),
        (timedelta(days=3), 3600, 7200),
    ],
)
def test_a_destination_is_left_alone_about_as_long_as_it_has_been_failing(failing_for, shortest, longest):
    assert pause(failing_for, LIMITS, 0.0) == timedelta(seconds=shortest)
    assert pause(failing_for, LIMITS, 1.0) == timedelta(seconds=longest)


@given(st.integers(1, 10_000), DURATIONS, st.floats(0, 1), st.none() | DURATIONS)
def test_promise_08_no_wait_is_negative_or_longer_than_the_cap(attempts, failing_for, jitter, retry_after):
    """Retry times follow the policy and survive a restart."""
    for wait in (backoff(attempts, LIMITS, jitter, retry_after), pause(failing_for, LIMITS, jitter, retry_after)):
        assert timedelta(0) <= wait <= LIMITS.cap


@given(st.integers(1, 40), st.floats(0, 1), DURATIONS)
def test_retry_after_is_honoured_up_to_the_cap(attempts, jitter, retry_after):
    assert backoff(attempts, LIMITS, jitter, retry_after) >= min(retry_after, LIMITS.cap)
    assert pause(timedelta(0), LIMITS, jitter, retry_after) >= min(retry_after, LIMITS.cap)


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [(timedelta(0), timedelta(seconds=30)), (HOUR, HOUR), (timedelta(days=3650), 2 * HOUR)],
)
def test_retry_after_beats_a_shorter_wait_and_no_receiver_parks_a_notice_for_days(retry_after, wait):
    settlement = settled(Deferred(Blame.DESTINATION, "429", retry_after))

    assert settlement.probe_at == settlement.next_attempt_at == NOW + wait


def test_a_destination_that_refuses_us_is_probed_a_quarter_of_an_hour_later_at_the_soonest():
    assert settled(Refused(Blame.DESTINATION, "401"), jitter=0.0).probe_at == NOW + timedelta(minutes=15)


def test_a_message_that_makes_its_receiver_hang_waits_by_its_own_age_so_that_others_probe():
    settlement = settled(Deferred(Blame.UNKNOWN, "no answer"), first_attempt_at=NOW - HOUR)

    assert settlement.probe_at == NOW + timedelta(seconds=30)
    assert settlement.next_attempt_at == NOW + HOUR


def test_a_released_message_is_due_at_once_and_nothing_else_changes():
    settlement = released(Claimed(), NOW, "stopping")

    assert (settlement.state, settlement.next_attempt_at, settlement.counts) == (State.PENDING, NOW, False)
    assert (settlement.outcome, settlement.circuit) == ("released", None)

"""What is sent when: once, in order, again after a while, and never again without asking."""

import random
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests
import responses

from app.feeding import publish
from outbox.messages import EMAIL, NOTIFY_FIELDS
from outbox.notify_fields import compose_notice_fields
from outbox.relay import Delivery
from outbox.settling import Limits
from store.database import Store
from tests.outbox.builders import NOTIFY_KEY, notice
from tests.outbox.openssh import new_key
from tests.outbox.servers import Authority, smtp
from tests.outbox.sftp_servers import PASSWORD, Product, sftp_product
from tests.outbox.test_smtp import Kept, TlsController
from tests.promises.builders import Clock, deliver_all, enqueue, https, ids, opened, outcomes, receiving, states
from tests.store import builders as plain

MONDAY = "Mon 2026-11-02"


def test_promise_06_a_day_run_again_makes_no_second_message_and_changed_content_a_second_revision(stand):
    """Re-running a day creates no second message; changed content is a new revision.

    Re-running a day creates no second message; changed content is revision 2 and supersedes what has not left.
    """
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 09:30")
    for clock in ("09:45", "09:45", "10:00"):
        publish(stand.at(f"{MONDAY} {clock}").relay)
        stand.close()
    [morning] = stand.feeds()
    assert (morning.manifest["revision"], morning.manifest["sequence"]) == (1, 1)

    stand.drop(MONDAY, p1="//")
    stand.pulled(f"{MONDAY} 15:45")
    for clock in ("16:15", "16:15", "16:30"):
        publish(stand.at(f"{MONDAY} {clock}").relay)

    first, second = [each for each in stand.messages("feed.") if each.destination == "coventry"]
    assert (first.state, second.state) == ("cancelled", "pending")
    assert [each.action for each in stand.store.messages.interventions(first.id)] == ["superseded"]
    assert [feed.manifest["revision"] for feed in stand.feeds()] == [1, 2]


def test_promise_06_a_key_is_enqueued_once_whatever_it_says_the_second_time(store):
    """Re-running a day creates no second message; changed content is a new revision.

    The same dedupe key twice is one row, with the bytes of the first.
    """
    assert plain.enqueue(store, plain.draft("m1", payload=b"first")) == [True]
    assert plain.enqueue(store, plain.draft("m1", payload=b"second"), plain.draft("m1")) == [False, False]

    assert sum(store.messages.counts().values()) == 1
    assert store.messages.get("m1").payload == b"first"


def test_promise_07_order_holds_within_a_key_and_what_is_stuck_delays_nothing_else(store, tmp_path):
    """Order holds within a key, and one stuck key or destination never delays another.

    A destination that always fails keeps its own order; one that works drains, but for what is behind a stuck head.
    """
    clock, is_up = Clock(), []
    down = enqueue(store, "a1", "a2", "a3", ordering_key="case a", destination="down")
    stuck = enqueue(store, "s1", "s2", ordering_key="case s", destination="works")
    free = enqueue(store, *(f"b{number}" for number in range(5)), destination="works")

    def answer(post):
        is_stuck = post.message_id in {*down, stuck[0]} and not is_up
        return {True: 503 if post.message_id in down else 409, False: 202}[is_stuck]

    with receiving(tmp_path, answer) as (url, posts):
        channels = {"down": https(url, clock), "works": https(url, clock)}
        for _ in range(6):
            deliver_all(store, clock, channels)
            clock.wait(hours=1)
        assert states(store, free) == ["delivered"] * 5
        assert {*ids(posts)} == {down[0], stuck[0], *free}, "nothing overtook the head of its key"

        is_up.append(True)
        clock.wait(hours=2)
        posts.clear()
        deliver_all(store, clock, channels)

    arrived = ids(posts)
    assert [each for each in arrived if each in down] == down
    assert [each for each in arrived if each in stuck] == stuck


def test_promise_08_retry_times_follow_the_policy_and_survive_a_restart(store, tmp_path):
    """Retry times follow the policy and survive a restart.

    Frozen clock, seeded random: each wait is below a bound that doubles; reopened, the time is the same.
    """
    clock, chance, [name] = Clock(), random.Random(8), enqueue(store, "a")
    waits, bounds = [], [30, 60, 120, 240, 480, 960, 1920, 3840, 7200, 7200]
    with receiving(tmp_path, lambda _: 409) as (url, _):
        for _ in bounds:
            deliver_all(store, clock, {"warwickshire": https(url, clock)}, jitter=chance.random)
            due = store.messages.get(name).next_attempt_at
            store.close()
            store = Store.open(tmp_path / "relay.db")
            assert store.messages.get(name).next_attempt_at == due
            waits.append((due - clock.now).total_seconds())
            clock.now = due
        store.close()

    # Written down to the microsecond.
    assert waits == pytest.approx(
        [bound * draw for bound, draw in zip(bounds, _draws(len(bounds)), strict=True)], abs=1e-5
    )
    assert max(waits) <= Limits().cap.total_seconds()


def _draws(count):
    again = random.Random(8)
    return [again.random() for _ in range(count)]


def test_promise_08_a_pause_survives_a_restart_too(store, tmp_path):
    """Retry times follow the policy and survive a restart.

    What a destination is left alone for is read again from the database.
    """
    clock = Clock()
    enqueue(store, "a", "b")
    with receiving(tmp_path, lambda _: 503) as (url, posts):
        deliver_all(store, clock, {"warwickshire": https(url, clock)})
        before = store.messages.circuits()
        store.close()
        with Store.open(tmp_path / "relay.db") as again:
            assert again.messages.circuits() == before != []
            clock.wait(seconds=29)
            assert deliver_all(again, clock, {"warwickshire": https(url, clock)}) == Delivery()
    assert len(posts) == 1


# --- 10: whose failure it is --------------------------------------------------------------------------------------------

MAIL = {"content_type": EMAIL, "payload": b"Subject: ref A7C3-K9MP\r\n\r\nHello\r\n", "address": "a@council.example"}


@contextmanager
def http_answering(status, folder):
    with receiving(folder, lambda _: status) as (url, _):
        yield https(url)


@contextmanager
def mail_answering(replies, _):
    with smtp(replies) as port:
        yield opened("smtp", host="127.0.0.1", port=port, sender="a@lane.example", tls="none")


@contextmanager
def wrong_password(_, folder):
    authority = Authority(folder)
    controller = TlsController(Kept(), authority.server)
    controller.start()
    try:
        yield opened(
            "smtp",
            host="127.0.0.1",
            port=controller.port,
            sender="a@lane.example",
            tls="starttls",
            ca_file=authority.ca_file,
            username="attendance",
            password="wrong",
        )
    finally:
        controller.stop()


@contextmanager
def changed_host_key(_, folder):
    pinned = new_key(folder / "pinned").with_suffix(".pub").read_text()
    with sftp_product(folder, new_key(folder / "host"), Product()) as there:
        yield opened("sftp", host="127.0.0.1", port=there.port, username="relay", password=PASSWORD, host_key=pinned)


@pytest.mark.parametrize(
    ("server", "says", "message", "reason"),
    [
        pytest.param(http_answering, 401, {}, "HTTP 401", id="HTTP 401"),
        pytest.param(wrong_password, None, MAIL, "535", id="SMTP 535"),
        pytest.param(mail_answering, {"RCPT": "550 5.7.30 Basic authentication is off"}, MAIL, "550", id="550 5.7.30"),
        pytest.param(changed_host_key, None, {}, "host key", id="a changed host key"),
    ],
)
def test_promise_10_a_wrong_setting_stops_the_destination_and_uses_up_nothing(
    store, tmp_path, server, says, message, reason
):
    """Permanent errors are not retried; configuration errors stop the destination, not the messages.

    Configuration errors open the circuit; the messages wait, with no attempt counted.
    """
    clock, both = Clock(), enqueue(store, "a", "b", **message)
    with server(says, tmp_path) as channel:
        assert deliver_all(store, clock, {"warwickshire": channel}) == Delivery(refused=1, released=1)
        channel.close()

    [circuit] = store.messages.circuits()
    assert reason in circuit.reason
    assert circuit.probe_at - clock.now >= timedelta(minutes=15)
    assert [(each.state, each.attempts) for each in map(store.messages.get, both)] == [("pending", 0)] * 2


@pytest.mark.parametrize(
    ("server", "says", "message"),
    [
        pytest.param(http_answering, 422, {}, id="HTTP 422"),
        pytest.param(mail_answering, {"RCPT": "550 5.1.1 no such user"}, MAIL, id="SMTP 550 5.1.1"),
    ],
)
def test_promise_10_what_is_wrong_with_a_message_is_not_tried_again(store, tmp_path, server, says, message):
    """Permanent errors are not retried; configuration errors stop the destination, not the messages.

    A permanent error is dead after one attempt, and its destination stays open for the next message.
    """
    clock, both = Clock(), enqueue(store, "a", "b", **message)
    with server(says, tmp_path) as channel:
        assert deliver_all(store, clock, {"warwickshire": channel}) == Delivery(dead=2)
        clock.wait(days=2)
        assert deliver_all(store, clock, {"warwickshire": channel}) == Delivery()
        channel.close()

    assert store.messages.circuits() == []
    assert [outcomes(store, each) for each in both] == [["refused"], ["refused"]]


def test_promise_11_the_circuit_half_opens_with_exactly_one_probe(store, tmp_path):
    """The circuit half-opens with exactly one probe.

    Also while the probe is on its way, for a second relay on the same database.
    """
    clock, sent, is_up, second = Clock(), enqueue(store, *(f"m{number}" for number in range(6))), [], []

    def answer(_):
        if len(posts) == 2:
            with Store.open(tmp_path / "relay.db") as other:
                second.append(deliver_all(other, clock, {"warwickshire": https(url, clock)}, token="other"))
        return 202 if is_up else 503

    with receiving(tmp_path, answer) as (url, posts):
        channels = {"warwickshire": https(url, clock)}
        counted = []
        for seconds in (0, 29, 1, 29, 1):
            clock.wait(seconds=seconds)
            deliver_all(store, clock, channels)
            counted.append(len(posts))
        assert counted == [1, 1, 2, 2, 3]
        assert second == [Delivery()]

        is_up.append(True)
        clock.wait(hours=2)
        assert deliver_all(store, clock, channels) == Delivery(delivered=6)
        assert len(posts) == 3 + 6
    assert (states(store, sent), store.messages.circuits()) == (["delivered"] * 6, [])


# --- 12: asking before sending again --------------------------------------------------------------------------------------

NOTIFY = "https://api.notifications.service.gov.uk/v2/notifications"
THERE = {"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "status": "sending"}


@pytest.mark.parametrize(
    ("found", "calls", "state"),
    [
        pytest.param({"json": {"notifications": [THERE]}}, ["POST", "GET"], "delivered", id="it is there"),
        pytest.param({"json": {"notifications": []}}, ["POST", "GET", "POST"], "delivered", id="it is not there"),
        pytest.param({"body": requests.ReadTimeout()}, ["POST", "GET"], "pending", id="nobody can say"),
    ],
)
def test_promise_12_after_a_lost_answer_the_receiver_is_asked_before_anything_is_sent_again(store, found, calls, state):
    """Ambiguous outcomes are checked before resending.

    Notify read timeout: the next action is a GET by reference, and what is found is not sent a second time.
    """
    clock, fields = Clock(), {"content_type": NOTIFY_FIELDS, "payload": compose_notice_fields(notice())}
    [name] = enqueue(store, "a", address="a@council.example", **fields)
    channel = opened("notify", clock, api_key=NOTIFY_KEY, template_id="f33517ff-2a88-4f6e-b855-c550268ce08a")

    with responses.RequestsMock() as api:
        api.post(f"{NOTIFY}/email", body=requests.ReadTimeout())
        api.get(NOTIFY, **found)
        if calls.count("POST") == 2:
            api.post(f"{NOTIFY}/email", json=THERE, status=201)
        deliver_all(store, clock, {"warwickshire": channel})
        assert store.messages.get(name).is_unsure
        clock.wait(seconds=30)
        deliver_all(store, clock, {"warwickshire": channel})
        channel.close()

        assert [each.request.method for each in api.calls] == calls
        assert api.calls[1].request.params == {"reference": name}
    assert states(store, [name]) == [state]

import time
from datetime import UTC, datetime, timedelta, timezone

import httpx
import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from outbox.channels.base import Surroundings
from outbox.channels.https import HttpsChannel, HttpsSettings, outcome_of, retry_after_of
from outbox.messages import Blame, Deferred, Delivered, Refused
from tests.outbox.builders import NOW, SECRET, draft
from tests.outbox.servers import Authority, http, serving

NEW_SECRET = "whsec_bmV3LXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo"


def channel(url, *, now=None, **settings):
    clock = now or (lambda: datetime.now(UTC))
    return HttpsChannel(HttpsSettings(url=url, signing_key=SECRET, **settings), Surroundings(clock=clock))


def send(url, message=None, **settings):
    opened = channel(url, **settings)
    try:
        return opened.send(message or draft())
    finally:
        opened.close()


def local(server, path="/in"):
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_a_message_arrives_signed_so_that_the_reference_library_verifies_it():
    message = draft(payload='{"reason":"Zoë’s register"}'.encode())
    with http() as server:
        assert send(local(server), message) == Delivered("HTTP 202")

    ((_, headers, body),) = server.requests
    assert body == message.payload
    assert headers["webhook-id"] == message.id
    assert headers["idempotency-key"] == f'"{message.id}"'
    assert headers["content-type"] == message.content_type
    Webhook(SECRET).verify(body, headers)


def test_a_signature_is_made_for_the_instant_whatever_zone_the_clock_shows():
    british_summer = timezone(timedelta(hours=1))
    with http() as server:
        send(local(server), now=lambda: datetime.now(british_summer))

    ((_, headers, body),) = server.requests
    Webhook(SECRET).verify(body, headers, json_parse=False)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_while_a_secret_changes_both_sign():
    with http() as server:
        send(local(server), previous_signing_key=NEW_SECRET)

    ((_, headers, body),) = server.requests
    assert len(headers["webhook-signature"].split()) == 2
    Webhook(NEW_SECRET).verify(body, headers)


UNKNOWN, DESTINATION, MESSAGE = Blame.UNKNOWN, Blame.DESTINATION, Blame.MESSAGE


@pytest.mark.parametrize(
    ("status", "kind", "blame"),
    [
        (200, Delivered, None),
        (202, Delivered, None),
        (204, Delivered, None),
        (301, Refused, DESTINATION),
        (308, Refused, DESTINATION),
        (400, Refused, MESSAGE),
        (401, Refused, DESTINATION),
        (403, Refused, DESTINATION),
        (404, Refused, DESTINATION),
        (405, Refused, DESTINATION),
        (408, Deferred, DESTINATION),
        (409, Deferred, MESSAGE),
        (410, Refused, DESTINATION),
        (413, Refused, MESSAGE),
        (415, Refused, MESSAGE),
        (422, Refused, MESSAGE),
        (425, Deferred, DESTINATION),
        (429, Deferred, DESTINATION),
        (500, Deferred, UNKNOWN),
        (502, Deferred, UNKNOWN),
        (503, Deferred, DESTINATION),
        (504, Deferred, UNKNOWN),
        (599, Deferred, UNKNOWN),
    ],
)
def test_a_status_says_whose_failure_it_was(status, kind, blame):
    outcome = outcome_of(status, None, NOW)

    assert isinstance(outcome, kind)
    assert getattr(outcome, "blame", None) == blame


def test_every_status_has_an_outcome():
    assert all(str(status) in str(outcome_of(status, "120", NOW)) for status in range(100, 600))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("Wed, 04 Nov 2026 16:00:00 GMT", timedelta(minutes=30)),
        ("Wed, 04 Nov 2026 15:00:00 GMT", timedelta(0)),
        ("Wednesday", None),
        ("-5", None),
        ("1.5", None),
        ("99999999999999999999", timedelta(seconds=10**9)),
        ("Wed, 99 Nov 2026 16:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_nothing(header, wait):
    assert retry_after_of(header, NOW) == wait


def test_retry_after_reaches_the_outcome():
    with http(429, {"Retry-After": "120"}) as server:
        assert send(local(server)).retry_after == timedelta(minutes=2)


def test_a_redirect_is_not_followed():
    with http() as elsewhere, http(307, {"Location": local(elsewhere)}) as server:
        outcome = send(local(server))

    assert outcome == Refused(DESTINATION, "the receiver answered HTTP 307: have url and secret checked on both sides")
    assert elsewhere.requests == []


def test_what_the_receiver_writes_is_never_repeated():
    with http(422) as server:
        assert "Canary" not in repr(send(local(server)))


def test_a_receiver_that_is_not_there_has_got_nothing():
    with serving(lambda _: None) as port:
        pass

    assert send(f"http://127.0.0.1:{port}/in") == Deferred(
        DESTINATION, "no connection to the receiver: nothing was sent"
    )


def test_a_receiver_that_hangs_up_without_an_answer_may_have_got_it():
    with serving(lambda connection: connection.recv(65536)) as port:
        outcome = send(f"http://127.0.0.1:{port}/in")

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)


def drip(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize("behaviour", [lambda connection: connection.recv(65536) and connection.recv(1), drip])
def test_an_attempt_ends_in_time_with_a_receiver_that_says_nothing_or_a_byte_now_and_then(behaviour):
    started = time.monotonic()
    with serving(behaviour) as port:
        outcome = send(f"http://127.0.0.1:{port}/in", timeout_seconds=0.4)
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)
    assert took < 2


def test_tls_is_verified(tmp_path):
    trusted, other = Authority(tmp_path), Authority(tmp_path / "..", name="other.example")
    with http(tls=trusted.server) as server:
        url = f"https://127.0.0.1:{server.server_port}/in"
        assert send(url) == Refused(DESTINATION, "the receiver's certificate could not be verified: nothing was sent")
        assert server.requests == []
        assert send(url, ca_file=trusted.ca_file) == Delivered("HTTP 202")
    with http(tls=other.server) as server:
        url = f"https://127.0.0.1:{server.server_port}/in"
        assert isinstance(send(url, ca_file=other.ca_file), Refused)
        assert server.requests == []


@pytest.mark.parametrize(
    ("status", "ok"), [(200, True), (401, True), (405, True), (404, False), (410, False), (503, False)]
)
def test_check_asks_for_the_head_and_delivers_nothing(status, ok):
    with http(status) as server:
        opened = channel(local(server))
        (finding,) = opened.check()
        opened.close()

    assert finding.ok is ok
    assert [method for method, _, _ in server.requests] == ["HEAD"]


def test_check_says_when_nobody_is_there():
    with serving(lambda _: None) as port:
        pass
    opened = channel(f"http://127.0.0.1:{port}/in")
    (finding,) = opened.check()
    opened.close()

    assert (finding.ok, finding.message) == (False, "no connection to the receiver: nothing was sent")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"url": "http://authority.example/in"}, "url must begin with https://"),
        ({"url": "ftp://authority.example/in"}, "url must begin with https://"),
        ({"url": "https://user:word@authority.example/in"}, "neither a user name nor a query"),
        ({"url": "https://authority.example/in?key=1"}, "neither a user name nor a query"),
        ({"signing_key": ""}, "secret is not whsec_ and 24 to 64 bytes"),
        ({"signing_key": "whsec_" + "!" * 40}, "secret is not whsec_ and 24 to 64 bytes"),
        ({"previous_signing_key": "whsec_c2hvcnQ="}, "secret is not whsec_ and 24 to 64 bytes"),
        ({"colour": "red"}, "unknown field `colour`"),
    ],
)
def test_wrong_settings_say_what_to_do(change, problem):
    raw = {"url": "https://authority.example/in", "signing_key": SECRET} | change

    with pytest.raises(msgspec.ValidationError, match=problem):
        msgspec.convert(raw, HttpsSettings)


def test_settings_do_not_show_their_secret():
    assert SECRET not in repr(HttpsSettings(url="https://authority.example/in", signing_key=SECRET))


def test_another_transport_can_carry_it():
    def answer(request):
        return httpx.Response(204, request=request)

    settings = HttpsSettings(url="https://authority.example/in", signing_key=SECRET)
    opened = HttpsChannel(settings, Surroundings(clock=lambda: NOW, transport=httpx.MockTransport(answer)))

    assert opened.send(draft()) == Delivered("HTTP 204")
    opened.close()

import hmac
import json
import socket
import struct
import time
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook

from outbox.channels.base import Surroundings
from outbox.channels.http_answers import outcome_of, retry_after_of
from outbox.channels.https import HttpsChannel, HttpsSettings
from outbox.messages import Blame, Deferred, Delivered, Refused
from outbox.settling import Attempt, Limits, settle
from tests.outbox.builders import NOW, SECRET, draft
from tests.outbox.servers import Authority, drip, drip_tls, http, serving

#: Published with the reference implementation of asymmetric signatures: nobody's key.
OWN_KEY = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC_HALF = "1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
NEW_SECRET = "whsec_bmV3LXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo"


def channel(url, *, now=None, **settings):
    clock = now or (lambda: datetime.now(UTC))
    standard = {"url": url, "signing_key": SECRET}
    return HttpsChannel(HttpsSettings(**standard | settings), Surroundings(clock=clock))


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


def test_promise_28_a_signature_is_made_for_the_instant_whatever_zone_the_clock_shows():
    """Changes of the clock do no harm."""
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


def test_a_payload_that_is_no_text_is_signed_byte_by_byte():
    message = draft(payload=b"\xff\x00\xfeage-encryption.org/v1\n")
    with http() as server:
        assert send(local(server), message) == Delivered("HTTP 202")

    ((_, headers, body),) = server.requests
    stamp = headers["webhook-timestamp"].encode()
    digest = hmac.digest(
        b64decode(SECRET.removeprefix("whsec_")), message.id.encode() + b"." + stamp + b"." + body, "sha256"
    )
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"


def test_a_key_of_our_own_signs_so_that_its_public_half_verifies():
    with http() as server:
        assert send(local(server), signing_key=OWN_KEY) == Delivered("HTTP 202")

    ((_, headers, body),) = server.requests
    version, _, signature = headers["webhook-signature"].partition(",")
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    Ed25519PublicKey.from_public_bytes(b64decode(PUBLIC_HALF)).verify(b64decode(signature), signed)
    assert version == "v1a"


def test_while_a_shared_secret_gives_way_to_a_key_of_our_own_both_sign_and_the_reference_library_is_content():
    with http() as server:
        send(local(server), signing_key=OWN_KEY, previous_signing_key=SECRET)

    ((_, headers, body),) = server.requests
    assert [each.partition(",")[0] for each in headers["webhook-signature"].split()] == ["v1a", "v1"]
    Webhook(SECRET).verify(body, headers)


@pytest.mark.parametrize(("is_bare", "sent"), [(False, f'"{draft().id}"'), (True, draft().id)])
def test_the_idempotency_key_is_quoted_unless_the_receiver_wants_it_bare(is_bare, sent):
    with http() as server:
        send(local(server), bare_idempotency_key=is_bare)

    assert server.requests[0][1]["idempotency-key"] == sent


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
def test_promise_10_a_status_says_whose_failure_it_was(status, kind, blame):
    """Permanent errors are not retried; configuration errors stop the destination, not the messages."""
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
        ("Sun, 01 Nov 2036 16:00:00 GMT", datetime(2036, 11, 1, 16, tzinfo=UTC) - NOW),
        ("Wed, 04 Nov 2026 16:00:00 +99999999999999", None),
        ("Wed, 04 Nov 99999 16:00:00 GMT", None),
        ("١٢٠", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_nothing(header, wait):
    assert retry_after_of(header, NOW) == wait


def test_retry_after_reaches_the_outcome():
    with http(429, {"Retry-After": "120"}) as server:
        assert send(local(server)).retry_after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("retry_after", "longest"),
    [
        pytest.param("600", timedelta(minutes=10), id="seconds"),
        pytest.param("Wed, 04 Nov 2026 15:40:00 GMT", timedelta(minutes=10), id="a date"),
        pytest.param("when it suits", timedelta(seconds=30), id="nonsense"),
        pytest.param("-600", timedelta(seconds=30), id="a time that is over"),
        pytest.param("315360000", timedelta(hours=2), id="ten years in seconds"),
        pytest.param("Sun, 01 Nov 2036 16:00:00 GMT", timedelta(hours=2), id="ten years as a date"),
    ],
)
def test_promise_09_a_destination_that_asks_for_patience_gets_as_much_as_is_right(retry_after, longest):
    """Retry-After is honoured in both forms, capped, and beats the backoff."""
    with http(429, {"Retry-After": retry_after}) as server:
        outcome = send(local(server), now=lambda: NOW)

    attempt = Attempt(started_at=NOW, ended_at=NOW, jitter=1.0)
    claimed = SimpleNamespace(id="m1", destination="coventry", lease_token="t", attempts=0, first_attempt_at=NOW)
    assert settle(claimed, outcome, attempt, Limits()).probe_at == NOW + longest


OURS = "urn:attendance-relay:problem:"


@pytest.mark.parametrize(
    ("status", "named", "kind", "blame"),
    [
        (409, f"{OURS}already-taken", Delivered, None),
        (409, f"{OURS}still-working", Deferred, MESSAGE),
        (409, "about:blank", Deferred, MESSAGE),
        (422, f"{OURS}other-content", Refused, MESSAGE),
        (422, f"{OURS}not-valid", Refused, MESSAGE),
        (403, f"{OURS}not-now", Deferred, DESTINATION),
        (403, "https://iana.org/assignments/http-problem-types#quota-exceeded", Deferred, DESTINATION),
        (403, "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity", Deferred, DESTINATION),
        (403, "https://authority.example/problems/robin-canary", Refused, DESTINATION),
        # What stands before a receiver may break on its own, whatever its page says.
        (502, f"{OURS}already-taken", Deferred, UNKNOWN),
    ],
)
def test_the_type_of_a_problem_says_more_than_the_status(status, named, kind, blame):
    body = {"type": named, "status": 200, "title": "Robin Canary", "detail": "Robin Canary is unknown"}
    with http(
        status, {"Content-Type": "application/problem+json; charset=utf-8"}, body=json.dumps(body).encode()
    ) as server:
        outcome = send(local(server))

    assert (type(outcome), getattr(outcome, "blame", None)) == (kind, blame)
    assert "canary" not in repr(outcome).lower()


def test_a_quota_says_for_how_long():
    body = json.dumps({"type": "https://iana.org/assignments/http-problem-types#quota-exceeded"}).encode()
    with http(429, {"Content-Type": "application/problem+json", "Retry-After": "90"}, body=body) as server:
        assert send(local(server)).retry_after == timedelta(seconds=90)


TAKEN = json.dumps({"type": f"{OURS}already-taken"}).encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("application/json", TAKEN, id="another kind of body"),
        pytest.param("", TAKEN, id="no kind"),
        pytest.param("application/problem+json", b"", id="nothing"),
        pytest.param("application/problem+json", b"[1]", id="no object"),
        pytest.param("application/problem+json", b'{"type": 409}', id="no text"),
        pytest.param("application/problem+json", b'{"title": "x"}', id="no type"),
        pytest.param("application/problem+json", b"\xff\xfe", id="no JSON"),
        pytest.param("application/problem+json", b" " * 5000 + TAKEN, id="longer than is read"),
    ],
)
def test_what_is_no_problem_that_we_know_is_read_by_its_status(content_type, body):
    with http(409, {"Content-Type": content_type}, body=body) as server:
        outcome = send(local(server))

    assert (type(outcome), outcome.blame) == (Deferred, MESSAGE)


def test_a_problem_that_never_ends_is_read_by_its_status_and_in_time():
    def endless(connection):
        connection.recv(65536)
        drip(connection, b"HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\n\r\n{")

    started = time.monotonic()
    with serving(endless) as port:
        outcome = send(f"http://127.0.0.1:{port}/in", timeout_seconds=0.4)
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, MESSAGE)
    assert took < 2


def test_an_address_that_is_closed_for_good_says_so():
    with http(410) as server:
        outcome = send(local(server))

    assert outcome == Refused(
        DESTINATION, "the receiver answered HTTP 410: the address is closed for good; ask which one has taken its place"
    )


def test_any_2xx_is_taken_even_with_a_web_page_for_many_frameworks_call_every_answer_one():
    with http(200, {"Content-Type": "text/html"}, body=b"<h1>Please sign in</h1>") as server:
        assert send(local(server)) == Delivered("HTTP 200")
        opened = channel(local(server))
        (finding,) = opened.check()
        opened.close()

    assert finding.ok is None
    assert "answers with a web page" in finding.message


def reset(connection):
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(reset, id="resets"),
        pytest.param(lambda connection: connection.recv(65536) and connection.sendall(b"HTTP/1.1 20"), id="breaks off"),
        pytest.param(lambda connection: connection.recv(65536) and connection.sendall(b"HTTP/1.1 200 OK\r\nDa"), id="in a header"),
        pytest.param(lambda connection: connection.recv(65536) and connection.sendall(b"220 mail.example\r\n"), id="speaks SMTP"),
        pytest.param(lambda connection: connection.recv(65536) and connection.sendall(b"HTTP/1.1 999999 OK\r\n\r\n"), id="lies"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_leaves_open_whether_the_message_was_taken(behaviour):
    with serving(behaviour) as port:
        outcome = send(f"http://127.0.0.1:{port}/in")

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)


def test_a_body_that_breaks_off_after_a_2xx_changes_nothing():
    def short(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\nonly this")

    with serving(short) as port:
        assert send(f"http://127.0.0.1:{port}/in") == Delivered("HTTP 202")


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


def header_now_and_then(connection):
    connection.recv(65536)
    drip(connection, b"HTTP/1.1 200 OK\r\nX: ")


def test_an_attempt_ends_in_time_with_a_receiver_that_never_comes_to_the_end_of_a_handshake():
    started = time.monotonic()
    with serving(drip_tls) as port:
        outcome = send(f"https://127.0.0.1:{port}/in", timeout_seconds=0.4)
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, DESTINATION)
    assert took < 2


@pytest.mark.parametrize(
    "behaviour", [lambda connection: connection.recv(65536) and connection.recv(1), header_now_and_then]
)
def test_an_attempt_ends_in_time_with_a_receiver_that_says_nothing_or_a_byte_now_and_then(behaviour):
    started = time.monotonic()
    with serving(behaviour) as port:
        outcome = send(f"http://127.0.0.1:{port}/in", timeout_seconds=0.4)
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)
    assert took < 2


def test_promise_15_tls_is_verified(tmp_path):
    """TLS and host identity are always checked."""
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
        ({"signing_key": "whsk_" + "A" * 86 + "=="}, "or whsk_ and an Ed25519 key with its public half"),
        ({"signing_key": OWN_KEY[:-4]}, "or whsk_ and an Ed25519 key with its public half"),
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

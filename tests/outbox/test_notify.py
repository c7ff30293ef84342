"""GOV.UK Notify through ``responses`` where an answer is enough, and on sockets where time or a lost line matters."""

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import jwt
import msgspec
import pytest
import requests
import responses

from outbox.channels.base import Surroundings
from outbox.channels.notify import NotifyChannel, NotifySettings
from outbox.messages import (
    NOTIFY_FIELDS,
    Blame,
    Deferred,
    Delivered,
    NotFound,
    Receipt,
    ReceiptKind,
    Refused,
)
from outbox.notify_fields import FIELDS, compose_notice_fields
from tests.outbox.builders import NOTIFY_KEY, NOW, draft, notice
from tests.outbox.servers import Authority, drip, drip_tls, serving

API = "https://api.notifications.service.gov.uk"
SEND, LOOK_UP = f"{API}/v2/notifications/email", f"{API}/v2/notifications"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
NOTIFY_ID = "740e5834-3a29-46b4-9a6f-16142fde533a"
RECIPIENT = "commissioning@ashgrove.example"
MESSAGE, DESTINATION, UNKNOWN = Blame.MESSAGE, Blame.DESTINATION, Blame.UNKNOWN


def settings(**changes):
    return NotifySettings(**{"api_key": NOTIFY_KEY, "template_id": TEMPLATE} | changes)


@pytest.fixture
def channel():
    opened = NotifyChannel(settings(), Surroundings(clock=lambda: NOW))
    yield opened
    opened.close()


@pytest.fixture
def api():
    with responses.RequestsMock() as mocked:
        yield mocked


def message(**changes):
    standard = {"content_type": NOTIFY_FIELDS, "payload": compose_notice_fields(notice()), "address": RECIPIENT}
    return draft(**standard | changes)


def taken(**changes):
    """A message as the outbox hands it back after an attempt."""
    standard = {"id": message().id, "reference": NOTIFY_ID, "first_attempt_at": NOW - timedelta(minutes=1)}
    return SimpleNamespace(**standard | changes)


def problem(name, text="what Notify says of Robin Canary"):
    return {"status_code": 400, "errors": [{"error": name, "message": text}]}


def whole(status="sending", **changes):
    """A message as Notify answers it: the whole text is in it."""
    body = "Robin Canary: https://documents.service.gov.uk/d/secret"
    return {"id": NOTIFY_ID, "status": status, "body": body, "email_address": RECIPIENT, "type": "email"} | changes


def test_a_message_is_handed_over_with_its_fields_and_its_id_as_the_reference(api, channel):
    api.post(SEND, json={"id": NOTIFY_ID, "reference": message().id, "content": whole()}, status=201)

    assert channel.send(message()) == Delivered(NOTIFY_ID, has_arrived=False)
    (call,) = api.calls
    assert json.loads(call.request.body) == {
        "email_address": RECIPIENT,
        "template_id": TEMPLATE,
        "reference": message().id,
        "personalisation": json.loads(message().payload),
        "sanitise_content_for": ["sender", "details"],
    }
    token = call.request.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, NOTIFY_KEY[-36:], algorithms=["HS256"])
    assert claims["iss"] == NOTIFY_KEY[-73:-37]


def test_a_reply_to_address_goes_along_where_one_is_set(api):
    reply_to = "8e222534-7f05-4972-86e3-17c5d9f894e2"
    api.post(SEND, json={"id": NOTIFY_ID}, status=201)
    opened = NotifyChannel(settings(email_reply_to_id=reply_to), Surroundings(clock=lambda: NOW))
    opened.send(message())
    opened.close()

    assert json.loads(api.calls[0].request.body)["email_reply_to_id"] == reply_to


@pytest.mark.parametrize(
    ("status", "name", "kind", "blame"),
    [
        pytest.param(400, "ValidationError", Refused, MESSAGE, id="no address at all"),
        pytest.param(400, "BadRequestError", Refused, DESTINATION, id="template, reply-to, service"),
        pytest.param(400, "SomethingNew", Refused, DESTINATION, id="nobody knows: the message is kept"),
        pytest.param(401, "AuthError", Refused, DESTINATION, id="no token"),
        pytest.param(404, "NoResultFound", Refused, DESTINATION, id="not the API"),
        pytest.param(429, "RateLimitError", Deferred, DESTINATION, id="this minute"),
        pytest.param(429, "TooManyRequestsError", Deferred, DESTINATION, id="today"),
        pytest.param(500, "Exception", Deferred, UNKNOWN, id="it broke on the way"),
        pytest.param(502, "", Deferred, UNKNOWN, id="a gateway's"),
        pytest.param(503, "", Deferred, UNKNOWN, id="a real 503"),
    ],
)
def test_an_error_says_whose_failure_it_was_and_none_of_its_words_are_repeated(api, channel, status, name, kind, blame):
    api.post(SEND, json=problem(name), status=status)

    outcome = channel.send(message())

    assert (type(outcome), outcome.blame) == (kind, blame)
    assert str(status) in outcome.reason
    assert not any(word in outcome.reason for word in ("Canary", "ashgrove", NOTIFY_KEY[-36:]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Can’t send to this recipient using a team-only API key", "use a live key"),
        ("Can’t send to this recipient when service is in trial mode – see https://…", "ask for it to go live"),
        ("Template not found", "does not take this template"),
    ],
)
def test_a_team_only_key_and_a_service_in_trial_mode_are_told_apart(api, channel, text, why):
    api.post(SEND, json=problem("BadRequestError", text), status=400)

    outcome = channel.send(message())

    assert (type(outcome), outcome.blame) == (Refused, DESTINATION)
    assert why in outcome.reason


@pytest.mark.parametrize(
    ("now", "name", "wait"),
    [
        (NOW, "RateLimitError", timedelta(minutes=1)),
        (NOW, "TooManyRequestsError", timedelta(hours=8, minutes=30)),
        # Half past midnight by the clocks in England, which the limit does not go by.
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "TooManyRequestsError", timedelta(minutes=30)),
    ],
)
def test_a_limit_says_how_long_to_wait(api, now, name, wait):
    api.post(SEND, json=problem(name), status=429)
    opened = NotifyChannel(settings(), Surroundings(clock=lambda: now))
    outcome = opened.send(message())
    opened.close()

    assert outcome.retry_after == wait


def test_a_clock_that_was_late_once_gets_a_second_token(api, channel):
    api.post(SEND, json=problem("AuthError", "Error: Your system clock must be accurate"), status=403)
    api.post(SEND, json={"id": NOTIFY_ID}, status=201)

    assert channel.send(message()) == Delivered(NOTIFY_ID, has_arrived=False)
    assert len(api.calls) == 2


def test_a_key_that_is_refused_twice_stops_the_destination(api, channel):
    api.post(SEND, json=problem("AuthError"), status=403)

    outcome = channel.send(message())

    assert (type(outcome), outcome.blame) == (Refused, DESTINATION)
    assert "revoked" in outcome.reason
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"body": requests.ReadTimeout()}, id="no answer"),
        pytest.param({"body": requests.ConnectionError()}, id="the line is cut"),
        pytest.param({"body": "<html>Signed out</html>", "status": 201}, id="no JSON"),
        pytest.param({"json": {"reference": "x"}, "status": 201}, id="no id"),
        pytest.param({"json": [1], "status": 200}, id="no object"),
    ],
)
def test_an_attempt_whose_end_was_not_seen_may_have_arrived(api, channel, answer):
    api.post(SEND, **answer)

    outcome = channel.send(message())

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)


def test_an_ambiguous_attempt_is_looked_up_by_its_reference_and_found_without_a_second_one(api, channel):
    api.post(SEND, body=requests.ReadTimeout())
    api.get(LOOK_UP, json={"notifications": [whole()], "links": {}})

    assert channel.send(message()).blame is UNKNOWN
    assert channel.find(taken()) == Delivered(NOTIFY_ID, has_arrived=False)
    assert [call.request.method for call in api.calls] == ["POST", "GET"]
    assert api.calls[1].request.params == {"reference": message().id}


def test_a_message_that_notify_has_not_got_may_be_sent_again(api, channel):
    api.get(LOOK_UP, json={"notifications": [], "links": {}})

    assert channel.find(taken()) == NotFound()


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        (["permanent-failure"], NotFound()),
        (["technical-failure", "temporary-failure"], NotFound()),
        (["permanent-failure", "delivered"], Delivered(NOTIFY_ID, has_arrived=False)),
    ],
)
def test_an_attempt_that_failed_there_does_not_keep_a_replayed_message_back(api, channel, statuses, found):
    api.get(LOOK_UP, json={"notifications": [whole(each) for each in statuses], "links": {}})

    assert channel.find(taken()) == found


@pytest.mark.parametrize(
    ("status", "name", "kind", "blame"),
    [
        (400, "ValidationError", Deferred, UNKNOWN),  # of the question: the message does not die of it
        (403, "AuthError", Refused, DESTINATION),
        (429, "RateLimitError", Deferred, DESTINATION),
        (500, "Exception", Deferred, UNKNOWN),
        (503, "", Deferred, UNKNOWN),
    ],
)
def test_a_message_that_cannot_be_looked_up_waits(api, channel, status, name, kind, blame):
    api.get(LOOK_UP, json=problem(name), status=status)

    outcome = channel.find(taken())

    assert (type(outcome), outcome.blame) == (kind, blame)


def test_after_the_shortest_retention_notify_is_not_asked_what_it_may_have_forgotten(channel):
    assert channel.find(taken(first_attempt_at=NOW - timedelta(days=3, seconds=1))) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("created", None),
        ("sending", None),
        ("pending-virus-check", None),
        ("delivered", ReceiptKind.ARRIVED),
        ("permanent-failure", ReceiptKind.BOUNCED),
        ("temporary-failure", ReceiptKind.BOUNCED),
        ("technical-failure", ReceiptKind.BOUNCED),
    ],
)
def test_a_status_is_a_receipt_once_it_is_final(api, channel, status, kind):
    api.get(f"{LOOK_UP}/{NOTIFY_ID}", json=whole(status))

    receipts = list(channel.follow([taken()]))

    assert [each.kind for each in receipts] == ([kind] if kind else [])
    assert not any("Canary" in each.said or "ashgrove" in each.said for each in receipts)


def test_a_failure_says_what_to_do(api, channel):
    api.get(f"{LOOK_UP}/{NOTIFY_ID}", json=whole("temporary-failure"))

    assert list(channel.follow([taken()])) == [
        Receipt(
            message_id=message().id,
            kind=ReceiptKind.BOUNCED,
            at=NOW,
            said="GOV.UK Notify reports temporary-failure: the recipient's server did not take the mail for 72 hours, "
            "and GOV.UK Notify has given up",
        )
    ]


def test_following_goes_past_what_notify_no_longer_knows_and_stops_where_it_cannot_be_asked(api, channel):
    forgotten, arrived, unasked = (f"740e5834-3a29-46b4-9a6f-16142fde533{n}" for n in range(3))
    api.get(f"{LOOK_UP}/{forgotten}", json=problem("NoResultFound"), status=404)
    api.get(f"{LOOK_UP}/{arrived}", json=whole("delivered"))
    api.get(f"{LOOK_UP}/{unasked}", json=problem("Exception"), status=500)
    waiting = [taken(id=each, reference=each) for each in (forgotten, arrived, unasked, NOTIFY_ID)]

    assert [each.message_id for each in channel.follow(waiting)] == [arrived]


def test_what_another_channel_took_before_is_not_asked_after(channel):
    assert list(channel.follow([taken(reference="250"), taken(reference="../templates")])) == []


def test_a_test_key_says_that_it_only_pretends(api):
    api.get(f"{LOOK_UP}/{NOTIFY_ID}", json=whole("delivered"))
    opened = NotifyChannel(settings(key_kind="test"), Surroundings(clock=lambda: NOW))
    (receipt,) = opened.follow([taken()])
    opened.close()

    assert receipt.said == "GOV.UK Notify only pretends: a test key sends nothing"


@pytest.mark.parametrize(
    "wrong",
    [{"content_type": "message/rfc822"}, {"payload": b"From: a"}, {"payload": b'{"count":6}'}, {"payload": b"\xff"}],
)
def test_what_was_not_written_for_notify_is_never_sent_there(api, channel, wrong):
    outcome = channel.send(message(**wrong))

    assert (type(outcome), outcome.blame) == (Refused, MESSAGE)


def template(kind="email", *fields):
    return {"id": TEMPLATE, "type": kind, "personalisation": {name: {"required": True} for name in fields}}


@pytest.mark.parametrize(
    ("answer", "is_ok", "says"),
    [
        (template("email", "reference", "telephone"), True, "asks for nothing that a notice has not got"),
        ({"id": TEMPLATE, "type": "email"}, True, "is there"),
        (template("email", "reference", "name", "address"), False, "asks for address, name, which no notice has"),
        (template("sms", "reference"), False, "is not one for e-mails"),
    ],
)
def test_check_compares_the_template_with_what_a_notice_has_and_sends_nothing(api, channel, answer, is_ok, says):
    api.get(f"{API}/v2/template/{TEMPLATE}", json=answer)

    found, _ = channel.check()

    assert (found.subject, found.ok) == ("template", is_ok)
    assert says in found.message
    assert [call.request.method for call in api.calls] == ["GET"]


@pytest.mark.parametrize(
    ("status", "name", "says"),
    [(403, "AuthError", "the key is wrong, revoked"), (404, "NoResultFound", "template_id"), (429, "RateLimitError", "too many")],
)  # fmt: skip
def test_check_says_what_is_wrong(api, channel, status, name, says):
    api.get(f"{API}/v2/template/{TEMPLATE}", json=problem(name), status=status)

    (found,) = channel.check()

    assert found.ok is False
    assert says in found.message


@pytest.mark.parametrize(
    ("name", "kind", "is_ok", "says"),
    [
        ("attendance", "live", True, "does not tell the kind of a key, and key_kind says live"),
        ("attendance_live", "live", True, "key_kind says live"),
        ("attendance", "team", None, "only the service's team and guest list"),
        ("attendance", "test", None, "nobody is ever sent anything"),
        ("attendance_test", "live", None, "its name says test and key_kind says live: one of them is wrong"),
        ("live.2026", "team", None, "its name says live and key_kind says team"),
        ("latest-delivery", "live", True, "key_kind says live"),
    ],
)
def test_check_claims_of_a_key_only_what_can_be_known(api, name, kind, is_ok, says):
    api.get(f"{API}/v2/template/{TEMPLATE}", json=template())
    key = f"{name}-{NOTIFY_KEY[-73:]}"
    opened = NotifyChannel(settings(api_key=key, key_kind=kind), Surroundings(clock=lambda: NOW))
    _, found = opened.check()
    opened.close()

    assert (found.subject, found.ok) == ("key", is_ok)
    assert says in found.message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"api_key": NOTIFY_KEY[:-1]}, "api_key is not a whole key"),
        ({"api_key": NOTIFY_KEY[-73:]}, "api_key is not a whole key"),
        ({"api_key": ""}, "api_key is not a whole key"),
        ({"template_id": "attendance notice"}, "template_id is not the id of a template"),
        ({"email_reply_to_id": "office@lane.example"}, "email_reply_to_id is not the id"),
        ({"key_kind": "trial"}, "Invalid enum value 'trial'"),
        ({"base_url": "http://api.example"}, "base_url must begin with https://"),
    ],
)
def test_wrong_settings_say_what_to_do(change, says):
    raw = {"api_key": NOTIFY_KEY, "template_id": TEMPLATE} | change

    with pytest.raises(msgspec.ValidationError, match=says) as wrong:
        msgspec.convert(raw, NotifySettings)
    assert NOTIFY_KEY[-36:] not in str(wrong.value)


def test_the_clients_own_log_repeats_nothing(api, channel, caplog):
    caplog.set_level(logging.DEBUG)
    api.post(SEND, json=problem("BadRequestError"), status=400)
    channel.send(message())

    assert "Canary" not in caplog.text
    assert RECIPIENT not in caplog.text


# On a socket ----------------------------------------------------------------------------------------------------------


def at(port, scheme="http", **changes):
    return NotifyChannel(settings(base_url=f"{scheme}://127.0.0.1:{port}", **changes), Surroundings(clock=lambda: NOW))


def answering(content):
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"

    def handle(connection):
        connection.recv(65536)
        connection.sendall(head.encode() + content)

    return handle


def test_the_official_client_talks_to_a_real_server():
    with serving(answering(json.dumps({"id": NOTIFY_ID}).encode())) as port:
        opened = at(port)
        first, second = opened.send(message()), opened.send(message())
        opened.close()

    assert first == second == Delivered(NOTIFY_ID, has_arrived=False)


def hang(connection):
    connection.recv(65536)
    connection.recv(1)


def dripping(content):
    def handle(connection):
        connection.recv(65536)
        drip(connection, content)

    return handle


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hang, id="says nothing"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: "), id="a header now and then"),
        pytest.param(dripping(b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n{"), id="a body now and then"),
        pytest.param(dripping(b"HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n{"), id="a body that is announced"),
    ],
)
def test_a_call_ends_in_time_whatever_the_server_does(behaviour):
    started = time.monotonic()
    with serving(behaviour) as port:
        opened = at(port, timeout_seconds=0.4)
        outcome = opened.send(message())
        opened.close()
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)
    assert took < 2


def test_a_call_ends_in_time_with_a_server_that_never_comes_to_the_end_of_a_handshake():
    started = time.monotonic()
    with serving(drip_tls) as port:
        opened = at(port, "https", timeout_seconds=0.4)
        outcome = opened.send(message())
        opened.close()
        took = time.monotonic() - started

    assert isinstance(outcome, Deferred)
    assert took < 2


@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{", b"garbage\r\n\r\n"])
def test_an_answer_that_breaks_off_leaves_open_whether_the_message_was_taken(content):
    with serving(lambda connection: connection.recv(65536) and connection.sendall(content)) as port:
        opened = at(port)
        outcome = opened.send(message())
        opened.close()

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)


def test_promise_15_tls_is_verified_and_a_drip_within_it_is_cut_too(tmp_path):
    """TLS and host identity are always checked."""
    authority = Authority(tmp_path)
    with serving(hang, tls=authority.server) as port:
        opened = at(port, "https", timeout_seconds=5)
        assert opened.send(message()) == Refused(
            DESTINATION, "GOV.UK Notify's certificate could not be verified: nothing was sent"
        )
        opened.close()
    with serving(dripping(b"HTTP/1.1 201 Created\r\n\r\n{"), tls=authority.server) as port:
        started = time.monotonic()
        opened = at(port, "https", timeout_seconds=0.4)
        opened._calls._client.request_session.verify = authority.ca_file
        outcome = opened.send(message())
        opened.close()
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, UNKNOWN)
    assert took < 2


def test_every_field_is_sent_each_time_for_a_template_may_ask_for_any():
    assert tuple(json.loads(message().payload)) == FIELDS

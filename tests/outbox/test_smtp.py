import ssl
import time
from base64 import b64decode
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from app.demo.receivers.mail import _free_port
from outbox.channels.base import Surroundings
from outbox.channels.smtp import SmtpChannel, SmtpSettings
from outbox.messages import Blame, Deferred, Delivered, ReceiptKind, Refused
from tests.outbox import reports
from tests.outbox.builders import NOW, draft
from tests.outbox.servers import Authority, drip_tls, serving, smtp

RECIPIENT = "commissioning@ashgrove.example"
CONTENT = b"Subject: Attendance notice ref A7C3-K9MP\r\n\r\nfirst\r\n.second\r\n..third\r\n"


def channel(port, **settings):
    standard = {"host": "127.0.0.1", "port": port, "sender": "bounces@thornburylane.example", "tls": "none"}
    return SmtpChannel(SmtpSettings(**standard | settings), Surroundings(clock=lambda: NOW))


def message(**changes):
    return draft(content_type="message/rfc822", payload=CONTENT, address=RECIPIENT, **changes)


def test_a_message_is_handed_over_as_it_is_with_its_dots_doubled_and_one_recipient():
    log = []
    with smtp({}, log=log) as port:
        assert channel(port).send(message()) == Delivered("250", has_arrived=False)

    assert log[1:4] == ["mail FROM:<bounces@thornburylane.example>", f"rcpt TO:<{RECIPIENT}>", "DATA"]
    assert log[4:] == ["Subject: Attendance notice ref A7C3-K9MP", "", "first", "..second", "...third", "quit"]


def test_failure_reports_are_asked_for_where_the_relay_offers_them():
    log = []
    with smtp({}, extensions=("DSN",), log=log) as port:
        channel(port).send(message())

    assert log[1].endswith(f"ENVID={message().id}")
    assert log[2].endswith("NOTIFY=FAILURE,DELAY")


MESSAGE, DESTINATION, UNKNOWN = Blame.MESSAGE, Blame.DESTINATION, Blame.UNKNOWN


@pytest.mark.parametrize(
    ("step", "reply", "kind", "blame"),
    [
        ("greeting", "421 too busy", Deferred, DESTINATION),
        ("greeting", "554 not you", Refused, DESTINATION),
        ("greeting", "", Deferred, DESTINATION),
        ("MAIL", "451 later", Deferred, DESTINATION),
        ("MAIL", "530 sign in first", Refused, DESTINATION),
        ("MAIL", "550 5.7.30 Basic authentication is not supported", Refused, DESTINATION),
        ("MAIL", "", Deferred, DESTINATION),
        ("RCPT", "450 greylisted", Deferred, MESSAGE),
        ("RCPT", "452 mailbox full", Deferred, MESSAGE),
        ("RCPT", "421 closing", Deferred, DESTINATION),
        ("RCPT", "550 no such user", Refused, MESSAGE),
        ("RCPT", "530 5.7.57 client not authenticated", Refused, DESTINATION),
        ("RCPT", "550 5.7.64 TenantAttribution; Relay Access Denied", Refused, DESTINATION),
        ("RCPT", "550 5.7.1 this recipient takes no mail from you", Refused, MESSAGE),
        ("RCPT", "550 5.7.129 restricted", Refused, MESSAGE),
        ("RCPT", "550 15.7.30 is a room", Refused, MESSAGE),
        ("RCPT", "", Deferred, DESTINATION),
        ("DATA", "451 later", Deferred, MESSAGE),
        ("DATA", "554 no", Refused, MESSAGE),
        ("DATA", "", Deferred, DESTINATION),
        ("MAIL", "550 5.7.60 not allowed to send as this sender", Refused, DESTINATION),
        (".", "451 scanner is busy", Deferred, MESSAGE),
        (".", "552 too big", Refused, MESSAGE),
        (".", "554 5.2.252 SendAsDenied", Refused, DESTINATION),
        (".", "550 5.4.5 Daily user sending limit exceeded", Refused, DESTINATION),
        (".", "554 5.7.1 the content looks like an advertisement", Refused, MESSAGE),
        (".", "421 closing", Deferred, DESTINATION),
        (".", "", Deferred, UNKNOWN),
    ],
)
def test_promise_10_a_reply_means_what_its_step_makes_it_mean(step, reply, kind, blame):
    """Permanent errors are not retried; configuration errors stop the destination, not the messages."""
    with smtp({step: reply}) as port:
        outcome = channel(port).send(message())

    assert (type(outcome), outcome.blame) == (kind, blame)


def test_a_relay_that_is_not_there_has_got_nothing():
    with serving(lambda _: None) as port:
        pass

    assert channel(port).send(message()).blame is DESTINATION


@pytest.mark.parametrize(("step", "blame"), [("greeting", DESTINATION), ("RCPT", DESTINATION), (".", UNKNOWN)])
def test_an_attempt_ends_in_time_with_a_relay_that_says_nothing(step, blame):
    started = time.monotonic()
    with smtp({step: "..."}) as port:
        outcome = channel(port, timeout_seconds=0.4).send(message())
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, blame)
    assert took < 2


def test_an_attempt_ends_in_time_with_a_relay_that_says_a_byte_now_and_then():
    def drip(connection):
        for _ in range(100):
            connection.sendall(b"2")
            time.sleep(0.05)

    started = time.monotonic()
    with serving(drip) as port:
        outcome = channel(port, timeout_seconds=0.4).send(message())
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, DESTINATION)
    assert took < 2


def secured_never(connection):
    connection.sendall(b"220 here\r\n")
    connection.recv(100)
    connection.sendall(b"250-127.0.0.1\r\n250 STARTTLS\r\n")
    connection.recv(100)
    connection.sendall(b"220 go on\r\n")
    drip_tls(connection)


@pytest.mark.parametrize(("tls", "behaviour"), [("starttls", secured_never), ("implicit", drip_tls)])
def test_an_attempt_ends_in_time_with_a_relay_that_never_comes_to_the_end_of_a_handshake(tls, behaviour):
    started = time.monotonic()
    with serving(behaviour) as port:
        outcome = channel(port, tls=tls, timeout_seconds=0.4).send(message())
        took = time.monotonic() - started

    assert (type(outcome), outcome.blame) == (Deferred, DESTINATION)
    assert took < 2


@pytest.mark.parametrize("address", ["", "Robin", "a@b@c", "a b@c.example", "a@c.example\r\nRCPT TO:<x@y>"])
def test_an_address_that_is_none_is_refused_and_not_repeated(address):
    outcome = channel(1).send(SimpleNamespace(id="m1", address=address, payload=CONTENT))

    assert outcome == Refused(MESSAGE, "the recipient's address is not an e-mail address: correct contacts.csv")


def test_promise_15_without_starttls_nothing_is_sent(tmp_path):
    """TLS and host identity are always checked."""
    log = []
    with smtp({}, log=log) as port:
        outcome = channel(port, tls="starttls").send(message())

    assert outcome == Refused(DESTINATION, "the mail relay offers no STARTTLS: nothing was sent")
    assert [line for line in log if not line.lower().startswith("ehlo")] == []


class Kept:
    def __init__(self):
        self.recipients = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name the library calls
        self.recipients += envelope.rcpt_tos
        return "250 kept"


class TlsController(Controller):
    """A real server with STARTTLS and a password."""

    def __init__(self, handler, tls: ssl.SSLContext, *, offers_sign_in: bool = True):
        self._tls = tls
        self._sign_in = {} if offers_sign_in else {"auth_exclude_mechanism": ["PLAIN", "LOGIN"]}
        super().__init__(handler, hostname="127.0.0.1", port=_free_port())

    def factory(self):
        def is_right(server, session, envelope, mechanism, data):
            return AuthResult(success=data.password == b"correct", handled=False)

        return SMTP(
            self.handler,
            tls_context=self._tls,
            require_starttls=True,
            auth_required=True,
            authenticator=is_right,
            hostname="127.0.0.1",
            **self._sign_in,
        )


@pytest.fixture
def tls_relay(tmp_path):
    authority = Authority(tmp_path)
    controller = TlsController(Kept(), authority.server)
    controller.start()
    yield controller, authority.ca_file
    controller.stop()


def test_starttls_is_verified_and_the_password_goes_through_it(tls_relay):
    controller, ca_file = tls_relay
    signed_in = {"tls": "starttls", "username": "attendance", "ca_file": ca_file}

    assert channel(controller.port, **signed_in, password="correct").send(message()) == Delivered(
        "250", has_arrived=False
    )
    assert controller.handler.recipients == [RECIPIENT]
    wrong = channel(controller.port, **signed_in, password="wrong").send(message())
    assert (type(wrong), wrong.blame) == (Refused, DESTINATION)
    assert controller.handler.recipients == [RECIPIENT]


def test_promise_15_a_certificate_nobody_vouches_for_stops_the_destination(tls_relay):
    """TLS and host identity are always checked."""
    controller, _ = tls_relay

    outcome = channel(controller.port, tls="starttls").send(message())

    assert outcome == Refused(DESTINATION, "the mail relay's certificate could not be verified: nothing was sent")
    assert controller.handler.recipients == []


def test_implicit_tls_is_verified_too(tmp_path):
    authority = Authority(tmp_path)

    def greet(connection):
        connection.sendall(b"554 not you\r\n")
        connection.recv(100)

    with serving(greet, tls=authority.server) as port:
        unverified = channel(port, tls="implicit").send(message())
        verified = channel(port, tls="implicit", ca_file=authority.ca_file).send(message())

    assert "certificate" in unverified.reason
    assert "554" in verified.reason


def test_check_signs_in_and_sends_nothing(tls_relay):
    controller, ca_file = tls_relay
    signed_in = {"tls": "starttls", "username": "attendance", "ca_file": ca_file}

    (good,) = channel(controller.port, **signed_in, password="correct").check()
    (wrong,) = channel(controller.port, **signed_in, password="wrong").check()
    (unverified,) = channel(controller.port, tls="starttls").check()

    assert (good.ok, wrong.ok, unverified.ok) == (True, False, False)
    assert wrong.message == "answered 535"
    assert controller.handler.recipients == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"host": "mail.example", "tls": "none"}, "for this machine only"),
        ({"tls": "none", "host": "127.0.0.1", "password": "x"}, "would cross the connection readable"),
        ({"tls": "ssl"}, "Invalid enum value 'ssl'"),
        ({"sender": "nobody"}, "sender is not an e-mail address"),
        ({"token_file": "/run/token"}, "token_file is for auth = 'xoauth2'"),
        ({"auth": "xoauth2", "username": "a"}, "needs token_file and username, and no password"),
        ({"auth": "xoauth2", "token_file": "/run/token"}, "needs token_file and username"),
        ({"auth": "xoauth2", "token_file": "/t", "username": "a", "password": "b"}, "and no password"),
        (
            {"auth": "xoauth2", "token_file": "/t", "username": "a", "tls": "none", "host": "::1"},
            "the token would cross",
        ),
    ],
)
def test_wrong_settings_say_what_to_do(change, problem):
    raw = {"host": "mail.example", "sender": "bounces@thornburylane.example"} | change

    with pytest.raises(msgspec.ValidationError, match=problem):
        msgspec.convert(raw, SmtpSettings)


def test_a_relay_without_sign_in_is_not_given_a_message(tmp_path):
    authority = Authority(tmp_path)
    settings = {"tls": "starttls", "ca_file": authority.ca_file, "username": "attendance", "password": "correct"}
    controller = TlsController(Kept(), authority.server, offers_sign_in=False)
    controller.start()
    outcome = channel(controller.port, **settings).send(message())
    controller.stop()

    assert outcome == Refused(DESTINATION, "the mail relay does not offer the sign-in that is set")
    assert controller.handler.recipients == []


class SignedInByToken(Kept):
    """Takes one token, and refuses others as Microsoft and Google do: with a challenge first."""

    async def auth_XOAUTH2(self, server, args):  # noqa: N802 - the name the library calls
        if b64decode(args[1]) == b"user=attendance@lane.example\x01auth=Bearer fresh.token\x01\x01":
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=False, handled=False)


@pytest.fixture
def by_token(tmp_path):
    authority, token_file = Authority(tmp_path), tmp_path / "token"
    controller = TlsController(SignedInByToken(), authority.server)
    controller.start()
    settings = {
        "tls": "starttls",
        "auth": "xoauth2",
        "username": "attendance@lane.example",
        "token_file": str(token_file),
        "ca_file": authority.ca_file,
    }
    yield channel(controller.port, **settings), token_file, controller.handler
    controller.stop()


def test_a_token_is_read_at_each_sign_in_so_that_a_fresh_one_serves_at_once(by_token):
    opened, token_file, relay = by_token
    token_file.write_text("stale.token\n")
    stale = opened.send(message())
    token_file.write_text("fresh.token\n")

    assert (type(stale), stale.blame) == (Refused, DESTINATION)
    assert "535" in stale.reason
    assert "stale" not in stale.reason
    assert opened.send(message()) == Delivered("250", has_arrived=False)
    assert relay.recipients == [RECIPIENT]


@pytest.mark.parametrize("content", [None, "", "two tokens", "to\nken", "t\x01oken", "tök"])
def test_without_a_token_nothing_is_sent(by_token, content):
    opened, token_file, relay = by_token
    if content is not None:
        token_file.write_text(content, encoding="utf-8")

    outcome = opened.send(message())

    assert (type(outcome), outcome.blame) == (Refused, DESTINATION)
    assert outcome.reason.startswith("token_file holds no token")
    assert relay.recipients == []


def test_a_relay_that_takes_no_tokens_is_not_given_one(tls_relay, tmp_path):
    controller, ca_file = tls_relay
    (tmp_path / "token").write_text("fresh.token")
    settings = {"auth": "xoauth2", "username": "a", "token_file": str(tmp_path / "token"), "ca_file": ca_file}

    outcome = channel(controller.port, tls="starttls", **settings).send(message())

    assert outcome == Refused(DESTINATION, "the mail relay does not offer the sign-in that is set")


def test_mail_that_comes_back_is_followed_where_a_folder_is_set(tmp_path):
    (tmp_path / "1.eml").write_bytes(reports.postfix(message().id))

    (receipt,) = channel(9, bounces_folder=str(tmp_path)).follow([message()])
    assert (receipt.message_id, receipt.kind, receipt.at) == (message().id, ReceiptKind.BOUNCED, NOW)
    assert list(channel(9).follow([message()])) == []


def test_check_looks_at_the_folder_of_bounces_too(tmp_path):
    relay, bounces = channel(9, bounces_folder=str(tmp_path / "missing")).check()

    assert (relay.subject, bounces.subject, bounces.ok) == ("mail relay", "bounces_folder", False)


def test_one_attempt_takes_two_minutes_at_the_most():
    assert channel(25).longest == timedelta(minutes=2)

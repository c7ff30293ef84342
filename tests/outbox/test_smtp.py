import ssl
import time
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from app.demo.receivers.mail import _free_port
from outbox.channels.base import Surroundings
from outbox.channels.smtp import SmtpChannel, SmtpSettings
from outbox.messages import Blame, Deferred, Delivered, Refused
from tests.outbox.builders import NOW, draft
from tests.outbox.servers import Authority, serving, smtp

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
        ("RCPT", "", Deferred, DESTINATION),
        ("DATA", "451 later", Deferred, MESSAGE),
        ("DATA", "554 no", Refused, MESSAGE),
        (".", "451 scanner is busy", Deferred, MESSAGE),
        (".", "552 too big", Refused, MESSAGE),
        (".", "421 closing", Deferred, DESTINATION),
        (".", "", Deferred, UNKNOWN),
    ],
)
def test_a_reply_means_what_its_step_makes_it_mean(step, reply, kind, blame):
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


@pytest.mark.parametrize("address", ["", "Robin", "a@b@c", "a b@c.example", "a@c.example\r\nRCPT TO:<x@y>"])
def test_an_address_that_is_none_is_refused_and_not_repeated(address):
    outcome = channel(1).send(SimpleNamespace(id="m1", address=address, payload=CONTENT))

    assert outcome == Refused(MESSAGE, "the recipient's address is not an e-mail address: correct contacts.csv")


def test_without_starttls_nothing_is_sent(tmp_path):
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


def test_a_certificate_nobody_vouches_for_stops_the_destination(tls_relay):
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


def test_one_attempt_takes_two_minutes_at_the_most():
    assert channel(25).longest == timedelta(minutes=2)

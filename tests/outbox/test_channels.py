"""What holds for every channel there is. A new one is tested before its author writes a test."""

from datetime import timedelta

import msgspec
import pytest

from outbox.channels.base import Surroundings, deadline, is_loopback
from outbox.channels.registry import CHANNELS
from outbox.messages import Deferred, Refused
from outbox.settling import Limits
from tests.outbox.builders import NOTIFY_KEY, NOW, SECRET, draft

#: Settings that are right and lead nowhere: nothing listens on the discard port.
NOWHERE = {
    "https": {"url": "http://127.0.0.1:9/in", "signing_key": SECRET},
    "smtp": {"host": "127.0.0.1", "port": 9, "tls": "none", "sender": "bounces@thornburylane.example"},
    "notify": {
        "api_key": NOTIFY_KEY,
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "base_url": "http://127.0.0.1:9",
    },
    "folder": {"path": "/nowhere/at/all"},
}
SECRETS = {"https": "signing_key", "smtp": "password", "notify": "api_key"}


def opened(name):
    kind = CHANNELS[name]
    return kind.open(msgspec.convert(NOWHERE[name], kind.settings), Surroundings(clock=lambda: NOW))


@pytest.mark.parametrize("name", CHANNELS)
def test_a_destination_out_of_reach_keeps_its_messages_and_the_reason_names_no_child(name):
    channel = opened(name)
    outcome = channel.send(
        draft(
            address="commissioning@ashgrove.example",
            payload=b'{"full_name":"Robin Canary"}',
            content_type=CHANNELS[name].notices_as,
        )
    )
    channel.close()

    assert isinstance(outcome, Deferred | Refused)
    assert outcome.blame == "destination"
    assert not any(word in outcome.reason for word in ("Canary", "ashgrove", SECRET))


@pytest.mark.parametrize("name", CHANNELS)
def test_check_says_what_is_wrong_in_a_sentence(name):
    channel = opened(name)
    (finding,) = channel.check()
    channel.close()

    assert not finding.ok
    assert finding.message


@pytest.mark.parametrize("name", CHANNELS)
def test_one_attempt_fits_into_the_usual_lease(name):
    assert timedelta(0) < opened(name).longest < Limits().lease


@pytest.mark.parametrize("name", CHANNELS)
def test_a_setting_nobody_knows_is_an_error(name):
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        msgspec.convert(NOWHERE[name] | {"colour": "red"}, CHANNELS[name].settings)


@pytest.mark.parametrize(("name", "field"), SECRETS.items())
def test_settings_never_show_their_secret(name, field):
    raw = NOWHERE[name] | ({"tls": "starttls", field: SECRET} if name == "smtp" else {})
    settings = msgspec.convert(raw, CHANNELS[name].settings)

    assert getattr(settings, field) == raw[field]
    assert raw[field] not in f"{settings} {settings!r}"


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
     ("10.0.0.1", False), ("localhost.example", False), ("mail.example", False), ("", False)],
)  # fmt: skip
def test_only_this_machine_may_be_reached_without_tls(host, is_this_machine):
    assert is_loopback(host) is is_this_machine


def test_a_deadline_with_nothing_connected_cuts_nothing():
    asked = []

    with deadline(timedelta(0), lambda: asked.append("connection")):
        while not asked:
            pass

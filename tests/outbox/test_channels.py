"""What holds for every channel there is. A new one is tested before its author writes a test."""

import time
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest

from outbox.channels.base import Surroundings
from outbox.channels.registry import CHANNELS
from outbox.messages import Deferred, Delivered, NotFound, Refused
from outbox.settling import Limits
from tests.outbox import servers
from tests.outbox.builders import NOW, draft
from tests.outbox.rigs import RIGS

#: Nothing listens on the discard port.
NOBODY = 9
REMOTE = [name for name, rig in RIGS.items() if rig.is_remote]
ADDRESS = "commissioning@ashgrove.example"


@contextmanager
def opened(name, settings):
    kind = CHANNELS[name]
    channel = kind.open(msgspec.convert(settings, kind.settings), Surroundings(clock=lambda: NOW))
    try:
        yield channel
    finally:
        channel.close()


@contextmanager
def hanging():
    """Accept every connection and never answer."""

    def wait(connection):
        with suppress(OSError):
            while connection.recv(4096):
                pass

    with servers.serving(wait) as port:
        yield port


def message(name, **changes):
    """Return a message as the outbox hands it over for an attempt."""
    plain = {"address": ADDRESS, "payload": b'{"full_name":"Robin Canary"}'}
    made = draft(**plain | RIGS[name].message | changes)
    claimed = {"attempts": 0, "lease_token": "t", "first_attempt_at": NOW, "is_unsure": False, "reference": ""}
    return SimpleNamespace(**{each.name: getattr(made, each.name) for each in fields(made)}, **claimed)


def assert_says_nothing(name, text):
    """Neither child, nor recipient, nor secret."""
    assert not [word for word in ("Canary", "ashgrove", RIGS[name].secret_value) if word in text]


def test_every_channel_has_a_rig():
    assert RIGS.keys() == CHANNELS.keys(), "add the channel to tests/outbox/rigs.py"


# A receiver that works ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHANNELS)
def test_a_message_arrives_and_check_is_content(name, tmp_path):
    with RIGS[name].working(tmp_path) as there, opened(name, there.settings) as channel:
        findings = channel.check()
        outcome = channel.send(message(name))

        assert [finding for finding in findings if not finding.ok] == []
        assert isinstance(outcome, Delivered)
        assert_says_nothing(name, outcome.reference)
        assert there.held() == [message(name).id]


@pytest.mark.parametrize("name", CHANNELS)
def test_check_delivers_nothing(name, tmp_path):
    with RIGS[name].working(tmp_path) as there, opened(name, there.settings) as channel:
        channel.check()

        assert there.held() == []


@pytest.mark.parametrize("name", CHANNELS)
def test_a_message_sent_twice_is_there_once_or_twice_under_one_id(name, tmp_path):
    with RIGS[name].working(tmp_path) as there, opened(name, there.settings) as channel:
        outcomes = [channel.send(message(name)) for _ in range(2)]

        assert [type(each) for each in outcomes] == [Delivered, Delivered]
        assert there.held() == [message(name).id] * (1 if RIGS[name].tells_copies else 2)


@pytest.mark.parametrize("name", CHANNELS)
def test_find_knows_nothing_of_a_message_never_sent_and_never_denies_one_that_arrived(name, tmp_path):
    with RIGS[name].working(tmp_path) as there, opened(name, there.settings) as channel:
        before = channel.find(message(name))
        channel.send(message(name))
        after = channel.find(message(name))

    assert before is None or before == NotFound()
    assert after is None or isinstance(after, Delivered)


@pytest.mark.parametrize("name", CHANNELS)
def test_following_speaks_of_no_other_message_than_those_asked_about(name, tmp_path):
    with RIGS[name].working(tmp_path) as there, opened(name, there.settings) as channel:
        assert list(channel.follow(())) == []
        channel.send(message(name))
        assert {receipt.message_id for receipt in channel.follow([message(name)])} <= {message(name).id}


# No receiver, and one that hangs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHANNELS)
def test_a_destination_out_of_reach_keeps_its_messages_and_the_reason_names_no_child(name):
    with opened(name, RIGS[name].leading_to(NOBODY)) as channel:
        outcome = channel.send(message(name))

    assert isinstance(outcome, Deferred | Refused)
    assert outcome.blame == "destination"
    assert_says_nothing(name, outcome.reason)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_destination_out_of_reach_never_says_that_it_has_nothing_of_a_message(name):
    with opened(name, RIGS[name].leading_to(NOBODY)) as channel:
        found = channel.find(message(name))

    assert found is None or isinstance(found, Deferred | Refused)


@pytest.mark.parametrize("name", CHANNELS)
def test_check_says_what_is_wrong_in_a_sentence(name):
    with opened(name, RIGS[name].leading_to(NOBODY)) as channel:
        (finding,) = channel.check()

    assert not finding.ok
    assert finding.message
    assert "\n" not in finding.message
    assert_says_nothing(name, finding.message)


@pytest.mark.parametrize("name", REMOTE)
@pytest.mark.parametrize("asked", ["send", "find", "check"])
def test_promise_16_a_receiver_that_accepts_and_never_answers_ends_with_the_time(name, asked):
    """Nothing waits for ever."""
    with hanging() as port, opened(name, RIGS[name].leading_to(port) | {"timeout_seconds": 0.5}) as channel:
        began = time.monotonic()
        answer = getattr(channel, asked)(*([] if asked == "check" else [message(name)]))
        took = time.monotonic() - began

    assert channel.longest <= timedelta(seconds=1)
    assert took < 2
    assert not isinstance(answer, Delivered | NotFound)
    assert_says_nothing(name, str(answer))


@pytest.mark.parametrize("name", CHANNELS)
def test_promise_16_one_attempt_fits_into_the_usual_lease(name):
    """Nothing waits for ever."""
    with opened(name, RIGS[name].leading_to(NOBODY)) as channel:
        assert timedelta(0) < channel.longest < Limits().lease


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHANNELS)
def test_a_setting_nobody_knows_is_an_error(name):
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        msgspec.convert(RIGS[name].leading_to(NOBODY) | {"colour": "red"}, CHANNELS[name].settings)


@pytest.mark.parametrize("name", [name for name, rig in RIGS.items() if rig.secret])
def test_settings_never_show_their_secret(name):
    settings = msgspec.convert(RIGS[name].secret, CHANNELS[name].settings)

    assert RIGS[name].secret_value in msgspec.to_builtins(settings).values()
    assert RIGS[name].secret_value not in f"{settings} {settings!r}"

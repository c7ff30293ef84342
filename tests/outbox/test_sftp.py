"""Files over SFTP, against a real OpenSSH server; what it cannot play is played by a wire that is cut or by paramiko."""

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import msgspec
import pytest

from outbox.channels.base import Surroundings
from outbox.channels.sftp import SftpChannel, SftpSettings
from outbox.feeds import compose_feed, revise
from outbox.messages import Blame, Deferred, Delivered, NotFound, Refused
from tests.outbox.builders import NOW, ROOT, a_day, draft, header
from tests.outbox.openssh import new_key, openssh
from tests.outbox.proxies import wire
from tests.outbox.sftp_child import payload
from tests.outbox.sftp_servers import PASSWORD, Product, sftp_product

LARGE = 1_000_000
MESSAGE = draft(payload=payload(LARGE))
NAME = f"{MESSAGE.id}.json"
PART = f".{NAME}.part"


@pytest.fixture
def server(tmp_path):
    with openssh(tmp_path) as running:
        yield running


def feed_message():
    head = header()
    feed = compose_feed(head, revise({}, a_day(), head.profile)[0])
    return feed, draft(id=head.message_id, kind="feed", content_type=feed.content_type, payload=feed.payload)


def blamed(outcome):
    return type(outcome), outcome.blame


# What is left there --------------------------------------------------------------------------------------------------


def test_a_feed_becomes_its_two_files(server):
    feed, message = feed_message()

    outcome = server.channel().send(message)

    manifest = feed.file_name.replace(".csv", ".json")
    assert outcome == Delivered(manifest)
    assert server.names() == sorted([feed.file_name, manifest])
    assert (server.folder / feed.file_name).read_bytes() == feed.csv
    assert json.loads((server.folder / manifest).read_bytes()) == feed.manifest


@pytest.mark.parametrize(
    ("finish", "names"),
    [("rename", [NAME]), ("direct", [NAME]), ("marker", [NAME, f"{NAME}.done"])],
)
def test_a_message_sent_again_is_there_once_however_it_is_finished(server, finish, names):
    channel = server.channel(finish=finish)

    first = channel.send(MESSAGE)
    written = (server.folder / NAME).stat().st_mtime_ns

    assert first == channel.send(MESSAGE) == Delivered(names[-1])
    assert server.names() == names
    assert (server.folder / NAME).read_bytes() == MESSAGE.payload
    assert (server.folder / NAME).stat().st_mtime_ns == written


@pytest.mark.parametrize("finish", ["rename", "direct", "marker"])
@pytest.mark.parametrize("there", [b"an earlier one", b"x" * LARGE, b"longer than ours" * LARGE])
def test_promise_14_other_content_under_a_used_name_is_refused_and_stays(server, finish, there):
    """Readers of an SFTP folder never see a partial file, and replays are safe."""
    (server.folder / NAME).write_bytes(there)

    outcome = server.channel(finish=finish).send(MESSAGE)

    assert blamed(outcome) == (Refused, Blame.MESSAGE)
    assert NAME in outcome.reason
    assert server.names() == [NAME]
    assert (server.folder / NAME).read_bytes() == there


@pytest.mark.parametrize(("suffix", "left"), [("", PART), (".filepart", f"{NAME}.filepart")])
def test_a_part_left_by_a_crash_is_replaced(server, suffix, left):
    (server.folder / left).write_bytes(b"half a file" * LARGE)

    assert isinstance(server.channel(part_suffix=suffix).send(MESSAGE), Delivered)
    assert server.names() == [NAME]
    assert (server.folder / NAME).read_bytes() == MESSAGE.payload


@pytest.mark.parametrize("finish", ["direct", "marker"])
def test_the_beginning_of_our_own_file_is_finished_where_nothing_is_renamed(server, finish):
    (server.folder / NAME).write_bytes(MESSAGE.payload[:5000])

    assert isinstance(server.channel(finish=finish).send(MESSAGE), Delivered)
    assert (server.folder / NAME).read_bytes() == MESSAGE.payload


def test_what_is_no_set_of_files_is_refused_without_connecting(server):
    wrong = draft(content_type="multipart/form-data; boundary=b", payload=b"no multipart at all")

    assert blamed(server.channel().send(wrong)) == blamed(server.channel().find(wrong)) == (Refused, Blame.MESSAGE)


# Asking for an earlier attempt ---------------------------------------------------------------------------------------


def test_an_earlier_attempt_is_found_once_all_of_it_is_there(server):
    feed, message = feed_message()
    channel = server.channel()

    assert channel.find(message) == NotFound()
    (server.folder / feed.file_name).write_bytes(feed.csv)
    assert channel.find(message) == NotFound()
    channel.send(message)
    assert isinstance(channel.find(message), Delivered)


def test_half_a_file_or_another_one_is_not_found(server):
    for content in (MESSAGE.payload[:100], b"x" * LARGE):
        (server.folder / NAME).write_bytes(content)

        assert server.channel().find(MESSAGE) == NotFound()


def test_with_a_marker_it_is_the_marker_that_counts(server):
    (server.folder / NAME).write_bytes(MESSAGE.payload)
    assert server.channel(finish="marker").find(MESSAGE) == NotFound()

    (server.folder / f"{NAME}.done").touch()
    assert isinstance(server.channel(finish="marker").find(MESSAGE), Delivered)


# Identity and sign-in ------------------------------------------------------------------------------------------------


def test_promise_15_a_changed_host_key_stops_the_destination_before_anything_is_offered(tmp_path):
    """TLS and host identity are always checked."""
    folder, key, other = tmp_path / "in", new_key(tmp_path / "host"), new_key(tmp_path / "other")
    folder.mkdir()
    with sftp_product(folder, key, Product()) as there:
        for pinned in (other.with_suffix(".pub").read_text(), "SHA256:" + "A" * 43):
            outcome = password_channel(there, host_key=pinned).send(MESSAGE)

            assert blamed(outcome) == (Refused, Blame.DESTINATION)
            assert "nothing was sent" in outcome.reason
        assert there.product.passwords == []
        assert list(folder.iterdir()) == []


def test_a_host_key_of_another_type_is_another_host_key(server, tmp_path):
    pinned = new_key(tmp_path / "rsa", "rsa").with_suffix(".pub").read_text()

    assert blamed(server.channel(host_key=pinned).send(MESSAGE)) == (Refused, Blame.DESTINATION)


def test_a_host_key_is_pinned_by_its_line_with_or_without_a_name_or_by_its_fingerprint(server):
    line = server.host_key
    shown = subprocess.run(
        ["ssh-keygen", "-lf", server.keys / "host_key.pub"], check=True, capture_output=True, text=True
    )

    for pinned in (line, f"[127.0.0.1]:2222 {line}", shown.stdout.split()[1]):
        (finding,) = server.channel(host_key=pinned).check()
        assert finding.ok


@pytest.mark.parametrize(("kind", "passphrase"), [("rsa", ""), ("ecdsa", ""), ("ed25519", "open"), ("rsa", "open")])
def test_every_usual_kind_of_private_key_signs_in_from_a_file_or_from_a_secret(server, tmp_path, kind, passphrase):
    key = new_key(tmp_path / "mine", kind, passphrase)
    (server.keys / "authorized_keys").write_text(key.with_suffix(".pub").read_text())

    from_file = server.channel(private_key_file=str(key), passphrase=passphrase)
    from_secret = server.channel(private_key_file="", private_key=key.read_text().strip(), passphrase=passphrase)

    assert from_file.check()[0].ok
    assert from_secret.check()[0].ok


def test_rsa_host_keys_are_compared_as_well(tmp_path):
    key, folder = new_key(tmp_path / "host", "rsa"), tmp_path / "in"
    folder.mkdir()
    with sftp_product(folder, key, Product()) as there:
        assert password_channel(there).check()[0].ok


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"username": "somebody-else"}, "refuses the sign-in"), ({"folder": "/no/such/folder"}, "no such folder")],
)
def test_settings_that_do_not_fit_are_said_by_check_and_stop_the_destination(server, changes, says):
    channel = server.channel(**changes)
    outcome, (finding,) = channel.send(MESSAGE), channel.check()

    assert blamed(outcome) == (Refused, Blame.DESTINATION)
    assert says in outcome.reason
    assert (finding.ok, finding.message) == (False, outcome.reason)


@pytest.mark.parametrize(
    ("server_settings", "says"),
    [
        ({"command": "/bin/false"}, "offers this user no SFTP"),
        ({"command": "echo This account is not available"}, "offers this user no SFTP"),
        ({"extra": "AuthenticationMethods publickey,publickey"}, "second proof of identity"),
        ({"command": "internal-sftp -R"}, "forbids this user to write"),
        ({"command": "internal-sftp -P rename"}, "forbids this user to rename"),
    ],
)
def test_a_server_that_does_not_let_us_stops_the_destination_and_keeps_nothing(tmp_path, server_settings, says):
    with openssh(tmp_path, **server_settings) as server:
        outcome, (finding,) = server.channel().send(MESSAGE), server.channel().check()

        assert blamed(outcome) == (Refused, Blame.DESTINATION)
        assert says in outcome.reason
        assert not finding.ok
        assert server.names() == []


def test_a_full_disk_is_waited_for_and_nothing_partial_stays(tmp_path):
    with openssh(tmp_path, largest_file=50_000) as server:
        outcome = server.channel().send(MESSAGE)

        assert blamed(outcome) == (Deferred, Blame.DESTINATION)
        assert server.names() == []


def test_check_leaves_nothing(server):
    for finish in ("rename", "direct", "marker"):
        assert server.channel(finish=finish).check()[0].ok

    assert server.names() == []


# The wire breaks -----------------------------------------------------------------------------------------------------


def test_promise_14_a_drop_while_uploading_leaves_no_partial_file_under_its_name(server):
    """Readers of an SFTP folder never see a partial file, and replays are safe."""
    with wire(server.port, cuts=lambda sent: sent > LARGE // 2) as broken:
        outcome = server.channel(port=broken.port).send(MESSAGE)

    assert blamed(outcome) == (Deferred, Blame.DESTINATION)
    assert NAME not in server.names()

    assert isinstance(server.channel().send(MESSAGE), Delivered)
    assert server.names() == [NAME]
    assert (server.folder / NAME).read_bytes() == MESSAGE.payload


def test_promise_14_a_drop_after_the_rename_is_ambiguous_then_found_and_never_sent_twice(server):
    """Readers of an SFTP folder never see a partial file, and replays are safe."""
    with wire(server.port, cuts=lambda _: (server.folder / NAME).exists()) as broken:
        outcome = server.channel(port=broken.port).send(MESSAGE)
    written = (server.folder / NAME).stat().st_mtime_ns

    assert blamed(outcome) == (Deferred, Blame.UNKNOWN)
    assert server.channel().find(MESSAGE) == server.channel().send(MESSAGE) == Delivered(NAME)
    assert server.names() == [NAME]
    assert (server.folder / NAME).stat().st_mtime_ns == written


def test_a_drop_between_a_feed_and_its_manifest_has_not_delivered(server):
    feed, message = feed_message()
    with wire(server.port, cuts=lambda _: (server.folder / feed.file_name).exists()) as broken:
        outcome = server.channel(port=broken.port).send(message)

    assert blamed(outcome) == (Deferred, Blame.DESTINATION)
    assert server.names() == [feed.file_name]
    assert isinstance(server.channel().send(message), Delivered)


@pytest.mark.parametrize("sent", [0, 30, 1500, 3000, LARGE // 2])
def test_a_server_that_goes_dead_at_any_point_ends_with_the_time(server, sent):
    with wire(server.port, dies=lambda so_far: so_far > sent) as dead:
        channel = server.channel(port=dead.port, timeout_seconds=1.0)
        began = time.monotonic()
        outcome = channel.send(MESSAGE)

    assert blamed(outcome) == (Deferred, Blame.DESTINATION)
    assert time.monotonic() - began < 3


# The process is killed -----------------------------------------------------------------------------------------------


def uploaded(folder):
    return (folder / PART).stat().st_size if (folder / PART).exists() else 0


@pytest.mark.parametrize(
    ("dies", "left"),
    [
        pytest.param(lambda _, sent: sent > LARGE // 2, [PART], id="while uploading"),
        pytest.param(lambda folder, _: uploaded(folder) == LARGE, [PART], id="between upload and rename"),
        pytest.param(lambda folder, _: (folder / NAME).exists(), [NAME], id="after the rename"),
    ],
)
def test_a_kill_leaves_exactly_one_whole_file_after_the_restart(server, dies, left):
    with wire(server.port, dies=lambda sent: dies(server.folder, sent)) as dead, child(server, dead.port) as process:
        assert dead.is_dead.wait(20)
        until = time.monotonic() + 10
        while not server.names() and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    assert server.names() == left

    assert server.channel().send(MESSAGE) == Delivered(NAME)
    assert server.names() == [NAME]
    assert (server.folder / NAME).read_bytes() == MESSAGE.payload


@contextmanager
def child(server, port):
    settings = msgspec.to_builtins(server.settings(port=port, timeout_seconds=60.0))
    arguments = [sys.executable, "-m", "tests.outbox.sftp_child", json.dumps(settings), str(LARGE)]
    with subprocess.Popen(arguments, cwd=ROOT) as process, ExitStack() as stack:
        stack.callback(process.kill)
        yield process


# Other products ------------------------------------------------------------------------------------------------------


@pytest.fixture
def product(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with sftp_product(folder, new_key(tmp_path / "host"), Product()) as there:
        yield there


def password_channel(there, **changes):
    standard = {
        "host": "127.0.0.1",
        "port": there.port,
        "username": "relay",
        "password": PASSWORD,
        "host_key": there.host_key,
        "timeout_seconds": 10.0,
    }
    return SftpChannel(SftpSettings(**standard | changes), Surroundings(clock=lambda: NOW))


def test_a_server_without_fsync_is_written_to_as_well(product, tmp_path):
    assert password_channel(product).send(MESSAGE) == Delivered(NAME)
    assert (tmp_path / "in" / NAME).read_bytes() == MESSAGE.payload


def test_a_wrong_password_stops_the_destination(product):
    outcome = password_channel(product, password="another").send(MESSAGE)

    assert blamed(outcome) == (Refused, Blame.DESTINATION)
    assert "another" not in outcome.reason


def test_a_server_that_takes_files_as_they_close_gets_them_direct_and_cannot_be_asked(product):
    product.product.takes = True
    channel = password_channel(product, finish="direct")

    assert channel.send(MESSAGE) == Delivered(NAME)
    assert product.product.taken == {NAME: MESSAGE.payload}
    assert channel.find(MESSAGE) is None


def test_a_server_that_takes_files_as_they_close_is_no_place_to_rename(product):
    product.product.takes = True
    outcome, (finding,) = password_channel(product).send(MESSAGE), password_channel(product).check()[0:1]

    assert blamed(outcome) == (Refused, Blame.DESTINATION)
    assert "set finish = 'direct'" in outcome.reason
    assert finding.message == outcome.reason


def test_promise_14_a_rename_that_would_overwrite_is_never_asked_for(product, tmp_path):
    """Readers of an SFTP folder never see a partial file, and replays are safe."""
    product.product.overwrites = True
    (tmp_path / "in" / NAME).write_bytes(b"an earlier one")

    assert blamed(password_channel(product).send(MESSAGE)) == (Refused, Blame.MESSAGE)
    assert (tmp_path / "in" / NAME).read_bytes() == b"an earlier one"


def test_promise_14_a_letter_box_takes_files_and_cannot_be_asked(product, tmp_path):
    """Readers of an SFTP folder never see a partial file, and replays are safe."""
    product.product.hides = True
    channel = password_channel(product)

    assert channel.check()[0].ok
    assert channel.send(MESSAGE) == Delivered(NAME)
    assert (tmp_path / "in" / NAME).read_bytes() == MESSAGE.payload
    assert channel.find(MESSAGE) is None


@pytest.mark.parametrize(
    ("finish", "request_", "blame"),
    [
        ("rename", "stat", Blame.DESTINATION),
        ("rename", "open", Blame.DESTINATION),
        ("rename", "write", Blame.DESTINATION),
        ("rename", "close", Blame.DESTINATION),
        ("rename", "rename", Blame.UNKNOWN),
        ("direct", "stat", Blame.DESTINATION),
        ("direct", "close", Blame.UNKNOWN),
        ("marker", "write", Blame.DESTINATION),
    ],
)
def test_a_request_that_is_never_answered_ends_with_the_time(product, finish, request_, blame):
    product.product.stalls = request_
    began = time.monotonic()

    outcome = password_channel(product, finish=finish, timeout_seconds=1.0).send(MESSAGE)

    assert blamed(outcome) == (Deferred, blame)
    assert time.monotonic() - began < 3


def test_a_server_that_does_not_answer_cannot_be_asked_now(product):
    product.product.stalls = "stat"

    assert blamed(password_channel(product, timeout_seconds=1.0).find(MESSAGE)) == (Deferred, Blame.DESTINATION)


# Settings ------------------------------------------------------------------------------------------------------------

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ+1hDLkL3vhDrk6nfVSvsuSZ7PWeJ4FVYB8uTYYxCP"
RIGHT = {"host": "127.0.0.1", "username": "relay", "host_key": HOST_KEY, "password": "p"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"host_key": ""}, "host_key is neither"),
        ({"host_key": "ssh-ed25519"}, "host_key is neither"),
        ({"host_key": "MD5:00:11"}, "host_key is neither"),
        ({"host_key": HOST_KEY.replace("AAAAC3", "AAAAD3")}, "host_key is cut short or changed"),
        ({"host_key": "ssh-ed25519 not-base64"}, "host_key is cut short or changed"),
        ({"password": ""}, "sign in one way"),
        ({"private_key_file": "/run/secrets/key"}, "sign in one way"),
        ({"password": "", "private_key": "-----BEGIN NOTHING-----"}, "is no OpenSSH key"),
        ({"finish": "copy"}, "Invalid enum value 'copy'"),
        ({"part_suffix": "/../x"}, "part_suffix is the end of a file name"),
        ({"timeout_seconds": 0}, "timeout_seconds must be more than 0"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_their_key(changes, says):
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(RIGHT | changes, SftpSettings)


def test_a_private_key_file_that_is_not_there_shows_when_the_channel_is_opened():
    settings = SftpSettings(**RIGHT | {"password": "", "private_key_file": "/no/such/key"})

    with pytest.raises(FileNotFoundError):
        SftpChannel(settings, Surroundings(clock=lambda: NOW))

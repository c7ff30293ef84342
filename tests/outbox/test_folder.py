import json

import pytest

from outbox.channels.base import Surroundings
from outbox.channels.folder import FolderChannel, FolderSettings
from outbox.feeds import compose_feed, revise
from outbox.messages import Blame, Deferred, Delivered, Refused
from outbox.notices import compose_notice
from tests.outbox.builders import NOW, a_day, draft, header, notice


def channel(path):
    return FolderChannel(FolderSettings(path=str(path)), Surroundings(clock=lambda: NOW))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def feed_message():
    head = header()
    feed = compose_feed(head, revise({}, a_day(), head.profile)[0])
    return feed, draft(id=head.message_id, kind="feed", content_type=feed.content_type, payload=feed.payload)


def test_a_feed_becomes_its_two_files(tmp_path):
    feed, message = feed_message()

    outcome = channel(tmp_path).send(message)

    manifest_name = feed.file_name.replace(".csv", ".json")
    assert outcome == Delivered(manifest_name)
    assert names(tmp_path) == sorted([feed.file_name, manifest_name])
    assert (tmp_path / feed.file_name).read_bytes() == feed.csv
    assert json.loads((tmp_path / manifest_name).read_bytes()) == feed.manifest


def test_a_notice_becomes_a_file_named_by_its_id(tmp_path):
    payload = compose_notice(notice())
    message = draft(payload=payload)

    assert channel(tmp_path).send(message) == Delivered(f"{message.id}.json")
    assert (tmp_path / f"{message.id}.json").read_bytes() == payload


def test_the_same_message_again_is_delivered_and_writes_nothing(tmp_path):
    feed, message = feed_message()
    channel(tmp_path).send(message)
    before = (tmp_path / feed.file_name).stat().st_mtime_ns

    assert isinstance(channel(tmp_path).send(message), Delivered)
    assert (tmp_path / feed.file_name).stat().st_mtime_ns == before


def test_other_content_under_a_used_name_is_refused_and_the_first_stays(tmp_path):
    feed, message = feed_message()
    (tmp_path / feed.file_name).write_bytes(b"an earlier one")

    outcome = channel(tmp_path).send(message)

    assert (type(outcome), outcome.blame) == (Refused, Blame.MESSAGE)
    assert (tmp_path / feed.file_name).read_bytes() == b"an earlier one"
    assert names(tmp_path) == [feed.file_name]


def test_half_a_file_left_by_a_crash_is_replaced_and_never_seen(tmp_path):
    feed, message = feed_message()
    (tmp_path / f".{feed.file_name}.part").write_bytes(b"half a fi")

    channel(tmp_path).send(message)

    assert (tmp_path / feed.file_name).read_bytes() == feed.csv
    assert len(names(tmp_path)) == 2


def test_a_missing_folder_is_not_made_but_waited_for(tmp_path):
    outcome = channel(tmp_path / "share").send(draft())

    assert (type(outcome), outcome.blame) == (Refused, Blame.DESTINATION)
    assert not (tmp_path / "share").exists()


@pytest.mark.parametrize(
    "payload",
    [
        b"no multipart at all",
        b'--b\r\nContent-Disposition: form-data; name="feed"; filename="../x.csv"\r\nContent-Type: text/csv\r\n\r\nx\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="feed"; filename=".x"\r\nContent-Type: text/csv\r\n\r\nx\r\n--b--\r\n',
        b"--b\r\n\r\nno name\r\n--b--\r\n",
        b"--b--\r\n",
    ],
)
def test_a_payload_that_names_no_plain_files_is_refused(tmp_path, payload):
    outcome = channel(tmp_path).send(draft(content_type="multipart/form-data; boundary=b", payload=payload))

    assert (type(outcome), outcome.blame) == (Refused, Blame.MESSAGE)
    assert names(tmp_path) == []


def test_check_finds_a_folder_that_can_be_written_to_and_leaves_nothing(tmp_path):
    (there,) = channel(tmp_path).check()
    (missing,) = channel(tmp_path / "share").check()

    assert (there.ok, missing.ok) == (True, False)
    assert names(tmp_path) == []


@pytest.mark.parametrize("path", ["/dev/full", "/proc/self"])
def test_a_place_that_takes_no_files_is_the_destinations_failure(path):
    assert channel(path).send(draft()).blame is Blame.DESTINATION


def test_a_disk_that_fails_is_tried_again(tmp_path):
    (tmp_path / f".{draft().id}.json.part").mkdir()

    outcome = channel(tmp_path).send(draft())

    assert outcome == Deferred(Blame.DESTINATION, "writing failed: Is a directory")

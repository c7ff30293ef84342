"""The relay's channels against the receivers of the demonstration, on real sockets."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from app.demo.receivers.authority import Authority, Post
from app.demo.receivers.collector import collect
from app.demo.receivers.ledger import Ledger
from app.demo.receivers.mail import Mailbox
from outbox.channels.base import Surroundings
from outbox.channels.folder import FolderChannel, FolderSettings
from outbox.channels.https import HttpsChannel, HttpsSettings
from outbox.channels.smtp import SmtpChannel, SmtpSettings
from outbox.emails import compose_email
from outbox.feeds import compose_feed, revise
from outbox.messages import Blame, Deferred, Delivered, Refused, message_id
from outbox.notices import compose_notice
from outbox.relay import Outside, deliver
from tests.outbox.builders import (
    KEY,
    ROOT,
    SECRET,
    SENDER_ADDRESS,
    a_day,
    draft,
    environment,
    header,
    notice,
)
from tests.outbox.fake_outbox import FakeOutbox

OTHER_SECRET = "whsec_bmV3LXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo"


def now():
    return datetime.now(UTC)


def channel(authority, *, secret=SECRET, clock=now):
    return HttpsChannel(HttpsSettings(url=authority.url, signing_key=secret), Surroundings(clock=clock))


def feed(sequence, **changes):
    head = header(sequence=sequence, message_id=message_id(KEY, f"feed/{sequence}"))
    composed = compose_feed(head, revise({}, a_day(), head.profile)[0])
    standard = {
        "id": head.message_id,
        "idempotency_key": f"feed/{sequence}",
        "ordering_key": "feed",
        "kind": "feed",
        "content_type": composed.content_type,
        "payload": composed.payload,
    }
    return draft(**standard | changes)


def a_notice():
    return draft(id=notice().message_id, payload=compose_notice(notice()))


def send(authority, *messages, **options):
    opened = channel(authority, **options)
    outcomes = [opened.send(message) for message in messages]
    opened.close()
    return outcomes


def counted(ledger):
    return {each.message_id: (each.kind, each.received) for each in ledger.received}


def test_feeds_and_notices_arrive_verified_and_are_there_after_a_restart(tmp_path):
    with Authority(tmp_path, secrets=[OTHER_SECRET, SECRET]) as authority:
        assert send(authority, feed(1), a_notice(), feed(2)) == [Delivered("HTTP 202")] * 3

    again = Authority(tmp_path, secrets=[SECRET])
    with again:
        assert again.ledger.problems == ()
        assert counted(again.ledger) == {
            feed(1).id: ("feed", 1),
            notice().message_id: ("notification", 1),
            feed(2).id: ("feed", 1),
        }
        assert send(again, feed(1), feed(3)) == [Delivered("HTTP 200"), Delivered("HTTP 202")]
        assert counted(again.ledger)[feed(1).id] == ("feed", 2)
        assert again.ledger.problems == ()
    assert len(list(tmp_path.glob("feeds/*.csv"))) == 3
    assert {each.idempotency_key for each in again.ledger.received} == set(counted(again.ledger))


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ([feed(1), feed(3)], "gap in sequence: 3 after 1"),
        ([feed(2), feed(1)], "sequence 1 came after 2"),
        ([feed(1), feed(2, id=feed(1).id)], "same id, other content"),
    ],
)
def test_what_is_wrong_with_feeds_is_written_down(tmp_path, sent, problem):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        send(authority, *sent)

    assert [each.what for each in Ledger(tmp_path).problems] == [problem]


@pytest.mark.parametrize(
    ("message", "options", "problem"),
    [
        (feed(1), {"secret": OTHER_SECRET}, "bad signature"),
        (feed(1), {"clock": lambda: now() - timedelta(minutes=6)}, "bad signature"),
        (feed(1, payload=feed(1).payload.replace(b",absent,", b",present,")), {}, "hash mismatch"),
        (draft(payload=b"{"), {}, "not understood"),
        (draft(payload=b"[]"), {}, "not understood"),
        (feed(1, payload=b"not multipart"), {}, "not understood"),
        (draft(payload=compose_notice(notice())), {}, "the event has another id"),
    ],
)
def test_what_is_not_as_published_is_refused_and_kept_nowhere(tmp_path, message, options, problem):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        (outcome,) = send(authority, message, **options)

    assert isinstance(outcome, Refused)
    assert [each.what for each in authority.ledger.problems] == [problem]
    assert authority.ledger.received == ()


def test_a_format_it_does_not_take_is_refused(tmp_path):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        (outcome,) = send(authority, draft(content_type="text/plain", payload=b"hello"))

    assert outcome.blame is Blame.MESSAGE


def test_a_request_without_a_signature_is_refused(tmp_path):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        request = Request(authority.url, data=b"{}", headers={"Content-Type": "application/json"})
        with pytest.raises(OSError, match="401"), urlopen(request):
            pass
        assert authority.receive(Post({"webhook-timestamp": "x"}, b"{}")) == 401


def test_an_outage_loses_nothing(tmp_path):
    clock = {"now": now()}
    down = [True, True, False]
    outbox = FakeOutbox(feed(1), a_notice(), feed(2))

    with Authority(
        tmp_path, secrets=[SECRET], clock=lambda: clock["now"], is_down=lambda: down and down.pop(0)
    ) as authority:
        opened = channel(authority, clock=lambda: clock["now"])
        deliveries = []
        for _ in range(6):
            deliveries.append(deliver(outbox, {"warwickshire": opened}, Outside(clock=lambda: clock["now"]), token="t"))
            clock["now"] += timedelta(minutes=5)
        opened.close()

    assert sum(each.delivered for each in deliveries) == 3
    assert sum((each.dead for each in deliveries), 0) == 0
    assert [received for _, received in counted(authority.ledger).values()] == [1, 1, 1]
    assert authority.ledger.problems == ()


def test_a_closed_authority_answers_nobody(tmp_path):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        opened = channel(authority)
        assert opened.check()[0].ok
    assert not opened.check()[0].ok
    assert isinstance(opened.send(a_notice()), Deferred)
    opened.close()


KILLED = """
import sys
from pathlib import Path
from app.demo.receivers.authority import Authority
with Authority(Path(sys.argv[1]), secrets=[sys.argv[2]]) as authority:
    print(authority.url, flush=True)
    authority._thread.join()
"""


def test_a_killed_authority_has_whole_files_and_knows_what_came(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path), SECRET]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as child:
        url = child.stdout.readline().decode().strip()
        opened = HttpsChannel(HttpsSettings(url=url, signing_key=SECRET), Surroundings(clock=now))
        for sequence in range(1, 4):
            assert isinstance(opened.send(feed(sequence)), Delivered)
        child.send_signal(signal.SIGKILL)
        opened.close()
    (tmp_path / "received" / ".000003.json.part").write_bytes(b'{"message_i')

    with Authority(tmp_path, secrets=[SECRET]) as authority:
        send(authority, feed(3), feed(4))

    assert [received for _, received in counted(authority.ledger).values()] == [1, 1, 2, 1]
    assert authority.ledger.problems == ()


def test_a_feed_kept_before_a_kill_but_not_recorded_is_taken_again_without_complaint(tmp_path):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        send(authority, feed(1), feed(2))
    (tmp_path / "received" / "000001.json").unlink()

    with Authority(tmp_path, secrets=[SECRET]) as authority:
        assert send(authority, feed(2)) == [Delivered("HTTP 202")]
    assert authority.ledger.problems == ()


def test_mail_arrives_once_by_message_id_and_is_there_after_a_restart(tmp_path):
    content = compose_email(notice(), SENDER_ADDRESS, "commissioning@ashgrove.example", environment=environment())
    message = draft(content_type="message/rfc822", payload=content, address="commissioning@ashgrove.example")
    with Mailbox(tmp_path) as mailbox:
        settings = SmtpSettings(
            host=mailbox.host, port=mailbox.port, sender="bounces@thornburylane.example", tls="none"
        )
        opened = SmtpChannel(settings, Surroundings(clock=now))
        assert [opened.send(message) for _ in range(2)] == [Delivered("250", has_arrived=False)] * 2
        assert opened.check()[0].ok

    (received,) = Ledger(tmp_path).received
    assert received.message_id == f"<{notice().message_id}@thornburylane.example>"
    assert (received.kind, received.received) == ("email", 2)
    assert Path(received.path).read_bytes() == content


def test_a_collector_finds_what_lies_in_its_folder_and_what_is_wrong_with_it(tmp_path):
    opened = FolderChannel(FolderSettings(path=str(tmp_path)), Surroundings(clock=now))
    for message in (feed(2), a_notice(), feed(1), feed(4)):
        assert isinstance(opened.send(message), Delivered)

    received, problems = collect(tmp_path)

    assert {(each.message_id, each.kind) for each in received} == {
        (notice().message_id, "notification"),
        *((feed(number).id, "feed") for number in (1, 2, 4)),
    }
    assert [each.what for each in problems] == ["gap in sequence: 4 after 2"]


def test_a_collector_sees_a_file_that_was_changed_on_its_way(tmp_path):
    FolderChannel(FolderSettings(path=str(tmp_path)), Surroundings(clock=now)).send(feed(1))
    (csv_file,) = tmp_path.glob("*.csv")
    csv_file.write_bytes(csv_file.read_bytes() + b"\r\n")

    _, problems = collect(tmp_path)

    assert [each.what for each in problems] == ["hash mismatch", "size mismatch"]


def test_nothing_but_the_content_itself_names_the_child(tmp_path):
    with Authority(tmp_path, secrets=[SECRET]) as authority:
        send(authority, feed(1), a_notice())
        records = json.dumps([str(each) for each in authority.ledger.received])

    assert "Canary" not in records
    assert not any("Canary" in path.name for path in tmp_path.rglob("*"))


def test_servers_end_when_they_are_told_to(tmp_path):
    started = time.monotonic()
    with Authority(tmp_path / "a", secrets=[SECRET]), Mailbox(tmp_path / "m"):
        pass

    assert time.monotonic() - started < 3

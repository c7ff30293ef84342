from types import SimpleNamespace

import pytest

from outbox.channels.bounces import Bounces, Report, read_report
from outbox.messages import Receipt, ReceiptKind
from tests.outbox import reports
from tests.outbox.builders import NOW, draft

DOMAIN = "thornburylane.example"
ID = draft().id
OTHER = draft(idempotency_key="another").id


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(reports.postfix(ID), "5.1.1", id="Postfix"),
        pytest.param(reports.exchange(ID), "5.7.129", id="Exchange"),
        pytest.param(reports.gmail(ID), "5.2.2", id="Gmail"),
        pytest.param(reports.postfix(ID, envelope_id="none of ours"), "5.1.1", id="by the headers it returns"),
        pytest.param(reports.postfix(ID, envelope_id=""), "5.1.1", id="without an envelope id"),
        pytest.param(reports.postfix(ID, status="4.4.7"), "4.4.7", id="given up after days of trying"),
        pytest.param(reports.postfix(ID, status="said Robin Canary"), "", id="a status that is none"),
        pytest.param(reports.postfix(ID).replace(b"\r\n", b"\n"), "5.1.1", id="line ends as files have them"),
    ],
)
def test_a_report_tells_which_message_came_back_and_why(content, status):
    assert read_report(content, DOMAIN) == Report(ID, has_failed=True, status=status)


def test_the_envelope_id_goes_before_the_headers_that_are_returned():
    report = read_report(reports.postfix(OTHER, envelope_id=ID), DOMAIN)

    assert report.message_id == ID


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "delivered"])
def test_a_report_of_anything_but_a_failure_is_no_bounce(action):
    assert read_report(reports.postfix(ID, action=action, status="4.4.1"), DOMAIN).has_failed is False


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe garbage \r\n\r\n",
        reports.out_of_office(ID),
        reports.postfix(ID)[:700],
        reports.postfix(ID).replace(ID.encode(), b"somebody-elses"),
        reports.postfix(ID).replace(b"Action: failed\r\n", b""),
        reports.exchange(ID).replace(b"@thornburylane.example>\r\nAuto", b"@elsewhere.example>\r\nAuto"),
        reports.postfix(ID).replace(b"message/delivery-status", b"message/disposition-notification"),
    ],
)
def test_what_is_no_report_about_a_message_of_ours_is_none(content):
    assert read_report(content, DOMAIN) is None


# The folder -----------------------------------------------------------------------------------------------------------


def waiting(*ids):
    return [SimpleNamespace(id=each) for each in ids]


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def heard(bounces, *ids):
    return [each.message_id for each in bounces.receipts(waiting(*ids), NOW)]


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_bounce_is_a_receipt_that_says_what_to_do_and_repeats_nothing_of_the_server(folder):
    (folder / "1.eml").write_bytes(reports.postfix(ID))

    assert list(Bounces(folder, DOMAIN).receipts(waiting(ID), NOW)) == [
        Receipt(
            message_id=ID,
            kind=ReceiptKind.BOUNCED,
            at=NOW,
            said="the mail came back (5.1.1): there is no such address: correct contacts.csv",
        )
    ]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.2.2", "the mail came back (5.2.2): the mailbox is full or closed: ask the recipient, by telephone"),
        ("5.7.1", "the mail came back (5.7.1): the recipient's server refuses our mail by its rules: ask who runs it, by telephone"),
        ("4.4.7", "the mail came back (4.4.7): the recipient's server could not be reached for days: ask the recipient, by telephone"),
        ("5.9.9", "the mail came back (5.9.9): ask the recipient, by telephone"),
        ("none", "the mail came back: ask the recipient, by telephone"),
    ],
)  # fmt: skip
def test_the_status_decides_what_to_do(folder, status, said):
    (folder / "1.eml").write_bytes(reports.postfix(ID, status=status))

    assert [each.said for each in Bounces(folder, DOMAIN).receipts((), NOW)] == [said]


def test_a_report_is_put_away_once_its_message_no_longer_waits(folder):
    (folder / "1.eml").write_bytes(reports.postfix(ID))
    bounces = Bounces(folder, DOMAIN)

    assert heard(bounces, ID) == [ID]
    # Not written down: the message still waits.
    assert heard(bounces, ID) == [ID]
    assert names(folder) == ["1.eml"]
    assert heard(bounces) == []
    assert names(folder) == ["done/1.eml"]


def test_a_bounce_is_heard_again_after_a_crash_before_it_was_written_down(folder):
    (folder / "1.eml").write_bytes(reports.postfix(ID))
    heard(Bounces(folder, DOMAIN), ID)

    assert heard(Bounces(folder, DOMAIN), ID) == [ID]


def test_a_bounce_of_a_message_that_is_not_among_the_oldest_waiting_is_heard_once(folder):
    (folder / "1.eml").write_bytes(reports.postfix(ID))
    bounces = Bounces(folder, DOMAIN)

    assert heard(bounces, OTHER) == [ID]
    assert heard(bounces, OTHER) == []


def test_what_is_delayed_is_put_away_and_what_cannot_be_read_is_kept_apart(folder):
    (folder / "delayed.eml").write_bytes(reports.postfix(ID, action="delayed"))
    (folder / "reply.eml").write_bytes(reports.out_of_office(ID))
    (folder / "huge.eml").write_bytes(reports.postfix(ID) + b"x" * 5_000_000)
    (folder / "notes.txt").write_text("not mail")

    assert heard(Bounces(folder, DOMAIN), ID) == []
    assert names(folder) == ["done/delayed.eml", "notes.txt", "unreadable/huge.eml", "unreadable/reply.eml"]


def test_a_mail_made_to_break_its_reader_keeps_no_other_unread(folder):
    levels = "".join(f'Content-Type: multipart/report; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(2000))
    (folder / "1-deep.eml").write_text(levels)
    (folder / "2.eml").write_bytes(reports.postfix(ID))

    assert heard(Bounces(folder, DOMAIN), ID) == [ID]
    assert names(folder) == ["2.eml", "unreadable/1-deep.eml"]


def test_nothing_that_was_put_away_is_written_over(folder):
    bounces = Bounces(folder, DOMAIN)
    for content in (b"first", b"second", b"third"):
        (folder / "1.eml").write_bytes(content)
        heard(bounces)

    assert names(folder) == ["unreadable/1.eml", "unreadable/2-1.eml", "unreadable/3-1.eml"]
    assert (folder / "unreadable" / "1.eml").read_bytes() == b"first"


def test_a_maildir_is_read_whether_or_not_somebody_has_looked_at_it(folder):
    for place in ("tmp", "new", "cur"):
        (folder / place).mkdir()
    (folder / "tmp" / "half").write_bytes(reports.postfix(ID)[:500])
    (folder / "new" / "1793806200.M1P1.mail").write_bytes(reports.postfix(ID))
    (folder / "cur" / "1793806201.M2P2.mail:2,S").write_bytes(reports.exchange(OTHER))
    bounces = Bounces(folder, DOMAIN)

    assert sorted(heard(bounces, ID, OTHER)) == sorted([ID, OTHER])
    assert heard(bounces) == []
    assert names(folder) == ["done/1793806200.M1P1.mail", "done/1793806201.M2P2.mail:2,S", "tmp/half"]


def test_a_folder_that_is_not_there_tells_nothing_and_check_says_so(folder):
    missing = Bounces(folder / "missing", DOMAIN)

    assert heard(missing, ID) == []
    assert missing.check().ok is False
    assert Bounces(folder, DOMAIN).check().ok is True


def test_check_says_that_a_person_should_look_at_what_was_kept_apart(folder):
    (folder / "reply.eml").write_bytes(reports.out_of_office(ID))
    bounces = Bounces(folder, DOMAIN)
    heard(bounces)

    assert (bounces.check().ok, "a person should look" in bounces.check().message) == (None, True)

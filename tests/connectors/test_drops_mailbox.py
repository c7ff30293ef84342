"""Files sent by mail, against a real IMAP server: whose mails are taken, what becomes of each, and who must act."""

import socket
from itertools import count

import msgspec
import pytest

from connectors.base import Malformed, Refusal, Unavailable
from connectors.drops import mails
from connectors.generic_files import Settings
from tests.builders import CANARY
from tests.connectors.drop_rigs import HEADER, MailboxRig, line, refused
from tests.connectors.mail_server import PASSWORD, PROVIDER, TOKEN, USER, mail, mail_server
from tests.outbox.proxies import wire

CONTENT = HEADER + line()
NUMBERS = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with mail_server(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture
def drop(server):
    return MailboxRig(server, f"mine{next(NUMBERS)}")


@pytest.fixture
def lacking(server):
    """Take capabilities away from the server for one test."""

    def lack(*names):
        server.config.lacks = frozenset(names)

    yield lack
    server.config.lacks = frozenset()


def where(drop):
    """Return how many mails are in the folder, processed and rejected; notes of ours are not counted."""
    rejected = [each for each in drop.mails("-rejected") if each["From"] != "attendance-relay"]
    return len(drop.mails()), len(drop.mails("-processed")), len(rejected)


# Whose mails are taken -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    [
        "somebody@else.example",
        f"{PROVIDER}.attacker.example",
        f"not-{PROVIDER}",
        f'"{PROVIDER}" <mallory@attacker.example>',
        f"{PROVIDER}, mallory@attacker.example",
        f"mallory@attacker.example, {PROVIDER}",
    ],
)
def test_a_mail_from_anybody_else_is_left_alone(drop, sender):
    raw = mail(("a.csv", CONTENT)).replace(f"From: {PROVIDER}".encode(), f"From: {sender}".encode())
    drop.send(raw)

    assert drop.pull_and_store().marks == ()
    assert where(drop) == (1, 0, 0)


@pytest.mark.parametrize("sender", [PROVIDER, PROVIDER.upper(), f"The Provider <{PROVIDER}>"])
def test_a_mail_from_the_sender_is_taken_however_the_address_is_written(drop, sender):
    drop.send(mail(("a.csv", CONTENT), sender=sender))

    assert len(drop.pull_and_store().marks) == 1
    assert where(drop) == (0, 1, 0)


@pytest.mark.parametrize(("subject", "taken"), [("Fwd: ATTENDANCE week 12", 1), ("Invoice", 0), ("", 0)])
def test_a_mail_about_something_else_is_left_alone(drop, subject, taken):
    drop.connector = drop.connect(subject="attendance")
    drop.send(mail(("a.csv", CONTENT), subject=subject))

    assert len(drop.pull_and_store().marks) == taken
    assert where(drop) == (1 - taken, taken, 0)


MX = "mx.school.example"


@pytest.mark.parametrize(
    ("results", "is_proven"),
    [
        ([f"{MX}; spf=pass; dkim=pass; dmarc=pass header.from=provider.example"], True),
        ([f"{MX} 1; dmarc = pass"], True),
        ([f"{MX}; dmarc=fail"], False),
        ([f"{MX}; spf=pass"], False),
        (["mx.attacker.example; dmarc=pass"], False),
        ([f"{MX}; dmarc=fail", f"{MX}; dmarc=pass"], False),
        ([f"{MX}; x-dmarc=pass"], False),
        ([], False),
    ],
)
def test_a_sender_is_proven_by_our_own_mail_server_alone(results, is_proven):
    raw = "".join(f"Authentication-Results: {each}\n" for each in results).encode() + mail()

    assert mails.is_proven(mails.parsed(raw), MX) is is_proven


def test_where_a_proof_is_wanted_a_mail_without_one_is_refused(drop):
    drop.connector = drop.connect(proven_by=MX)
    drop.send(mail(("forged.csv", CONTENT)))
    drop.send(mail(("a.csv", HEADER + line(mark="N")), Authentication_Results=f"{MX}; dmarc=pass"))

    pulled = drop.pull_and_store()

    assert [mark.code for mark in pulled.marks] == ["N"]
    assert "did not find its sender genuine" in pulled.unreadable[0].reason
    assert where(drop) == (0, 1, 1)


# What becomes of a mail ----------------------------------------------------------------------------------------------

HTML_ONLY = (
    f"From: {PROVIDER}\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>{CANARY[0]} was absent</p>\n"
)
ENCRYPTED = (
    f"From: {PROVIDER}\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nAAAA\n"
)
FORWARDED = (
    f"From: {PROVIDER}\nSubject: x\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n".encode()
    + mail(("a.csv", CONTENT), sender="somebody@else.example")
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (mail(), "the mail has no attachment"),
        (HTML_ONLY.encode(), "the mail has no attachment"),
        (FORWARDED, "the mail has no attachment"),
        (ENCRYPTED.encode(), "the mail is encrypted"),
        (mail((f"{CANARY[0]}.pdf", "x")), "no attachment of the mail is named *.csv"),
        (mail(("a.csv", bytes(2 << 20))), "the mail is larger than 1 MB"),
    ],
)
def test_a_mail_that_holds_no_file_to_be_read_is_put_aside_with_the_reason(drop, raw, reason):
    drop.connector = drop.connect(largest_mb=1)
    drop.send(raw)
    drop.put("a.csv", CONTENT)

    pulled = drop.pull_and_store()

    assert len(pulled.marks) == 1
    (row,) = pulled.unreadable
    assert row.where.startswith("mail of 2026-03-14 08:00 (number ")
    assert row.reason.startswith(reason)
    assert row.reason.endswith("(the mail is kept in rejected)")
    assert not [name for name in CANARY if name in row.reason + row.where]
    assert where(drop) == (0, 1, 1)
    assert reason in drop.reason(row.where)


def test_every_attachment_that_is_meant_is_read_and_the_mail_moved_once(drop):
    drop.send(mail(("a.csv", CONTENT), ("logo.png", b"\x89PNG"), ("b.csv", HEADER + line(ref="L002"))))

    assert {mark.platform_id for mark in drop.pull_and_store().marks} == {"L001", "L002"}
    assert where(drop) == (0, 1, 0)


def test_a_mail_with_a_bad_attachment_waits_for_the_good_one_to_be_stored_and_then_goes_to_rejected(drop):
    drop.send(mail(("bad.csv", HEADER), ("good.csv", CONTENT)))

    pulled = drop.pull()
    before = where(drop)
    drop.connector.committed()

    assert (len(pulled.marks), [row.where for row in pulled.unreadable]) == (1, ["bad.csv"])
    assert pulled.unreadable[0].reason.endswith("(the mail goes to rejected when its other attachments are stored)")
    assert (before, where(drop)) == ((1, 0, 0), (0, 0, 1))
    assert "no row follows the header" in drop.reason("bad.csv")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("week 12 (final).csv", "week 12 (final).csv"),
        ("../../etc/a.csv", "a.csv"),
        ("C:\\exports\\a.csv", "a.csv"),
        ("a\u202egpj.csv", "a_gpj.csv"),
        ("x" * 200 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_the_name_of_an_attachment_can_harm_neither_a_log_nor_a_path(given, shown):
    (attached,) = mails.attachments(mails.parsed(mail((given, CONTENT))), "*.csv")

    assert attached == mails.Attached(shown, CONTENT.encode(), is_whole=True)


@pytest.mark.parametrize(
    "header", ["From: =?utf-8?b?_?= <<>", "From: @@@", "From:", f"From: {PROVIDER}\nFrom: a@b.example"]
)
def test_a_malformed_header_is_no_sender_and_no_failure(header):
    assert mails.sender(mails.parsed(f"{header}\nSubject: =?x?q?\n\n".encode())) is None


# Where mails stay ----------------------------------------------------------------------------------------------------


def test_where_nothing_is_moved_each_mail_is_read_once_all_the_same(drop):
    drop.connector = drop.connect(move=False)
    drop.put("a.csv", CONTENT)
    drop.put("bad.csv", HEADER)

    first, second = drop.pull_and_store(), drop.pull_and_store()

    assert (len(first.marks), [row.where for row in first.unreadable]) == (1, ["bad.csv"])
    assert first.unreadable[0].reason.endswith("(the mail is left where it is, and not read again)")
    assert (second.marks, second.unreadable, second.remarks) == ((), (), ())
    assert where(drop) == (2, 0, 0)
    drop.put("b.csv", HEADER + line(mark="N"))
    assert [mark.code for mark in drop.pull_and_store().marks] == ["N"]


@pytest.mark.parametrize("lacks", [[b"MOVE"], [b"MOVE", b"UIDPLUS"]])
def test_a_server_that_cannot_move_copies_and_deletes_this_mail_alone(drop, lacking, lacks):
    lacking(*lacks)
    drop.put("a.csv", CONTENT)
    drop.send(mail(sender="somebody@else.example"))
    with drop.server.client(drop.inbox) as client:
        client.uid("STORE", "102", "+FLAGS", r"(\Deleted)")

    drop.pull_and_store()

    assert len(drop.mails("-processed")) == 1
    # Somebody else's mail, though marked as deleted, is still there; ours is not read again.
    assert "somebody@else.example" in {each["From"] for each in drop.mails()}
    assert drop.pull_and_store().remarks == ()


def test_numbers_that_mean_other_mails_now_move_none_of_them(drop):
    drop.put("a.csv", CONTENT)
    drop.pull()
    with drop.server.client() as client:
        client.delete(drop.inbox)
        client.create(drop.inbox)
    drop.put("other.csv", HEADER + line(mark="N"))
    drop.connector.committed()

    assert where(drop) == (1, 0, 0)
    assert [mark.code for mark in drop.pull_and_store().marks] == ["N"]


def test_what_was_left_is_forgotten_when_the_numbers_mean_other_mails(drop):
    drop.connector = drop.connect(move=False)
    drop.put("a.csv", CONTENT)
    drop.pull_and_store()
    with drop.server.client() as client:
        client.delete(drop.inbox)
        client.create(drop.inbox)
    drop.put("other.csv", HEADER + line(mark="N"))

    assert [mark.code for mark in drop.pull_and_store().marks] == ["N"]


# Who must act --------------------------------------------------------------------------------------------------------


def starttls(drop):
    return {"tls": "starttls", "port": drop.server.starttls_port, "folder": "INBOX"}


def test_a_wrong_password_is_a_refused_credential_and_not_quoted(drop):
    failure = refused(drop, password="guessed")

    assert failure.refusal is Refusal.CREDENTIAL
    assert "refuses the sign-in" in str(failure)
    assert "guessed" not in str(failure)


def test_a_folder_that_is_not_there_is_for_a_person(drop):
    failure = refused(drop, folder="No such folder")

    assert failure.refusal is Refusal.LOCAL
    assert "opens no folder of this name" in str(failure)


def test_a_certificate_of_nobody_known_is_rejected(drop):
    failure = refused(drop, ca_file="")

    assert failure.refusal is Refusal.LOCAL
    assert "the certificate of localhost is not to be trusted" in str(failure)


def test_a_certificate_of_another_host_is_rejected(drop):
    assert "the certificate of 127.0.0.1 is not to be trusted" in str(refused(drop, host="127.0.0.1"))


def test_a_server_that_is_not_there_is_unavailable(drop):
    assert isinstance(refused(drop, port=9), Unavailable)


def test_a_server_that_speaks_no_imap_is_unavailable(drop):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failure = refused(drop, port=silent.getsockname()[1], timeout_seconds=0.2)

    assert isinstance(failure, Unavailable)


@pytest.mark.parametrize("sent", [0, 600, 900])
def test_a_connection_that_breaks_is_unavailable_and_takes_nothing(drop, sent):
    drop.put("a.csv", CONTENT)
    with wire(drop.server.port, cuts=lambda so_far: so_far > sent) as broken:
        drop.connector = drop.connect(port=broken.port)
        with pytest.raises(Unavailable, match="the connection to localhost failed"):
            drop.pull()

    assert where(drop) == (1, 0, 0)


def test_a_server_that_goes_dead_ends_with_the_time(drop):
    with wire(drop.server.port, dies=lambda so_far: so_far > 700) as dead:
        drop.connector = drop.connect(port=dead.port, timeout_seconds=1.0)
        with pytest.raises(Unavailable):
            drop.pull()


def test_after_starttls_it_is_the_same(drop):
    drop.connector = drop.connect(**starttls(drop))

    assert drop.pull().marks == ()
    assert drop.connector.check()[0].ok


def test_a_token_signs_in_where_there_is_no_password(drop, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    drop.connector = drop.connect(password=None, token_file=str(tmp_path / "token"))

    assert drop.connector.check()[0].ok


def test_a_server_that_offers_no_starttls_is_sent_nothing(drop, lacking):
    lacking(b"STARTTLS")

    assert "offers no STARTTLS: nothing was sent" in str(refused(drop, **starttls(drop)))


@pytest.mark.parametrize(
    ("token", "says"), [("t0ken-that-is-wrong", "refuses the sign-in"), ("two words", "token_file holds no token"), ("", "token_file")]
)  # fmt: skip
def test_a_token_that_does_not_hold_is_a_refused_credential_and_not_quoted(drop, tmp_path, token, says):
    (tmp_path / "token").write_text(token)

    failure = refused(drop, password=None, token_file=str(tmp_path / "token"))

    assert failure.refusal is Refusal.CREDENTIAL
    assert says in str(failure)
    assert not token or token not in str(failure)


# Settings ------------------------------------------------------------------------------------------------------------

RIGHT = {"host": "imap.school.example", "username": USER, "password": PASSWORD, "senders": [PROVIDER]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"senders": []}, "length >= 1"),
        ({"senders": ["provider.example"]}, "matching regex"),
        ({"senders": ["*@provider.example", "@provider.example"]}, "matching regex"),
        ({"password": ""}, "sign in one way"),
        ({"token_file": "/run/token"}, "sign in one way"),
        ({"tls": "none"}, "Invalid enum value"),
        ({"tls": "starttls"}, "port 993 is for tls = 'implicit'"),
        ({"processed": "INBOX"}, "three folders"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes, problem):
    with pytest.raises(msgspec.ValidationError, match=problem):
        msgspec.convert({"profile": "clm-long", "mailbox": RIGHT | changes}, Settings)


def test_a_mail_needs_no_done_beside_it():
    with pytest.raises(msgspec.ValidationError, match="a mail is complete by itself"):
        msgspec.convert({"profile": "clm-long", "mailbox": RIGHT, "wants_done": True}, Settings)


def test_a_file_of_a_whole_mail_needs_no_line_end_and_one_of_half_a_mail_does(drop):
    content = HEADER + line() + line(ref="L002").rstrip()
    drop.send(mail(("whole.csv", content)))
    drop.send(mail(("half.csv", content.replace("L00", "L10"))).rsplit(b"\n--", 1)[0])

    pulled = drop.pull()

    assert sorted(mark.platform_id for mark in pulled.marks) == ["L001", "L002", "L101"]
    assert [(row.where, row.reason[:32]) for row in pulled.unreadable] == [
        ("half.csv row 3", "the file ends without a line end")
    ]


def test_no_secret_shows_when_settings_are_printed():
    assert PASSWORD not in repr(msgspec.convert({"profile": "clm-long", "mailbox": RIGHT}, Settings))


def test_where_no_mail_can_be_read_the_pull_fails_and_names_no_text_of_it(drop):
    drop.send(mail((f"{CANARY[0]}.csv", HEADER), subject=f"{CANARY[0]} absent", text=CANARY[1]))

    with pytest.raises(Malformed) as failure:
        drop.pull()
    assert CANARY[1] not in str(failure.value)

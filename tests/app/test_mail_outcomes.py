"""Mail through the whole outbox: each recipient's outcome is their own, and mail that comes back opens its message again."""

from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from app.delivering import follow
from app.demo.receivers.mail import _free_port
from outbox.messages import EMAIL, Draft
from tests.app.builders import DESTINATIONS, mail
from tests.builders import CANARY
from tests.outbox import reports
from tests.outbox.builders import draft

REPLIES = {
    "taken": "250 ok",
    "full": "452 4.2.2 mailbox of Robin Canary full",
    "unknown": "550 5.1.1 no Robin Canary here",
}


class Picky:
    """A real server that takes mail for some and not for others."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - as the library calls it
        reply = REPLIES[address.partition("@")[0]]
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        return "250 kept"


@pytest.fixture
def relay():
    controller = Controller(Picky(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def stand(build, relay, tmp_path):
    made = build()
    bounces = tmp_path / "bounces"
    bounces.mkdir()
    table = DESTINATIONS[DESTINATIONS.index('id           = "mail"') :]
    made.toml = made.toml.replace(table, f'{table}  bounces_folder = "{bounces}"\n')
    made.places["mail_port"] = relay.port
    return made


def mailed(stand, *names) -> list[Draft]:
    """Enqueue one message to each of these, of one destination, in one transaction."""
    every = [
        draft(
            idempotency_key=name,
            ordering_key=name,
            destination="mail",
            kind="alert",
            address=f"{name}@ashgrove.example",
            content_type=EMAIL,
            payload=b"Subject: Attendance notice ref A7C3-K9MP\r\n\r\nHello\r\n",
            created_at=stand.clock(),
        )
        for name in names
    ]
    with stand.store.transaction():
        for each in every:
            stand.store.messages.enqueue(each)
    return every


def test_promise_13_one_recipient_is_served_one_is_tried_again_and_one_is_given_up(stand):
    """Partial success of an email is recorded for each recipient."""
    sent = mailed(stand, *REPLIES)
    stand.deliver()

    taken, full, unknown = (stand.store.messages.get(each.id) for each in sent)
    assert [(each.state, each.attempts) for each in (taken, full, unknown)] == [
        ("delivered", 0),
        ("pending", 1),
        ("dead", 1),
    ]
    assert stand.store.messages.circuits() == []
    reasons = [attempt.reason for each in sent for attempt in stand.store.messages.attempts(each.id)]
    assert "the mail relay answered 452 to the recipient" in reasons
    assert not any("Canary" in each for each in reasons)


def test_promise_20_mail_that_comes_back_days_later_opens_its_message_again(stand, tmp_path):
    """Accepted, delivered and processed are distinct, and a late bounce reopens."""
    (sent,) = mailed(stand, "taken")
    stand.deliver()
    assert stand.store.messages.get(sent.id).state == "delivered"

    (tmp_path / "bounces" / "1.eml").write_bytes(reports.postfix(sent.id))
    stand.clock.instant += timedelta(days=3)
    heard = follow(stand.relay)

    reopened = stand.store.messages.get(sent.id)
    assert heard == 1
    assert (reopened.state, reopened.reason) == (
        "dead",
        "the mail came back (5.1.1): there is no such address: correct contacts.csv",
    )
    stand.clock.instant += timedelta(minutes=5)
    assert follow(stand.relay) == 0
    assert (tmp_path / "bounces" / "done" / "1.eml").is_file()


def test_no_mail_names_a_pupil_in_a_header_or_carries_a_file(stand):
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")

    letters = [mail(each) for each in mails(stand)]
    headers = [f"{name}: {value}" for each in letters for part in each.walk() for name, value in part.items()]
    assert len(letters) > 3
    assert not [each for each in headers for secret in (*CANARY, "R331400026001", "PL-1") if secret in each]
    assert not [part.get_filename() for each in letters for part in each.walk() if part.get_filename()]
    ids = {(each["Message-ID"], message.id) for each, message in zip(letters, mails(stand), strict=True)}
    assert ids == {(f"<{message.id}@lane.example>", message.id) for message in mails(stand)}


def mails(stand):
    return [each for each in stand.messages("notice", "alert") if each.destination == "mail"]

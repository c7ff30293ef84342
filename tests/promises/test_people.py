"""A person is told of whatever the relay cannot do by itself, and can put it right."""

import json

import pytest

from app.delivering import follow
from app.people import messages
from app.people.acknowledging import acknowledge
from app.people.messages import Word
from app.watch import metrics
from app.watch.snapshot import Watcher
from store.overview import Wanted
from tests.app.builders import contact, mail, moment
from tests.outbox.builders import NOTIFY_KEY
from tests.outbox.servers import serving
from tests.promises.builders import outcomes, states
from tests.store.builders import draft, enqueue

MONDAY = "Mon 2026-11-02"


def test_promise_17_a_poison_message_ends_as_a_dead_letter_with_a_reason_and_replay_delivers_it(stand):
    """Poison messages end as dead letters with a reason, and replay works once fixed.

    List, replay, deliver; each of it leaves a row behind.
    """
    stand.at(f"{MONDAY} 08:00")
    with stand.receiving() as (authority, _):
        enqueue(stand.store, draft("m1", created_at=stand.clock()))
        authority.receive = lambda _: 422
        stand.deliver()
        [dead] = stand.store.overview.listed(Wanted(states=("dead",)), limit=10)
        assert (dead.id, dead.reason) == ("m1", "the receiver answered HTTP 422: it does not accept this message")

        authority.receive = lambda _: 202
        stand.deliver()
        assert states(stand.store, ["m1"]) == ["dead"], "not before a person says so"
        messages.replay(stand.relay, ["m1"], Word(by="admin", note="the receiver has mended its import"))
        stand.deliver()

    assert states(stand.store, ["m1"]) == ["delivered"]
    assert outcomes(stand.store, "m1") == ["refused", "delivered"]
    [replayed] = stand.store.messages.interventions("m1")
    assert (replayed.action, replayed.by, replayed.why) == ("replayed", "admin", "the receiver has mended its import")


def test_promise_18_dead_letters_and_expiries_raise_the_metric_and_tell_an_admin(stand):
    """Dead letters and expiries always raise an alert.

    By the turns of the scheduler alone: the metric, and a notice that has been delivered.
    """
    stand.at(f"{MONDAY} 08:00")
    with stand.receiving() as (authority, _):
        authority.receive = lambda _: 422
        enqueue(stand.store, draft("m1", created_at=stand.clock()))
        enqueue(stand.store, draft("m2", created_at=stand.clock(), expires_at=stand.clock()))
        wheel = stand.wheel()
        wheel.turn()
        wheel.turn()

    page = metrics.text(Watcher().look(stand.relay), None).decode()
    assert 'attend_outbox_dead_letters{destination="coventry"} 2.0' in page
    [alert] = stand.messages("alert.admin")
    assert (alert.address, alert.state) == ("it@lane.example", "delivered")
    text = mail(alert).get_body(("plain",)).get_content()
    assert "refused for good: m1" in text
    assert "expired before it could be delivered: m2" in text


# --- 20: accepted, arrived, processed -------------------------------------------------------------------------------------

NOTIFY = """
[[destination]]
id           = "notify"
channel      = "notify"
organisation = "commissioner-1"
agreement    = "agreement 5"
agreed_on    = 2026-09-01
confirmed_on = 2026-09-01
legal_basis  = "public task"

  [destination.settings]
  api_key_secret = "notify_key"
  template_id    = "f33517ff-2a88-4f6e-b855-c550268ce08a"
  base_url       = "http://127.0.0.1:{notify_port}"
"""


@pytest.fixture
def status():
    """What GOV.UK Notify says of every message; a test changes it."""
    return ["sending"]


@pytest.fixture
def notified(build, status):
    """A stand whose commissioner is written to by GOV.UK Notify."""

    def answer(connection):
        with connection.makefile("rb") as file:
            lines = list(iter(file.readline, b"\r\n"))
            file.read(
                next((int(each.split(b":")[1]) for each in lines if each.lower().startswith(b"content-length")), 0)
            )
        said = json.dumps({"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "status": status[0]}).encode()
        head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        connection.sendall(head.encode() + said)

    with serving(answer) as port:
        made = build(more=NOTIFY)
        made.places["notify_port"] = port
        made.contacts = [each for each in made.contacts if each["role"] != "commissioner"]
        made.contacts.append(contact("commissioner", "commissioner-1", "notify", "places@council.example"))
        made.write()
        (made.folder / "secrets" / "notify_key").write_text(NOTIFY_KEY)
        yield made


def told(stand):
    """Return the one notice by GOV.UK Notify."""
    [notice] = [each for each in stand.messages("notice") if each.destination == "notify"]
    return notice


def test_promise_20_accepted_arrived_and_processed_are_three_times(notified, status):
    """Accepted, delivered and processed are distinct, and a late bounce reopens.

    Taken by GOV.UK Notify, delivered to the mailbox, and acknowledged by a person: each has its own time.
    """
    notified.live(MONDAY, p1="NN NN NN", p2=r"// // //")
    notified.deliver()
    sent = told(notified)
    assert (sent.state, sent.settled_at, sent.arrived_at, sent.processed_at) == (
        "delivered",
        moment("Wed 2026-11-04 16:00"),
        None,
        None,
    )

    status[0] = "delivered"
    assert follow(notified.at("Wed 2026-11-04 16:10").relay) == 1
    acknowledge(notified.at("Thu 2026-11-05 09:00").relay, sent.subject_ref, "commissioner")

    heard = told(notified)
    assert (heard.settled_at, heard.arrived_at, heard.processed_at) == (
        moment("Wed 2026-11-04 16:00"),
        moment("Wed 2026-11-04 16:10"),
        moment("Thu 2026-11-05 09:00"),
    )
    assert [each.kind for each in notified.store.messages.receipts(sent.id)] == ["arrived", "processed"]


def test_promise_20_a_failure_that_is_heard_later_opens_the_message_again(notified, status):
    """Accepted, delivered and processed are distinct, and a late bounce reopens.

    Accepted, and two days later it could not be delivered: a dead letter.
    """
    notified.live(MONDAY, p1="NN NN NN", p2=r"// // //")
    notified.deliver()
    status[0] = "permanent-failure"
    notified.at("Fri 2026-11-06 16:00").deliver()

    reopened = told(notified)
    assert (reopened.state, reopened.arrived_at) == ("dead", None)
    assert reopened.reason.startswith("GOV.UK Notify reports permanent-failure: ")
    assert [each.kind for each in notified.store.messages.receipts(reopened.id)] == ["bounced"]

"""A notice to somebody whom a public body's own GOV.UK Notify service writes to."""

import json
from datetime import timedelta

import pytest

from app.reading import read
from config.problems import ConfigErrors
from outbox.messages import NOTIFY_FIELDS
from tests.app.builders import contact
from tests.builders import CANARY
from tests.outbox.builders import NOTIFY_KEY
from tests.outbox.servers import serving

NOTIFY_ID = "740e5834-3a29-46b4-9a6f-16142fde533a"
DESTINATION = """
[[destination]]
id           = "notify"
channel      = "notify"
organisation = "commissioner-1"
agreement    = "agreement 5"
legal_basis  = "public task"

  [destination.settings]
  api_key_secret = "notify_key"
  template_id    = "f33517ff-2a88-4f6e-b855-c550268ce08a"
  base_url       = "http://127.0.0.1:{notify_port}"
"""


@pytest.fixture
def requests():
    return []


@pytest.fixture
def notify(requests):
    """A server that takes every message; yields its port."""
    answer = json.dumps({"id": NOTIFY_ID, "status": "sending"}).encode()
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"

    def take(connection):
        with connection.makefile("rb") as file:
            lines = list(iter(file.readline, b"\r\n"))
            if lines[0].startswith(b"POST"):
                length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length"))
                requests.append(json.loads(file.read(length)))
        connection.sendall(head.encode() + answer)

    with serving(take) as port:
        yield port


@pytest.fixture
def stand(build, notify):
    made = build(more=DESTINATION)
    made.places["notify_port"] = notify
    made.contacts = [
        contact("commissioner", "commissioner-1", "notify", "places@council.example") if each["role"] == "commissioner" else each
        for each in made.contacts
    ]  # fmt: skip
    made.write()
    (made.folder / "secrets" / "notify_key").write_text(NOTIFY_KEY)
    return made


def test_a_notice_reaches_notify_without_the_child_in_it(stand, requests):
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")
    (first, *_) = [each for each in stand.messages("notice") if each.destination == "notify"]
    stand.deliver()

    sent = next(each for each in requests if each["reference"] == first.id)
    assert first.content_type == NOTIFY_FIELDS
    assert sent["email_address"] == "places@council.example"
    assert sent["personalisation"]["reference"] == first.subject_ref
    said = json.dumps(requests)
    assert not [each for each in (*CANARY, "2011-03-14", "R331400026001", '"p1"', "PL-1") if each in said]


def test_what_notify_took_is_on_its_way_until_it_is_heard_of(stand):
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")
    stand.deliver()

    every = [each for each in stand.messages("notice") if each.destination == "notify"]
    assert {each.state for each in every} == {"delivered"}
    on_their_way = stand.store.messages.on_their_way("notify", stand.clock() - timedelta(days=1))
    assert [each.id for each in on_their_way] == [each.id for each in every]
    assert {each.reference for each in every} == {NOTIFY_ID}


@pytest.mark.parametrize(
    ("secret", "change", "says"),
    [
        (NOTIFY_KEY[:-4], ("", ""), "api_key is not a whole key (name, service id, secret): copy it from GOV.UK Notify again"),
        (NOTIFY_KEY, ("f33517ff-", ""), "template_id is not the id of a template: copy it from the template's page"),
    ],
)  # fmt: skip
def test_settings_of_notify_are_refused_with_file_and_key(stand, secret, change, says):
    stand.toml = stand.toml.replace(*change) if change[0] else stand.toml
    stand.write()
    (stand.folder / "secrets" / "notify_key").write_text(secret)

    with pytest.raises(ConfigErrors) as refused:
        read(stand.settings)
    assert [str(each) for each in refused.value.problems] == [f"relay.toml: destination[4].settings: {says}"]


def test_a_contact_of_notify_needs_an_address(stand):
    stand.contacts = [
        each | {"address": ""} if each["destination"] == "notify" else each for each in stand.contacts
    ]  # fmt: skip
    stand.write()

    with pytest.raises(ConfigErrors, match="destination notify sends to an address"):
        read(stand.settings)

"""An independent parser, the CloudEvents project's own, takes every notice and alert that we compose."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.exceptions import CloudEventValidationError

from outbox.alerts import Alert, compose_alert
from outbox.messages import CLOUD_EVENT
from outbox.notice import Urgency
from outbox.notices import DATA_SCHEMA, compose_notice
from tests.outbox.builders import NOW, notice, phoned, referral, update, withdrawal

ALL = [
    notice(),
    notice(urgency=Urgency.URGENT_PHONE_MADE, phone_call=phoned()),
    update(),
    referral(),
    withdrawal(),
]


def read(body):
    """Read a notice as a receiver does that takes it by HTTPS."""
    return from_http_event(HTTPMessage(headers={"content-type": CLOUD_EVENT}, body=body))


@pytest.mark.parametrize("composed", ALL, ids=lambda each: f"{each.kind} {each.urgency}")
def test_every_kind_of_notice_is_a_cloud_event_with_all_that_a_receiver_sorts_by(composed):
    event = read(compose_notice(composed))

    assert event.get_specversion() == "1.0"
    assert (event.get_id(), event.get_subject()) == (composed.message_id, composed.notice_ref)
    assert event.get_source() == "urn:attendance-relay:sender:thornbury-lane"
    assert event.get_time() == datetime(2026, 11, 4, 15, 30, tzinfo=UTC)
    assert (event.get_dataschema(), event.get_datacontenttype()) == (DATA_SCHEMA, "application/json")
    assert event.get_extension("sequence") == f"{composed.sequence:06}"
    assert event.get_data()["kind"] == composed.kind


def test_each_kind_has_a_type_of_its_own():
    types = {each.kind: read(compose_notice(each)).get_type() for each in ALL}

    assert len(set(types.values())) == len(types) == 4


def test_an_alert_is_a_cloud_event_too():
    alert = Alert(
        message_id="4e3913e5-0cff-8c28-952a-88864454d09e",
        reference="A7C3-K9MP",
        heading="Register not complete",
        text="The Lane: the morning register was not complete.",
        requested_action="Please see that it is completed.",
        sender_id="thornbury-lane",
        created_at=NOW,
    )

    assert read(compose_alert(alert)).get_type() == "attendance-relay.alert.v1"


@pytest.mark.parametrize("name", ["source", "type"])
def test_the_parser_would_refuse_an_event_that_lacks_what_it_must_have(name):
    event = json.loads(compose_notice(notice()))
    del event[name]

    with pytest.raises(CloudEventValidationError):
        read(json.dumps(event).encode())

import json
import re

import pytest

from outbox.alerts import Alert
from outbox.notify_fields import FIELDS, TYPED_BY_PEOPLE, compose_alert_fields, compose_notice_fields
from tests.outbox.builders import NOW, notice, phoned, referral, update, withdrawal

URGENT = notice(urgency="urgent_phone_made", phone_call=phoned())
ALERT = Alert(
    message_id="m1",
    reference="K9MP-A7C3",
    heading="Register not complete",
    text="Thornbury Lane: 2 registers are not taken.",
    requested_action="Take them before the feed of 16:15.",
    sender_id="thornbury-lane",
    created_at=NOW,
)


def test_a_notice_is_a_reference_an_urgency_a_count_a_deadline_and_whom_to_ring():
    assert json.loads(compose_notice_fields(notice())) == {
        "heading": "Attendance concern",
        "reference": "A7C3-K9MP",
        "case_reference": "H4RT-27WX",
        "takes_back": "",
        "urgency": "Same day",
        "deadline": "Thu 5 Nov 2026",
        "count": "7",
        "sender": "Thornbury Lane Provision",
        "telephone": "01632 960123",
        "reply": "Reply to this message or telephone us.",
        "link": "",
        "has_link": "no",
        "details": "",
    }


@pytest.mark.parametrize(
    "composed", [notice(), URGENT, update(), referral(), withdrawal()], ids=lambda each: f"{each.kind} {each.urgency}"
)
def test_no_notice_holds_anything_of_the_child(composed):
    said = compose_notice_fields(composed).decode()
    child = composed.child

    about = ["Canary", "Robin", "2012", child.upn, child.local_pupil_id, child.placement_ref, "Ashgrove", "937"]
    assert not [each for each in about if each in said]
    assert not re.search(r"unexplained|explanation|illness|unauthorised|register", said)


def test_a_withdrawal_says_what_it_takes_back_and_counts_nothing():
    fields = json.loads(compose_notice_fields(withdrawal()))

    assert (fields["heading"], fields["takes_back"], fields["count"]) == ("Notice withdrawn", "A7C3-K9MP", "")


def test_a_link_is_there_or_the_template_can_leave_its_place_out():
    fields = json.loads(compose_notice_fields(notice(acknowledgement_url="https://lane.example/seen/1")))

    assert (fields["link"], fields["has_link"]) == ("https://lane.example/seen/1", "yes")
    assert "link" not in TYPED_BY_PEOPLE


def test_an_alert_is_about_no_pupil_and_says_what_is_the_matter():
    fields = json.loads(compose_alert_fields(ALERT))

    assert tuple(fields) == FIELDS
    assert fields["details"] == "Thornbury Lane: 2 registers are not taken. Take them before the feed of 16:15."
    assert (fields["heading"], fields["reference"]) == ("Register not complete", "K9MP-A7C3")


def test_the_same_notice_gives_the_same_bytes():
    assert compose_notice_fields(notice()) == compose_notice_fields(notice())

import json
from dataclasses import replace

import pytest

from outbox.notice import HeldBy, Kind, Urgency
from outbox.notice_parts import LastKnown, NewDestination
from outbox.notices import compose_notice
from tests.outbox.builders import CHILD, at, notice, phoned, referral, update, withdrawal

PERSONAL = ("Canary", "Robin", "2012-03-14", "960777")


def event(composed):
    return json.loads(compose_notice(composed))


@pytest.mark.parametrize(
    ("composed", "kind"),
    [
        (notice(), "attendance-relay.concern.raised.v1"),
        (update(), "attendance-relay.concern.updated.v1"),
        (referral(), "attendance-relay.referral.submitted.v1"),
        (withdrawal(), "attendance-relay.concern.withdrawn.v1"),
    ],
)
def test_the_envelope_is_a_cloudevent_that_gives_nothing_away(composed, kind):
    whole = event(composed)
    envelope = {name: value for name, value in whole.items() if name != "data"}

    assert whole["type"] == kind
    assert (whole["specversion"], whole["id"], whole["time"]) == ("1.0", composed.message_id, "2026-11-04T15:30:00Z")
    assert not any(word in json.dumps(envelope) for word in (*PERSONAL, CHILD.upn, "PL-0412", "10293"))


def test_the_notices_of_a_case_sort_by_their_sequence_as_text():
    assert event(notice(sequence=2))["sequence"] < event(notice(sequence=10))["sequence"]


@pytest.mark.parametrize("composed", [notice(), update(), withdrawal()], ids=lambda each: each.kind)
def test_names_dates_of_birth_and_parents_leave_in_a_referral_alone(composed):
    assert not any(word in compose_notice(composed).decode() for word in PERSONAL)
    assert all(word in compose_notice(referral()).decode() for word in PERSONAL)


def test_where_the_child_was_seen_leaves_in_a_referral_alone():
    known = {
        "last_known": LastKnown(seen_at=at(8), by_role="neighbour", place_type="street"),
        "new_destination": NewDestination(source="sibling", new_school="unknown school in Leeds"),
    }

    assert event(referral(**known))["data"]["last_known"]["by_role"] == "neighbour"
    assert not {"last_known", "new_destination"} & event(notice(**known))["data"].keys()


def test_name_route_history_and_what_is_incomplete_leave_in_a_referral_alone():
    told = referral()
    only = {"referral", "history", "incomplete"}
    parts = {name: getattr(told, name) for name in only}

    assert only <= event(told)["data"].keys()
    assert event(told)["data"]["referral"]["route"] == "cme"
    assert event(told)["data"]["history"]["earlier_notices"] == [
        {"sent_on": "2026-11-03", "kind": "notification", "notice_ref": "P9KW-3FNA"}
    ]
    assert not only & event(notice(**parts))["data"].keys()


@pytest.mark.parametrize("holder", HeldBy)
def test_what_a_referral_lacks_is_said_to_be_held_elsewhere_and_never_made_up(holder):
    bare = replace(CHILD, upn="", full_name="", date_of_birth=None, parents=(), home_school=None)
    lacking = {"full_name", "date_of_birth", "address", "address_last_confirmed", "parents", "upn", "home_school"}
    lacking |= {"gender", "year_group", "previous_school", "emergency_contacts"}

    data = event(referral(child=bare, actions=(), held_by=holder))["data"]

    held_elsewhere = {name for name, value in data["child"].items() if value == {"held_by": holder.value}}
    assert held_elsewhere == lacking
    assert data["child"].keys() - lacking == {"local_pupil_id", "placement_ref", "responsible_la_code"}
    assert data["actions"] == {"held_by": holder.value}


def test_missing_registers_are_named():
    absence = event(notice())["data"]["absence"]

    assert absence["data_complete"] is False
    assert absence["not_recorded"] == [{"date": "2026-10-22", "session": "PM"}]
    assert absence["codes"][0] == {"date": "2026-11-02", "session": "AM", "code": "N"}
    complete = event(notice(absence=replace(notice().absence, not_recorded=())))["data"]["absence"]
    assert complete["data_complete"] is True


def test_a_pupil_who_never_came_has_no_last_day_made_up():
    never = replace(notice().absence, last_attended=None)

    assert event(notice(absence=never))["data"]["absence"]["last_attended_date"] == "none_in_window"


def test_the_same_notice_is_the_same_bytes():
    assert compose_notice(referral()) == compose_notice(referral())


@pytest.mark.parametrize(
    ("build", "changes", "sentence"),
    [
        (notice, {"kind": Kind.REFERRAL}, "a person approves it"),
        (notice, {"kind": Kind.UPDATE}, "without changes it is not sent"),
        (notice, {"kind": Kind.WITHDRAWAL}, "it names the notice it takes back"),
        (notice, {"absence": None}, "it says what was missed"),
        (notice, {"urgency": Urgency.URGENT_PHONE_MADE}, "telephone first, then record it"),
        (referral, {"approved_at": None}, "a person approves it"),
    ],
)
def test_a_notice_that_lacks_what_its_kind_needs_cannot_be_made(build, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        build(**changes)


def test_an_urgent_notice_records_its_telephone_call():
    urgent = event(notice(urgency=Urgency.URGENT_PHONE_MADE, phone_call=phoned()))

    assert urgent["data"]["phone_call"]["made_at"] == "2026-11-04T10:05:00Z"

"""What a notice says about a decision, field by field, and what no notice may hold."""

import pytest

from tests.app.builders import event, mail
from tests.builders import CANARY


def told(stand, rule, destination="coventry"):
    """Return the data of the notice about a rule."""
    every = [event(each)["data"] for each in stand.messages("notice") if each.destination == destination]
    return next(each for each in every if each["rule"] == rule)


def three_days(stand):
    """Present on Monday and Tuesday morning, then nothing is known; one session has no mark at all."""
    stand.live("Mon 2026-11-02", p1=r"/\ /N NN -- NN NN", p2=r"/\*6")
    return told(stand, "three-days-absent")


def test_a_notice_says_which_rule_fired_and_what_was_counted(stand):
    notice = three_days(stand)

    assert notice["stage"] == "three-days-absent"
    assert (notice["policy_id"], notice["policy_version"], notice["policy_rows"]) == (
        "lane",
        "1",
        ["L-11", "L-04"],
    )
    assert notice["reason"].startswith("Absent on 3 school days running: ")
    assert notice["kind"] == "notification"


def test_a_notice_gives_the_facts_of_the_run(stand):
    absence = three_days(stand)["absence"]

    assert absence == {
        "last_attended_date": "2026-11-03",
        "last_attended_session": "AM",
        "first_missed_date": "2026-11-04",
        "consecutive_sessions": 7,
        "sessions_missed_in_window": 6,
        "window_from": "2026-11-04",
        "window_to": "2026-11-09",
        "codes": [
            {"date": each, "session": half, "code": "N"}
            for each in ("2026-11-04", "2026-11-06", "2026-11-09")
            for half in ("AM", "PM")
        ],
        "data_complete": False,
        "not_recorded": [{"date": "2026-11-05", "session": "AM"}, {"date": "2026-11-05", "session": "PM"}],
    }


def test_a_notice_says_what_is_asked_by_when_and_whom_to_ring(stand):
    notice = three_days(stand)

    assert notice["requested_action"] == "Please tell us what you know and agree the next step with us."
    assert notice["respond_by"] == "2026-11-10"
    assert notice["urgency"] == "routine"
    assert notice["reply_instructions"] == (
        "Reply to attendance@lane.example or ring 01632 960001 and quote the reference."
    )
    assert (notice["created_at"], notice["data_as_at"]) == ("2026-11-09T16:00:00Z", "2026-11-09T15:45:00Z")


def test_a_notice_says_on_what_basis_it_leaves_and_to_whom(stand):
    notice = three_days(stand)

    assert (notice["recipient_role"], notice["legal_basis_code"], notice["agreement_ref"]) == (
        "local_authority",
        "public task",
        "agreement 4",
    )


def test_days_stepped_over_are_named_with_the_cause(stand):
    stand.live("Wed 2026-11-25", p1="NN NN .. NN", p2=r"/\ /\ .. /\ ".strip())

    assert "Stepped over: Fri 27 Nov (INSET day)" in told(stand, "three-days-absent")["reason"]


def test_something_due_the_same_day_is_marked_so(stand):
    stand.live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")

    notice = told(stand, "five-days-unexplained")
    assert (notice["urgency"], notice["respond_by"], notice["stage"]) == (
        "same_day",
        "2026-11-06",
        "days-unexplained 2",
    )


def test_a_notification_names_nobody_and_a_referral_does(stand):
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")

    assert told(stand, "three-days-absent")["child"] == {
        "local_pupil_id": "p1",
        "placement_ref": "PL-1",
        "responsible_la_code": "331",
        "upn": "R331400026001",
        "home_school": {"urn": "999001", "name": "Alder Academy"},
    }
    referral = told(stand, "ten-days-unexplained")
    assert (referral["child"]["full_name"], referral["child"]["date_of_birth"]) == (
        "Ottoline Quillfeather",
        "2011-03-14",
    )
    assert referral["child"]["parents"] == {"held_by": "home_school"}
    assert referral["reason"].startswith("Children missing education referral (10 school days without explanation). ")


def test_no_email_names_a_child_or_carries_the_names_in_its_headers(stand):
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")

    letters = [mail(each) for each in stand.messages("notice", "alert") if each.destination == "mail"]
    assert len(letters) > 3
    for name in (*CANARY, "2011-03-14", "R331400026001"):
        assert not [each["Subject"] for each in letters if name in each.as_string()]


@pytest.mark.parametrize("destination", ["coventry", "mail"])
def test_what_names_a_message_outside_its_payload_names_no_pupil(stand, destination):
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")

    outside = [
        f"{each.id} {each.idempotency_key} {each.ordering_key} {each.subject_ref} {each.kind} {each.address}"
        for each in stand.messages()
        if each.destination == destination
    ]
    assert not [each for each in outside if any(name in each for name in CANARY)]


def test_a_subject_holds_a_reference_and_no_more(stand):
    three_days(stand)

    subjects = {mail(each)["Subject"] for each in stand.messages("notice") if each.destination == "mail"}
    references = {each.subject_ref for each in stand.messages("notice") if each.destination == "mail"}
    assert subjects == {f"Attendance notice ref {each}" for each in references}


def test_attendance_under_ninety_counts_since_the_start_of_term(stand):
    stand.live("Mon 2026-11-02", p1=r"/\*8 NI NI", p2=r"/\*10")
    stand.live("Mon 2026-11-16", p1="NN", p2=r"/\ ".strip())

    notice = told(stand, "below-ninety")
    assert notice["absence"]["window_from"] == "2026-10-19"
    assert "since 19 Oct 2026" in notice["reason"]


def test_a_week_off_is_stepped_over_as_one_stretch(stand):
    stand.calendar = stand.calendar.replace("2026-11-27", "2026-11-05, 2026-11-06, 2026-11-09, 2026-11-11")
    stand.live("Tue 2026-11-03", p1="NN NN", p2=r"/\*2")
    stand.live("Tue 2026-11-10", p1="NN", p2="//")

    assert "Stepped over: Thu 5 Nov to Mon 9 Nov (INSET day)." in told(stand, "three-days-absent")["reason"]

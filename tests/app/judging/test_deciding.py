"""What the policy makes of the marks as they come, day by day, and what happens when they change afterwards."""

from datetime import timedelta

import pytest

from tests.app.builders import contact, event, mail
from tests.builders import day

_NOTICES = ("notice.notification", "notice.referral", "notice.withdrawal", "notice.unrouted")


def tasks(stand, state="open"):
    every = [task for each in stand.store.cases.of_school("lane") for task in stand.store.tasks.of_decision(each.id)]
    return [f"{task.role}: {task.says} ({task.due_on})" for task in every if task.state == state]


def cases(stand):
    return [
        f"{each.pupil_id} {each.ladder}: {each.rung} since {each.moved_on:%a %d %b}"
        for each in stand.store.cases.episodes("lane")
    ]


# --- which days are judged ---------------------------------------------------------------------------------------


def test_a_new_installation_says_what_still_stands_and_nothing_of_what_is_over(stand):
    stand.drop("Mon 2026-10-19", p1="NN*10", p2=r"NN NN NN /\*7")
    stand.pulled("Fri 2026-10-30 15:45")

    stand.judged("Fri 2026-10-30 16:00")

    assert stand.decisions() == [
        "Wed 2026-10-21 p1 three-days-absent",
        "Fri 2026-10-30 p1 ten-days-unexplained",
        "Fri 2026-10-30 p1 below-ninety",
        "Fri 2026-10-30 p1 n-stands-five-school-days",
        "Fri 2026-10-30 p1 floor-ten-days-unauthorised",
        "Fri 2026-10-30 p1 floor-ten-in-ten-weeks",
        "Wed 2026-10-28 p2 n-stands-five-school-days",
        "Fri 2026-10-30 p2 below-ninety",
    ]


def test_marks_from_before_the_installation_bring_no_old_notices_when_they_change(stand):
    stand.drop("Tue 2026-10-20", p1=r"OO OO /\*7")
    stand.pulled("Fri 2026-10-30 15:45")
    stand.judged("Fri 2026-10-30 16:00")

    stand.drop("Thu 2026-10-22", p1="OO")
    stand.pulled("Mon 2026-11-02 09:30")
    stand.judged("Mon 2026-11-02 09:45")

    assert stand.decisions() == []


def test_today_is_judged_when_its_time_has_come_and_no_day_twice(stand):
    stand.live("Mon 2026-11-02", p1="NN NN")
    stand.drop("Wed 2026-11-04", p1="NN")
    stand.pulled("Wed 2026-11-04 15:45")

    assert stand.judged("Wed 2026-11-04 15:59").days == 0
    assert stand.judged("Wed 2026-11-04 16:00").days == 1
    assert stand.judged("Wed 2026-11-04 16:15").days == 0
    assert stand.decisions("three-days-unexplained") == ["Wed 2026-11-04 p1 three-days-unexplained"]


def test_after_downtime_every_missed_day_is_judged_by_itself(stand):
    stand.live("Mon 2026-11-02", p1="NN")
    stand.drop("Tue 2026-11-03", p1="NN NN NN NN")
    stand.pulled("Mon 2026-11-09 09:30")

    assert stand.judged("Mon 2026-11-09 09:45").days == 4
    assert stand.decisions("three-days-unexplained", "five-days-unexplained") == [
        "Wed 2026-11-04 p1 three-days-unexplained",
        "Fri 2026-11-06 p1 five-days-unexplained",
    ]


def test_what_is_decided_late_is_asked_for_from_today_on(stand):
    """Nobody can answer by a day that is over."""
    stand.live("Mon 2026-11-02", p1="NN")
    stand.drop("Tue 2026-11-03", p1="NN NN")
    stand.pulled("Mon 2026-11-09 09:30")
    stand.judged("Mon 2026-11-09 09:45")

    [told] = [event(each) for each in stand.messages("notice") if each.destination == "coventry"]
    assert told["data"]["respond_by"] == "2026-11-10"
    assert "staff: Make a welfare check. (2026-11-09)" in tasks(stand)


@pytest.mark.parametrize(
    "at", ["Sat 2026-11-07 16:00", "Mon 2026-11-09 15:59", "Fri 2026-12-25 16:00", "Fri 2026-11-27 16:00"]
)
def test_a_day_without_school_is_no_day_to_judge(stand, at):
    stand.live("Mon 2026-11-02", p1=r"/\*5")
    stand.judged(at)

    assert stand.judged(at).days == 0


def test_a_session_not_recorded_is_no_absence(stand):
    stand.live("Mon 2026-11-02", p1="NN N- NN NN", p2=r"/\ /\ /\ /\ ".strip())

    assert stand.decisions() == ["Thu 2026-11-05 p1 three-days-absent", "Thu 2026-11-05 p1 three-days-unexplained"]


# --- corrections -------------------------------------------------------------------------------------------------


def three_days(stand):
    """Three days without a word: told to the council, the commissioner and the school."""
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\ /\ /\ ".strip())


def explain(stand, first="Tue 2026-11-03", text="II", at="Thu 2026-11-05"):
    stand.drop(first, p1=text)
    stand.pulled(f"{at} 09:30")
    return stand.judged(f"{at} 09:45")


def test_a_reason_given_late_withdraws_the_decision_and_closes_its_tasks(stand):
    three_days(stand)

    assert explain(stand).withdrawn == 1
    assert stand.decisions() == [
        "Wed 2026-11-04 p1 three-days-absent",
        "Wed 2026-11-04 p1 three-days-unexplained withdrawn",
    ]
    assert tasks(stand, "withdrawn") == [
        "staff: Contact the family for an explanation and record who was reached. (2026-11-04)"
    ]


def test_what_was_not_sent_yet_is_cancelled_and_nobody_is_told(stand):
    three_days(stand)

    explain(stand, text="//")

    assert stand.told("notice") == [
        "notice.notification to coventry cancelled",
        "notice.notification to mail places@council.example cancelled",
        "notice.notification to mail office@alder.example cancelled",
    ]


def test_whoever_was_told_is_told_that_it_no_longer_holds_and_nobody_else_is(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "home_school"]
    with stand.receiving(is_down=lambda: True):
        three_days(stand)
        stand.at("Wed 2026-11-04 16:00").deliver()
        stand.contacts.insert(0, contact("commissioner", "commissioner-1", address="new@council.example"))
        stand.reread()

        explain(stand, text="//")

    assert stand.told("notice") == [
        "notice.notification to coventry cancelled",
        "notice.notification to mail places@council.example delivered",
        "notice.unrouted to (unrouted) dead",
        "notice.withdrawal to mail places@council.example pending",
    ]


def test_a_withdrawal_goes_to_the_address_that_was_told_even_after_the_contact_is_gone(stand):
    with stand.receiving():
        three_days(stand)
        stand.deliver()
        stand.contacts = [each for each in stand.contacts if each["address"] != "office@alder.example"]
        stand.reread()

        explain(stand, text="//")
        stand.deliver()

    assert stand.told("notice.withdrawal") == [
        "notice.withdrawal to coventry delivered",
        "notice.withdrawal to mail places@council.example delivered",
        "notice.withdrawal to mail office@alder.example delivered",
    ]


def test_a_withdrawal_for_a_destination_that_is_gone_waits_for_a_person(build):
    stand = build(pupils={"p1": {"la_code": "866"}, "p2": {}}, feeds="", more=SWINDON)
    stand.contacts.append(contact("local_authority", "866", "swindon"))
    three_days(stand)
    stand.deliver()

    stand.toml, stand.contacts = stand.toml.replace(SWINDON, ""), stand.contacts[:-1]
    stand.reread()
    explain(stand, text="//")

    [dead] = stand.store.messages.dead()
    assert dead.reason == "destination swindon is no longer in relay.toml: tell it by other means"


def test_a_withdrawal_names_the_notice_it_takes_back_and_follows_it(stand):
    with stand.receiving():
        three_days(stand)
        stand.deliver()
        explain(stand, text="//")
        stand.deliver()

    first, withdrawal = [event(each) for each in stand.messages("notice") if each.destination == "coventry"]
    assert withdrawal["type"] == "attendance-relay.concern.withdrawn.v1"
    assert withdrawal["data"]["supersedes"] == first["data"]["notice_ref"]
    assert withdrawal["data"]["case_ref"] == first["data"]["case_ref"]
    assert (first["sequence"], withdrawal["sequence"]) == ("000001", "000002")
    assert withdrawal["data"]["reason"].startswith(
        'A register was corrected (Tue 3 Nov: was "absent, unexplained", is "present"); this no longer holds: '
    )
    assert withdrawal["data"]["requested_action"].startswith("Please disregard the earlier notice")


def test_a_notice_that_may_have_arrived_is_taken_back_as_if_it_had(stand):
    """The connection broke after sending: nobody knows. A withdrawal of nothing does no harm."""
    three_days(stand)
    claimed = [
        message
        for destination in stand.store.messages.due(stand.clock())
        for message in stand.store.messages.claim(
            destination, stand.clock(), limit=50, lease=timedelta(minutes=1), token="t"
        )
    ]
    assert "notice.notification" in {each.kind for each in claimed}
    stand.clock.instant += timedelta(minutes=5)
    stand.store.messages.due(stand.clock())

    explain(stand, text="//")

    assert stand.told("notice.withdrawal")[0] == "notice.withdrawal to coventry pending"
    assert stand.told("notice.notification")[0] == "notice.notification to coventry cancelled"


def test_a_notice_that_its_receiver_refused_is_not_taken_back(stand):
    with stand.receiving() as (authority, _):
        authority.receive = lambda post: 422
        three_days(stand)
        stand.deliver()
        explain(stand, text="//")

    assert "notice.notification to coventry dead" in stand.told("notice")
    assert [each for each in stand.told("notice.withdrawal") if "coventry" in each] == []


def test_a_decision_that_holds_again_is_a_new_one_with_a_new_notice(stand):
    with stand.receiving():
        three_days(stand)
        stand.deliver()
        explain(stand, text="//")
        explain(stand, text="NN", at="Fri 2026-11-06")
        stand.at("Fri 2026-11-06 16:00").deliver()

    assert stand.decisions("three-days-absent") == [
        "Wed 2026-11-04 p1 three-days-absent withdrawn",
        "Wed 2026-11-04 p1 three-days-absent",
    ]
    assert [each.generation for each in stand.store.cases.of_school("lane") if each.rule == "three-days-absent"] == [
        1,
        2,
    ]
    to_school = [each for each in stand.told("notice") if "office" in each]
    assert to_school == [
        "notice.notification to mail office@alder.example delivered",
        "notice.withdrawal to mail office@alder.example delivered",
        "notice.notification to mail office@alder.example delivered",
    ]
    assert len({each.id for each in stand.messages("notice")}) == 9


def test_a_correction_can_bring_a_decision_to_light_that_should_have_been_made(stand):
    stand.live("Mon 2026-11-02", p1=r"NN /\ NN", p2=r"/\*3")

    explain(stand, text="NN")

    assert stand.decisions() == ["Wed 2026-11-04 p1 three-days-absent", "Wed 2026-11-04 p1 three-days-unexplained"]


# --- cases -------------------------------------------------------------------------------------------------------


def test_a_case_opens_moves_up_its_ladder_and_closes_when_the_run_breaks(stand):
    three_days(stand)
    assert cases(stand) == [
        "p1 days-unexplained: three-days-unexplained since Wed 04 Nov",
        "p1 three-days-absent: three-days-absent since Wed 04 Nov",
    ]

    stand.live("Thu 2026-11-05", p1="NN NN", p2=r"/\ /\ ".strip())
    assert cases(stand)[0] == "p1 days-unexplained: five-days-unexplained since Fri 06 Nov"

    stand.live("Mon 2026-11-09", p1=r"/\ ".strip(), p2=r"/\ ".strip())
    assert [each for each in cases(stand) if "days-unexplained" in each or "three" in each] == []


def test_a_case_steps_back_to_the_rung_that_still_stands(stand):
    stand.live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")

    explain(stand, "Thu 2026-11-05", "II", at="Mon 2026-11-09")

    assert "p1 days-unexplained: three-days-unexplained since Wed 04 Nov" in cases(stand)


def test_a_case_of_which_nothing_stands_is_closed(stand):
    three_days(stand)

    explain(stand)

    assert cases(stand) == ["p1 three-days-absent: three-days-absent since Wed 04 Nov"]


def test_notices_of_one_case_carry_one_reference_and_a_new_run_another(stand):
    stand.live("Mon 2026-11-02", p1=r"NN*5 /\ NN*5", p2=r"/\*11")

    told = [event(each)["data"] for each in stand.messages("notice") if each.destination == "coventry"]
    references = [each["case_ref"] for each in told if each["rule"] == "five-days-unexplained"]
    assert len(set(references)) == 2


# --- registers ---------------------------------------------------------------------------------------------------


def registers(stand):
    return [f"{each.fired_on:%a} {each.reason}" for each in stand.store.cases.of_school("lane") if not each.pupil_id]


def test_a_register_not_complete_at_its_time_is_said_once_a_day(stand):
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Mon 2026-11-02 09:30")
    stand.judged("Mon 2026-11-02 09:30")
    stand.judged("Mon 2026-11-02 12:30")

    assert registers(stand) == ["Mon the register of Mon 2 Nov 2026 AM holds 1 of 2 marks"]
    [alert] = stand.messages("alert")
    assert alert.address == "head@lane.example"
    assert "The Lane" in mail(alert).get_content()


@pytest.mark.parametrize(
    ("pulled", "judged"),
    [
        pytest.param("09:29", "09:30", id="no pull since the deadline: nobody knows"),
        pytest.param("09:29", "09:29", id="not due yet"),
    ],
)
def test_nothing_is_said_of_a_register_before_a_pull_has_looked_at_it(stand, pulled, judged):
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled(f"Mon 2026-11-02 {pulled}")
    stand.judged(f"Mon 2026-11-02 {judged}")

    assert registers(stand) == []


def test_a_register_that_was_complete_at_its_time_is_not_asked_about_again(stand):
    stand.drop("Mon 2026-11-02", p1="//", p2="//")
    stand.pulled("Mon 2026-11-02 09:30")
    stand.judged("Mon 2026-11-02 09:30")

    assert (registers(stand), stand.messages("alert")) == ([], [])


def test_no_register_is_due_on_an_inset_day(stand):
    stand.drop("Thu 2026-11-26", p1="//", p2="//")
    stand.pulled("Fri 2026-11-27 09:30")
    stand.judged("Fri 2026-11-27 09:30")

    assert registers(stand) == []


# --- who cannot be told, and who must approve --------------------------------------------------------------------


def test_what_nobody_can_receive_is_a_dead_letter_that_names_the_file(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
    three_days(stand)

    [dead] = stand.store.messages.dead()
    assert dead.reason == "contacts.csv has no row for role commissioner of organisation commissioner-1: add it"
    assert "notice.notification to coventry pending" in stand.told("notice")


def test_a_contact_added_later_gets_what_was_waiting_for_it(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
    three_days(stand)

    stand.contacts.append(contact("commissioner", "commissioner-1", address="places@council.example"))
    stand.reread()
    stand.judged("Thu 2026-11-05 09:45")
    stand.judged("Thu 2026-11-05 16:00")

    assert stand.store.messages.dead() == []
    assert stand.told("notice") == [
        "notice.notification to coventry pending",
        "notice.notification to mail places@council.example pending",
        "notice.notification to mail office@alder.example pending",
    ]


def test_an_alert_waiting_for_a_contact_is_routed_as_well(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "head_of_provision"]
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Mon 2026-11-02 09:30")
    stand.judged("Mon 2026-11-02 09:30")

    stand.contacts.append(contact("head_of_provision", "lane-provision", address="head@lane.example"))
    stand.reread()
    stand.judged("Mon 2026-11-02 12:30")

    assert stand.told("alert", "notice") == ["alert to mail head@lane.example pending"]


def ten_days(build, la_code):
    stand = build(pupils={"p1": {"la_code": la_code}, "p2": {}}, feeds="", more=SWINDON if la_code == "866" else "")
    if la_code == "866":
        stand.contacts.append(contact("local_authority", "866", "swindon"))
    stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")
    return stand


SWINDON = """
[[destination]]
id           = "swindon"
channel      = "folder"
organisation = "866"
agreement    = "agreement 5"
legal_basis  = "public task"

  [destination.settings]
  path = "{folder}/warwickshire"
"""


def test_an_authority_with_a_standing_approval_gets_the_referral_itself(build):
    stand = ten_days(build, "331")

    [referral] = stand.messages("notice.referral")
    assert referral.destination == "coventry"
    assert event(referral)["data"]["approved_by_role"] == "head of provision"
    assert not [each for each in tasks(stand) if "Approve" in each]


@pytest.mark.parametrize(
    ("la_code", "destination"),
    [
        pytest.param("937", "warwickshire", id="its profile wants each one approved"),
        pytest.param("866", "swindon", id="no profile: nothing is approved in advance"),
    ],
)
def test_a_referral_nobody_approved_is_a_notification_today_and_a_task(build, la_code, destination):
    stand = ten_days(build, la_code)

    assert stand.messages("notice.referral") == []
    told = [event(each)["data"] for each in stand.messages("notice") if each.destination == destination]
    [instead] = [each for each in told if each["rule"] == "ten-days-unexplained"]
    assert (instead["kind"], instead["urgency"]) == ("notification", "same_day")
    assert "full_name" not in instead["child"]
    [asked] = stand.store.approvals.waiting()
    assert (
        f"head_of_provision: Approve the referral to local authority (approval {asked.id}): it leaves when you do. "
        "(2026-11-13)"
    ) in tasks(stand)


def test_an_approval_is_not_asked_for_again_when_the_decision_is_withdrawn(build):
    stand = ten_days(build, "937")

    stand.drop("Fri 2026-11-13", p1="//")
    stand.pulled("Mon 2026-11-16 09:30")
    stand.judged("Mon 2026-11-16 09:45")

    assert not [each for each in tasks(stand) if "Approve" in each]
    assert len([each for each in tasks(stand, "withdrawn") if "Approve" in each]) == 1


# --- isolation ---------------------------------------------------------------------------------------------------


def test_one_school_that_cannot_be_judged_does_not_stop_the_other(build):
    stand = build(arbor=True)
    stand.drop("Mon 2026-11-02", p1="//", p2="//")
    stand.at("Mon 2026-11-02 15:45").pull("lane")
    stand.relay.sites["brook"].__dict__["evaluator"] = None

    lane, brook = stand.at("Mon 2026-11-02 16:00").decide().schools

    assert (lane.days, lane.problem) == (1, None)
    assert brook.problem.startswith("failed unexpectedly: AttributeError at live.py:")


def test_a_judging_that_fails_keeps_nothing_of_it(stand):
    """A template of the operator's own that cannot be filled in: no decision without its notice."""
    templates = stand.write() / "templates"
    templates.mkdir()
    (templates / "notice.txt.j2").write_text("{{ nobody_has_this }}")

    three_days(stand)

    assert stand.store.cases.of_school("lane") == []
    assert stand.messages("notice") == []
    assert stand.store.runs.decided_through("lane") == day("Tue 2026-11-03")

"""What waits for a person: a referral has told as a notification, and leaves itself when somebody says so."""

import json

import pytest

from app.notices.enquiries import Method, Outcome
from app.people import approving, granting, tasking
from app.people.tasking import Report
from config.overlays import Authority
from tests.app.builders import POLICY, contact, event, mail
from tests.builders import CANARY

PROFILE = """
la_code = "{la_code}"
name = "{name}"
ten_day_label = "{label}"
ten_day_route = "{route}"
cme_accepts_enrolled = {accepts}
referral_approval = "{approval}"
deadline = "{deadline}"
"""


def profile(stand, **fields):
    """Lay a profile of Warwickshire over the shipped one."""
    plain = {
        "la_code": "937",
        "name": "Warwickshire",
        "label": "possible child missing education",
        "route": "cme",
        "accepts": '"unknown"',
        "approval": "each",
        "deadline": "same_school_day",
    }
    folder = stand.write() / "authorities"
    folder.mkdir(exist_ok=True)
    extra = fields.pop("extra", "")
    (folder / "warwickshire.toml").write_text(PROFILE.format(**plain | fields) + extra)


def ten_days(build, *, before=lambda stand: None, **placed):
    """Ten days without a word in Warwickshire, which wants each referral approved."""
    stand = build(pupils={"p1": {"la_code": "937"} | placed, "p2": {}})
    before(stand)
    return lived(stand, p1="NN*10", p2=r"/\*10")


def lived(stand, at="Fri 2026-11-13", **texts):
    """Bring all marks at once on the last day: what still stands is decided, as on a new installation."""
    stand.drop("Mon 2026-11-02", **texts)
    stand.pulled(f"{at} 15:45")
    stand.judged(f"{at} 16:00")
    return stand


def asked(stand):
    [approval] = stand.store.approvals.waiting()
    return approval


def approve(stand, by="head_of_provision"):
    return granting.approve(stand.relay, asked(stand).id, by)


def about(stand, rule="ten-days-unexplained", destination="warwickshire"):
    return [
        event(each)["data"]
        for each in stand.messages("notice")
        if each.destination == destination and event(each)["data"]["rule"] == rule
    ]


def tasks(stand, role, state="open"):
    return [each for each in stand.store.tasks.of_pupil("lane", "p1") if (each.role, each.state) == (role, state)]


def asking(stand):
    """The open tasks that ask for an approval."""
    return [each for each in tasks(stand, "head_of_provision") if "pproval" in each.says]


# --- approving ---------------------------------------------------------------------------------------------------


def test_an_approved_referral_leaves_in_the_same_case_after_the_notification(build):
    stand = ten_days(build)
    stand.at("Fri 2026-11-13 16:05")

    answer = approve(stand)

    assert answer.is_ok
    first, referral = about(stand)
    assert (first["kind"], referral["kind"]) == ("notification", "referral")
    assert referral["case_ref"] == first["case_ref"]
    assert referral["supersedes"] == first["notice_ref"]
    assert (referral["approved_by_role"], referral["approved_at"]) == ("head_of_provision", "2026-11-13T16:05:00Z")
    assert referral["child"]["full_name"] == "Ottoline Quillfeather"
    sequences = [
        event(each)["sequence"]
        for each in stand.messages("notice")
        if each.destination == "warwickshire" and event(each)["data"]["case_ref"] == first["case_ref"]
    ]
    assert sequences == ["000001", "000002"]


def test_a_notification_not_sent_yet_gives_way_to_the_referral(build):
    stand = ten_days(build)
    approve(stand)

    states = [each.state for each in stand.messages("notice") if each.cause == asked_row(stand)]
    assert states == ["cancelled", "pending"]


def asked_row(stand):
    return next(each.id for each in stand.store.cases.of_school("lane") if each.rule == "ten-days-unexplained")


def test_approving_closes_the_task_and_a_second_time_sends_nothing(build):
    stand = ten_days(build)
    approval = asked(stand)
    approve(stand)
    before = len(stand.messages())

    again = granting.approve(stand.relay, approval.id, "somebody else")

    assert (again.is_ok, len(stand.messages())) == (True, before)
    assert again.sentence == (
        f"approval {approval.id} was already given on 2026-11-13 by head_of_provision; nothing is sent again"
    )
    assert asking(stand) == []


def test_a_person_who_signs_by_name_is_kept_and_the_role_leaves(build):
    stand = ten_days(build)
    approval = asked(stand)

    approve(stand, by="M Lee")

    assert stand.store.approvals.get(approval.id).approved_by == "M Lee"
    assert about(stand)[-1]["approved_by_role"] == "head_of_provision"
    assert "M Lee" not in json.dumps(about(stand))


def test_a_withdrawn_decision_cannot_be_approved_any_more(build):
    stand = ten_days(build)
    approval = asked(stand)
    stand.drop("Fri 2026-11-13", p1="//")
    stand.pulled("Mon 2026-11-16 09:30")
    stand.judged("Mon 2026-11-16 09:45")

    answer = granting.approve(stand.relay, approval.id, "head_of_provision")

    assert not answer.is_ok
    assert answer.sentence == (f"approval {approval.id}: the decision was withdrawn on 2026-11-16; nothing is sent")
    assert stand.store.approvals.waiting() == []
    assert stand.messages("notice.referral") == []


def test_a_case_that_is_over_cannot_be_approved_any_more(build):
    stand = ten_days(build)
    stand.live("Mon 2026-11-16", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    answer = approve(stand)

    assert not answer.is_ok
    assert answer.sentence.endswith("the case was closed on 2026-11-16, and what it was about is over; nothing is sent")
    assert stand.messages("notice.referral") == []


def test_a_pupil_no_longer_in_the_files_cannot_be_referred(build):
    stand = ten_days(build)
    stand.placements = [each for each in stand.placements if each["pupil_id"] != "p1"]
    stand.reread()

    assert approve(stand).sentence.endswith("pupil p1 is no longer in placements.csv; nothing is sent")


def test_an_unknown_approval_names_those_there_are(build):
    stand = ten_days(build)

    answer = granting.approve(stand.relay, "nothing", "head_of_provision")

    assert not answer.is_ok
    assert answer.sentence == f"approval nothing: there is none; waiting approvals there are: {asked(stand).id}"
    approve(stand)
    assert granting.approve(stand.relay, "nothing", "x").sentence.endswith("there is no waiting approval")


def test_a_referral_approved_for_nobody_waits_for_its_contact_and_then_leaves_as_approved(build):
    stand = ten_days(build, before=without_authority)
    approve(stand)
    assert about(stand) == []

    stand.contacts.append(contact("local_authority", "937", "warwickshire"))
    stand.reread()
    stand.judged("Mon 2026-11-16 09:45")

    assert [each["kind"] for each in about(stand)] == ["notification", "referral"]
    assert about(stand)[-1]["approved_by_role"] == "head_of_provision"


def without_authority(stand):
    stand.contacts = [each for each in stand.contacts if each["organisation"] != "937"]


def test_a_withdrawal_takes_back_the_approved_referral_as_well(build):
    with build_receiving(build) as stand:
        approve(stand)
        stand.deliver()
        stand.drop("Fri 2026-11-13", p1="//")
        stand.pulled("Mon 2026-11-16 09:30")
        stand.judged("Mon 2026-11-16 09:45")

    *_, notification, referral, withdrawal, again = about(stand)
    assert (withdrawal["kind"], withdrawal["supersedes"]) == ("withdrawal", notification["notice_ref"])
    assert (again["kind"], again["supersedes"]) == ("withdrawal", referral["notice_ref"])


class build_receiving:  # noqa: N801 - reads as a phrase
    """Ten days in Warwickshire whose folder takes what is delivered."""

    def __init__(self, build):
        self.build = build

    def __enter__(self):
        stand = ten_days(self.build)
        stand.deliver()
        return stand

    def __exit__(self, *_):
        return None


# --- a notice that a person at the provider approves -------------------------------------------------------------

APPROVED_NOTICE = """
[[rule]]
id       = "ask-the-commissioner"
rows     = ["L-92"]
says     = "After three days the commissioner is asked, once the head of provision has agreed."
once_per = "run"
when     = { metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 3 }

  [[rule.then]]
  kind     = "notice"
  to       = ["commissioner"]
  says     = "Please tell us what you know."
  approval = "one"
  due_school_days = 2
"""


def awaiting(build):
    """Three days without a word, of which the commissioner is to be told when somebody agrees."""
    stand = build(pupils={"p1": {}, "p2": {}})
    stand.policy = POLICY + APPROVED_NOTICE
    return lived(stand, "Wed 2026-11-04", p1="NN*3", p2=r"/\*3")


def of_the_rule(stand):
    [row] = [each for each in stand.store.cases.of_school("lane") if each.rule == "ask-the-commissioner"]
    return [each for each in stand.messages("notice") if each.cause == row.id]


def test_a_notice_that_a_person_approves_leaves_only_then(build):
    stand = awaiting(build)
    assert of_the_rule(stand) == []
    [task] = asking(stand)
    assert task.says == f"Approve the notice to commissioner (approval {asked(stand).id}): it leaves when you do."
    assert f"{task.due_on}" == "2026-11-06"

    approve(stand)

    [notice] = of_the_rule(stand)
    assert (notice.kind, notice.address) == ("notice.notification", "places@council.example")


def test_a_notice_nobody_approved_by_its_day_is_overdue(build):
    stand = awaiting(build)
    late = f"Nobody has answered approval {asked(stand).id}: see that somebody does."

    stand.judged("Fri 2026-11-06 16:00")
    assert late not in [each.says for each in tasks(stand, "head_of_provision")]
    stand.judged("Mon 2026-11-09 09:45")
    assert late in [each.says for each in tasks(stand, "head_of_provision")]
    assert of_the_rule(stand) == []


# --- nothing waits in silence ------------------------------------------------------------------------------------


def test_others_are_asked_the_same_school_day_when_nobody_answers(build):
    stand = ten_days(build)
    before = len(tasks(stand, "head_of_provision"))

    stand.judged("Fri 2026-11-13 16:15")
    stand.judged("Fri 2026-11-13 16:16")

    again = tasks(stand, "head_of_provision")
    assert len(again) == before + 1
    assert again[-1].says == f"Nobody has answered approval {asked(stand).id}: see that somebody does."
    assert f"{again[-1].due_on}" == "2026-11-13"
    assert asked(stand).escalated_at is not None


def test_nobody_is_asked_again_once_somebody_has_answered(build):
    stand = ten_days(build)
    approve(stand)

    stand.judged("Fri 2026-11-13 16:15")

    assert asking(stand) == []


def test_what_waits_is_listed_with_ids_only(build):
    stand = ten_days(build)
    stand.at("Sat 2026-11-14 09:00")

    [row] = approving.waiting(stand.relay)

    assert (row["pupil_id"], row["kind"], row["rule"]) == ("p1", "referral", "ten-days-unexplained")
    assert (row["is_overdue"], row["is_escalated"]) == (True, False)
    assert not [name for name in CANARY if name in str(row)]


def test_a_task_that_asks_for_an_approval_is_not_closed_by_hand(build):
    stand = ten_days(build)
    [task] = asking(stand)

    answer = tasking.finish(stand.relay, task.id, Report(by="M Lee", note="done by telephone"))

    assert not answer.is_ok
    assert f"attendance-relay approve {asked(stand).id} --by ROLE" in answer.sentence


# --- the pupil's own authority -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "route", "accepts", "said"),
    [
        ("possible child missing education", "cme", '"unknown"', "possible child missing education. "),
        ("CME form", "cme", "true", "CME form. "),
        ("possible child missing education", "attendance", "false", "10-day unexplained absence notice. "),
        ("10-day absence notice", "attendance", "false", "10-day absence notice. "),
        ("CME form", "attendance", '"unknown"', "10-day unexplained absence notice. "),
    ],
)
def test_a_child_is_called_missing_only_where_the_authority_takes_one_who_is_enrolled(
    build, label, route, accepts, said
):
    laid = {"label": label, "route": route, "accepts": accepts, "approval": "standing"}
    stand = ten_days(build, before=lambda stand: profile(stand, **laid))

    [referral] = about(stand)
    assert referral["reason"].startswith(said)
    assert referral["referral"]["label"] == said.removesuffix(". ")
    assert referral["referral"]["route"] == route
    team = "missing-education team" if route == "cme" else "attendance team"
    assert referral["requested_action"].endswith(f"For your {team}.")


@pytest.mark.parametrize(("deadline", "due"), [("same_school_day", "2026-11-13"), ("next_school_day", "2026-11-16")])
def test_the_authority_says_by_when_it_must_have_left_and_is_answered(build, deadline, due):
    stand = ten_days(build, before=lambda stand: profile(stand, deadline=deadline))

    assert f"{asked(stand).due_on}" == due
    approve(stand)
    assert about(stand)[-1]["respond_by"] == due


def two_teams(key):
    def before(stand):
        profile(stand, approval="standing", extra=f'ten_day_contact = "{key}"\n')
        stand.contacts.append(contact("local_authority", "937", address="attendance@warwickshire.example"))

    return before


def test_the_team_that_the_profile_names_takes_the_referral_and_no_other(build):
    stand = ten_days(build, before=two_teams("attendance@warwickshire.example"))

    [referral] = stand.messages("notice.referral")
    assert referral.address == "attendance@warwickshire.example"
    assert {each.destination for each in stand.messages("notice")} >= {"warwickshire"}


def test_a_team_without_a_contact_is_not_replaced_by_another(build):
    stand = ten_days(build, before=two_teams("cme@warwickshire.example"))

    [dead] = stand.store.messages.dead()
    assert dead.reason == (
        "contacts.csv has no local_authority at cme@warwickshire.example, "
        "the ten_day_contact of the authority's profile: add it"
    )


def test_every_key_of_a_profile_is_used_or_about_its_identity():
    assert set(Authority.model_fields) == {
        *("la_code", "name", "ten_day_label", "ten_day_route", "cme_accepts_enrolled"),
        *("referral_approval", "ten_day_contact", "deadline"),
    }


# --- what a referral says ----------------------------------------------------------------------------------------


def finish(stand, clock, says, **report):
    """Somebody does the task that says so."""
    stand.at(clock)
    [task] = [each for each in stand.store.tasks.open() if each.says.startswith(says)]
    answer = tasking.finish(stand.relay, task.id, Report(by="M Lee", note="the aunt in Leeds says he moved", **report))
    assert answer.is_ok


def test_a_referral_lists_the_enquiries_in_closed_words_and_no_note(build):
    stand = ten_days(build)
    finish(stand, "Fri 2026-11-13 16:01", "Make a welfare check", outcome=Outcome.VISITED_NOBODY_IN)
    finish(stand, "Fri 2026-11-13 16:02", "Change the N", outcome=Outcome.LEFT_MESSAGE, method=Method.CALL)
    stand.at("Fri 2026-11-13 16:05")

    approve(stand)

    referral = about(stand)[-1]
    assert referral["actions"] == [
        {"type": "home_visit", "at": "2026-11-13T16:01:00Z", "by_role": "staff", "outcome": "nobody_in"},
        {"type": "call", "at": "2026-11-13T16:02:00Z", "by_role": "staff", "outcome": "message_left"},
    ]
    assert not [word for word in ("aunt", "Leeds", "M Lee") if word in json.dumps(referral)]


def test_a_visit_that_saw_the_child_says_when_it_was_last_seen(build):
    stand = ten_days(build)
    finish(stand, "Fri 2026-11-13 16:01", "Make a welfare check", outcome=Outcome.VISITED_SEEN)

    approve(stand)

    assert about(stand)[-1]["last_known"] == {
        "seen_at": "2026-11-13T16:01:00Z",
        "by_role": "staff",
        "place_type": "home visit",
    }


def test_a_referral_says_what_is_held_elsewhere_what_counts_and_what_is_incomplete(build):
    stand = build(pupils={"p1": {"la_code": "937", "upn": "", "flags": "looked_after"}, "p2": {}})
    lived(stand, "Mon 2026-11-16", p1="NN NN -- NN*8", p2=r"/\*11")
    approve(stand)

    referral = about(stand)[-1]
    held = {name for name, value in referral["child"].items() if value == {"held_by": "home_school"}}
    assert held == {
        *("upn", "gender", "address", "address_last_confirmed", "parents"),
        *("emergency_contacts", "previous_school"),
    }
    assert (referral["child"]["year_group"], referral["child"]["placed_since"]) == ("10", "2026-10-19")
    assert len(referral["absence"]["codes"]) == 20
    assert {each["code"] for each in referral["absence"]["codes"]} == {"N"}
    assert referral["incomplete"] == [
        "Held by the home school: UPN, address, parents and carers.",
        "2 sessions are not recorded in the registers.",
        "No enquiry is recorded here: ask the home school what was tried.",
        "Whether the child is looked after, has a social worker or special educational needs is not sent: ask us.",
    ]
    assert "looked_after" not in json.dumps(referral)


def test_what_the_authority_was_told_before_is_in_the_history(build):
    with build_receiving(build) as stand:
        approve(stand)

    *before, referral = [event(each)["data"] for each in stand.messages("notice") if each.destination == "warwickshire"]
    assert referral["history"] == {
        "since": "2026-10-19",
        "possible_sessions": 20,
        "missed_sessions": 20,
        "unauthorised_sessions": 20,
        "earlier_notices": [
            {"sent_on": "2026-11-13", "kind": "notification", "notice_ref": each["notice_ref"]} for each in before
        ],
    }


def test_a_child_without_a_home_school_is_asked_about_at_the_authority(build):
    stand = ten_days(build, home_school="", home_school_urn="", arrangement="la_arranged")
    approve(stand)

    assert about(stand)[-1]["child"]["address"] == {"held_by": "responsible_la"}


def test_a_referral_by_email_names_nobody_and_says_what_is_incomplete(build):
    stand = ten_days(build, before=two_teams("attendance@warwickshire.example"))

    [referral] = stand.messages("notice.referral")
    text = mail(referral).get_body(("plain",)).get_content()
    assert "WHAT IS INCOMPLETE" in text
    assert "Approved by the head of provision on Fri 13 Nov 2026" in text
    assert not [name for name in (*CANARY, "2011-03-14") if name in mail(referral).as_string()]

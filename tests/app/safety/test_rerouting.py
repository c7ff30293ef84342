"""Promise 26: a corrected placement takes a notice from whoever should not have had it, and gives it to whoever should."""

import json

import pytest

from tests.app.builders import contact, event, mail

WRONG, RIGHT = "coventry", "warwickshire"


def told_wrongly(stand):
    """Three days of absence, judged and sent while placements.csv names Coventry."""
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.deliver()


def corrected(stand, column="la_code", value="937", at="Thu 2026-11-05 09:45"):
    stand.placements[0][column] = value
    stand.reread()
    stand.judged(at)


def after(stand, seen):
    """List what was enqueued since, but for feeds."""
    return list(stand.told("notice.", "alert")[seen:])


def test_a_corrected_authority_withdraws_from_the_wrong_one_and_tells_the_right_one(stand):
    with stand.receiving():
        told_wrongly(stand)
        seen = len(stand.told("notice.", "alert"))
        corrected(stand)
        stand.deliver()

    assert after(stand, seen) == [
        "notice.withdrawal to coventry delivered",
        "notice.notification to warwickshire delivered",
    ]
    withdrawal, notice = [event(each)["data"] for each in stand.messages("notice")[seen:]]
    assert withdrawal["requested_action"].startswith("This was not meant for you. Please delete")
    assert notice["child"]["responsible_la_code"] == "937"


def test_the_withdrawal_says_nothing_of_the_child_that_was_not_said_before(stand):
    with stand.receiving():
        told_wrongly(stand)
        seen = len(stand.messages("notice."))
        corrected(stand)

    data = event(stand.messages("notice.")[seen])["data"]
    assert data["child"] == {"local_pupil_id": "p1", "placement_ref": "PL-1", "responsible_la_code": "331"}
    assert "absence" not in data
    assert "937" not in json.dumps(data)


def test_done_again_it_adds_nothing(stand):
    with stand.receiving():
        told_wrongly(stand)
        corrected(stand)
        count = len(stand.messages())
        stand.judged("Thu 2026-11-05 12:45")
        stand.deliver()
        stand.judged("Fri 2026-11-06 09:45")

    assert len(stand.messages("notice.")) == len([each for each in stand.messages()[:count] if each.kind[:4] == "noti"])


def test_corrected_there_and_back_everybody_ends_up_as_they_should(stand):
    with stand.receiving():
        told_wrongly(stand)
        seen = len(stand.told("notice.", "alert"))
        corrected(stand)
        stand.deliver()
        corrected(stand, value="331", at="Thu 2026-11-05 12:45")
        stand.deliver()

    assert after(stand, seen) == [
        "notice.withdrawal to coventry delivered",
        "notice.notification to warwickshire delivered",
        "notice.withdrawal to warwickshire delivered",
        "notice.notification to coventry delivered",
    ]


def test_what_has_not_left_is_cancelled_and_goes_to_the_right_one_alone(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    seen = len(stand.told("notice.", "alert"))
    corrected(stand)

    assert after(stand, seen) == ["notice.notification to warwickshire pending"]
    [wrong] = [each for each in stand.messages("notice.") if each.destination == WRONG]
    assert (wrong.state, wrong.reason) == (
        "cancelled",
        "placements.csv was corrected: it was made for somebody who is not the pupil's",
    )


def test_a_dead_letter_for_the_wrong_body_cannot_be_replayed_any_more(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.toml = stand.toml.replace("[limits]", "[limits]\ndelivery_attempts = 1")
    corrected_seen = [each for each in stand.messages("notice.") if each.destination == WRONG]
    corrected(stand)

    assert [stand.store.messages.get(each.id).state for each in corrected_seen] == ["cancelled"]


@pytest.mark.parametrize(
    ("column", "value", "address"),
    [
        pytest.param("home_school_urn", "999002", "office@birch.example", id="another home school"),
        pytest.param("commissioner", "commissioner-2", "two@council.example", id="another commissioner"),
    ],
)
def test_the_same_for_every_body_outside(stand, column, value, address):
    roles = {"home_school_urn": "home_school", "commissioner": "commissioner"}
    stand.contacts.append(contact(roles[column], value, address=address))
    with stand.receiving():
        told_wrongly(stand)
        seen = len(stand.told("notice.", "alert"))
        corrected(stand, column, value)
        stand.deliver()

    [withdrawal, notice] = stand.messages("notice.")[seen:]
    assert (withdrawal.kind, notice.kind, notice.address) == ("notice.withdrawal", "notice.notification", address)
    text = mail(withdrawal).get_body(("plain",)).get_content()
    assert "was sent to you by mistake: the pupil is not one of yours" in " ".join(text.split())
    assert "Please delete it" in " ".join(text.split())
    assert "PL-1" in text


def test_a_body_nobody_can_reach_is_said_and_told_once_it_has_a_contact(stand):
    with stand.receiving():
        told_wrongly(stand)
        corrected(stand, value="860")
        [dead] = [each for each in stand.messages() if each.state == "dead"]
        assert dead.reason == "contacts.csv has no row for role local_authority of organisation 860: add it"

        stand.contacts.append(contact("local_authority", "860", address="cme@staffs.example"))
        stand.reread()
        stand.judged("Thu 2026-11-05 12:45")

    assert stand.told("notice.notification")[-1] == "notice.notification to mail cme@staffs.example pending"


def test_a_case_that_is_over_is_only_taken_back(stand):
    with stand.receiving():
        told_wrongly(stand)
        stand.live("Thu 2026-11-05", p1="//", p2="//")
        seen = len(stand.told("notice.", "alert"))
        corrected(stand, at="Fri 2026-11-06 09:45")

    assert after(stand, seen) == ["notice.withdrawal to coventry pending"]


def test_a_contact_that_left_had_been_told_rightly(stand):
    with stand.receiving():
        told_wrongly(stand)
        seen = len(stand.messages("notice."))
        stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
        stand.contacts.append(contact("commissioner", "commissioner-1", address="new@council.example"))
        stand.reread()
        stand.judged("Thu 2026-11-05 09:45")

    assert len(stand.messages("notice.")) == seen


def test_what_waits_for_a_contact_that_left_goes_to_the_new_one(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
    stand.contacts.append(contact("commissioner", "commissioner-1", address="new@council.example"))
    stand.reread()
    stand.judged("Thu 2026-11-05 09:45")

    told = [each for each in stand.told("notice.") if "council.example" in each]
    assert told == [
        "notice.notification to mail places@council.example cancelled",
        "notice.notification to mail new@council.example pending",
    ]


def test_an_agreement_that_ended_before_it_left_keeps_it_until_it_is_renewed(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    ended = stand.toml.replace('agreement    = "agreement 1"', 'agreement = "1"\nagreement_until = 2026-11-04')
    renewed, stand.toml = stand.toml, ended
    stand.reread()
    with stand.receiving():
        stand.at("Thu 2026-11-05 08:00").deliver()
        assert stand.told("notice.")[0] == "notice.notification to coventry cancelled"
        reasons = [each.reason for each in stand.messages("notice") if each.state == "dead"]
        assert reasons == ["the agreement of destination coventry ended on 2026-11-04: renew it"]

        stand.toml = renewed
        stand.reread()
        stand.judged("Thu 2026-11-05 09:45")
    assert stand.told("notice.")[-1] == "notice.notification to coventry pending"


def test_the_feed_of_the_body_left_behind_gets_tombstones_and_that_of_the_other_the_rows(build):
    stand = build(pupils={"p1": {}, "p2": {"la_code": "937"}})
    stand.live("Mon 2026-11-02", p1="//", p2="//")
    stand.at("Mon 2026-11-02 16:15").decide()
    stand.placements[0]["la_code"] = "937"
    stand.reread()
    stand.at("Tue 2026-11-03 16:15").decide()

    back, forth = (
        [each for each in stand.feeds(name) if each.manifest["mode"] == "correction"] for name in (WRONG, RIGHT)
    )
    assert back[0].column("record_state", "local_pupil_id") == ["withdrawn ", "withdrawn "]
    assert forth[0].column("record_state", "local_pupil_id") == ["current p1", "current p1"]

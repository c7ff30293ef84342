"""The first send to a new address holds no child's data, and nothing about a child follows before it is confirmed."""

import re

import pytest

from app.checking import check
from app.safety.confirming import confirm
from tests.app.builders import contact, mail
from tests.builders import CANARY

NEW = "new@council.example"


@pytest.fixture
def unsure(stand):
    """Coventry's commissioner has an address that nobody has confirmed."""
    stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
    stand.contacts.append(contact("commissioner", "commissioner-1", address=NEW, confirmed_on=""))
    return stand


def absent(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.deliver()


def code_in(stand):
    [asked] = stand.messages("contact.confirm")
    return re.search(r"the code (\S{9})\.", mail(asked).get_content())[1]


def coventrys(stand):
    return [each for each in stand.messages("feed.") if each.destination == "coventry"]


def to_new(stand):
    return [f"{each.kind} {each.state} {each.hold}".rstrip() for each in stand.messages() if each.address == NEW]


def test_a_notice_to_a_new_address_waits_and_the_address_is_asked_without_a_word_about_a_child(unsure):
    with unsure.receiving():
        absent(unsure)

    assert to_new(unsure) == ["notice.notification pending unconfirmed", "contact.confirm delivered"]
    text = unsure.messages("contact.confirm")[0].payload.decode()
    assert not [word for word in ("p1", "PL-1", *CANARY, unsure.placements[0]["upn"]) if word in text]


def test_the_admin_and_the_safeguarding_lead_are_told_the_same_minute(unsure):
    with unsure.receiving():
        absent(unsure)
        unsure.deliver()

    alerts = [each for each in unsure.messages("alert") if "unconfirmed" in each.idempotency_key]
    assert [(each.address, each.state) for each in alerts] == [
        ("it@lane.example", "delivered"),
        ("dsl@lane.example", "delivered"),
    ]
    text = " ".join(mail(alerts[0]).get_content().split())
    assert "1 message, 1 notice among them, waits for 1 recipient at destination mail" in text
    assert "Ring whoever must know today" in text
    assert NEW not in text


def test_the_code_lets_it_leave(unsure):
    with unsure.receiving():
        absent(unsure)
        answer = confirm(unsure.relay, NEW, code=code_in(unsure).lower().replace("-", " "), by="admin")
        unsure.deliver()

    assert answer.sentence == "confirmed for commissioner-1: what waits for it leaves with the next delivery"
    assert to_new(unsure) == ["notice.notification delivered", "contact.confirm delivered"]


def test_a_date_in_the_file_lets_it_leave(unsure):
    with unsure.receiving():
        absent(unsure)
        unsure.contacts[-1]["confirmed_on"] = "2026-11-04"
        unsure.reread()
        unsure.deliver()

    assert to_new(unsure) == ["notice.notification delivered", "contact.confirm delivered"]


@pytest.mark.parametrize(
    ("address", "code", "refused"),
    [
        (NEW, "AAAA-AAAA", "that is not the code that was sent to this address: ask for it again"),
        ("nobody@council.example", "AAAA-AAAA", "contacts.csv has no such address: correct it there first"),
    ],
)
def test_a_wrong_code_confirms_nothing(unsure, address, code, refused):
    with unsure.receiving():
        absent(unsure)
        answer = confirm(unsure.relay, address, code=code, by="admin")
        unsure.deliver()

    assert (answer.is_ok, answer.sentence) == (False, refused)
    assert to_new(unsure)[0] == "notice.notification pending unconfirmed"


def test_an_address_confirmed_for_one_body_is_not_confirmed_for_another(unsure):
    with unsure.receiving():
        absent(unsure)
        confirm(unsure.relay, NEW, code=code_in(unsure), by="admin")
        unsure.contacts[-1]["organisation"] = "commissioner-2"
        unsure.placements[1]["commissioner"] = "commissioner-2"
        unsure.reread()
        unsure.deliver()

    assert len(unsure.messages("contact.confirm")) == 2


def test_everybody_is_asked_once(unsure):
    with unsure.receiving():
        absent(unsure)
        unsure.deliver()
        unsure.at("Thu 2026-11-05 09:30").deliver()

    assert len(unsure.messages("contact.confirm")) == 1


def test_a_feed_waits_until_somebody_says_that_its_destination_is_the_receivers(stand):
    confirmed = stand.toml
    stand.toml = confirmed.replace("agreed_on    = 2026-09-01\nconfirmed_on = 2026-09-01", "agreed_on = 2026-09-01", 1)
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1="//", p2="//")
        stand.at("Mon 2026-11-02 16:15").decide()
        stand.deliver()
        assert {each.hold for each in coventrys(stand)} == {"unconfirmed"}
        assert "delivered" not in {each.state for each in coventrys(stand)}

        stand.toml = confirmed
        stand.reread()
        stand.deliver()
    *morning, evening = coventrys(stand)
    assert {each.state for each in morning} == {"cancelled"}, "the evening tells it all"
    assert (evening.state, evening.hold) == ("delivered", "")


@pytest.mark.parametrize(
    ("agreed", "problem"),
    [
        pytest.param("", "has no agreed_on: give the date of its agreement in relay.toml", id="no date"),
        pytest.param(
            "agreed_on = 2026-09-01\nagreement_until = 2026-11-01\n",
            "of destination coventry ended on 2026-11-01: renew it",
            id="ended",
        ),
    ],
)
def test_a_feed_without_an_agreement_is_not_made_and_is_made_up_for(stand, agreed, problem):
    whole = stand.toml
    stand.toml = whole.replace("agreed_on    = 2026-09-01\n", agreed, 1)
    stand.live("Mon 2026-11-02", p1="//", p2="//")
    [said] = stand.at("Mon 2026-11-02 16:15").decide().problems
    assert problem in said
    assert stand.feeds() == []

    stand.toml = whole
    stand.reread()
    stand.at("Mon 2026-11-02 17:00").decide()
    assert [str(each) for each in stand.feeds()] == ["Mon 2026-11-02 final full_day 4"]


def test_check_names_who_is_not_confirmed_and_whose_confirmation_is_old(unsure):
    unsure.contacts[3]["confirmed_on"] = "2025-06-01"
    found = {f"{each.subject}: {each.message}": each.is_ok for each in check(unsure.at("Mon 2026-11-02 09:00").relay)}

    waits = "nobody has confirmed this recipient: what is about a pupil waits until somebody does"
    assert found[f"contact commissioner of commissioner-1: {waits}"] is None
    old = "was last confirmed on 2025-06-01: ask again whether the address is right"
    assert found[f"contact head_of_provision of lane-provision: {old}"] is None

"""Who gets what about a pupil, and the sentence that says why somebody cannot."""

import pytest

from app.routing import Route, routes
from tests.app.builders import contact
from tests.builders import day

TODAY = day("Mon 2026-11-02")
WORKER = "worker@council.example"


def found(stand, *roles, pupil="p1", on=TODAY):
    """List ``role: destination address``, or the reason."""
    placed = next((each for each in stand.relay.operator.placements if each.pupil_id == pupil), None)
    return [
        f"{each.role}: {each.destination.id} {each.contact.address or ''}".rstrip()
        if isinstance(each, Route)
        else each.reason
        for each in routes(stand.relay.operator, roles, placed, on)
    ]


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("local_authority", "local_authority: coventry"),
        ("commissioner", "commissioner: mail places@council.example"),
        ("home_school", "home_school: mail office@alder.example"),
        ("head_of_provision", "head_of_provision: mail head@lane.example"),
        ("dsl", "dsl: mail dsl@lane.example"),
        ("social_worker", f"social_worker: mail {WORKER}"),
        (
            "education_welfare_officer",
            "contacts.csv has no row for role education_welfare_officer of organisation 331: add it",
        ),
        ("tutor", "contacts.csv has no row for role tutor of organisation lane-provision: add it"),
        ("key_worker", "placements.csv gives pupil p1 no key_worker: add it"),
    ],
)
def test_a_role_becomes_a_contact_or_the_reason_why_not(stand, role, told):
    stand.contacts.append(contact("social_worker", "331", address=WORKER))
    stand.placements[0]["social_worker"] = WORKER

    assert found(stand, role) == [told]


def test_a_childs_data_goes_to_the_childs_own_authority_alone(build):
    stand = build(pupils={"p1": {"la_code": "937"}, "p2": {"la_code": "860"}})

    assert found(stand, "local_authority") == ["local_authority: warwickshire"]
    assert found(stand, "local_authority", pupil="p2") == [
        "contacts.csv has no row for role local_authority of organisation 860: add it"
    ]


def test_everybody_in_a_role_is_told_and_one_address_once(stand):
    stand.contacts += [
        contact("commissioner", "commissioner-1", address="second@council.example"),
        contact("attendance_lead", "lane-provision", address="head@lane.example"),
    ]

    assert found(stand, "commissioner", "head_of_provision", "attendance_lead") == [
        "commissioner: mail places@council.example",
        "commissioner: mail second@council.example",
        "head_of_provision: mail head@lane.example",
    ]


@pytest.mark.parametrize(
    ("on", "told"),
    [
        pytest.param(TODAY, "local_authority: coventry", id="the last day of the agreement"),
        pytest.param(
            day("Tue 2026-11-03"),
            "the agreement of destination coventry ended on 2026-11-02: renew it",
            id="the day after",
        ),
    ],
)
def test_nothing_goes_out_without_an_agreement(stand, on, told):
    stand.toml = stand.toml.replace('agreement    = "agreement 1"', 'agreement = "1"\nagreement_until = 2026-11-02')

    assert found(stand, "local_authority", on=on) == [told]


def test_what_concerns_no_pupil_goes_to_the_provider_only(stand):
    assert found(stand, "head_of_provision", "local_authority", pupil=None) == [
        "head_of_provision: mail head@lane.example",
        "a notice that concerns no pupil cannot go to role local_authority: take the role out of the rule",
    ]


def test_a_pupil_without_a_commissioner_is_told_of_by_id(build):
    stand = build(pupils={"p1": {"commissioner": ""}})

    assert found(stand, "commissioner") == ["placements.csv gives pupil p1 no commissioner: add it"]

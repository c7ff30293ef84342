"""`check --pupil`: who is told what about a pupil, before anybody is told."""

import json

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.safety.fields import of_notice
from app.safety.route_test import RouteTest, Unknown
from outbox.messages import CLOUD_EVENT, EMAIL
from outbox.notice import Kind
from tests.app.builders import contact


def told(stand, rule="three-days-absent", pupil="p1"):
    return RouteTest(relay=stand.at("Mon 2026-11-02 09:00").relay, pupil_id=pupil, rule=rule).told()


def test_each_recipient_has_a_line_with_its_legal_basis_and_agreement(stand):
    assert [(each["role"], each["organisation"], each["by"], each["to"]) for each in told(stand)] == [
        ("local_authority", "331", "coventry", ""),
        ("commissioner", "commissioner-1", "mail", "p...@council.example"),
        ("home_school", "999001", "mail", "o...@alder.example"),
    ]
    first = told(stand)[0]
    assert (first["legal_basis"], first["agreement"], str(first["agreed_on"])) == (
        "public task",
        "agreement 4",
        "2026-09-01",
    )


def test_who_cannot_be_told_has_the_reason(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
    stand.contacts.append(contact("commissioner", "commissioner-1", address="new@council.example", confirmed_on=""))
    stand.contacts = [each for each in stand.contacts if each["role"] != "home_school"]

    assert [each["waits_for"] for each in told(stand)] == [
        None,
        "unconfirmed",
        "contacts.csv has no row for role home_school of organisation 999001: add it",
    ]


@pytest.mark.parametrize(
    ("kind", "form", "has", "has_not"),
    [
        (Kind.NOTIFICATION, EMAIL, {"pupil id", "placement reference", "reason in words"}, {"UPN", "name", "flags"}),
        (Kind.NOTIFICATION, CLOUD_EVENT, {"UPN", "codes of the sessions missed"}, {"name", "date of birth", "parents"}),
        (Kind.REFERRAL, CLOUD_EVENT, {"UPN", "name", "date of birth", "parents", "address"}, set()),
        (Kind.REFERRAL, EMAIL, {"pupil id"}, {"UPN", "name", "date of birth", "parents", "address"}),
        (Kind.WITHDRAWAL, EMAIL, {"reason in words"}, {"UPN", "name", "parents"}),
    ],
)
def test_the_facts_are_read_off_what_is_composed(stand, kind, form, has, has_not):
    facts = set(of_notice(kind, form, stand.relay.templates))

    assert has <= facts
    assert not has_not & facts


def test_the_feeds_of_a_pupil_are_listed_with_their_columns(stand):
    [feed] = RouteTest(relay=stand.relay, pupil_id="p1").feeds()

    assert (feed["by"], feed["profile"], feed["waits_for"]) == ("coventry", "minimal", None)
    assert "upn" in feed["fields"]
    assert "surname" not in feed["fields"]


@pytest.mark.parametrize(
    ("pupil", "rule", "said"),
    [
        ("nobody", None, "pupil nobody: placements.csv has no such pupil_id"),
        ("p1", "no-rule", "--stage no-rule: policy lane has no such rule; there are "),
    ],
)
def test_what_is_not_there_is_said(stand, pupil, rule, said):
    with pytest.raises(Unknown) as unknown:
        told(stand, rule, pupil)

    assert str(unknown.value).startswith(said)


def test_the_command_prints_a_table_and_json(stand, monkeypatch):
    stand.write()
    monkeypatch.setenv("ATTENDANCE_RELAY_DATABASE", str(stand.folder / "relay.db"))
    monkeypatch.setenv("ATTENDANCE_RELAY_SECRETS_DIR", str(stand.folder / "secrets"))
    given = ["check", "--config", str(stand.operator), "--pupil", "p1", "--stage", "three-days-absent"]

    shown, as_json = CliRunner().invoke(cli, given), CliRunner().invoke(cli, [*given, "--json"])

    assert (shown.exit_code, as_json.exit_code) == (0, 0)
    assert "coventry" in as_json.stdout
    assert [each["role"] for each in json.loads(as_json.stdout)["told"]] == [
        "local_authority",
        "commissioner",
        "home_school",
    ]

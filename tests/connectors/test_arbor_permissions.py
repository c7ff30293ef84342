"""What a check of Arbor finds: each permission by its name, and a silent refusal told apart from an empty list."""

import pytest

from app.demo.platforms.server import Fault, FaultKind
from connectors.arbor import Settings, connect
from connectors.base import Patience, Surroundings
from tests.connectors.worlds import MORNING_AFTER, SmallWorld

RECORDS, MARKS, UPNS = "AttendanceRollCallRecord", "AttendanceMark", "UkDfe_UpnAssignment"


@pytest.fixture
def world():
    return SmallWorld().add("4001", "Mon 2026-03-09", r"/\ ")


@pytest.fixture
def check(arbor):
    def run(**settings):
        patience = Patience(attempts=2, silence=0.3)
        around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, patience=patience)
        settings = {"username": "relay", "password": "simulated"} | settings
        connector = connect(Settings(address=arbor.address, **settings), around)
        found = {finding.subject: finding for finding in connector.check()}
        connector.close()
        return found

    return run


def asked_of(server):
    return [asked for asked in server.asked if asked.method == "POST"]


def test_a_healthy_school_is_asked_once_for_each_entity(arbor, check):
    found = check()

    assert {subject: finding.ok for subject, finding in found.items()} == {
        RECORDS: True,
        MARKS: True,
        UPNS: True,
        "change log": True,
    }
    assert len(asked_of(arbor)) == 3


@pytest.mark.parametrize(
    ("withheld", "subject", "named"),
    [
        ({"AttendanceRollCallRecord"}, RECORDS, "AttendanceRollCallRecord"),
        ({"AttendanceRollCallRecord.minutesLate"}, RECORDS, "AttendanceRollCallRecord minutesLate"),
        ({"UkDfe_UpnAssignment"}, UPNS, "UkDfe_UpnAssignment"),
        (
            {"UkDfe_UpnAssignment.upn", "UkDfe_UpnAssignment.isTemporary"},
            UPNS,
            "UkDfe_UpnAssignment upn, UkDfe_UpnAssignment isTemporary",
        ),
        ({"AttendanceMark.attendanceMark"}, MARKS, "AttendanceMark attendanceMark"),
        ({"AttendanceMark.attendanceMark"}, RECORDS, "AttendanceMark attendanceMark"),
        (
            {"AttendanceRegisterType"},
            RECORDS,
            "AttendanceRegisterType isMorning, AttendanceRegisterType isAfternoon",
        ),
        ({"Student"}, RECORDS, "Student id"),
    ],
    ids=lambda value: " ".join(sorted(value)) if isinstance(value, set) else "",
)
def test_every_permission_that_is_missing_is_named_and_no_other(ways, check, withheld, subject, named):
    ways.withheld |= withheld

    finding = check()[subject]

    assert not finding.ok
    assert finding.message == (
        f"this application may not read {named}: ask the school to grant it where it approved it"
    )


def test_what_is_granted_is_fine_beside_what_is_not(ways, check):
    ways.withheld.add("AttendanceMark.code")

    assert {subject: finding.ok for subject, finding in check().items()} == {RECORDS: False, MARKS: False, UPNS: True}


@pytest.mark.parametrize("entity", [RECORDS, MARKS, UPNS])
def test_an_entity_that_is_empty_although_there_are_pupils_may_lack_its_permission(ways, check, entity):
    ways.silent.add(entity)

    finding = check()[entity]

    assert not finding.ok
    assert f"none came although there are pupils: ask the school to grant {entity}" in finding.message


def test_a_school_without_a_pupil_is_told_from_one_that_withholds_its_registers(ways, check):
    ways.silent |= {RECORDS, UPNS, "Student"}

    assert check()[RECORDS].message == (
        f"AM and PM marks: none came, and no pupil: ask the school to grant {RECORDS} and Student to this application"
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [("401", "refuses the credential (401)"), ("403", "whether it has withdrawn the access")],
)
def test_a_refused_credential_and_a_withdrawn_access_are_told_apart_and_not_tried_again(arbor, check, status, said):
    arbor.faults += [Fault(FaultKind.STATUS, status)] * 9

    found = check()

    assert list(found) == [RECORDS]
    assert said in found[RECORDS].message
    assert len(arbor.asked) == 1


def test_an_ailing_platform_says_nothing_about_permissions(arbor, check):
    arbor.faults += [Fault(FaultKind.DOWN)] * 2

    found = check()

    assert (found[RECORDS].ok, found[MARKS].ok) == (False, True)
    assert "503" in found[RECORDS].message


def test_a_change_log_that_cannot_be_used_is_said_and_stops_nothing(arbor, check):
    arbor.faults += [None, None, None, Fault(FaultKind.REFUSED)]

    log = check()["change log"]

    assert log.ok
    assert "cannot be used, so late corrections come when their days are read again" in log.message


def test_a_change_log_that_is_switched_off_is_not_asked(arbor, check):
    assert "change log" not in check(change_log=False)

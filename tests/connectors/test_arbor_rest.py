"""Arbor's REST: references without content, and answers that say no more than they may."""

import httpx
import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.server import Fault, FaultKind
from connectors.arbor_rest import Reference, Rest
from connectors.base import Malformed, Patience, Rejected, Surroundings, Unavailable
from connectors.http import Auth, Client
from tests.connectors.worlds import MORNING_AFTER, SmallWorld


@pytest.fixture
def arbor():
    world = SmallWorld().add("4001", "Mon 2026-03-09", r"/\ ", late=7).add("4002", "Mon 2026-03-09", "--")
    with simulate_arbor(world, "S") as server:
        yield server


@pytest.fixture
def rest(arbor):
    around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, patience=Patience(attempts=1, silence=0.3))
    client = Client(arbor.address, around, auth=Auth("relay", "simulated"))
    yield Rest(client)
    client.close()


def test_a_record_comes_with_references_and_a_date_inside_an_object(rest):
    record = rest.record("900001")

    assert (record.student.id, record.attendance_mark.id, record.attendance_roll_call.id) == ("4001", "PRESENT", "1")
    assert (record.record_date.date, record.minutes_late) == ("2026-03-09 00:00:00", 7)


def test_a_record_without_a_mark_has_none(rest):
    assert rest.record("900003").attendance_mark is None


def test_a_record_that_is_not_there_is_none(rest):
    assert rest.record("1") is None


def test_a_record_that_is_gone_by_its_body_alone_is_none(arbor, rest):
    arbor.faults += [Fault(FaultKind.BODY_STATUS, "404")]

    assert rest.record("900001") is None


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(FaultKind.EMPTY), Malformed),
        (Fault(FaultKind.HTML), Malformed),
        (Fault(FaultKind.HALF_JSON), Malformed),
        (Fault(FaultKind.STATUS, "422"), Malformed),
        (Fault(FaultKind.BODY_STATUS, "200"), Malformed),
        (Fault(FaultKind.BODY_STATUS, "401"), Rejected),
        (Fault(FaultKind.REFUSED), Rejected),
        (Fault(FaultKind.TOO_MANY, "5"), Unavailable),
        (Fault(FaultKind.TRUNCATED), Unavailable),
    ],
    ids=lambda value: f"{value.kind} {value.value}" if isinstance(value, Fault) else "",
)
def test_an_answer_that_is_no_record_is_never_taken_for_one(arbor, rest, fault, failure):
    arbor.faults += [fault]

    with pytest.raises(failure):
        rest.record("900001")


@pytest.mark.parametrize(
    ("href", "number"),
    [
        ("/rest-v2/students/4001", "4001"),
        ("/rest-v2/students/4001/", "4001"),
        ("https://elsewhere.example/rest-v2/students/4001", "4001"),
        ("/rest-v2/attendance-marks/PRESENT", "PRESENT"),
    ],
)
def test_only_the_id_of_a_reference_is_used(href, number):
    assert Reference(href).id == number


@pytest.mark.parametrize("href", ["", "/rest-v2/students/..", "/rest-v2/students/1?format=xml", "/rest-v2/a b"])
def test_a_reference_that_ends_in_no_id_is_malformed(href):
    with pytest.raises(Malformed, match="ends in no id"):
        _ = Reference(href).id


def test_the_simulated_lists_hold_references_and_nothing_else(arbor):
    answer = httpx.get(
        f"{arbor.address}/rest-v2/attendance-roll-call-records",
        params={"page-number": "2", "page-size": "3"},
        auth=("relay", "simulated"),
    )

    assert answer.json() == {
        "attendanceRollCallRecords": [
            {"entityType": "AttendanceRollCallRecord", "href": "/rest-v2/attendance-roll-call-records/900004"}
        ]
    }

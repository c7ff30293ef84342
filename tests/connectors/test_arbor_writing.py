"""Marks written into Arbor: each row has its own answer, and a change stands only when the roll call shows it."""

from contextlib import contextmanager

import msgspec
import pytest
import respx

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.arbor_ways import ArborWays
from app.demo.platforms.server import Fault, FaultKind
from connectors.arbor import Settings, connect
from connectors.base import Change, Malformed, Patience, Rejected, Surroundings, Unavailable, Writing, Written
from tests.builders import session
from tests.connectors.rigs import WEEK
from tests.connectors.worlds import MORNING_AFTER, SmallWorld, brought

MONDAY_AM, TUESDAY_PM = session("Mon 2026-03-09 AM"), session("Tue 2026-03-10 PM")
TAKEN, DONE, REFUSED = Writing.TAKEN, Writing.DONE, Writing.REFUSED
#: What the writer reads once before it writes: the list of marks and the roll calls, a page and an empty one each.
LISTS_FIRST = (None,) * 4


@contextmanager
def connected(address):
    settings = Settings(address=address, username="relay", password="simulated")
    around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, patience=Patience(attempts=2, silence=0.3))
    connector = connect(settings, around)
    yield connector
    connector.close()


@pytest.fixture
def ways():
    return ArborWays()


@pytest.fixture
def arbor(ways):
    world = SmallWorld().add("4001", "Mon 2026-03-09", r"N\ /N").add("4002", "Mon 2026-03-09", r"NN /\ ")
    with simulate_arbor(world, "S", ways=ways) as server:
        yield server


@pytest.fixture
def connector(arbor):
    with connected(arbor.address) as connector:
        yield connector


def change(pupil, at, code, reference=None):
    return Change(reference=reference or f"{pupil}-{code}", platform_id=pupil, session=at, code=code)


def states(written):
    return {each.reference: each.state for each in written}


def posted(server):
    return [msgspec.json.decode(asked.body) for asked in server.asked if asked.path.startswith("/rest-v2/")]


def test_a_change_is_taken_and_then_stands(arbor, connector):
    taken = connector.write([change("4001", MONDAY_AM, "O"), change("4002", MONDAY_AM, "I")])

    assert states(taken) == {"4001-O": TAKEN, "4002-I": TAKEN}
    assert states(connector.follow(taken)) == {"4001-O": DONE, "4002-I": DONE}
    assert ("4001", MONDAY_AM, "O") in brought(connector.pull(WEEK, seen=lambda _: None))


def test_a_row_names_pupil_mark_day_and_roll_call(arbor, connector):
    connector.write([change("4001", TUESDAY_PM, "O")])

    assert posted(arbor) == [
        {
            "request": {
                "marks": [
                    {
                        "student": {"entityType": "Student", "href": "/rest-v2/students/4001"},
                        "attendanceMark": {"entityType": "AttendanceMark", "href": "/rest-v2/attendance-marks/MARK_O"},
                        "recordDate": "2026-03-10 00:00:00",
                        "rollCall": {"entityType": "AttendanceRollCall", "href": "/rest-v2/attendance-roll-calls/2"},
                    }
                ]
            }
        }
    ]


def test_writing_the_same_mark_twice_does_no_harm(connector):
    changes = [change("4001", MONDAY_AM, "O")]

    connector.write(changes)

    assert states(connector.follow(connector.write(changes))) == {"4001-O": DONE}


def test_a_stroke_stands_whichever_way_it_leans(connector):
    assert states(connector.follow(connector.write([change("4001", MONDAY_AM, "/", "stroke")]))) == {"stroke": DONE}


def test_a_row_that_arbor_refuses_leaves_its_neighbours_alone(connector):
    written = connector.write([change("4999", MONDAY_AM, "O"), change("4001", MONDAY_AM, "O")])

    assert states(written) == {"4999-O": REFUSED, "4001-O": TAKEN}
    assert written[0].reason == "Arbor refused it with 1 errors: look at the session in Arbor, and enter it there"


def test_a_code_that_arbor_has_no_mark_for_is_refused_before_anything_is_asked(arbor, connector):
    written = connector.write([change("4001", MONDAY_AM, "Y7")])

    assert [(each.state, each.reason) for each in written] == [
        (REFUSED, "Arbor's list has 0 marks for Y7: enter it in Arbor")
    ]
    assert posted(arbor) == []


def test_two_roll_calls_of_a_morning_are_no_guess(ways, connector):
    morning = {"isMorning": True, "isAfternoon": False}
    ways.tables["AttendanceRollCall"] = [{"id": n, "attendanceRegisterType": morning} for n in ("1", "3")]

    [written] = connector.write([change("4001", MONDAY_AM, "O")])

    assert (written.state, written.reason) == (REFUSED, "Arbor has 2 roll calls for AM: enter it in Arbor")


@pytest.mark.parametrize("whole", [False, True], ids=["each row is refused", "the whole is refused"])
def test_an_application_that_may_not_write_the_roll_call_is_told_so(arbor, ways, connector, whole):
    ways.may_write = whole
    if whole:
        arbor.faults += [*LISTS_FIRST, Fault(FaultKind.REFUSED)]

    [written] = connector.write([change("4001", MONDAY_AM, "O")])

    assert written.state is REFUSED
    assert written.reason.startswith("this application may not write roll-call marks")


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(FaultKind.DOWN), Unavailable),
        (Fault(FaultKind.STATUS, "401"), Rejected),
        (Fault(FaultKind.BODY_STATUS, "401"), Rejected),
        (Fault(FaultKind.HTML), Malformed),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_failure_of_the_whole_is_raised_and_none_counts(arbor, connector, fault, failure):
    arbor.faults += [*LISTS_FIRST, fault, fault]

    with pytest.raises(failure):
        connector.write([change("4001", MONDAY_AM, "O")])


def test_an_answer_that_does_not_tell_of_each_row_is_settled_by_reading_again(arbor, connector):
    arbor.faults += [*LISTS_FIRST, Fault(FaultKind.EMPTY)]

    taken = connector.write([change("4001", MONDAY_AM, "O")])

    assert states(taken) == {"4001-O": TAKEN}
    [judged] = connector.follow(taken)
    assert (judged.state, judged.reason) == (
        REFUSED,
        "Arbor took it and shows N instead of O: look at the lessons around the session",
    )


def test_a_session_without_a_record_does_not_stand(connector):
    receipt = "4001 2026-03-16 AM O"

    [judged] = connector.follow([Written(reference="gone", state=TAKEN, receipt=receipt)])

    assert judged.reason == "Arbor took it and shows no mark instead of O: look at the lessons around the session"


def test_many_changes_go_in_parts(arbor, connector):
    connector.write([change("4001", MONDAY_AM, "O", str(number)) for number in range(51)])

    assert [len(each["request"]["marks"]) for each in posted(arbor)] == [50, 1]


def test_no_word_of_the_platform_is_repeated():
    lists = {
        "AttendanceMark": [{"id": "X", "code": "X", "attendanceMark": "O"}],
        "AttendanceRollCall": [{"id": "1", "attendanceRegisterType": {"isMorning": True}}],
    }

    def answer(request):
        entity = msgspec.json.decode(request.content)["query"].split("(")[0].strip("{ ")
        return respx.MockResponse(json={"data": {entity: lists[entity]}})

    refusal = {"results": [{"status": {"success": False, "errors": ["Ottoline Quillfeather is not in school"]}}]}
    with respx.mock(base_url="https://school.uk.arbor.sc") as router:
        router.post("/graphql/query").mock(side_effect=answer)
        router.post("/rest-v2/attendance-roll-call-registration").respond(422, json=refusal)
        with connected("https://school.uk.arbor.sc") as connector:
            [written] = connector.write([change("4001", MONDAY_AM, "O")])

    assert written.state is REFUSED
    assert "Quillfeather" not in written.reason

"""Arbor: pages from 0, statutory marks alone, UPNs of the day, and every way in which its answers mislead."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
import pytest
import respx

from app.demo.platforms.server import Fault, FaultKind
from app.demo.platforms.world import UpnSpell
from connectors.arbor import Settings, connect
from connectors.base import Malformed, Patience, Rejected, Surroundings, Unavailable, Window
from tests.builders import session, upn
from tests.connectors.rigs import WEEK
from tests.connectors.worlds import MORNING_AFTER, brought, expected

FOREVER = 30
#: The two questions about UPNs, one page and an empty one, come before those about marks.
UPNS_FIRST = (None, None)


@pytest.fixture
def pull(arbor):
    """Pull the week in pages of ten, seven pages of marks; further settings by name."""
    opened = []

    def run(window=WEEK, **settings):
        plain = {"username": "relay", "password": "simulated", "page_size": 10, "change_log": False}
        raw = {"address": arbor.address} | plain | settings
        patience = Patience(attempts=2, silence=0.3)
        around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, patience=patience)
        opened.append(connect(msgspec.convert(raw, Settings), around))
        return opened[-1].pull(window, seen=lambda _: None)

    yield run
    for connector in opened:
        connector.close()


def questions(server):
    return [msgspec.json.decode(asked.body)["query"] for asked in server.asked]


# Pages ---------------------------------------------------------------------------------------------------------------


def test_pages_are_asked_from_zero_until_one_brings_nothing(arbor, world, pull):
    pulled = pull()

    records = [query for query in questions(arbor) if "AttendanceRollCallRecord(" in query]
    assert [f"page_num: {number}, page_size: 10" in query for number, query in enumerate(records)] == [True] * 8
    assert brought(pulled) == expected(world)
    assert pulled.is_whole


@pytest.mark.parametrize("size", [1, 3, 7, 69, 70, 71, 500])
def test_the_size_of_a_page_changes_nothing(world, pull, size):
    pulled = pull(page_size=size)

    assert brought(pulled) == expected(world)
    assert pulled.is_whole


@pytest.mark.parametrize("size", [3, 69, 70, 500])
def test_a_server_that_counts_from_one_loses_nothing_and_repeats_nothing(world, ways, pull, size):
    ways.first_page = 1

    pulled = pull(page_size=size)

    assert brought(pulled) == expected(world)
    assert (pulled.is_whole, pulled.remarks) == (True, ())


def test_a_server_that_gives_the_first_page_for_ever_ends_the_pull_and_the_window_is_not_whole(world, ways, pull):
    ways.first_page = 1000

    pulled = pull()

    assert len(pulled.marks) == 10
    assert not pulled.is_whole


def test_ten_minutes_of_silence_in_the_morning_pass(world, ways, pull):
    morning = datetime(2026, 3, 16, 8, 55, tzinfo=UTC)
    ways.down = (morning, morning + timedelta(minutes=10))
    world.now = morning + timedelta(minutes=9)
    with pytest.raises(Unavailable, match="503"):
        pull()

    world.now += timedelta(minutes=1)

    assert brought(pull()) == expected(world)


def test_memory_does_not_grow_with_the_pages_beyond_the_marks_they_bring():
    """Registers not taken bring no mark: what is left of each record is its id, to know it again by."""

    def page(request):
        query = msgspec.json.decode(request.content)["query"]
        entity, number = query.split("(")[0].strip("{ "), int(query.partition("page_num: ")[2].partition(",")[0])
        first = number * 100 if entity == "AttendanceRollCallRecord" and number < pages else None
        rows = [] if first is None else [record(id=str(first + n), attendanceMark=None) for n in range(100)]
        return httpx.Response(200, json={"data": {entity: rows}})

    def peak():
        around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, transport=httpx.MockTransport(page))
        settings = Settings(address="https://school.uk.arbor.sc", username="relay", password="x", change_log=False)
        connector = connect(settings, around)
        tracemalloc.start()
        connector.pull(WEEK, seen=lambda _: None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        connector.close()
        return most

    pages = 2
    peak()
    few, pages = peak(), 42
    many = peak()

    # A body of a hundred records has 24,000 bytes.
    assert (many - few) / 40 < 5_000


def test_a_server_that_gives_smaller_pages_than_asked_for_loses_nothing(arbor, world, pull):
    arbor.faults += [Fault(FaultKind.SMALL_PAGES, "4")] * FOREVER

    assert brought(pull()) == expected(world)


def test_a_record_that_comes_on_two_pages_is_one_mark_and_the_window_is_not_whole(arbor, world, pull):
    arbor.faults += [*UPNS_FIRST, None, *[Fault(FaultKind.DRIFT, "-2")] * FOREVER]

    pulled = pull()

    assert brought(pulled) == expected(world)
    assert not pulled.is_whole
    assert [row.reason[:29] for row in pulled.remarks] == ["2 records came on two pages, "]


def test_a_page_that_brings_nothing_new_ends_the_pull_and_the_window_is_not_whole(arbor, pull):
    arbor.faults += [*UPNS_FIRST, None, None, Fault(FaultKind.REPEATED_PAGE)]

    pulled = pull()

    assert len(pulled.marks) == 20
    assert not pulled.is_whole
    assert "10 records came on two pages" in pulled.remarks[0].reason


def test_a_short_last_page_that_is_repeated_for_ever_has_not_moved(arbor, world, pull):
    arbor.faults += [*UPNS_FIRST, None, Fault(FaultKind.REPEATED_PAGE)]

    pulled = pull(page_size=100)

    assert brought(pulled) == expected(world)
    assert pulled.is_whole


def test_pages_without_end_are_malformed(pull):
    with pytest.raises(Malformed, match="more than 3 pages of AttendanceRollCallRecord"):
        pull(max_pages=3)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(FaultKind.TOO_MANY), Unavailable),
        (Fault(FaultKind.DOWN), Unavailable),
        (Fault(FaultKind.TRUNCATED), Unavailable),
        (Fault(FaultKind.HANG, "1"), Unavailable),
        (Fault(FaultKind.HALF_JSON), Malformed),
        (Fault(FaultKind.HTML), Malformed),
        (Fault(FaultKind.EMPTY), Malformed),
        (Fault(FaultKind.PARTIAL), Malformed),
        (Fault(FaultKind.STATUS, "422"), Malformed),
        (Fault(FaultKind.BODY_STATUS, "404"), Malformed),
        (Fault(FaultKind.BODY_STATUS, "503"), Unavailable),
        (Fault(FaultKind.BODY_STATUS, "401"), Rejected),
        (Fault(FaultKind.STATUS, "403"), Rejected),
        (Fault(FaultKind.REFUSED), Rejected),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_failure_on_a_late_page_leaves_nothing_of_the_pull(arbor, pull, fault, failure):
    arbor.faults += [*UPNS_FIRST, None, None, fault, fault]

    with pytest.raises(failure):
        pull()


def test_a_refusal_that_comes_as_a_web_page_is_still_a_refusal():
    with respx.mock() as router:
        router.post("https://school.uk.arbor.sc/graphql/query").respond(403, html="<html>Forbidden</html>")
        connector = connect(
            Settings(address="https://school.uk.arbor.sc", username="relay", password="x"),
            Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None),
        )
        with pytest.raises(Rejected, match=r"refuses it \(403\)"):
            connector.pull(WEEK, seen=lambda _: None)
        connector.close()


@pytest.mark.parametrize("kind", [FaultKind.TOO_MANY, FaultKind.DOWN, FaultKind.TRUNCATED])
def test_a_passing_fault_on_a_late_page_costs_nothing(arbor, world, pull, kind):
    arbor.faults += [*UPNS_FIRST, None, None, Fault(kind)]

    assert brought(pull()) == expected(world)


# Permissions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "named"),
    [
        ("AttendanceRollCallRecord", "AttendanceRollCallRecord"),
        ("AttendanceRollCallRecord.minutesLate", "AttendanceRollCallRecord minutesLate"),
        ("Student", "Student"),
        ("AttendanceRegisterType.isMorning", "isMorning AttendanceRegisterType"),
        ("something of Ottoline's", "AttendanceRollCallRecord"),
    ],
)
def test_a_missing_permission_is_named_in_our_own_words_alone(arbor, pull, refused, named):
    arbor.faults += [*UPNS_FIRST, Fault(FaultKind.REFUSED, refused)]

    with pytest.raises(Rejected, match=f"does not let this application read {named}: ask the school"):
        pull()


# The window ----------------------------------------------------------------------------------------------------------


def test_the_first_and_the_last_day_are_in_the_window_and_the_days_beside_it_are_not(world, pull):
    tuesday = date(2026, 3, 10)

    pulled = pull(Window(first=tuesday, last=tuesday))

    assert brought(pulled) == expected(world, tuesday, tuesday)
    assert pulled.unreadable == ()


def test_records_outside_the_window_are_dropped_and_counted(arbor, world, pull):
    arbor.faults += [*UPNS_FIRST, *[Fault(FaultKind.UNFILTERED)] * FOREVER]
    tuesday = date(2026, 3, 10)

    pulled = pull(Window(first=tuesday, last=tuesday))

    assert brought(pulled) == expected(world, tuesday, tuesday)
    assert [row.reason.split(" and ")[0] for row in pulled.remarks] == [
        "28 records outside 2026-03-10 to 2026-03-10 came"
    ]


def test_a_correction_comes_with_the_next_pull(world, pull):
    monday = session("Mon 2026-03-09 AM")
    world.correct("4003", monday, "M", datetime(2026, 3, 16, 9, tzinfo=UTC))

    before = pull()
    world.now = datetime(2026, 3, 16, 10, tzinfo=UTC)

    assert ("4003", monday, "/") in brought(before)
    assert ("4003", monday, "M") in brought(pull())


# UPNs ----------------------------------------------------------------------------------------------------------------


def test_each_mark_bears_the_upn_of_its_own_day(world, pull):
    temporary, permanent = upn(4099, temporary=True), upn(4099)
    spells = (
        UpnSpell(temporary, is_temporary=True, start=date(2025, 9, 1), end=date(2026, 3, 10)),
        UpnSpell(permanent, start=date(2026, 3, 11)),
    )
    world.add("4099", "Mon 2026-03-09", r"/\ /\ /\ ", history=spells)

    pulled = pull()

    held = {mark.session.day.isoformat(): mark.upn for mark in pulled.marks if mark.platform_id == "4099"}
    assert held == {"2026-03-09": temporary, "2026-03-10": temporary, "2026-03-11": permanent}
    rows = [pupil for pupil in pulled.pupils if pupil.platform_id == "4099"]
    assert [(row.upn, row.is_temporary, row.start, row.end) for row in rows] == [
        (temporary, True, date(2025, 9, 1), date(2026, 3, 10)),
        (permanent, False, date(2026, 3, 11), None),
    ]


@pytest.mark.parametrize(
    ("spells", "held"),
    [
        ((), None),
        ((UpnSpell(upn(4099), start=date(2026, 3, 10)),), None),
        ((UpnSpell(upn(4099), end=date(2026, 3, 8)),), None),
        ((UpnSpell(upn(1), start=date(2020, 9, 1)), UpnSpell(upn(2), start=date(2024, 9, 1))), upn(2)),
        ((UpnSpell(upn(1), start=date(2020, 9, 1)), UpnSpell("T", is_temporary=True, start=date(2024, 9, 1))), upn(1)),
    ],
    ids=["never had one", "not yet", "no longer", "the later one", "the permanent one"],
)
def test_which_upn_a_day_has(world, pull, spells, held):
    world.add("4099", "Mon 2026-03-09", "/-", history=spells)

    assert [mark.upn for mark in pull().marks if mark.platform_id == "4099"] == [held]


# Records as they come ------------------------------------------------------------------------------------------------


def record(**fields):
    plain = {
        "id": "1",
        "recordDate": "2026-03-12",
        "student": {"id": "5120"},
        "attendanceRollCall": {"attendanceRegisterType": {"isMorning": True, "isAfternoon": False}},
        "attendanceMark": {"code": "PRESENT", "attendanceMark": "/"},
        "minutesLate": None,
    }
    return plain | fields


def pull_records(*records, marks=()):
    """Pull what Arbor says in so many words; the mark list is asked only where a record needs it."""
    answers = {"AttendanceRollCallRecord": list(records), "UkDfe_UpnAssignment": [], "AttendanceMark": list(marks)}

    def answer(request):
        entity = msgspec.json.decode(request.content)["query"].split("(")[0].strip("{ ")
        return respx.MockResponse(json={"data": {entity: answers[entity]}})

    with respx.mock(base_url="https://school.uk.arbor.sc") as router:
        router.post("/graphql/query").mock(side_effect=answer)
        connector = connect(
            Settings(address="https://school.uk.arbor.sc", username="relay", password="x", change_log=False),
            Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None),
        )
        pulled = connector.pull(WEEK, seen=lambda _: None)
        connector.close()
        asked = [msgspec.json.decode(call.request.content)["query"] for call in router.calls]
    assert asked
    return pulled, asked


AFTERNOON = {"attendanceRegisterType": {"isMorning": False, "isAfternoon": True}}


@pytest.mark.parametrize(
    ("fields", "mark"),
    [
        ({}, ("5120", "Thu 2026-03-12 AM", "/", None)),
        ({"attendanceRollCall": AFTERNOON}, ("5120", "Thu 2026-03-12 PM", "/", None)),
        (
            {"attendanceRollCall": {"attendanceRegisterType": {"isAfternoon": True}}},
            ("5120", "Thu 2026-03-12 PM", "/", None),
        ),
        ({"student": {"id": 5120}, "id": 1}, ("5120", "Thu 2026-03-12 AM", "/", None)),
        ({"recordDate": "2026-03-12 00:00:00"}, ("5120", "Thu 2026-03-12 AM", "/", None)),
        (
            {"recordDate": {"entityType": "date", "date": "2026-03-12 00:00:00"}},
            ("5120", "Thu 2026-03-12 AM", "/", None),
        ),
        (
            {"attendanceMark": {"code": "LATE", "attendanceMark": "L"}, "minutesLate": 12},
            ("5120", "Thu 2026-03-12 AM", "L", 12),
        ),
        ({"attendanceMark": {"code": "PRESENT", "attendanceMark": "C1"}}, ("5120", "Thu 2026-03-12 AM", "C1", None)),
    ],
)
def test_a_record_becomes_a_mark(fields, mark):
    pulled, _ = pull_records(record(**fields))

    platform_id, at, code, late = mark
    assert [(m.platform_id, m.session, m.code, m.minutes_late) for m in pulled.marks] == [
        (platform_id, session(at), code, late)
    ]
    assert pulled.marks[0].where == "page 0 id 1"


def test_a_record_without_a_mark_is_a_register_not_taken():
    pulled, _ = pull_records(record(attendanceMark=None))

    assert (pulled.marks, pulled.unreadable, pulled.is_whole) == ((), (), True)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"student": None}, "it names no pupil"),
        ({"recordDate": None}, "its date is missing"),
        ({"recordDate": "soon"}, "its date is missing or is none"),
        ({"attendanceRollCall": None}, "its roll call is neither"),
        ({"attendanceRollCall": {"attendanceRegisterType": None}}, "its roll call is neither"),
        (
            {"attendanceRollCall": {"attendanceRegisterType": {"isMorning": True, "isAfternoon": True}}},
            "its roll call is neither",
        ),
        ({"attendanceMark": {"code": None, "attendanceMark": None}}, "its mark has no letter"),
    ],
)
def test_a_record_that_cannot_be_read_is_kept_for_a_person_and_the_others_go_on(fields, reason):
    pulled, _ = pull_records(record(**fields), record(id="2"))

    assert [mark.where for mark in pulled.marks] == ["page 0 id 2"]
    assert [row.where for row in pulled.unreadable] == ["page 0 id 1"]
    assert pulled.unreadable[0].reason.startswith(reason)
    assert not pulled.is_whole


def test_the_letter_decides_and_the_list_of_marks_is_not_asked_for_it():
    pulled, asked = pull_records(record(attendanceMark={"code": "LATE", "attendanceMark": "/"}))

    assert [mark.code for mark in pulled.marks] == ["/"]
    assert not any("AttendanceMark(" in query for query in asked)


@pytest.mark.parametrize(
    ("listed", "code"),
    [([{"id": "ILL", "code": "ILL", "attendanceMark": "I"}], "I"), ([], "ILL")],
    ids=["the list knows the letter", "the code table must know the word"],
)
def test_a_word_without_its_letter_is_looked_up_once(listed, code):
    without = {"code": "ILL", "attendanceMark": None}

    pulled, asked = pull_records(record(attendanceMark=without), record(id="2", attendanceMark=without), marks=listed)

    assert [mark.code for mark in pulled.marks] == [code, code]
    assert sum("AttendanceMark(page_num: 0" in query for query in asked) == 1


def test_lesson_marks_are_never_asked_for():
    _, asked = pull_records(record())

    assert [query for query in asked if "AttendanceRecord" in query] == []


def test_a_upn_with_a_date_that_is_none_stops_the_pull():
    assignment = {"id": "1", "student": {"id": "5120"}, "upn": "X", "startDatetime": "soon"}
    with respx.mock() as router:
        router.post("https://school.uk.arbor.sc/graphql/query").respond(
            json={"data": {"UkDfe_UpnAssignment": [assignment]}}
        )
        connector = connect(
            Settings(address="https://school.uk.arbor.sc", username="relay", password="x"),
            Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None),
        )
        with pytest.raises(Malformed, match="UkDfe_UpnAssignment has a date that is none"):
            connector.pull(WEEK, seen=lambda _: None)
        connector.close()

"""Wonde: the right region, cursor pages to the end, codes by id, dates in their own zone, and pupils who come back."""

import tracemalloc
from datetime import UTC, date, datetime

import msgspec
import pytest
import respx

from app.demo.platforms.server import Fault, FaultKind
from app.demo.platforms.wonde import SCHOOL
from app.demo.platforms.wonde_rows import Shape, code_id
from app.demo.platforms.world import UpnSpell
from benchmarks import simulated
from benchmarks.simulated import PASSWORD
from connectors.base import Malformed, Patience, Refusal, Rejected, Surroundings, Unavailable, Window
from connectors.wonde import WATERMARK, Settings, connect
from mapping.identity import likeness
from mapping.model import SourcePupil
from tests.builders import CANARY, session, upn
from tests.connectors.rigs import WEEK
from tests.connectors.worlds import MORNING_AFTER, brought, expected

#: School, approval, codes (four pages), pupils and leavers are asked for before the first page of marks.
LISTS_FIRST = (None,) * 8
FOREVER = 40


@pytest.fixture
def kept():
    return {}


@pytest.fixture
def opened(wonde, world, kept):
    """Open the school with pages of ten, seven of marks; further settings by name."""
    connectors = []

    def run(**settings):
        raw = {"address": wonde.address, "school": SCHOOL, "token": "simulated", "per_page": 10, "pause_seconds": 0}
        around = Surroundings(
            now=world.clock, sleep=lambda _: None, patience=Patience(attempts=2, silence=0.3), kept=kept
        )
        connectors.append(connect(msgspec.convert(raw | settings, Settings), around))
        return connectors[-1]

    yield run
    for connector in connectors:
        connector.close()


@pytest.fixture
def pull(opened):
    def run(window=WEEK, **settings):
        return opened(**settings).pull(window, seen=lambda _: None)

    return run


def row(**fields):
    plain = {"id": "A1", "student": "A5120", "date": "2026-03-12", "session": "AM", "attendance_code": "C1"}
    return plain | fields


def student(**fields):
    plain = {"id": "A5120", "upi": "c0ffee", "education_details": {"data": {"upn": upn(5120)}}}
    return plain | fields


def pull_rows(*rows, students=({},), leavers=(), window=WEEK, kept=None, **envelope):
    """Pull what Wonde says in so many words, at its address for the UK."""
    answers = {
        "attendance-codes": {
            "data": [{"id": "C1", "code": "/"}, {"id": "C2", "code": "L"}, {"id": "C3", "code": None}]
        },
        "students": {"data": [student(**each) for each in students]},
        "students-leaver": {"data": [student(**each) for each in leavers]},
        "session": {"data": list(rows)} | envelope,
        "deletions": {"data": []},
        "A1": {"data": {"id": "A1"}},
    }

    def answer(request):
        return respx.MockResponse(json=answers[request.url.path.rpartition("/")[2]])

    with respx.mock(base_url="https://api.wonde.com/v1.0/") as router:
        router.get().mock(side_effect=answer)
        around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, kept=kept or {})
        connector = connect(Settings(school="A1", token="x"), around)
        pulled = connector.pull(window, seen=lambda _: None)
        connector.close()
    return pulled


def asked(server, path):
    return [each.query for each in server.asked if each.path.endswith(path)]


# Pages ---------------------------------------------------------------------------------------------------------------


def test_pages_are_followed_through_their_cursor_until_none_is_named(wonde, world, pull):
    pulled = pull()

    pages = asked(wonde, "attendance/session")
    assert [page["cursor"] for page in pages] == ["true", "10", "20", "30", "40", "50", "60"]
    assert brought(pulled) == expected(world)
    assert pulled.is_whole


@pytest.mark.parametrize("size", [1, 3, 69, 70, 71, 500])
def test_the_size_of_a_page_changes_nothing(world, pull, size):
    assert brought(pull(per_page=size)) == expected(world)


def test_one_page_without_a_word_of_pagination_is_the_last(wonde, world, pull):
    assert brought(pull(per_page=200)) == expected(world)
    assert len(asked(wonde, "attendance/session")) == 1


@pytest.mark.parametrize("meta", [{}, {"meta": []}, {"meta": {"pagination": []}}, {"meta": {"pagination": None}}])
def test_every_way_of_saying_no_more_is_the_end(meta):
    assert len(pull_rows(row(), **meta).marks) == 1


def test_a_next_page_on_another_host_is_not_followed(quirks, pull):
    quirks.next_page = "https://elsewhere.example/v1.0/schools/x"

    with pytest.raises(Malformed, match="names another host for what follows"):
        pull()


def test_a_next_page_that_is_no_address_is_malformed(quirks, pull):
    quirks.next_page = "http://[::oops"

    with pytest.raises(Malformed, match="no address for what follows"):
        pull()


def test_a_next_page_that_stays_the_same_is_malformed(wonde, quirks, pull):
    quirks.next_page = f"{wonde.address}/v1.0/schools/{SCHOOL}/attendance/session?cursor=10&per_page=10"

    with pytest.raises(Malformed, match="goes round in circles in attendance-codes"):
        pull(per_page=20)


def test_more_without_a_next_page_is_malformed(quirks, pull):
    quirks.hides_next = True

    with pytest.raises(Malformed, match="has more of attendance-codes and does not say where"):
        pull()


def test_pages_without_end_are_malformed(pull):
    with pytest.raises(Malformed, match="more than 1 pages of attendance/session: ask for fewer days"):
        pull(per_page=40, max_pages=1)


def test_a_server_that_gives_smaller_pages_than_asked_for_loses_nothing(wonde, world, pull):
    wonde.faults += [Fault(FaultKind.SMALL_PAGES, "4")] * FOREVER

    assert brought(pull()) == expected(world)


def test_a_page_that_comes_twice_is_one_set_of_marks_and_the_window_is_not_whole(wonde, pull):
    wonde.faults += [*LISTS_FIRST, None, None, Fault(FaultKind.REPEATED_PAGE)]

    pulled = pull()

    assert len(pulled.marks) == 60
    assert not pulled.is_whole
    assert [remark.reason[:20] for remark in pulled.remarks] == ["10 rows came twice, "]


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
        (Fault(FaultKind.STATUS, "422"), Malformed),
        (Fault(FaultKind.STATUS, "404"), Malformed),
        (Fault(FaultKind.STATUS, "401"), Rejected),
        (Fault(FaultKind.STATUS, "403"), Rejected),
        (Fault(FaultKind.REFUSED, "attendance.read"), Rejected),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_a_failure_on_a_late_page_leaves_nothing_of_the_pull_and_the_watermark_where_it_was(
    wonde, opened, kept, fault, failure
):
    kept[WATERMARK] = "2026-03-09T12:00:00+00:00"
    connector = opened()
    connector.pull(WEEK, seen=lambda _: None)
    wonde.faults += [*LISTS_FIRST, None, None, fault, fault]

    with pytest.raises(failure):
        connector.pull(WEEK, seen=lambda _: None)
    connector.committed()

    assert kept == {WATERMARK: "2026-03-09T12:00:00+00:00"}


# The school ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "refusal", "says"),
    [
        ({"approved": False}, Refusal.REVOKED, "has withdrawn its approval, or not yet given it"),
        ({"status": "migrated"}, Refusal.REVOKED, "moved to another MIS: it approves anew under another id"),
        ({"has_school": False}, Refusal.LOCAL, "shows nothing of this school"),
        (
            {"domain": "api-af-south-1.wonde.com"},
            Refusal.LOCAL,
            'write address = "https://api-af-south-1.wonde.com"',
        ),
    ],
    ids=["withdrawn", "migrated", "another region without data", "another region by its own word"],
)
def test_a_school_that_is_not_open_here_is_rejected_and_never_an_empty_register(quirks, pull, fields, refusal, says):
    for name, value in fields.items():
        setattr(quirks, name, value)

    with pytest.raises(Rejected, match=says) as failure:
        pull()

    assert failure.value.refusal is refusal


def test_a_revoked_token_is_a_credential_to_enter_anew(wonde, pull):
    wonde.username = wonde.token = "another"

    with pytest.raises(Rejected, match="refuses the token \\(401\\): it was revoked or mistyped") as failure:
        pull()

    assert failure.value.refusal is Refusal.CREDENTIAL


@pytest.mark.parametrize(
    ("status", "refusal", "says"),
    [
        ("403", Refusal.REVOKED, "knows this program and refuses it"),
        ("404", Refusal.LOCAL, "shows nothing of this"),
    ],
)
def test_a_school_that_is_refused_by_its_status_alone(wonde, pull, status, refusal, says):
    wonde.faults.append(Fault(FaultKind.STATUS, status))

    with pytest.raises(Rejected, match=says) as failure:
        pull()

    assert failure.value.refusal is refusal


def test_a_school_whose_approval_is_not_told_is_pulled_all_the_same(wonde, world, pull):
    wonde.faults += [None, Fault(FaultKind.STATUS, "404")]

    assert brought(pull()) == expected(world)


def test_a_missing_scope_is_named(quirks, pull):
    quirks.refused["attendance/session"] = "attendance.read"

    with pytest.raises(Rejected, match=r"read or write AM and PM marks \(scope attendance.read\): ask") as failure:
        pull()

    assert failure.value.refusal is Refusal.PERMISSION


def test_what_is_no_scope_is_not_repeated(quirks, pull):
    quirks.refused["attendance/session"] = f"of {CANARY[0]}"

    with pytest.raises(Rejected) as failure:
        pull()

    assert CANARY[0] not in str(failure.value)


def test_an_mis_without_session_marks_is_named(quirks, pull):
    quirks.missing.add("attendance/session")

    with pytest.raises(Rejected, match="has no AM and PM marks of this school \\(404\\): its MIS gives Wonde none"):
        pull()


def test_leavers_that_may_not_be_read_are_a_remark(quirks, world, pull):
    quirks.missing.add("students-leaver")

    pulled = pull()

    assert brought(pulled) == expected(world)
    assert [(remark.where, remark.reason[10:52]) for remark in pulled.remarks] == [
        ("students-leaver", "has no leavers of this school (404): its M")
    ]


@pytest.mark.parametrize("is_named", [True, False])
def test_a_refused_include_costs_the_upns_and_nothing_else(wonde, quirks, world, pull, is_named):
    quirks.no_includes["education_details"] = is_named

    pulled = pull()

    assert brought(pulled) == expected(world)
    assert {mark.upn for mark in pulled.marks} == {None}
    assert {remark.where: remark.reason[:36] for remark in pulled.remarks} == {
        "students": "education_details cannot be read: UP",
        "students-leaver": "education_details cannot be read: UP",
    }


def test_an_include_that_was_granted_since_is_asked_for_again(quirks, world, opened):
    connector = opened()
    quirks.no_includes["education_details"] = True
    connector.pull(WEEK, seen=lambda _: None)
    quirks.no_includes.clear()

    assert {mark.upn for mark in connector.pull(WEEK, seen=lambda _: None).marks} == {
        upn(number) for number in range(4001, 4008)
    }


def test_how_old_the_copy_is_is_told_where_wonde_tells(quirks, pull):
    before = pull().source_as_of
    quirks.last_synced = date(2026, 3, 13)

    assert before is None
    assert pull().source_as_of == datetime(2026, 3, 13, tzinfo=UTC)


def test_an_mis_that_wonde_cannot_reach_is_a_remark(quirks, pull):
    quirks.online = False

    assert [remark.reason[:41] for remark in pull().remarks] == ["Wonde cannot reach the school's MIS now: "]


# Rows as they come ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "mark"),
    [
        ({}, ("c0ffee", "Thu 2026-03-12 AM", "/", None)),
        ({"session": "PM"}, ("c0ffee", "Thu 2026-03-12 PM", "/", None)),
        ({"session": "am "}, ("c0ffee", "Thu 2026-03-12 AM", "/", None)),
        ({"student": {"data": {"id": "A5120"}}}, ("c0ffee", "Thu 2026-03-12 AM", "/", None)),
        ({"student": {"id": "A5120"}}, ("c0ffee", "Thu 2026-03-12 AM", "/", None)),
        ({"student": {"data": "A5120"}}, ("c0ffee", "Thu 2026-03-12 AM", "/", None)),
        ({"student": None, "student_id": "A5120"}, ("c0ffee", "Thu 2026-03-12 AM", "/", None)),
        ({"attendance_code": {"data": {"id": "C2", "code": "L"}}}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
        ({"attendance_code": {"data": {"id": "C2"}}}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
        ({"attendance_code": {"code": "L"}}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
        ({"attendance_code": None, "attendance_code_id": "C2"}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
        ({"attendance_code": "C2", "minutes_late": 12}, ("c0ffee", "Thu 2026-03-12 AM", "L", 12)),
        ({"attendance_code": "C2", "minutes_late": "12"}, ("c0ffee", "Thu 2026-03-12 AM", "L", 12)),
        ({"attendance_code": "C2", "minutes_late": 12.0}, ("c0ffee", "Thu 2026-03-12 AM", "L", 12)),
        ({"attendance_code": "C2", "minutes_late": ""}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
        ({"attendance_code": "C2", "minutes_late": "soon"}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
        ({"attendance_code": "C2", "minutes_late": "-3"}, ("c0ffee", "Thu 2026-03-12 AM", "L", None)),
    ],
)
def test_a_row_becomes_a_mark_however_it_is_nested(fields, mark):
    [found] = pull_rows(row(**fields)).marks

    platform_id, at, code, late = mark
    assert (found.platform_id, found.session, found.code, found.minutes_late) == (platform_id, session(at), code, late)
    assert (found.upn, found.where) == (upn(5120), "attendance/session id A1")


@pytest.mark.parametrize("code", [None, "", {"data": []}, {"data": None}])
def test_a_row_without_a_code_is_a_register_not_taken(code):
    pulled = pull_rows(row(attendance_code=code))

    assert (pulled.marks, pulled.unreadable, pulled.is_whole) == ((), (), True)


@pytest.mark.parametrize(
    ("fields", "platform_id", "reason"),
    [
        ({"student": None}, None, "it names no pupil"),
        ({"student": {"data": []}}, None, "it names no pupil"),
        ({"date": None}, "c0ffee", "its date is missing"),
        ({"date": "soon"}, "c0ffee", "its date is missing, is none"),
        ({"date": {"date": "2026-03-12 00:00:00", "timezone": "Europe/Atlantis"}}, "c0ffee", "its date is missing, is"),
        ({"date": {"date": "2026-03-12 00:00:00", "timezone": "../etc"}}, "c0ffee", "its date is missing, is none"),
        ({"session": "Period 1"}, "c0ffee", "its session is neither AM nor PM"),
        ({"session": None}, "c0ffee", "its session is neither AM nor PM"),
    ],
)
def test_a_row_that_cannot_be_read_is_kept_for_a_person_and_the_others_go_on(fields, platform_id, reason):
    pulled = pull_rows(row(**fields), row(id="A2"))

    assert [mark.where for mark in pulled.marks] == ["attendance/session id A2"]
    assert [(each.where, each.platform_id) for each in pulled.unreadable] == [("attendance/session id A1", platform_id)]
    assert pulled.unreadable[0].reason.startswith(reason)
    assert not pulled.is_whole


def test_words_for_sessions_are_counted_as_they_came():
    assert pull_rows(row(), row(id="A2", session="Tutor"), row(id="A3")).sessions == {"AM": 2, "Tutor": 1}


def test_the_same_row_again_is_one_mark_and_the_later_word_counts():
    pulled = pull_rows(row(), row(attendance_code="C2"), row(attendance_code="C2"))

    assert [mark.code for mark in pulled.marks] == ["L"]
    assert not pulled.is_whole


def test_two_rows_for_one_session_are_both_passed_on():
    assert [mark.code for mark in pull_rows(row(), row(id="A2", attendance_code="C2")).marks] == ["/", "L"]


def test_an_answer_without_rows_is_no_empty_register():
    with pytest.raises(Malformed, match="JSON of another shape"):
        pull_rows(data=None)


# Dates ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-12", "2026-03-12"),
        ("2026-03-12 00:00:00", "2026-03-12"),
        ("2026-03-12T00:00:00Z", "2026-03-12"),
        ("2026-06-10T23:00:00Z", "2026-06-11"),
        ("2026-06-11T00:00:00+01:00", "2026-06-11"),
        (("2026-03-12 00:00:00.000000", "Europe/London"), "2026-03-12"),
        (("2026-03-12 00:00:00.000000", "UTC"), "2026-03-12"),
        (("2026-03-12 23:30:00.000000", "UTC"), "2026-03-12"),
        (("2026-03-28 23:59:59.000000", "UTC"), "2026-03-28"),
        (("2026-03-29 00:00:00.000000", "UTC"), "2026-03-29"),
        (("2026-03-29 23:00:00.000000", "UTC"), "2026-03-30"),
        (("2026-03-30 00:00:00.000000", "UTC"), "2026-03-30"),
        (("2026-03-29 23:00:00.000000", "+00:00"), "2026-03-30"),
        (("2026-06-10 23:00:00.000000", "UTC"), "2026-06-11"),
        (("2026-06-11 00:30:00.000000", "Europe/London"), "2026-06-11"),
        (("2026-06-11 00:30:00.000000", "BST"), "2026-06-11"),
        (("2026-06-10 23:30:00.000000", "GMT"), "2026-06-11"),
        (("2026-06-11 00:00:00.000000", "+01:00"), "2026-06-11"),
        (("2026-06-10 18:00:00.000000", "-05:00"), "2026-06-11"),
        (("2026-06-11 00:00:00.000000", None), "2026-06-11"),
        (("2026-10-24 23:00:00.000000", "UTC"), "2026-10-25"),
        (("2026-10-25 23:00:00.000000", "UTC"), "2026-10-25"),
        (("2026-10-26 00:00:00.000000", "UTC"), "2026-10-26"),
    ],
)
def test_a_date_is_that_at_the_school_across_both_changes_of_the_clocks(moment, day):
    given = moment if isinstance(moment, str) else {"date": moment[0], "timezone_type": 3, "timezone": moment[1]}
    year = Window(first=date(2026, 1, 1), last=date(2026, 12, 31))

    assert [mark.session.day.isoformat() for mark in pull_rows(row(date=given), window=year).marks] == [day]


@pytest.mark.parametrize("zone", ["Europe/London", "UTC", "+00:00", "text"])
@pytest.mark.parametrize("is_nested", [True, False])
def test_every_way_of_writing_rows_brings_the_same_week_over_the_change_of_the_clocks(
    zone, is_nested, quirks, world, pull
):
    world.add("4051", "Fri 2026-03-27", r"/\ LI")
    quirks.shape = Shape(zone=zone, is_nested=is_nested)
    days = Window(first=date(2026, 3, 27), last=date(2026, 3, 30))

    assert brought(pull(days)) == [
        ("4051", session("Fri 2026-03-27 AM"), "/"),
        ("4051", session("Fri 2026-03-27 PM"), "\\"),
        ("4051", session("Mon 2026-03-30 AM"), "L"),
        ("4051", session("Mon 2026-03-30 PM"), "I"),
    ]


# The window and the watermark ----------------------------------------------------------------------------------------


def test_the_first_and_the_last_day_are_in_the_window_and_the_days_beside_it_are_not(world, pull):
    tuesday = date(2026, 3, 10)

    assert brought(pull(Window(first=tuesday, last=tuesday))) == expected(world, tuesday, tuesday)


def test_a_term_is_asked_for_by_fortnight(wonde, world, pull):
    pulled = pull(Window(first=date(2026, 2, 23), last=date(2026, 3, 27)), per_page=200)

    spans = [(each["attendance_date_after"][:10], each["attendance_date_before"][:10]) for each in _marks_asked(wonde)]
    assert spans == [("2026-02-22", "2026-03-09"), ("2026-03-08", "2026-03-23"), ("2026-03-22", "2026-03-28")]
    assert brought(pulled) == expected(world)
    assert pulled.is_whole


def test_rows_outside_the_window_are_dropped_and_counted(wonde, world, pull):
    wonde.faults += [Fault(FaultKind.UNFILTERED)] * FOREVER
    tuesday = date(2026, 3, 10)

    pulled = pull(Window(first=tuesday, last=tuesday), per_page=200)

    assert brought(pulled) == expected(world, tuesday, tuesday)
    assert [remark.reason[:32] for remark in pulled.remarks] == ["28 rows outside 2026-03-10 to 20"]


def test_the_watermark_is_the_beginning_of_the_pull_and_moves_only_when_it_is_stored(opened, world, kept):
    world.now = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    connector = opened()

    connector.pull(WEEK, seen=lambda _: None)
    before = dict(kept)
    connector.committed()

    assert (before, kept) == ({}, {WATERMARK: "2026-06-01T12:00:00+00:00"})


def test_discovering_moves_no_watermark_and_shows_no_other_days(world, opened, kept):
    world.correct("4003", session("Mon 2026-03-09 AM"), "M", datetime(2026, 3, 13, 9, tzinfo=UTC))
    kept[WATERMARK] = "2026-03-12T12:00:00+00:00"
    connector = opened()

    offered = connector.discover(Window(first=date(2026, 3, 12), last=date(2026, 3, 13)), seen=lambda _: None)
    connector.committed()

    assert kept == {WATERMARK: "2026-03-12T12:00:00+00:00"}
    assert offered.first == date(2026, 3, 12)


def test_a_correction_before_the_window_comes_by_itself_and_the_filter_is_in_utc(wonde, world, opened, kept):
    world.correct("4003", session("Mon 2026-03-09 AM"), "M", datetime(2026, 6, 1, 11, 55, tzinfo=UTC))
    kept[WATERMARK] = "2026-06-01T13:00:00+01:00"
    world.now = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
    today = Window(first=date(2026, 6, 1), last=date(2026, 6, 1))

    pulled = opened().pull(today, seen=lambda _: None)

    assert brought(pulled) == [("4003", session("Mon 2026-03-09 AM"), "M")]
    assert [each["updated_after"] for each in _marks_asked(wonde) if "updated_after" in each] == ["2026-06-01 11:50:00"]


def test_what_changed_within_the_window_is_not_brought_twice(world, opened, kept):
    world.correct("4003", session("Mon 2026-03-09 AM"), "M", datetime(2026, 3, 13, 9, tzinfo=UTC))
    kept[WATERMARK] = "2026-03-12T12:00:00+00:00"

    pulled = opened().pull(WEEK, seen=lambda _: None)

    assert brought(pulled) == expected(world)


def test_a_long_silence_is_caught_up_by_fortnight(wonde, opened, kept):
    kept[WATERMARK] = "2026-02-01T00:10:00+00:00"

    opened().pull(WEEK, seen=lambda _: None)

    asked_for = [(each["updated_after"], each.get("updated_before")) for each in _marks_asked(wonde)[7:]]
    assert list(dict.fromkeys(asked_for)) == [
        ("2026-02-01 00:00:00", "2026-02-15 00:00:00"),
        ("2026-02-15 00:00:00", "2026-03-01 00:00:00"),
        ("2026-03-01 00:00:00", None),
    ]


def test_marks_that_are_gone_are_a_remark(quirks, opened, kept):
    kept[WATERMARK] = "2026-03-13T00:00:00+00:00"
    back = {"id": "A3", "type": "attendance_session", "restored_at": "2026-03-13 10:00:00"}
    quirks.more["deletions"] = [{"id": "A1", "type": "attendance_session"}, {"id": "A2", "type": "student"}, back]

    pulled = opened().pull(WEEK, seen=lambda _: None)

    assert [remark.reason[:35] for remark in pulled.remarks] == ["1 marks are listed as deleted: thos"]


# Codes ---------------------------------------------------------------------------------------------------------------


def test_a_code_that_is_new_since_the_list_was_read_is_looked_up_once_more(wonde, quirks, world, pull):
    quirks.unlisted, quirks.listed_after = {"I"}, 1

    assert brought(pull()) == expected(world)
    assert [each["cursor"] for each in asked(wonde, "attendance-codes")].count("true") == 2


def test_a_code_that_no_list_knows_is_kept_under_its_id_and_never_dropped(quirks, world, pull):
    quirks.unlisted = {"I"}

    pulled = pull()

    assert len(pulled.marks) == len(expected(world))
    assert {mark.code for mark in pulled.marks} - {"/", "\\", "N", "L"} == {code_id("I")}
    assert [remark.reason[:49] for remark in pulled.remarks] == ["1 codes of marks are not in the school's list: th"]
    assert pulled.is_whole


def test_a_code_without_a_letter_is_kept_under_its_id():
    assert [mark.code for mark in pull_rows(row(attendance_code="C3")).marks] == ["C3"]


# Pupils --------------------------------------------------------------------------------------------------------------


def test_a_pupil_who_left_and_came_back_is_one_pupil_though_the_id_changed():
    before = {"id": "A1111"}

    pulled = pull_rows(row(student="A1111"), row(id="A2", student="A5120", session="PM"), leavers=(before,))

    assert {(mark.platform_id, mark.upn) for mark in pulled.marks} == {("c0ffee", upn(5120))}
    assert [pupil.platform_id for pupil in pulled.pupils] == ["c0ffee"]


def test_marks_under_the_id_of_before_belong_to_the_pupil_who_came_back(quirks, world, pull):
    quirks.returned.add("4007")

    pulled = pull()

    assert brought(pulled) == expected(world)
    assert {mark.upn for mark in pulled.marks if mark.platform_id == "4007"} == {upn(4007)}


def test_a_leavers_marks_bear_the_leavers_upn(quirks, world, pull):
    quirks.leavers.add("4007")

    assert {mark.upn for mark in pull().marks if mark.platform_id == "4007"} == {upn(4007)}


def test_without_a_upi_the_id_stands_for_the_pupil():
    [mark] = pull_rows(row(), students=({"upi": None},)).marks

    assert (mark.platform_id, mark.upn) == ("A5120", upn(5120))


def test_a_pupil_in_no_list_keeps_the_mark_under_wondes_id():
    [mark] = pull_rows(row(student="A9999")).marks

    assert (mark.platform_id, mark.upn) == ("A9999", None)


@pytest.mark.parametrize("details", [{"data": {"upn": None}}, {"data": {"upn": " "}}, {"data": []}, [], None])
def test_a_pupil_without_a_upn_has_none_and_never_the_upi(details):
    pulled = pull_rows(row(), students=({"education_details": details},))

    assert [(mark.platform_id, mark.upn) for mark in pulled.marks] == [("c0ffee", None)]
    assert [pupil.upn for pupil in pulled.pupils] == [None]


def test_upns_before_the_one_of_now_are_kept_until_the_row_was_last_written():
    temporary, before = upn(5120, temporary=True), upn(77)
    told = {"upn": upn(5120).lower(), "former_upn": before, "local_upn": temporary}
    changed = {"date": "2026-06-10 23:30:00.000000", "timezone": "UTC"}

    pulled = pull_rows(students=({"education_details": {"data": told}, "updated_at": changed},))

    assert pulled.pupils == (
        SourcePupil(platform_id="c0ffee", upn=upn(5120)),
        SourcePupil(platform_id="c0ffee", upn=before, end=date(2026, 6, 11)),
        SourcePupil(platform_id="c0ffee", upn=temporary, is_temporary=True, end=date(2026, 6, 11)),
    )


def test_a_local_upn_of_a_form_of_its_own_is_no_upn():
    told = {"upn": upn(5120), "local_upn": "LOCAL-7"}

    assert len(pull_rows(students=({"education_details": {"data": told}},)).pupils) == 1


@pytest.mark.parametrize(
    ("born", "alike"),
    [
        ("2011-05-04", likeness("Quillfeather", date(2011, 5, 4))),
        ({"date": "2011-05-03 23:00:00", "timezone": "UTC"}, likeness("Quillfeather", date(2011, 5, 4))),
        (None, None),
        ("in May", None),
    ],
)
def test_surname_and_birthday_come_to_a_likeness_and_go_no_further(born, alike):
    pulled = pull_rows(students=({"surname": "Quillfeather", "date_of_birth": born},))

    assert [pupil.likeness for pupil in pulled.pupils] == [alike]
    assert "Quillfeather" not in repr(pulled)


def test_each_mark_of_the_simulator_bears_the_upn_of_now_and_the_one_before_is_kept(world, pull):
    spells = (UpnSpell(upn(1), end=date(2026, 3, 10)), UpnSpell(upn(4099), start=date(2026, 3, 11)))
    world.add("4099", "Mon 2026-03-09", r"/\ /\ /\ ", history=spells)

    pulled = pull()

    assert {mark.upn for mark in pulled.marks if mark.platform_id == "4099"} == {upn(4099)}
    assert [pupil.upn for pupil in pulled.pupils if pupil.platform_id == "4099"] == [upn(4099), upn(1)]


# Settings ------------------------------------------------------------------------------------------------------------


def test_the_address_is_the_uks_unless_another_is_given():
    assert Settings(school="A1", token="x").address == "https://api.wonde.com"


@pytest.mark.parametrize("school", ["", "../x", "A1?x=1"])
def test_a_school_id_of_another_form_is_an_error(school):
    with pytest.raises(msgspec.ValidationError, match="school"):
        msgspec.convert({"school": school, "token": "x"}, Settings)


def test_the_token_travels_as_a_bearer_and_shows_nowhere(wonde, opened):
    connector = opened()
    connector.pull(WEEK, seen=lambda _: None)

    assert "simulated" not in repr(connector) + repr(Settings(school="A1", token="simulated"))


def _marks_asked(server):
    return asked(server, "attendance/session")


# Memory --------------------------------------------------------------------------------------------------------------


def peak_of(address, per_page):
    """Pull two weeks of forty pupils and return the most memory that this took, in bytes."""
    settings = Settings(address=address, school=SCHOOL, token=PASSWORD, per_page=per_page, pause_seconds=0)
    connector = connect(settings, Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None))
    fortnight = Window(first=date(2026, 9, 7), last=date(2026, 9, 18))
    connector.pull(fortnight, seen=lambda _: None)
    tracemalloc.start()
    pulled = connector.pull(fortnight, seen=lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    connector.close()
    assert len(pulled.marks) == 800
    return peak


def test_memory_is_flat_in_the_number_of_pages():
    with simulated.wonde(40) as address:
        in_four, in_eighty = peak_of(address, 200), peak_of(address, 10)

    assert in_eighty < 1.25 * in_four

"""Class Charts as a parent sees it: off unless accepted, signed in as its clients do, and never an empty register."""

import json
from datetime import timedelta

import pytest

from app.demo.platforms.class_charts_web import simulate_class_charts_web
from app.demo.platforms.server import Fault, FaultKind, Reply, Server
from connectors.base import Malformed, Refusal, Rejected, Surroundings, Window
from connectors.class_charts_web import Settings, connect
from mapping.model import Half, Session
from tests.connectors.rigs import WEEK, a_week
from tests.connectors.worlds import brought, expected

EXPIRED = Fault(FaultKind.BODY_STATUS)
LOGIN, PING, PUPILS = ("POST", "/parent/login"), ("POST", "/apiv2parent/ping"), ("GET", "/apiv2parent/pupils")
THURSDAY = "2026-03-12"


@pytest.fixture
def world():
    return a_week()


@pytest.fixture
def charts(world):
    with simulate_class_charts_web(world, "S") as server:
        yield server


def connected(server, world):
    def seconds():
        return world.now.timestamp()

    around = Surroundings(now=world.clock, sleep=lambda _: None, monotonic=seconds)
    settings = Settings(address=server.address, username="relay", password="simulated", accept_unofficial=True)
    return connect(settings, around)


@pytest.fixture
def family(charts, world):
    connector = connected(charts, world)
    yield connector
    connector.close()


def pull(connector, window=WEEK):
    return connector.pull(window, seen=lambda _: None)


def asked(server, *kinds):
    return [(each.method, each.path) for each in server.asked if (each.method, each.path) in kinds]


# Off by default ------------------------------------------------------------------------------------------------------


def test_it_is_refused_until_the_operator_accepts_that_it_is_unofficial(world):
    with pytest.raises(
        ValueError, match="accept_unofficial: this source is unofficial and needs a parent's own password"
    ):
        connect(Settings(username="p", password="s"), Surroundings(now=world.clock, sleep=lambda _: None))


# Signing in ----------------------------------------------------------------------------------------------------------


def test_it_signs_in_by_the_form_pings_first_and_brings_the_id_and_the_cookie(charts, world, family):
    assert brought(pull(family)) == expected(world)

    first, second, third, *_ = charts.asked
    assert [(each.method, each.path) for each in (first, second, third)] == [LOGIN, PING, PUPILS]
    assert b"logintype=existing" in first.body
    assert (second.headers["authorization"], third.headers["authorization"]) == ("Basic id-1", "Basic id-2")
    assert "parent_session_credentials=" in second.headers["cookie"]


def test_a_second_pull_soon_after_signs_in_no_more(charts, family):
    pull(family)
    pull(family)

    assert asked(charts, LOGIN, PING) == [LOGIN, PING]


def test_the_id_is_renewed_before_it_runs_out(charts, world, family):
    pull(family)
    for _ in range(3):
        world.now += timedelta(seconds=160)
        pull(family)

    assert asked(charts, LOGIN, PING) == [LOGIN, PING, PING, PING, PING]


def test_the_id_is_renewed_within_one_long_pull_as_well(charts, world, family):
    def slowly(_):
        world.now += timedelta(seconds=30)

    pulled = family.pull(WEEK, seen=slowly)

    assert brought(pulled) == expected(world)
    assert asked(charts, LOGIN, PING) == [LOGIN, *[PING] * 12]


def test_after_idle_minutes_it_signs_in_anew(charts, world, family):
    pull(family)
    world.now += timedelta(minutes=20)

    assert brought(pull(family)) == expected(world)
    assert asked(charts, LOGIN) == [LOGIN, LOGIN]


@pytest.mark.parametrize("fault", [EXPIRED, Fault(FaultKind.STATUS, "401")])
def test_an_id_that_ran_out_under_way_costs_one_new_sign_in(charts, world, family, fault):
    charts.faults += [None, None, None, fault]

    assert brought(pull(family)) == expected(world)
    assert asked(charts, LOGIN, PING) == [LOGIN, PING, LOGIN, PING]


def test_an_id_that_runs_out_again_ends_the_pull(charts, family):
    charts.faults += [None, None, None, EXPIRED, None, None, EXPIRED]

    with pytest.raises(Rejected, match="refuses the sign-in: ask whether the parent has changed the password") as ended:
        pull(family)

    assert ended.value.refusal is Refusal.CREDENTIAL
    assert len(asked(charts, LOGIN)) == 2


def test_a_first_ping_refused_after_a_second_sign_in_too_ends_the_pull(charts, family):
    charts.faults += [None, EXPIRED, None, EXPIRED]

    with pytest.raises(Rejected, match="refuses the sign-in"):
        pull(family)


def test_a_page_that_verifies_people_is_never_followed(charts, family):
    charts.faults += [None, None, Fault(FaultKind.STATUS, "302")]

    with pytest.raises(Rejected, match="sends this sign-in to a page for people, to be verified"):
        pull(family)


# What comes back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ([Fault(FaultKind.EMPTY)], "names no pupil for this sign-in"),
        ([None, *[Fault(FaultKind.EMPTY)] * 12], "shows no session of any pupil"),
        ([Fault(FaultKind.HTML)], "answered with text/html instead of JSON"),
        ([Fault(FaultKind.HALF_JSON)], "it breaks off or does not parse"),
    ],
)
def test_an_answer_with_nothing_in_it_is_no_empty_register(charts, family, faults, reason):
    charts.faults += [None, None, *faults]

    with pytest.raises(Malformed, match=reason):
        pull(family)


def test_a_pull_is_never_whole_and_tells_no_upn(family):
    pulled = pull(family)

    assert (pulled.is_whole, pulled.whole_days) == (False, frozenset())
    assert {mark.upn for mark in pulled.marks} == {None}


def test_lessons_are_counted_and_left_out(family):
    pulled = pull(family)

    assert pulled.sessions == {"AM": 60, "PM": 60, "Period 1": 60, "Period 4": 60}
    assert [row.reason for row in pulled.remarks] == ["120 entries of lessons were left out: a lesson is no session"]


def test_days_that_nobody_asked_for_are_left_out(charts, world, family):
    charts.faults += [None, None, None, *[Fault(FaultKind.UNFILTERED)] * 12]

    pulled = pull(family, Window(first=WEEK.last, last=WEEK.last))

    assert brought(pulled) == expected(world, WEEK.last, WEEK.last)
    assert pulled.remarks[1].reason == "96 entries of days nobody asked for were left out"


def test_a_pupil_whose_attendance_is_not_displayed_is_told_as_the_schools_setting(world):
    with simulate_class_charts_web(world, "S", hidden=frozenset({"4007"})) as server:
        connector = connected(server, world)
        pulled, findings = pull(connector), connector.check()
        connector.close()

    assert "4007" not in {mark.platform_id for mark in pulled.marks}
    assert (pulled.remarks[0].where, pulled.remarks[0].reason) == (
        "pupil 4007",
        "the school does not display this pupil's attendance: that is its setting and no fault; ask the school",
    )
    assert [(each.subject, each.ok) for each in findings] == [("sign-in", True), ("pupil 4007", False)]


def test_a_school_that_displays_no_attendance_is_a_missing_permission(world):
    hidden = frozenset(pupil.platform_id for pupil in world.people)
    with simulate_class_charts_web(world, "S", hidden=hidden) as server:
        connector = connected(server, world)
        with pytest.raises(Rejected, match="does not display attendance to families") as refused:
            pull(connector)
        connector.close()

    assert refused.value.refusal is Refusal.PERMISSION


# Entries of one pupil, as clients have seen them -----------------------------------------------------------------------


def one_pupil(world, data):
    """Pull from a platform that has one pupil with these days."""
    answers = {
        "/apiv2parent/ping": {"success": 1, "meta": {"session_id": "b"}},
        "/apiv2parent/pupils": {"success": 1, "data": [{"id": 7, "name": "not read"}]},
        "/apiv2parent/attendance/7": {"success": 1, "data": data},
    }
    cookie = (
        ("Location", "/parent/home"),
        ("Set-Cookie", "parent_session_credentials=%7B%22session_id%22%3A%22a%22%7D"),
    )

    def answer(request, _):
        if request.path == "/parent/login":
            return Reply(status=302, body=b"", headers=cookie)
        return Reply(body=json.dumps(answers[request.path]).encode())

    with Server(answer=answer, username="", password="", is_basic=False) as server:
        connector = connected(server, world)
        try:
            return pull(connector)
        finally:
            connector.close()


@pytest.mark.parametrize(
    ("entry", "mark"),
    [
        ({"code": "/", "status": "present", "late_minutes": 0}, ("/", 0)),
        ({"code": "L", "status": "late", "late_minutes": 12}, ("L", 12)),
        ({"code": "L", "status": "late", "late_minutes": "12"}, ("L", 12)),
        ({"code": "O", "status": "absent", "late_minutes": ""}, ("O", None)),
        ({"code": "#", "status": "ignore", "late_minutes": ""}, ("#", None)),
        ({"code": "B", "status": "a word nobody has seen yet"}, ("B", None)),
        ({"code": "Q7"}, ("Q7", None)),
    ],
)
def test_an_entry_with_a_code_is_a_mark_whatever_its_status(world, entry, mark):
    [source] = one_pupil(world, {THURSDAY: {"AM": entry}}).marks

    assert (source.platform_id, source.session) == ("7", Session(WEEK.last - timedelta(days=1), Half.AM))
    assert (source.code, source.minutes_late) == mark


@pytest.mark.parametrize(
    "entry", [{"code": "", "status": "ignore", "late_minutes": ""}, {"code": None, "status": None}, {}]
)
def test_an_entry_that_says_nothing_is_a_register_not_taken(world, entry):
    pulled = one_pupil(world, {THURSDAY: {"AM": entry}})

    assert (pulled.marks, pulled.unreadable) == ((), ())


@pytest.mark.parametrize("status", ["present", "yes", "absent", "no", "excused", "late", "something new"])
def test_a_status_without_a_code_is_never_guessed_from(world, status):
    pulled = one_pupil(world, {THURSDAY: {"AM": {"code": "", "status": status}, "PM": {"code": "/"}}})

    assert [mark.code for mark in pulled.marks] == ["/"]
    assert [row.reason.split(",")[0] for row in pulled.unreadable] == ["it has a status and no code"]


@pytest.mark.parametrize("data", [[], {}, {THURSDAY: []}, {THURSDAY: {}}, {THURSDAY: {"Period 1": {"code": "/"}}}])
def test_no_session_at_all_in_any_of_its_forms_is_refused(world, data):
    with pytest.raises(Malformed, match="shows no session of any pupil"):
        one_pupil(world, data)


def test_a_day_may_lack_a_session(world):
    pulled = one_pupil(world, {"2026-03-11": {"PM": {"code": "\\"}}, THURSDAY: {"AM": {"code": "/"}}})

    assert [str(mark.session) for mark in pulled.marks] == ["Wed 11 Mar 2026 PM", "Thu 12 Mar 2026 AM"]


def test_a_day_without_a_date_is_kept_for_a_person(world):
    pulled = one_pupil(world, {"yesterday": {"AM": {"code": "/"}}, THURSDAY: {"AM": {"code": "/"}}})

    assert [row.where for row in pulled.unreadable] == ["pupil 7"]
    assert len(pulled.marks) == 1

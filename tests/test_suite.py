"""The suite's own tools: the language of the builders, and the guards every test runs under."""

import os
import socket
import sqlite3

import pytest

from mapping.identity import UpnStatus, upn_status
from mapping.marks import YEAR_BYTES, position
from mapping.model import Mark
from tests.builders import byte_of, calendar, day, mark_list, marks, pupil, session, spelled, upn


def test_a_weekday_that_does_not_fit_its_date_is_an_error():
    assert f"{day('Mon 2025-09-08')}" == "2025-09-08"
    with pytest.raises(ValueError, match="2025-09-08 is a Mon, not a Tue"):
        day("Tue 2025-09-08")


def test_a_pair_a_school_day_steps_over_the_weekend():
    written = list(spelled("Fri 2025-09-12", r"/\ N[C1]"))

    assert written == [
        (session("Fri 2025-09-12 AM"), "/"),
        (session("Fri 2025-09-12 PM"), "\\"),
        (session("Mon 2025-09-15 AM"), "N"),
        (session("Mon 2025-09-15 PM"), "C1"),
    ]


def test_a_pair_may_be_repeated():
    assert list(spelled("Mon 2025-09-08", "NN*3 OO")) == list(spelled("Mon 2025-09-08", "NN NN NN OO"))


def test_marks_follow_a_calendar_where_one_is_given():
    on = calendar("Autumn: Mon 2025-09-08 - Fri 2025-12-19", closed=["Tue 2025-09-09"])

    assert [at.day for at, _ in spelled("Mon 2025-09-08", "NN NN", on=on)][::2] == [
        day("Mon 2025-09-08"),
        day("Wed 2025-09-10"),
    ]
    with pytest.raises(ValueError, match="the calendar ends before the marks"):
        list(spelled("Fri 2025-12-19", "NN NN", on=on))


@pytest.mark.parametrize("text", ["N", "NNN", "[C1]", "N[C1", "NN*"])
def test_what_is_no_pair_is_an_error(text):
    with pytest.raises(ValueError, match="is no pair of marks"):
        list(spelled("Mon 2025-09-08", text))


def test_marks_begin_on_a_school_day():
    with pytest.raises(ValueError, match="Sat 2025-09-13 is no school day"):
        list(spelled("Sat 2025-09-13", "NN"))


def test_a_string_goes_on_with_further_days_and_into_the_next_school_year():
    years = marks("Thu 2026-07-23", "NN", "Wed 2026-09-02", r"/\ --", "Fri 2026-09-04", ".?")

    assert years.keys() == {2025, 2026}
    assert years[2025][position(day("Thu 2026-07-23")) :][:2] == b"NN"
    assert years[2026][position(day("Wed 2026-09-02")) :][:6] == rb"/\--.?"
    assert {len(string) for string in years.values()} == {YEAR_BYTES}


def test_single_marks_leave_out_what_is_not_recorded():
    assert mark_list("P1", "Mon 2025-09-08", "/- .[Y7]") == [
        Mark(pupil_id="P1", session=session("Mon 2025-09-08 AM"), byte=ord("/")),
        Mark(pupil_id="P1", session=session("Tue 2025-09-09 PM"), byte=byte_of("Y7")),
    ]


def test_pupils_are_made_with_right_upns_and_known_columns():
    assert upn_status(upn(7)) is UpnStatus.PERMANENT
    assert upn_status(upn(7, temporary=True)) is UpnStatus.TEMPORARY
    assert pupil("P12")["upn"] == upn(12)
    assert pupil(flags="send;ehcp")["flags"] == "send;ehcp"
    with pytest.raises(ValueError, match="has no column"):
        pupil(shoe_size="38")


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("198.51.100.7", 443)])
def test_a_test_that_reaches_for_another_machine_fails(address):
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match="reached for 19"):
        client.connect(address)
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(pytest.fail.Exception):
        client.sendto(b"", address)
    with pytest.raises(pytest.fail.Exception, match="reached for receiver"):
        socket.getaddrinfo("receiver.example", 443)


def test_a_test_may_talk_to_its_own_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_a_test_that_forgot_its_own_database_finds_none():
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect(os.environ["ATTENDANCE_RELAY_DATABASE"])

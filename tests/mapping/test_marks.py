"""A mark string is a school year of dates: 1 August is position 0, whatever the calendar of the school says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.marks import (
    BLANK_YEAR,
    YEAR_BYTES,
    due_mask,
    last_of,
    mask,
    offset,
    position,
    put,
    session_at,
    year_length,
    year_of,
    year_start,
)
from mapping.model import Half, Session
from tests.builders import NATIONAL, day, marks, session

years = st.integers(1990, 2100)
strings = st.binary(min_size=YEAR_BYTES, max_size=YEAR_BYTES)


@pytest.mark.parametrize(
    ("text", "year", "at"),
    [
        ("Tue 2023-08-01", 2023, 0),
        ("Wed 2024-02-28", 2023, 422),
        ("Thu 2024-02-29", 2023, 424),  # the leap day has a place of its own
        ("Fri 2024-03-01", 2023, 426),
        ("Wed 2024-07-31", 2023, 730),  # the 366th day uses the last two bytes
        ("Thu 2024-08-01", 2024, 0),
        ("Fri 2025-02-28", 2024, 422),
        ("Sat 2025-03-01", 2024, 424),  # no leap day: one place earlier from here on
        ("Thu 2025-07-31", 2024, 728),
        ("Sun 2027-08-01", 2027, 0),
        ("Tue 2028-02-29", 2027, 424),
        ("Mon 2028-07-31", 2027, 730),
        ("Wed 2025-12-31", 2025, 304),
        ("Thu 2026-01-01", 2025, 306),
    ],
)
def test_a_date_has_its_place_in_its_school_year(text, year, at):
    assert year_of(day(text)) == year
    assert position(day(text)) == at
    assert offset(Session(day(text), Half.AM)) == at
    assert offset(Session(day(text), Half.PM)) == at + 1
    assert session_at(year, at) == Session(day(text), Half.AM)
    assert session_at(year, at + 1) == Session(day(text), Half.PM)


@pytest.mark.parametrize(
    ("year", "sessions"),
    [(2022, 730), (2023, 732), (2024, 730), (2025, 730), (2026, 730), (2027, 732), (2028, 730), (2099, 730)],
)
def test_a_school_year_has_366_days_when_a_leap_day_falls_in_its_spring(year, sessions):
    assert year_length(year) == sessions


def test_a_school_year_begins_on_1_august():
    assert year_start(2025) == day("Fri 2025-08-01")


@given(years)
def test_every_session_of_a_year_has_a_place_and_every_place_a_session(year):
    sessions = [session_at(year, index) for index in range(year_length(year))]

    assert [offset(each) for each in sessions] == list(range(year_length(year)))
    assert {year_of(each.day) for each in sessions} == {year}
    assert sessions == sorted(sessions)


@given(st.dates(min_value=date(1990, 8, 1), max_value=date(2090, 7, 31)), st.sampled_from(Half))
def test_a_session_comes_back_from_its_place(date, half):
    each = Session(date, half)

    assert session_at(year_of(date), offset(each)) == each


def test_a_blank_year_is_732_sessions_not_recorded():
    assert BLANK_YEAR == b"-" * 732


def test_a_mark_is_written_over_one_session_only():
    written = put(BLANK_YEAR, offset(session("Mon 2025-09-08 PM")), ord("N"))

    assert written.count(b"N") == 1
    assert written.count(b"-") == 731
    assert written[77] == ord("N")


@pytest.mark.parametrize("at", [0, 1, 730, 731])
def test_the_string_keeps_its_length_at_both_ends(at):
    assert len(put(BLANK_YEAR, at, ord("/"))) == YEAR_BYTES


@pytest.mark.parametrize("at", [-1, 732, 5000])
def test_a_place_outside_the_year_is_refused(at):
    with pytest.raises(IndexError, match=f"position {at} is outside"):
        put(BLANK_YEAR, at, ord("/"))


@given(strings, st.integers(0, 731), st.integers(0, 255))
def test_writing_a_mark_agrees_with_a_list_of_sessions(string, at, byte):
    oracle = list(string)
    oracle[at] = byte

    assert put(string, at, byte) == bytes(oracle)


@pytest.mark.parametrize("code", [code.code for code in NATIONAL])
def test_each_code_survives_being_written_and_read_back(code):
    at = offset(session("Thu 2024-02-29 AM"))

    assert NATIONAL.spell(put(BLANK_YEAR, at, NATIONAL[code].byte)[at]) == code


def test_a_week_reads_back_as_the_teacher_wrote_it():
    week = marks("Mon 2025-09-08", r"/\ [C1][Y7] NO -- #.")[2025]

    start = position(day("Mon 2025-09-08"))
    assert [NATIONAL.spell(byte) for byte in week[start : start + 10]] == [
        "/",
        "\\",
        "C1",
        "Y7",
        "N",
        "O",
        "-",
        "-",
        "#",
        ".",
    ]


def test_sessions_that_were_not_due_become_no_session_and_due_ones_keep_what_they_hold():
    stored = marks("Mon 2025-09-08", r"/\ N- NN")[2025]
    due = due_mask(2025, {session("Mon 2025-09-08 AM"), session("Tue 2025-09-09 AM"), session("Tue 2025-09-09 PM")})

    laid = mask(stored, due)

    start = position(day("Mon 2025-09-08"))
    assert laid[start : start + 6] == b"/.N-.."
    assert laid.count(b".") == 729


def test_nothing_due_leaves_a_year_without_sessions():
    assert mask(marks("Mon 2025-09-08", r"/\ NN")[2025], due_mask(2025, ())) == b"." * 732


def test_only_the_sessions_of_the_year_itself_are_due_in_it():
    both = [session("Thu 2025-07-31 PM"), session("Fri 2025-08-01 AM")]

    assert mask(BLANK_YEAR, due_mask(2024, both)) == b"." * 729 + b"-" + b".."
    assert mask(BLANK_YEAR, due_mask(2025, both)) == b"-" + b"." * 731


@given(strings, st.sets(st.integers(0, 729)))
def test_laying_the_due_sessions_agrees_with_going_through_the_year(string, places):
    first = year_start(2025)
    due = [Session(first + timedelta(days=place // 2), Half.PM if place % 2 else Half.AM) for place in places]

    oracle = bytes(byte if at in places else ord(".") for at, byte in enumerate(string))
    assert mask(string, due_mask(2025, due)) == oracle


@pytest.mark.parametrize("length", [0, 730, 731, 733])
def test_a_year_of_another_length_is_refused_because_its_marks_would_slide(length):
    with pytest.raises(ValueError, match=f"732 bytes, not {length}"):
        mask(b"-" * length, due_mask(2025, ()))


@pytest.mark.parametrize(
    ("written", "at"), [(b"//N-", 1), (b"N/N.", 1), (b"NN--", -1), (b"", -1)], ids=["noon", "one", "never", "nothing"]
)
def test_the_last_session_attended_is_found_from_the_end(written, at):
    assert last_of(written, b"/") == at

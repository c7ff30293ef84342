"""Registers past their deadline: not taken, or not whole; never read as presence or absence."""

import pytest

from app.alerts.things import things
from app.pulling import Untaken
from app.status import status
from mapping.model import Half
from tests.app.pulling.brook import WEEK, correct, with_brook
from tests.builders import day

MONDAY = day(WEEK[0])
AM_NOT_TAKEN = Untaken(day=MONDAY, half=Half.AM, due=2, unmarked=2)


def at(build, clock, *texts, more=""):
    stand = with_brook(build, WEEK[0], *texts, more=more)
    return stand, stand.at(f"{WEEK[0]} {clock}").pull("brook")


@pytest.mark.parametrize(
    ("clock", "texts", "untaken"),
    [
        pytest.param("09:59", ["--", "--"], (), id="before ten nothing is late"),
        pytest.param(
            "10:00", ["--", "//"], (Untaken(day=MONDAY, half=Half.AM, due=2, unmarked=1),), id="one is lacking"
        ),
        pytest.param("12:30", ["/-", "/-"], (), id="the afternoon is not due yet"),
        pytest.param(
            "14:30", ["/-", "/-"], (Untaken(day=MONDAY, half=Half.PM, due=2, unmarked=2),), id="the afternoon is late"
        ),
    ],
)
def test_what_lacks_marks_at_its_deadline_is_counted(build, clock, texts, untaken):
    assert at(build, clock, *texts)[1].untaken == untaken


def test_a_day_that_is_not_a_school_day_lacks_nothing(build):
    stand = with_brook(build, "Mon 2026-11-23", r"/\*4")
    stand.at("Thu 2026-11-26 15:45").pull("brook")

    assert stand.at("Fri 2026-11-27 15:45").pull("brook").untaken == ()


def test_a_pupil_who_is_not_expected_is_not_lacking(build):
    stand = with_brook(build, WEEK[0], "/-", "--")
    stand.placements[-1]["expected"] = "Tue AM"

    assert stand.at(f"{WEEK[0]} 12:30").pull("brook").untaken == ()


def test_a_mark_in_doubt_is_a_mark(build):
    stand = with_brook(build, WEEK[0], "/-", "[QQ]-")

    assert stand.at(f"{WEEK[0]} 12:30").pull("brook").untaken == ()


def test_the_deadline_is_the_operators(build):
    stand = with_brook(build, WEEK[0], "--", "/-")
    stand.toml = stand.toml.replace("[times]", '[times]\nregister_deadline_am = "09:15"')

    assert len(stand.at(f"{WEEK[0]} 09:30").pull("brook").untaken) == 1


def test_status_and_one_alert_say_it_and_the_register_says_nothing(build):
    stand, _ = at(build, "12:30", "--", "/-")
    correct(stand, [2], WEEK[:1], None, halves=["AM"])

    assert status(stand.relay)["untaken"] == [
        {"school": "brook", "day": MONDAY, "half": Half.AM, "due": 2, "unmarked": 1}
    ]
    told = [each.what for each in things(stand.relay) if each.key == "register/brook/2026-11-02/AM"]
    assert told == [
        "school brook: Mon 2 Nov AM: 1 of 2 pupils have no mark: have it looked at, a pupil without a mark is not counted"
    ]
    assert stand.register("Mon 2026-11-02 AM", "brook") == {"b2": "/"}


def test_a_register_without_any_mark_reads_as_not_taken():
    assert str(AM_NOT_TAKEN) == "Mon 2 Nov AM: the register is not taken"

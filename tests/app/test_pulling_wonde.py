"""A school on Wonde through the whole pull: into the register, held where in doubt, and corrected weeks later."""

import pytest

from app.demo.platforms.wonde import SCHOOL, simulate_wonde
from app.demo.platforms.wonde_quirks import Quirks
from app.demo.platforms.wonde_rows import code_id
from tests.app.builders import PASSWORD, placement
from tests.builders import moment, session
from tests.connectors.worlds import SmallWorld

MERE = f"""
[[school]]
id       = "mere"
name     = "The Mere"
platform = "wonde"
policy   = "swift-learning"
calendar = "autumn"

  [school.connector]
  address       = "ADDRESS"
  school        = "{SCHOOL}"
  token_secret  = "arbor_password"
  pause_seconds = 0
"""


@pytest.fixture
def world():
    return SmallWorld().add("4501", "Mon 2026-11-02", "N/ //").add("4502", "Mon 2026-11-02", "// //")


@pytest.fixture
def quirks():
    return Quirks()


@pytest.fixture
def mere(build, world, quirks):
    """The Mere alone is pulled; it has two pupils."""
    with simulate_wonde(world, "mere", token=PASSWORD, quirks=quirks) as server:
        stand = build(more=MERE.replace("ADDRESS", server.address))
        world.clock = stand.clock
        stand.placements += [placement(f"m{number}", 500 + number, school="mere") for number in (1, 2)]
        yield stand


def test_marks_end_up_in_the_register_and_the_watermark_is_kept(mere):
    done = mere.at("Tue 2026-11-03 15:45").pull("mere")

    assert (done.problem, done.new, done.quarantined) == (None, 8, 0)
    assert mere.register("Mon 2026-11-02 AM", "mere") == {"m1": "N", "m2": "/"}
    assert mere.store.runs.kept_of("connector/mere").get("updated_after") == "2026-11-03T15:45:00+00:00"


def test_a_correction_of_a_day_that_is_not_asked_for_is_an_amendment(mere, world):
    mere.at("Tue 2026-11-03 15:45").pull("mere")
    world.correct("4501", session("Mon 2026-11-02 AM"), "I", moment("Wed 2026-12-02 11:00"))
    mere.at("Tue 2026-12-01 15:45").pull("mere")

    done = mere.at("Wed 2026-12-02 12:30").pull("mere")

    assert (done.problem, done.amended) == (None, 1)
    assert mere.register("Mon 2026-11-02 AM", "mere") == {"m1": "I", "m2": "/"}


def test_two_different_marks_for_one_session_are_both_held(mere, quirks):
    other = {"id": "A1", "student": "A4502", "date": "2026-11-02", "session": "AM", "attendance_code": code_id("O")}
    quirks.more["attendance/session"] = [other]

    mere.at("Tue 2026-11-03 15:45").pull("mere")

    assert mere.register("Mon 2026-11-02 AM", "mere") == {"m1": "N", "m2": "?"}


def test_a_code_that_no_list_knows_is_held_and_never_present(mere, quirks):
    quirks.unlisted.add("N")

    done = mere.at("Tue 2026-11-03 15:45").pull("mere")

    assert (done.problem, done.quarantined) == (None, 1)
    assert mere.register("Mon 2026-11-02 AM", "mere") == {"m1": "?", "m2": "/"}


def test_a_school_that_withdrew_its_approval_stops_and_keeps_what_it_had(mere, quirks):
    mere.at("Mon 2026-11-02 15:45").pull("mere")
    quirks.approved = False

    done = mere.at("Tue 2026-11-03 15:45").pull("mere")

    assert not done.may_retry
    assert "the school has withdrawn its approval" in done.problem
    assert mere.register("Mon 2026-11-02 AM", "mere") == {"m1": "N", "m2": "/"}

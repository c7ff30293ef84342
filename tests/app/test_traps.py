"""The problems of ``docs/traps.md`` that show only where a pull meets the store, the roll and the calendar.

Each test is named after the number of its problem. Those of a connector by itself are in ``tests/connectors``.
"""

from datetime import UTC, datetime

import pytest

from app.demo.platforms.world import UpnSpell, WorldMark
from mapping.model import Half
from tests.app.builders import placement
from tests.builders import day, session, upn

MONDAY = "Mon 2026-11-02"


@pytest.fixture
def brook(build):
    """A school on Arbor with two pupils, present on Monday and pulled."""
    stand = build(arbor=True)
    for number in (1, 2):
        stand.placements.append(placement(f"b{number}", 500 + number, school="brook"))
        stand.world.add(str(4500 + number), MONDAY, r"/\ ")
    assert stand.at(f"{MONDAY} 15:45").pull("brook").problem is None
    return stand


def held(stand, school="brook"):
    return [(each.row.pupil_id, each.row.platform_id, each.row.code) for each in stand.store.quarantine.held(school)]


def leave(stand, platform_id, last):
    """Let a pupil's marks after a day be those of somebody who has gone."""
    stand.world.shown[:] = [
        each for each in stand.world.shown if each[1].platform_id != platform_id or each[1].day <= day(last)
    ]


def test_trap_03_no_row_from_a_school_in_term_is_no_empty_register(brook):
    brook.world.shown.clear()

    pulled = brook.at("Tue 2026-11-03 12:30").pull("brook")

    assert pulled.problem.startswith("SuspiciousPull: ")
    assert brook.register(f"{MONDAY} AM", "brook") == {"b1": "/", "b2": "/"}
    assert brook.store.runs.watermark("brook") == day(MONDAY)


def test_trap_07_two_records_of_one_session_that_disagree_are_neither(brook):
    brook.world.show(WorldMark(999001, "4501", day(MONDAY), Half.AM, "N"))

    brook.at(f"{MONDAY} 15:50").pull("brook")

    assert brook.register(f"{MONDAY} AM", "brook") == {"b1": "?", "b2": "/"}
    assert [who for who, _, _ in held(brook)] == ["b1"]


def test_trap_08_a_correction_of_last_week_is_found_and_the_old_mark_is_kept_beside_it(brook):
    brook.world.correct("4501", session(f"{MONDAY} AM"), "M", datetime(2026, 11, 6, 14, tzinfo=UTC))
    brook.world.show(WorldMark(999001, "4501", day("Mon 2026-11-09"), Half.AM, "/"))

    assert brook.at("Mon 2026-11-09 15:45").pull("brook").amended == 1

    [amendment] = brook.store.history.amendments_of("b1")
    assert (chr(amendment.old), chr(amendment.new), amendment.session) == ("/", "M", session(f"{MONDAY} AM"))


def test_trap_09_an_n_that_becomes_a_reason_takes_back_what_was_said_because_of_it(stand):
    stand.live(MONDAY, p1="NN NN NN", p2=r"/\*3")

    stand.drop(MONDAY, p1="II II II")
    stand.pulled("Thu 2026-11-05 15:45")
    stand.judged("Thu 2026-11-05 16:00")

    assert stand.decisions() == [
        "Wed 2026-11-04 p1 three-days-absent",
        "Wed 2026-11-04 p1 three-days-unexplained withdrawn",
    ]
    assert len(stand.store.history.amendments_of("p1")) == 6


def test_trap_11_a_mark_that_is_no_longer_shown_stays_and_a_person_is_told(brook):
    brook.world.correct("4502", session(f"{MONDAY} AM"), None, brook.clock())

    brook.at(f"{MONDAY} 15:50").pull("brook")

    assert brook.register(f"{MONDAY} AM", "brook") == {"b1": "/", "b2": "/"}
    assert [each.pupil_id for each in brook.store.quarantine.retractions("brook")] == ["b2"]


def test_trap_12_a_child_without_a_upn_whom_nobody_placed_is_held_and_given_to_nobody(brook):
    brook.world.add("7001", MONDAY, "NN", history=())

    pulled = brook.at(f"{MONDAY} 15:50").pull("brook")

    assert (pulled.problem, pulled.quarantined) == (None, 2)
    assert held(brook) == [(None, "7001", "N"), (None, "7001", "N")]
    assert brook.register(f"{MONDAY} AM", "brook") == {"b1": "/", "b2": "/"}


def test_trap_12_a_temporary_upn_is_the_pupil_who_got_the_permanent_one(build):
    stand = build(arbor=True)
    permanent, temporary = upn(501), upn(50, temporary=True)
    stand.placements.append(placement("b1", 501, school="brook", platform_id="", upn=permanent))
    spells = (
        UpnSpell(temporary, is_temporary=True, start=day("Mon 2026-10-19"), end=day("Tue 2026-11-03")),
        UpnSpell(permanent, start=day("Wed 2026-11-04")),
    )
    stand.world.add("9001", MONDAY, r"NN NN /\ ", history=spells)

    stand.at("Wed 2026-11-04 15:45").pull("brook")

    assert [stand.register(f"{each} AM", "brook") for each in (MONDAY, "Wed 2026-11-04")] == [{"b1": "N"}, {"b1": "/"}]


def test_trap_13_a_pupil_who_comes_back_under_another_id_is_the_same_pupil(brook):
    leave(brook, "4501", MONDAY)
    brook.world.add("8801", "Tue 2026-11-03", "NN", history=(UpnSpell(upn(501)),))

    pulled = brook.at("Tue 2026-11-03 15:45").pull("brook")

    assert (pulled.problem, pulled.quarantined) == (None, 0)
    assert brook.register("Tue 2026-11-03 AM", "brook") == {"b1": "N", "b2": "-"}
    assert brook.register(f"{MONDAY} AM", "brook") == {"b1": "/", "b2": "/"}


def test_trap_14_one_child_at_two_settings_has_a_register_at_each(build):
    stand = build(arbor=True, pupils={"p1": {}})
    stand.placements.append(placement("p1", 1, school="brook", platform_id="4501"))
    stand.world.add("4501", MONDAY, "NN", history=(UpnSpell(upn(1)),))
    stand.drop(MONDAY, p1=r"/\ ")

    assert [each.problem for each in stand.pulled(f"{MONDAY} 15:45")] == [None, None]

    assert stand.register(f"{MONDAY} AM", "lane") == {"p1": "/"}
    assert stand.register(f"{MONDAY} AM", "brook") == {"p1": "N"}


def test_trap_24_a_register_not_taken_yet_is_neither_present_nor_absent(build):
    stand = build(arbor=True)
    for number, text in ((1, r"/-"), (2, "--")):
        stand.placements.append(placement(f"b{number}", 500 + number, school="brook"))
        stand.world.add(str(4500 + number), MONDAY, text)

    stand.at(f"{MONDAY} 12:30").pull("brook")

    assert stand.register(f"{MONDAY} AM", "brook") == {"b1": "/"}
    assert stand.register(f"{MONDAY} PM", "brook") == {"b1": "-"}


def test_trap_26_a_school_that_changes_its_platform_keeps_its_pupils(brook):
    for number in (1, 2):
        leave(brook, str(4500 + number), MONDAY)
        brook.world.add(f"9{number}", "Tue 2026-11-03", "II", history=(UpnSpell(upn(500 + number)),))

    pulled = brook.at("Tue 2026-11-03 15:45").pull("brook")

    assert (pulled.problem, pulled.quarantined) == (None, 0)
    assert brook.register("Tue 2026-11-03 PM", "brook") == {"b1": "I", "b2": "I"}
    assert brook.store.quarantine.retractions("brook") == []


def test_trap_28_a_file_that_does_not_come_is_a_failure_once_its_hour_has_passed(stand):
    stand.drop(MONDAY, p1="//")
    assert stand.pulled(f"{MONDAY} 15:45").problem is None

    assert stand.pulled("Tue 2026-11-03 09:30").problem is None
    assert stand.pulled("Tue 2026-11-03 12:30").problem.startswith("SuspiciousPull: ")


def test_trap_29_a_pull_of_which_every_row_is_held_has_failed(stand):
    path = stand.drop(MONDAY, p1="NN")
    path.write_text(path.read_text().replace(",N", ",QQ"))

    pulled = stand.pulled(f"{MONDAY} 15:45")

    assert "every one of 2 rows" in pulled.problem
    assert stand.store.runs.watermark("lane") is None

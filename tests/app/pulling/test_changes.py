"""Too many changes of recorded marks at once: held with a diff, never written unseen, and today's marks flow."""

import json

import pytest

from app.pulling.held import cancel, holds, release, show
from tests.app.pulling.brook import WEEK, correct, marks, with_brook

HOLD = "brook@2026-11-06"


@pytest.fixture
def brook(build):
    """Ten pupils with a week of marks, pulled on Friday at noon: ninety recorded marks, the afternoon is open."""
    stand = with_brook(build, WEEK[0], *[r"/\*4 /-"] * 10)
    assert stand.at("Fri 2026-11-06 12:30").pull("brook").new == 90
    return stand


def night(stand, at="Fri 2026-11-06 18:00"):
    return stand.at(at).pull("brook")


def waiting(stand):
    return [each["hold"] for each in holds(stand.relay)]


def by(stand, settle, name=HOLD):
    return settle(stand.relay, name, by="head_of_provision", note="looked").sentence


def test_a_recalculated_register_waits_and_new_marks_flow(brook):
    brook.at("Fri 2026-11-06 15:00")
    correct(brook, range(1, 8), WEEK[:2], "U")
    correct(brook, range(1, 11), WEEK[4:], "\\", halves=["PM"])

    pulled = night(brook)

    assert (pulled.problem, pulled.new, pulled.amended) == (None, 10, 0)
    assert (pulled.hold, pulled.held) == (HOLD, 28)
    assert marks(brook, "Mon 2026-11-02 AM") == "//////////"
    assert marks(brook, "Fri 2026-11-06 PM") == "\\" * 10


def test_what_is_shown_is_pupil_session_old_and_new(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)

    shown = show(brook.relay, HOLD)

    assert shown["says"] == "28 changes of 90 recorded marks, of 7 pupils, Mon 2 Nov to Tue 3 Nov."
    assert shown["changes"][0] == {"pupil_id": "b1", "session": "Mon 2 Nov 2026 AM", "old": "/", "new": "U"}
    assert len(shown["changes"]) == 28
    assert json.dumps(shown, default=str)


@pytest.mark.parametrize(
    ("pupils", "days", "held"),
    [
        pytest.param(range(1, 10), WEEK[:1], 0, id="18 of 90: too few to wait, however large the share"),
        pytest.param(range(1, 6), WEEK[:2], 20, id="20 of 90: waits"),
    ],
)
def test_a_small_correction_flows(brook, pupils, days, held):
    correct(brook, pupils, days, "U")

    assert night(brook).held == held


def test_a_small_share_of_many_marks_flows(build):
    stand = with_brook(build, WEEK[0], *[r"/\*5"] * 11)
    stand.at("Fri 2026-11-06 15:45").pull("brook")
    correct(stand, range(1, 12), WEEK[:1], "U")

    pulled = night(stand)

    assert (pulled.held, pulled.amended) == (0, 22)


def test_an_n_that_gets_its_reason_is_no_change(build):
    stand = with_brook(build, WEEK[0], *["NN*4"] * 10)
    stand.at("Thu 2026-11-05 15:45").pull("brook")
    correct(stand, range(1, 11), WEEK[:4], "I")

    pulled = stand.at("Thu 2026-11-05 18:00").pull("brook")

    assert (pulled.held, pulled.amended) == (0, 80)
    assert marks(stand, "Mon 2026-11-02 AM") == "I" * 10


def test_marks_that_vanish_wait_and_are_no_candidates_until_released(brook):
    correct(brook, range(1, 8), WEEK[:2], None)
    night(brook)

    assert brook.store.quarantine.retractions("brook") == []
    assert show(brook.relay, HOLD)["changes"][0]["new"] is None

    assert by(brook, release) == f"{HOLD}: 28 changes carried out"
    assert len(brook.store.quarantine.retractions("brook")) == 28
    assert marks(brook, "Mon 2026-11-02 AM") == "//////////"


def test_pupils_who_vanish_from_a_whole_answer_wait(build):
    stand = with_brook(build, "Fri 2026-11-06", *["/-"] * 20)
    stand.at("Fri 2026-11-06 12:30").pull("brook")
    correct(stand, range(1, 6), WEEK[4:], None, halves=["AM"])

    assert stand.at("Fri 2026-11-06 15:45").pull("brook").held == 5


def test_a_release_writes_exactly_what_was_shown_and_is_judged(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)

    assert by(brook, release) == f"{HOLD}: 28 changes carried out"

    assert marks(brook, "Tue 2026-11-03 PM") == "UUUUUUU" + "\\" * 3
    assert len(brook.store.history.amendments("brook", brook.clock())) == 28
    assert brook.store.intake.to_judge("brook")["b7"].isoformat() == "2026-11-02"
    assert waiting(brook) == []
    assert by(brook, release).startswith(f"{HOLD} was released by head_of_provision on 2026-11-06")


def test_a_mark_that_is_another_by_now_is_left_out_of_a_release(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)
    with brook.store.transaction():
        [first, *_] = brook.store.changes.open("brook").changes
        brook.store.registers.apply("brook", [first._replace(new=ord("I"))], source="hand", seen_at=brook.clock())

    assert by(brook, release) == f"{HOLD}: 27 changes carried out; 1 left as they are: their marks were others by now"
    assert marks(brook, "Mon 2026-11-02 AM") == "IUUUUUU///"


def test_what_was_refused_is_not_asked_about_again(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)

    assert by(brook, cancel) == f"{HOLD}: 28 changes refused; correct them at the source as well"

    pulled = night(brook, "Mon 2026-11-09 18:00")
    assert (pulled.held, pulled.amended) == (0, 0)
    assert marks(brook, "Mon 2026-11-02 AM") == "//////////"


def test_another_value_after_a_refusal_is_another_change(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)
    by(brook, cancel)
    correct(brook, range(1, 8), WEEK[:2], "I")

    assert night(brook, "Mon 2026-11-09 18:00").hold == "brook@2026-11-09"


def test_a_pull_that_does_not_speak_of_these_days_leaves_the_hold(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)

    assert brook.at("Fri 2026-11-06 18:30").pull("brook").hold == HOLD


def test_the_same_diff_again_is_the_same_hold(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)

    assert night(brook, "Mon 2026-11-09 18:00").hold == HOLD
    assert waiting(brook) == [HOLD]


def test_it_ends_by_itself_when_the_source_takes_the_changes_back(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)
    correct(brook, range(1, 8), WEEK[:2], "/", halves=["AM"])
    correct(brook, range(1, 8), WEEK[:2], "\\", halves=["PM"])

    assert night(brook, "Mon 2026-11-09 18:00").hold is None

    shown = show(brook.relay, HOLD)
    assert (shown["outcome"], shown["note"]) == ("ended", "the source took them back")
    assert by(brook, release) == f"{HOLD} ended by itself on 2026-11-09: the source took them back"


def test_another_diff_is_held_anew_and_the_part_that_stays_still_waits(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)
    correct(brook, [7], WEEK[:2], "I")

    pulled = night(brook, "Mon 2026-11-09 18:00")

    assert (pulled.hold, pulled.held, pulled.amended) == ("brook@2026-11-09", 24, 4)
    assert show(brook.relay, HOLD)["note"] == "the source now shows another diff: held as brook@2026-11-09"
    assert marks(brook, "Mon 2026-11-02 AM") == "//////I///"


def test_codes_that_nobody_mapped_do_not_rub_out_what_was_recorded(brook):
    correct(brook, range(1, 8), WEEK[:2], "QQ")

    pulled = night(brook)

    assert (pulled.held, pulled.quarantined) == (28, 28)
    assert marks(brook, "Mon 2026-11-02 AM") == "//////////"


def test_a_second_hold_of_a_day_has_a_number(brook):
    correct(brook, range(1, 8), WEEK[:2], "U")
    night(brook)
    by(brook, release)
    correct(brook, range(1, 8), WEEK[:2], "I")

    assert brook.relay.store.changes.free_id(HOLD) == f"{HOLD}.2"

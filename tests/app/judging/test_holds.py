"""Rules muted for a pupil: who may, what is not said meanwhile, and what is said when the hold has ended."""

import pytest

from app.reading import read
from app.status import status
from config.problems import ConfigErrors
from tests.app.builders import CALENDAR, event, hold, recorded
from tests.builders import day

NOTICE = "three-days-absent"
TASK = "three-days-unexplained"
WEEK = ("Mon 2026-11-02", "Fri 2026-11-06")


def held(stand, *rows):
    stand.holds = list(rows)
    return stand


def told(stand):
    return [event(each)["data"]["rule"] for each in stand.messages("notice") if each.destination == "coventry"]


# --- who may hold what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "line"),
    [
        pytest.param({"rule": NOTICE}, None, id="a rule"),
        pytest.param({"rule": "attendance"}, None, id="a ladder"),
        pytest.param({"rule": "days-unexplained"}, None, id="a ladder whose last rung is the floor's: the others"),
        pytest.param({}, None, id="everything but the floor"),
        pytest.param(
            {"rule": "three-day-absent"},
            "holds.csv: row 2: rule: pupil p1: is no rule or ladder of policy lane",
            id="a rule that there is not",
        ),
        pytest.param(
            {"rule": "ten-days-unexplained"},
            "holds.csv: row 2: rule: pupil p1: is a rule of the floor, which cannot be held",
            id="the policy's own rule on the floor's condition",
        ),
        pytest.param(
            {"rule": "floor-ten-in-ten-weeks"},
            "holds.csv: row 2: rule: pupil p1: is a rule of the floor, which cannot be held",
            id="the floor",
        ),
        pytest.param(
            {"rule": NOTICE, "role": "staff"},
            "holds.csv: row 2: role: pupil p1: may not hold rule three-days-absent under policy lane: "
            "it may be held by head_of_provision",
            id="a role without the right",
        ),
        pytest.param(
            {"role": "staff"},
            "holds.csv: row 2: role: pupil p1: may not hold rule register-by-half-past-nine under policy lane: "
            "it may be held by head_of_provision",
            id="a role without the right, everything",
        ),
    ],
)
def test_a_hold_is_refused_where_the_policy_does_not_allow_it(stand, row, line):
    held(stand, hold("p1", *WEEK, **row)).write()

    try:
        read(stand.settings)
        said = None
    except ConfigErrors as errors:
        [said] = map(str, errors.problems)

    assert said == line


# --- what is not said, and what is said afterwards ----------------------------------------------------------------


def test_a_held_rule_says_nothing_and_the_others_go_on(stand):
    held(stand, hold("p1", *WEEK, NOTICE)).live("Mon 2026-11-02", p1="NN*5", p2="NN*5")

    assert stand.decisions(NOTICE, TASK) == [
        "Wed 2026-11-04 p1 three-days-unexplained",
        "Wed 2026-11-04 p2 three-days-absent",
        "Wed 2026-11-04 p2 three-days-unexplained",
    ]


def test_a_muted_notice_is_sent_when_the_mute_ends_if_it_is_still_true(stand):
    held(stand, hold("p1", *WEEK, NOTICE)).live("Mon 2026-11-02", p1="NN*6", p2=r"/\*6")

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]
    [notice] = [event(each)["data"] for each in stand.messages("notice") if event_rule(each) == NOTICE]
    assert notice["respond_by"] == "2026-11-10", "a school day from the day it was sent, not from the day it fired"


def event_rule(message):
    return event(message)["data"]["rule"] if message.destination == "coventry" else None


def test_a_muted_notice_is_not_sent_when_it_no_longer_holds(stand):
    held(stand, hold("p1", *WEEK, NOTICE)).live("Mon 2026-11-02", p1=r"NN*5 /\*2", p2=r"/\*7")

    assert stand.decisions(NOTICE) == []


def test_what_was_decided_before_a_hold_stays(stand):
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
    held(stand, hold("p1", *WEEK)).reread()
    stand.live("Thu 2026-11-05", p1=r"/\*2 /\*2", p2=r"/\*4")

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]


def test_a_hold_ends_early_when_its_row_is_taken_out(stand):
    held(stand, hold("p1", "Mon 2026-11-02", "Fri 2026-11-20")).live("Mon 2026-11-02", p1="NN*4", p2=r"/\*4")
    assert stand.decisions(NOTICE) == []

    held(stand).reread()
    stand.live("Fri 2026-11-06", p1="NN", p2=r"/\ ".strip())

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]


def test_a_hold_taken_out_when_the_reason_is_over_leaves_nothing_to_say(stand):
    held(stand, hold("p1", "Mon 2026-11-02", "Fri 2026-11-20")).live("Mon 2026-11-02", p1=r"NN*4 /\ ", p2=r"/\*5")

    held(stand).reread()
    stand.judged("Fri 2026-11-06 17:00")
    stand.live("Mon 2026-11-09", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert stand.decisions(NOTICE) == []


def test_a_day_judged_twice_after_a_hold_says_it_once(stand):
    held(stand, hold("p1", *WEEK, NOTICE)).live("Mon 2026-11-02", p1="NN*7", p2=r"/\*7")
    stand.drop("Tue 2026-11-10", p1="II")
    stand.pulled("Wed 2026-11-11 09:30")
    stand.judged("Wed 2026-11-11 09:45")

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]


def test_what_a_hold_let_out_is_taken_back_when_it_turns_out_that_it_did_not_hold(stand):
    """On the day after the hold the child was there, which came to be known a day later."""
    held(stand, hold("p1", *WEEK, NOTICE)).live("Mon 2026-11-02", p1="NN*6", p2=r"/\*6")
    stand.drop("Mon 2026-11-09", p1="//")
    stand.pulled("Tue 2026-11-10 09:30")
    stand.judged("Tue 2026-11-10 09:45")

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent withdrawn"]


def test_the_floor_speaks_through_every_hold(stand):
    held(stand, hold("p1", "Mon 2026-11-02", "Fri 2026-11-20")).live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")

    assert "Fri 2026-11-13 p1 ten-days-unexplained" in stand.decisions()
    assert stand.decisions(NOTICE, TASK, "five-days-unexplained", "below-ninety") == []


def test_a_ladder_is_held_but_for_the_floor_on_it(stand):
    held(stand, hold("p1", "Mon 2026-11-02", "Fri 2026-11-20", "days-unexplained")).live(
        "Mon 2026-11-02", p1="NN*10", p2=r"/\*10"
    )

    assert stand.decisions(TASK, "five-days-unexplained") == []
    assert stand.decisions("ten-days-unexplained") == ["Fri 2026-11-13 p1 ten-days-unexplained"]


def test_a_placement_on_hold_is_silent_but_for_the_floor_until_it_is_resumed(stand):
    """S1-38: a pause of the placement pauses its alerts."""
    stand.events = [recorded("p1", "Mon 2026-11-02", "placement_on_hold")]
    stand.live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")
    assert stand.decisions(NOTICE) == []

    stand.events.append(recorded("p1", "Mon 2026-11-09", "placement_resumed"))
    stand.reread()
    stand.live("Mon 2026-11-09", p1="NN", p2=r"/\ ".strip())

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]


def test_a_pause_that_was_a_mistake_is_as_if_it_had_not_been(stand):
    stand.events = [recorded("p1", "Mon 2026-11-02", "placement_on_hold")]
    stand.live("Mon 2026-11-02", p1="NN*4", p2=r"/\*4")

    stand.events = []
    stand.reread()
    stand.judged("Fri 2026-11-06 09:45")

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]


def test_a_hold_that_ends_with_the_term_is_heard_of_in_the_next(stand):
    stand.calendar = (
        CALENDAR.replace("2026-12-18", "2026-11-06") + "\n[[term]]\nfirst = 2026-11-16\nlast = 2026-12-18\n"
    )
    held(stand, hold("p1", *WEEK, NOTICE)).live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")
    stand.live("Mon 2026-11-16", p1="NN", p2=r"/\ ".strip())

    assert stand.decisions(NOTICE) == ["Wed 2026-11-04 p1 three-days-absent"]


def test_status_names_who_holds_what_until_when(stand):
    held(stand, hold("p1", *WEEK, NOTICE), hold("p2", "Mon 2026-11-30", "Fri 2026-12-04"))
    stand.at("Tue 2026-11-03 10:00").decide()

    assert status(stand.relay)["holds"] == [
        {"school": "lane", "pupil": "p1", "rule": NOTICE, "author": "M Ash", "until": day("Fri 2026-11-06")}
    ]
    assert "hospital" not in str(status(stand.relay))

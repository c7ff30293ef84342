"""The oracle itself, against days that the law, the published policies and the calendar have fixed."""

from datetime import date

import pytest

from tests.builders import calendar, day, spelled
from tests.rules.oracle import World, fired
from tests.rules.oracle.policy import METRICS

#: The terms of the day-counting vectors: to Friday 18 December 2026, and from Monday 4 January 2027.
TERMS = calendar(
    "Summer: Mon 2026-06-08 - Fri 2026-07-17",
    "Autumn: Wed 2026-09-02 - Fri 2026-10-23",
    "Autumn: Mon 2026-11-02 - Fri 2026-12-18",
    "Spring: Mon 2027-01-04 - Fri 2027-02-12",
    "Spring: Mon 2027-02-22 - Thu 2027-03-25",
)
INSET = type(TERMS)(TERMS.terms, {day("Mon 2027-01-04"): "INSET"})

UNEXPLAINED = {"metric": "consecutive", "unit": "school_day", "category": "unexplained"}
ABSENT = {"metric": "consecutive", "unit": "school_day", "category": "absent"}
TEN_IN_TEN = {
    "metric": "rolling_count",
    "unit": "session",
    "category": "unauthorised",
    "at_least": 10,
    "school_weeks": 10,
}
SICKNESS = {"metric": "cumulative", "unit": "school_day", "category": "illness", "at_least": 15, "window": "school_year", "again_each_run": True}  # fmt: skip
BELOW_NINETY = {"metric": "percentage", "unit": "session", "window": "school_year", "below": 90, "min_sessions": 20, "clear_at": 95}  # fmt: skip


def world(first, text, *more, on=TERMS, **fields):
    """A pupil whose sessions nobody wrote down were attended."""
    written = {at: sign for start, pairs in zip((first, *more[::2]), (text, *more[1::2]), strict=True) for at, sign in spelled(start, pairs, on=on)}  # fmt: skip
    register = {each: ["/", "\\"] for each in on.days}
    for at, sign in written.items():
        register[at.day][at.half == "PM"] = sign
    plain = {"start": on.days[0]} | fields
    return World(calendar=on, register={each: tuple(pair) for each, pair in register.items()}, **plain)


def days(when, of):
    found = METRICS[when["metric"], when.get("unit")](when, of)
    return [f"{each:%a %Y-%m-%d}" for each in found]


@pytest.mark.parametrize(
    ("first", "on", "tenth"),
    [
        pytest.param("Mon 2026-12-07", TERMS, "Fri 2026-12-18", id="from Monday: the last day of term"),
        pytest.param("Tue 2026-12-08", TERMS, "Mon 2027-01-04", id="from Tuesday: the first day of the next term"),
        pytest.param("Tue 2026-12-08", INSET, "Tue 2027-01-05", id="with INSET on that day: the day after"),
    ],
)
def test_the_tenth_school_day_without_explanation(first, on, tenth):
    assert days(UNEXPLAINED | {"at_least": 10}, world(first, "NN*15", on=on)) == [tenth]


def test_one_session_attended_inside_the_run_breaks_it():
    assert days(UNEXPLAINED | {"at_least": 10}, world("Mon 2026-12-07", "NN*4 N\\ NN*9 /\\")) == []


def test_the_fifth_school_day_after_an_n_steps_over_the_holiday():
    when = {"metric": "deadline", "unit": "school_day", "code": "N", "after_school_days": 5}

    assert days(when, world("Thu 2026-12-17", "NN")) == ["Thu 2027-01-07"]


@pytest.mark.parametrize(
    ("last", "found"),
    [
        pytest.param("Mon 2027-02-01", ["Mon 2027-02-01"], id="ten school weeks from 16 November end on 5 February"),
        pytest.param("Mon 2027-02-08", [], id="the week of 8 February is outside"),
    ],
)
def test_ten_unauthorised_sessions_in_ten_school_weeks_that_cross_christmas(last, found):
    who = world("Mon 2026-11-16", "GO NU G\\", "Thu 2026-12-17", "OO", "Mon 2027-01-18", "OO", last, "O\\")

    assert days(TEN_IN_TEN, who) == found


def test_sessions_that_made_ten_in_ten_fire_are_used_up():
    first = "Mon 2026-11-02"

    assert days(TEN_IN_TEN, world(first, "OO*5")) == ["Fri 2026-11-06"]
    assert days(TEN_IN_TEN, world(first, "OO*9 O\\")) == ["Fri 2026-11-06"]
    assert days(TEN_IN_TEN, world(first, "OO*10")) == ["Fri 2026-11-06", "Fri 2026-11-13"]
    assert days(TEN_IN_TEN, world(first, "/O OO*5")) == ["Mon 2026-11-09"]
    assert days(TEN_IN_TEN, world(first, "/O OO*9 O\\")) == ["Mon 2026-11-09", "Mon 2026-11-16"]


def test_ten_in_ten_looks_back_into_the_school_year_before():
    assert days(TEN_IN_TEN, world("Mon 2026-07-13", "OO*4", "Mon 2026-09-07", "OO")) == ["Mon 2026-09-07"]


def test_the_fifteenth_day_of_illness_in_the_year_counts_halves_and_each_later_run_of_fifteen():
    assert days(SICKNESS, world("Wed 2026-09-02", "I\\*29")) == []
    assert days(SICKNESS, world("Wed 2026-09-02", "I\\*30")) == ["Tue 2026-10-13"]
    assert days(SICKNESS, world("Mon 2026-11-02", "II*40")) == ["Fri 2026-11-20"]
    assert days(SICKNESS, world("Mon 2026-11-02", "II*15 /\\ II*15")) == ["Fri 2026-11-20", "Mon 2026-12-14"]
    assert days(SICKNESS, world("Mon 2026-11-02", "II*15 /\\ II*14 /\\ I\\")) == ["Fri 2026-11-20"]
    assert days(SICKNESS, world("Mon 2026-07-06", "II*10", "Wed 2026-09-02", "II*5")) == []


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("NN NN NN", ["Wed 2026-11-04"], id="the third day"),
        pytest.param("NN NU NN", [], id="late after the register closed: the child was seen"),
        pytest.param("NN -- NN NN", ["Thu 2026-11-05"], id="a day not recorded neither counts nor breaks"),
        pytest.param("NN NN N-", [], id="nothing newly fires on a day of which half is not recorded"),
        pytest.param("NN [C2][C2] N[C2] NN", ["Thu 2026-11-05"], id="sessions the pupil was told not to attend"),
        pytest.param("NN DD [Y1][Y1] XX EE NN NN", ["Tue 2026-11-10"], id="days without a possible session"),
        pytest.param("II NN MM", ["Wed 2026-11-04"], id="absent, whatever the reason"),
    ],
)
def test_three_days_absent_running(written, found):
    assert days(ABSENT | {"at_least": 3}, world("Mon 2026-11-02", written)) == found


def test_late_after_the_register_closed_counts_in_a_run_of_unauthorised_days():
    when = ABSENT | {"category": "unauthorised", "at_least": 3}

    assert days(when, world("Mon 2026-11-02", "OO UU GN")) == ["Wed 2026-11-04"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("/\\*9 II", [], id="18 of 20 is exactly 90, not below"),
        pytest.param("/\\*8 II I\\", ["Tue 2026-09-15"], id="17 of 20 is"),
        pytest.param("II*10", ["Tue 2026-09-15"], id="not before twenty possible sessions"),
        pytest.param("/\\*8 II [C2][C2] I\\", ["Wed 2026-09-16"], id="agreed part-time sessions are left out of both"),
        pytest.param("/\\*8 II I\\ /\\*10 II*4", ["Tue 2026-09-15"], id="never back at 95: not armed again"),
        pytest.param(
            "/\\*8 II I\\ /\\*20 II*4", ["Tue 2026-09-15", "Thu 2026-10-15"], id="back at 95, then below again"
        ),
    ],
)
def test_attendance_below_ninety(written, found):
    assert days(BELOW_NINETY, world("Wed 2026-09-02", written, start=day("Wed 2026-09-02"))) == found


def test_more_than_five_sessions_running_are_six():
    when = {"metric": "consecutive", "unit": "session", "category": "authorised", "more_than": 5}

    assert days(when, world("Mon 2026-11-02", "II II I\\")) == []
    assert days(when, world("Mon 2026-11-02", "II I- -I II")) == ["Thu 2026-11-05"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("/N N\\", ["Tue 2026-11-03"], id="the second and third of the first three"),
        pytest.param("/\\ NN", [], id="the fourth is outside"),
        pytest.param(
            "-N [C2]N", ["Tue 2026-11-03"], id="only recorded sessions the pupil was asked to attend are counted"
        ),
    ],
)
def test_two_sessions_running_within_the_first_three(written, found):
    when = {"metric": "consecutive", "unit": "session", "category": "absent", "at_least": 2, "within": {"first_sessions": 3}}  # fmt: skip

    assert days(when, world("Mon 2026-11-02", written, start=day("Mon 2026-11-02"))) == found


def test_the_first_three_months_end_on_the_day_of_the_month_they_began():
    when = ABSENT | {"at_least": 1, "within": {"first_months": 3}}
    start = {"start": day("Mon 2026-11-02")}

    assert days(when, world("Mon 2027-02-01", "NN", **start)) == ["Mon 2027-02-01"]
    assert days(when, world("Tue 2027-02-02", "NN", **start)) == []


def test_a_safeguarding_concern_brings_the_referral_forward_to_its_own_day():
    when = UNEXPLAINED | {"at_least": 1, "standing": "safeguarding_concern"}
    raised = {"events": ((date(2026, 11, 4), "safeguarding_concern"),)}
    closed = {"events": (*raised["events"], (date(2026, 11, 9), "safeguarding_concern_closed"))}

    assert days(when, world("Mon 2026-11-02", "NN*5", **raised)) == ["Wed 2026-11-04"]
    assert days(when, world("Mon 2026-11-02", "/\\*5 NN", **closed)) == []
    assert days(when, world("Mon 2026-11-02", "NN*5")) == []


def test_a_return_is_the_first_session_attended_after_the_absence():
    when = {"metric": "event", "event": "return", "category": "absent", "at_least": 2}

    assert days(when, world("Mon 2026-11-02", "NN NN N\\")) == ["Wed 2026-11-04"]
    assert days(when, world("Mon 2026-11-02", "NN NN U\\")) == ["Wed 2026-11-04"]
    assert days(when, world("Mon 2026-11-02", "NN NN -- /\\")) == ["Thu 2026-11-05"]
    assert days(when, world("Mon 2026-11-02", "NN /\\")) == []


def test_the_same_weekday_missed_three_times_in_six_weeks():
    when = {"metric": "pattern", "unit": "session", "shape": "weekday", "category": "absent", "at_least": 3, "school_weeks": 6}  # fmt: skip
    who = world("Fri 2026-11-06", "/I", "Fri 2026-11-13", "OO", "Mon 2026-11-16", "I\\", "Fri 2026-11-27", "M\\")

    assert days(when, who) == ["Fri 2026-11-27"]


def test_the_days_around_holidays_missed_twice():
    when = {"metric": "pattern", "unit": "session", "category": "absent", "at_least": 2, "school_weeks": 12}
    who = world("Fri 2026-10-23", "OO", "Fri 2026-12-18", "O\\", "Mon 2027-01-04", "OO")

    assert days(when | {"shape": "before_holiday"}, who) == ["Fri 2026-12-18"]
    assert days(when | {"shape": "after_holiday"}, who) == []


POLICY = {
    "ladder": [{"id": "level", "fires": "highest_only"}, {"id": "days", "fires": "each_rung"}],
    "rule": [
        {"id": "below-90", "rows": ["A"], "ladder": "level", "rung": 1, "once_per": "episode", "when": BELOW_NINETY},
        {"id": "below-80", "rows": ["B"], "ladder": "level", "rung": 2, "once_per": "episode", "when": BELOW_NINETY | {"below": 80}},
        {"id": "no-better", "rows": ["C"], "once_per": "day", "when": {"metric": "review", "unit": "school_day", "of": "below-90", "after_school_days": 10, "measure": "attendance", "below": 90, "min_sessions": 10}},
        {"id": "three-days", "rows": ["D"], "ladder": "days", "rung": 1, "once_per": "term", "when": ABSENT | {"at_least": 3}},
        {"id": "after", "rows": ["E"], "needs": "below-90", "once_per": "run", "when": ABSENT | {"at_least": 2}},
        {"id": "looked-after", "rows": ["F"], "once_per": "run", "population": {"flags_any": ["looked_after"]}, "when": ABSENT | {"at_least": 1}},
    ],
}  # fmt: skip
FLOOR = {
    "rule": [{"id": "floor-ten", "rows": ["FLOOR-CME"], "once_per": "run", "when": UNEXPLAINED | {"at_least": 10}}]
}
SAME = {"id": "own", "rows": ["S", "FLOOR-CME"], "once_per": "run", "when": UNEXPLAINED | {"at_least": 10}}


def test_of_a_ladder_only_the_highest_rung_speaks_and_what_needs_a_lower_one_is_not_lost():
    # What reviews the lower one has nothing to review on 29 September, ten school days later.
    who = world("Wed 2026-09-02", "/\\*5 NN*5 /\\ NN*2 /\\*12", start=day("Wed 2026-09-02"))

    assert fired(POLICY, {"rule": []}, who) == {
        day("Fri 2026-09-11"): {"three-days"},
        day("Tue 2026-09-15"): {"below-80"},
        day("Fri 2026-09-18"): {"after"},
    }


def test_once_a_term_is_once_in_all_stretches_of_its_name():
    who = world("Mon 2026-09-14", "II*3", "Mon 2026-11-09", "II*3", "Mon 2027-01-11", "II*3")

    assert [each for each, names in fired(POLICY, {"rule": []}, who).items() if "three-days" in names] == [
        day("Wed 2026-09-16"),
        day("Wed 2027-01-13"),
    ]


def test_a_review_fires_where_the_days_since_were_no_better():
    better = world("Wed 2026-09-02", "/\\*8 II I\\ /\\*10", start=day("Wed 2026-09-02"))
    worse = world("Wed 2026-09-02", "/\\*8 II I\\ /\\*8 MM*2", start=day("Wed 2026-09-02"))

    assert "no-better" not in set().union(*fired(POLICY, {"rule": []}, better).values())
    assert "no-better" in fired(POLICY, {"rule": []}, worse)[day("Tue 2026-09-29")]


def test_a_rule_for_looked_after_children_is_asked_about_no_other():
    flagged = world("Mon 2026-11-02", "NN", flags=frozenset({"looked_after", "send"}))

    assert fired(POLICY, {"rule": []}, flagged) == {day("Mon 2026-11-02"): {"looked-after"}}
    assert fired(POLICY, {"rule": []}, world("Mon 2026-11-02", "NN")) == {}


def test_the_floor_holds_beside_a_policy_that_says_nothing_and_inside_one_that_says_the_same():
    who = world("Mon 2026-11-02", "NN*10 /\\ NN*10")

    assert list(fired(POLICY | {"rule": []}, FLOOR, who).items()) == [
        (day("Fri 2026-11-13"), {"floor-ten"}),
        (day("Mon 2026-11-30"), {"floor-ten"}),
    ]
    assert list(fired({"rule": [SAME]}, FLOOR, who).items()) == [
        (day("Fri 2026-11-13"), {"own"}),
        (day("Mon 2026-11-30"), {"own"}),
    ]


def test_a_policy_that_asks_more_seldom_than_the_floor_takes_nothing_from_it():
    who = world("Mon 2026-11-02", "NN*10 /\\ NN*10")

    assert list(fired({"rule": [SAME | {"once_per": "school_year"}]}, FLOOR, who).items()) == [
        (day("Fri 2026-11-13"), {"own", "floor-ten"}),
        (day("Mon 2026-11-30"), {"floor-ten"}),
    ]

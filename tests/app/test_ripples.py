"""What happens to decisions when the operator's files change afterwards: what no longer holds is taken back."""

import pytest

from tests.app.builders import CALENDAR

THREE_DAYS = ("three-days-absent", "three-days-unexplained")


def corrected(stand, at="Thu 2026-11-05 09:45"):
    """Write the folder again and judge."""
    stand.reread()
    return stand.judged(at)


def three_days(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.deliver()


SNOW = CALENDAR.replace("inset = [2026-11-27]", "inset = [2026-11-27]\nclosed = [2026-11-03]")


def test_a_day_closed_afterwards_takes_back_the_run_it_was_part_of(stand):
    with stand.receiving():
        three_days(stand)
        stand.calendar = SNOW
        assert corrected(stand).withdrawn == 2

    assert stand.decisions() == [f"Wed 2026-11-04 p1 {rule} withdrawn" for rule in THREE_DAYS]
    assert [each for each in stand.told("notice.withdrawal") if "pending" in each] == [
        "notice.withdrawal to coventry pending",
        "notice.withdrawal to mail places@council.example pending",
        "notice.withdrawal to mail office@alder.example pending",
    ]


def test_a_day_that_was_open_after_all_makes_the_run_that_it_completes(stand):
    stand.calendar = SNOW
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())
    stand.drop("Tue 2026-11-03", p1="NN", p2=r"/\ ".strip())
    stand.live("Wed 2026-11-04", p1="NN", p2=r"/\ ".strip())
    assert stand.decisions(*THREE_DAYS) == []

    stand.calendar = CALENDAR
    corrected(stand)

    assert stand.decisions(*THREE_DAYS) == [f"Wed 2026-11-04 p1 {rule}" for rule in THREE_DAYS]


def test_a_decision_of_a_day_that_was_none_is_taken_back(stand):
    three_days(stand)
    stand.calendar = CALENDAR.replace("inset = [2026-11-27]", "inset = [2026-11-27, 2026-11-04]")

    assert corrected(stand).withdrawn == 2
    assert stand.decisions() == [f"Wed 2026-11-04 p1 {rule} withdrawn" for rule in THREE_DAYS]


def test_the_next_term_added_to_the_calendar_changes_nothing_that_was_decided(stand):
    three_days(stand)
    stand.calendar = CALENDAR + '\n[[term]]\nname = "Spring"\nfirst = 2027-01-04\nlast = 2027-03-26\n'

    assert corrected(stand).withdrawn == 0
    assert stand.store.intake.to_judge("lane") == {}


@pytest.mark.parametrize(
    ("column", "value", "withdrawn"),
    [
        pytest.param("expected", "Mon AM;Mon PM;Tue AM;Tue PM", 2, id="he was never due on Wednesdays"),
        pytest.param("expected", "Mon AM;Tue AM;Wed AM", 0, id="mornings alone: three days all the same"),
        pytest.param("start_date", "2026-11-03", 2, id="the placement began on Tuesday"),
        pytest.param("start_date", "2026-10-20", 0, id="it began earlier, and nothing changes"),
        pytest.param("end_date", "2026-11-03", 2, id="it had ended on Tuesday"),
        pytest.param("end_date", "2026-12-18", 0, id="it will end"),
        pytest.param("la_code", "937", 0, id="who is told is no question of the marks"),
        pytest.param("flags", "send", 0, id="no rule asks for the flag"),
    ],
)
def test_a_placement_corrected_afterwards_is_judged_as_it_should_have_been(stand, column, value, withdrawn):
    three_days(stand)
    stand.placements[0][column] = value

    assert corrected(stand).withdrawn == withdrawn


def test_a_timetable_corrected_to_more_sessions_makes_the_run_that_it_completes(build):
    stand = build(pupils={"p1": {"expected": "Tue AM;Tue PM;Wed AM;Wed PM"}, "p2": {}})
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
    assert stand.decisions(*THREE_DAYS) == []

    stand.placements[0]["expected"] = ""
    corrected(stand)

    assert stand.decisions(*THREE_DAYS) == [f"Wed 2026-11-04 p1 {rule}" for rule in THREE_DAYS]


def test_the_files_read_again_unchanged_have_nobody_judged_again(stand):
    three_days(stand)
    corrected(stand)

    assert stand.store.intake.to_judge("lane") == {}


def test_a_change_is_noted_together_with_what_it_was_changed_to(stand):
    """A pull writes the files down; the judging that follows finds what they changed."""
    three_days(stand)
    stand.calendar = SNOW
    stand.reread()
    stand.at("Thu 2026-11-05 09:30")
    stand.drop("Thu 2026-11-05", p1="//")
    stand.pull()

    assert f"{stand.store.intake.to_judge('lane')['p2']}" == "2026-11-03"
    assert stand.judged("Thu 2026-11-05 09:45").withdrawn == 2
    assert stand.judged("Thu 2026-11-05 12:45").withdrawn == 0

"""What still holds on a later day: why a task is asked again, a mute is made up for, a case stays open."""

import pytest

from rules.due import RollEntry, SessionsDue, as_placed
from rules.model import is_on_roll
from tests.builders import day, marks
from tests.rules.builders import TERMS, evaluator, pupil


def holding(policy: str, written: str, on: str, **fields: object) -> set[str]:
    who = pupil("Mon 2026-11-02", written, **fields)
    return evaluator(policy).holding(TERMS, day(on), who.origin)(who)


@pytest.mark.parametrize(
    ("written", "is_chased"),
    [
        pytest.param("N\\ /\\ /\\", True, id="the N of Monday stands on Wednesday, though the pupil is back"),
        pytest.param("I\\ /\\ /\\", False, id="the reason was recorded"),
        pytest.param("O\\ /\\ /\\", False, id="it became O"),
    ],
)
def test_an_n_is_chased_until_somebody_changes_it(written, is_chased):
    assert ("no-reason-yet" in holding("targeted-provision", written, "Wed 2026-11-04")) is is_chased


def test_of_a_ladder_only_the_highest_rung_holds():
    found = holding("burton-pru", "II*6", "Mon 2026-11-09")

    assert {rule for rule in found if rule in {"first-day", "stage-1", "stage-2"}} == {"stage-2"}


@pytest.mark.parametrize(
    ("written", "is_over"),
    [
        pytest.param("NN NN NN /\\", True, id="the pupil came back"),
        pytest.param("NN NN NN --", False, id="nobody took the register: the case stays as it was"),
        pytest.param("NN NN NN [C2][C2]", False, id="told not to attend"),
    ],
)
def test_a_case_is_over_when_nothing_of_its_run_is_left(written, is_over):
    who = pupil("Mon 2026-11-02", written)

    assert evaluator().over(TERMS, day("Thu 2026-11-05"), who.origin)("days-unexplained", who) is is_over


def test_who_left_and_comes_back_is_placed_in_neither_time_in_between():
    autumn = RollEntry(pupil_id="P1", start=day("Wed 2026-09-02"), end=day("Fri 2026-10-23"), flags=frozenset({"send"}))
    spring = RollEntry(pupil_id="P1", start=day("Mon 2027-01-04"))
    who = SessionsDue(TERMS).lay([autumn, spring], marks("Wed 2026-09-02", "/\\"))

    placed = {text: as_placed(who, [autumn, spring], day(text)) for text in ("Fri 2026-11-06", "Mon 2027-01-04")}

    assert {text: is_on_roll(each, day(text)) for text, each in placed.items()} == {
        "Fri 2026-11-06": False,
        "Mon 2027-01-04": True,
    }
    assert placed["Mon 2027-01-04"].flags == frozenset()


def test_a_pupil_with_one_placement_is_placed_as_laid():
    entry = RollEntry(pupil_id="P1", start=day("Wed 2026-09-02"))
    who = SessionsDue(TERMS).lay([entry], marks("Wed 2026-09-02", "/\\"))

    assert as_placed(who, [entry], day("Fri 2026-11-06")) is who

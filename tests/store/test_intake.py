import pytest

from tests.builders import day
from tests.store.builders import SCHOOL

MONDAY_2ND, TUESDAY_3RD = day("Mon 2026-11-02"), day("Tue 2026-11-03")


def test_a_pupil_is_judged_again_from_the_earliest_day_that_changed(store):
    with store.transaction():
        store.intake.add(SCHOOL, [("p1", TUESDAY_3RD), ("p2", MONDAY_2ND)])
        store.intake.add(SCHOOL, [("p1", MONDAY_2ND), ("p2", TUESDAY_3RD)])
        store.intake.add("hillside", [("p1", TUESDAY_3RD)])

    assert store.intake.to_judge(SCHOOL) == {"p1": MONDAY_2ND, "p2": MONDAY_2ND}
    assert store.intake.to_judge("hillside") == {"p1": TUESDAY_3RD}


@pytest.mark.parametrize(
    ("through", "left"), [("Sun 2026-11-01", {"p1", "p2"}), ("Mon 2026-11-02", {"p2"}), ("Tue 2026-11-03", set())]
)
def test_a_pupil_judged_through_a_day_is_forgotten(store, through, left):
    with store.transaction():
        store.intake.add(SCHOOL, [("p1", MONDAY_2ND), ("p2", TUESDAY_3RD)])
        store.intake.judged(SCHOOL, day(through))

    assert store.intake.to_judge(SCHOOL).keys() == left


def test_a_file_is_read_once_at_each_school(store):
    files = store.intake.files(SCHOOL)

    files.add("aa")
    files.add("aa")

    assert "aa" in files
    assert "bb" not in files
    assert "aa" not in store.intake.files("hillside")


def test_a_file_counts_as_read_only_when_its_marks_are_committed(store):
    def fail():
        with store.transaction():
            store.intake.files(SCHOOL).add("aa")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert "aa" not in store.intake.files(SCHOOL)

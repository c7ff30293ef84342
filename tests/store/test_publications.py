from dataclasses import replace

import pytest

from store.publications import Publication
from tests.builders import day
from tests.store.builders import MONDAY, after

FIRST = Publication(
    destination="coventry",
    feed="attendance-daily",
    day=day("Mon 2026-11-02"),
    sequence=1,
    edition="provisional",
    created_at=MONDAY,
    rows={"record-1": (1, "aa"), "record-2": (1, "bb")},
)
FINAL = replace(FIRST, sequence=2, edition="final", created_at=after(hours=8), rows={"record-1": (2, "cc")})


def publish(store, *publications):
    with store.transaction():
        for each in publications:
            store.publications.record(each)
        return store.publications.next_sequence("coventry")


def last(store, **other):
    key = {"destination": "coventry", "feed": "attendance-daily", "day": day("Mon 2026-11-02")} | other
    return store.publications.last(**key)


def test_the_latest_edition_of_a_day_is_what_a_destination_knows(store):
    assert publish(store, FIRST) == 2
    assert last(store) == FIRST

    publish(store, FINAL)
    assert last(store) == FINAL
    assert last(store, destination="school") is None
    assert last(store, day=day("Tue 2026-11-03")) is None


def test_numbers_run_without_gaps_by_destination(store):
    publish(store, FIRST, replace(FINAL, day=day("Tue 2026-11-03")))

    publish(store, replace(FIRST, destination="school"))
    assert publish(store) == 3


@pytest.mark.parametrize("sequence", [0, 1, 3])
def test_a_number_out_of_turn_is_refused(store, sequence):
    publish(store, FIRST)

    with pytest.raises(ValueError, match=f"edition {sequence} for coventry: the next one is 2"):
        publish(store, replace(FINAL, sequence=sequence))


def test_a_number_is_not_used_up_by_an_edition_that_was_rolled_back(store):
    def fail():
        with store.transaction():
            store.publications.record(FIRST)
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert publish(store) == 1


def test_rows_are_kept_with_the_latest_edition_only(store):
    publish(store, FIRST, replace(FINAL, feed="other"), replace(FINAL, sequence=3))

    kept = store._connection.rows("SELECT sequence FROM publication WHERE rows IS NOT NULL ORDER BY sequence")

    assert kept == [(2,), (3,)]


def test_the_days_a_destination_was_told_about_are_known(store):
    publish(store, FIRST, FINAL, replace(FIRST, sequence=3, day=day("Tue 2026-11-03")))

    def days(since):
        return store.publications.days("coventry", "attendance-daily", day(since))

    assert days("Mon 2026-11-02") == [day("Mon 2026-11-02"), day("Tue 2026-11-03")]
    assert days("Tue 2026-11-03") == [day("Tue 2026-11-03")]


def test_every_day_tells_what_a_destination_was_told_of_it(store):
    publish(store, FIRST, FINAL, replace(FIRST, sequence=3, day=day("Tue 2026-11-03")))

    told = store.publications.told("coventry", "attendance-daily")

    assert list(told) == [day("Mon 2026-11-02"), day("Tue 2026-11-03")]
    monday = told[day("Mon 2026-11-02")]
    assert (monday.editions, monday.created_at, monday.count) == ({"provisional", "final"}, after(hours=8), 2)
    assert store.publications.told("school", "attendance-daily") == {}

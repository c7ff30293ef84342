from dataclasses import replace

import pytest
from sqlite_utils import Database

from store.connection import Connection
from store.database import Store
from store.migrations import migrations
from store.publications import Publication
from tests.builders import day
from tests.store.builders import MONDAY, after, claimed, draft

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


# --- revisions, floors and what will not come --------------------------------------------------------------------------


def revision(store, feed="attendance-daily", when="Mon 2026-11-02"):
    return store.publications.next_revision("coventry", feed, day(when))


def raise_floor(store, *, feed="attendance-daily", when="Mon 2026-11-02", sequence=0, revision=0):
    with store.transaction():
        store.publications.raise_floor("coventry", feed, day(when), sequence=sequence, revision=revision)


def in_doubt(store, feed="attendance-daily"):
    return store.publications.in_doubt("coventry", feed)


def test_the_next_revision_follows_the_last_edition_of_the_day(store):
    assert revision(store) == 1
    publish(store, FIRST, replace(FINAL, revision=2))

    assert (revision(store), revision(store, feed="other"), revision(store, when="Tue 2026-11-03")) == (3, 1, 1)


def test_numbers_and_revisions_go_on_above_the_floor(store):
    publish(store, FIRST)

    raise_floor(store, sequence=45, revision=4)

    assert publish(store) == 46
    assert revision(store) == 5
    assert in_doubt(store) == [day("Mon 2026-11-02")]


def test_a_floor_below_what_is_known_changes_nothing(store):
    publish(store, FIRST, replace(FINAL, revision=2))

    raise_floor(store, sequence=2, revision=2)

    assert (publish(store), revision(store), in_doubt(store)) == (3, 3, [])


def test_a_floor_only_rises(store):
    raise_floor(store, sequence=45, revision=4)
    raise_floor(store, sequence=9, revision=1)

    assert (publish(store), revision(store)) == (46, 5)


def test_a_day_is_in_doubt_until_an_edition_above_the_floor_is_out(store):
    raise_floor(store, sequence=7, revision=3)
    assert in_doubt(store) == [day("Mon 2026-11-02")]

    publish(store, replace(FIRST, sequence=8, revision=4))

    assert in_doubt(store) == []


def test_a_floor_of_an_unknown_feed_is_every_feeds(store):
    raise_floor(store, feed="", sequence=7, revision=3)

    assert (revision(store), revision(store, feed="other")) == (4, 4)
    assert (in_doubt(store), in_doubt(store, feed="other")) == ([day("Mon 2026-11-02")],) * 2


def test_a_floor_of_another_destination_is_not_ones_own(store):
    with store.transaction():
        store.publications.raise_floor("school", "attendance-daily", day("Mon 2026-11-02"), sequence=9, revision=9)

    assert (publish(store), revision(store), in_doubt(store)) == (1, 1, [])


def sent(store, *names):
    """Enqueue a message for each publication, in the same transaction."""
    with store.transaction():
        for number, name in enumerate(names, 1):
            store.messages.enqueue(draft(name, ordering_key="feed"))
            store.publications.record(replace(FIRST, sequence=number, revision=number, message_id=name))


def not_coming(store, now=MONDAY):
    return store.publications.not_coming("coventry", now)


def test_what_has_not_left_is_known_with_its_number(store):
    sent(store, "m1", "m2")

    assert store.publications.unsent("coventry", "attendance-daily", day("Mon 2026-11-02")) == {"m1": 1, "m2": 2}
    assert store.publications.unsent("coventry", "other", day("Mon 2026-11-02")) == {}


def test_a_number_that_was_withdrawn_is_told_once(store):
    sent(store, "m1", "m2")
    with store.transaction():
        assert store.messages.supersede("m1", MONDAY, "the evening tells it all")
    assert not_coming(store) == [1]

    publish(store, replace(FINAL, sequence=3, revision=3, not_sent=(1,)))

    assert not_coming(store) == []
    assert store.messages.interventions("m1")[0].action == "superseded"


def test_a_number_out_of_date_will_not_come_and_another_dead_letter_may(store):
    with store.transaction():
        store.messages.enqueue(draft("m1", expires_at=after(hours=1)))
        store.messages.enqueue(draft("m2", ordering_key="other"))
        store.publications.record(replace(FIRST, message_id="m1"))
        store.publications.record(replace(FIRST, sequence=2, revision=2, message_id="m2"))
        store.messages.expire(after(hours=1))

    assert not_coming(store, after(hours=1)) == [1]


def test_what_is_being_sent_or_may_have_arrived_is_not_superseded(store):
    sent(store, "m1")
    claimed(store)

    with store.transaction():
        assert not store.messages.supersede("m1", MONDAY, "the evening tells it all")
    assert not_coming(store) == []


def test_editions_from_before_revisions_were_kept_are_counted(tmp_path):
    connection = Connection(tmp_path / "relay.db", busy_seconds=1)
    with connection.transaction():
        connection.sqlite.execute("PRAGMA application_id = 0x4152656C")
        migrations().apply(Database(connection.sqlite), stop_before="0010_feeds")
        columns = "destination, sequence, feed, day, edition, created_at"
        rows = [("coventry", number, "attendance-daily", "2026-11-02", "final", "2026-11-02") for number in (1, 2)]
        connection.write_many(f"INSERT INTO publication ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()

    with Store.open(tmp_path / "relay.db") as store:
        assert revision(store) == 3

import pytest

from mapping.model import Half
from store.connection import sqlite3
from tests.builders import day, session
from tests.store.builders import MONDAY, SCHOOL, after, in_doubt, ingest, mark

AM, PM = "Mon 2026-11-02 AM", "Mon 2026-11-02 PM"
MONDAY_2ND = day("Mon 2026-11-02")


@pytest.fixture
def corrected(store):
    """An N at nine, an O at ten, an I the next day; a second pupil whose mark came late."""
    ingest(store, mark("p1", "N"))
    ingest(store, mark("p1", "O"), mark("p2", "/"), seen_at=after(hours=1))
    ingest(store, mark("p1", "I"), seen_at=after(days=1), source="correction")
    return store


@pytest.mark.parametrize(
    ("at", "known"),
    [
        pytest.param(after(minutes=-1), {}, id="before the register came"),
        pytest.param(MONDAY, {"p1": "N"}, id="at the instant it came"),
        pytest.param(after(minutes=59), {"p1": "N"}, id="before the first correction"),
        pytest.param(after(hours=1), {"p1": "O", "p2": "/"}, id="after it"),
        pytest.param(after(days=2), {"p1": "I", "p2": "/"}, id="today"),
    ],
)
def test_what_was_known_at_an_instant_can_be_told(corrected, at, known):
    register = corrected.history.register_as_known(SCHOOL, session(AM), at)

    assert {pupil: chr(byte) for pupil, byte in register.items()} == known


def test_every_change_of_a_recorded_mark_is_kept_with_old_and_new(corrected):
    kept = [(chr(each.old), chr(each.new), each.source, each.seen_at) for each in corrected.history.amendments_of("p1")]

    assert kept == [("N", "O", "arbor", after(hours=1)), ("O", "I", "correction", after(days=1))]
    assert corrected.history.amendments_of("p2") == []


def test_amendments_since_an_instant_include_that_instant(corrected):
    assert [chr(each.new) for each in corrected.history.amendments(SCHOOL, after(days=1))] == ["I"]
    assert [chr(each.new) for each in corrected.history.amendments(SCHOOL, after(minutes=59))] == ["O", "I"]
    assert corrected.history.amendments("hillside", MONDAY) == []


def test_a_feed_row_learns_when_a_mark_was_made_and_last_changed(corrected):
    assert corrected.history.marked_at(SCHOOL, MONDAY_2ND, Half.AM) == MONDAY
    assert corrected.history.marked_at(SCHOOL, MONDAY_2ND, Half.PM) is None
    assert corrected.history.amended(SCHOOL, MONDAY_2ND) == {("p1", Half.AM): (2, after(days=1))}
    assert corrected.history.first_recorded(SCHOOL, MONDAY_2ND) == {
        ("p1", Half.AM): MONDAY,
        ("p2", Half.AM): after(hours=1),
    }


def test_a_register_with_nothing_but_doubt_is_not_marked(store):
    ingest(store, in_doubt(pupil_id="p1"))
    ingest(store, mark("p1", "/"), seen_at=after(hours=1))

    assert store.history.marked_at(SCHOOL, MONDAY_2ND, Half.AM) == after(hours=1)
    assert store.history.first_recorded(SCHOOL, MONDAY_2ND) == {("p1", Half.AM): after(hours=1)}


def test_a_version_holds_what_changed_and_where_it_came_from(corrected):
    versions = list(corrected.history.versions(SCHOOL, MONDAY_2ND, MONDAY_2ND))

    assert [(each.seen_at, each.source, each.marks) for each in versions] == [
        (MONDAY, "arbor", {"p1": ord("N")}),
        (after(hours=1), "arbor", {"p1": ord("O"), "p2": ord("/")}),
        (after(days=1), "correction", {"p1": ord("I")}),
    ]
    assert corrected.history.counts() == {"versions": 3, "amendments": 2}


def test_each_register_is_known_apart_from_the_others(corrected):
    ingest(corrected, mark("p1", "/", PM), mark("p1", "/", "Tue 2026-11-03 AM"))

    assert corrected.history.register_as_known(SCHOOL, session(PM), after(days=2)) == {"p1": ord("/")}


@pytest.mark.parametrize("statement", ["DELETE FROM amendment", "UPDATE amendment SET new = '/'"])
def test_an_amendment_is_never_changed(corrected, statement):
    with pytest.raises(sqlite3.IntegrityError, match="amendments are append-only"), corrected.transaction():
        corrected._connection.write(statement)

    assert len(corrected.history.amendments_of("p1")) == 2


@pytest.mark.parametrize("statement", ["DELETE FROM register_version", "UPDATE register_version SET content = x''"])
def test_a_version_is_never_changed(corrected, statement):
    with pytest.raises(sqlite3.IntegrityError, match="register versions are append-only"), corrected.transaction():
        corrected._connection.write(statement)


def test_a_version_altered_behind_the_programs_back_shows(corrected):
    assert corrected.history.is_intact(SCHOOL, session(AM))

    with corrected.transaction():
        corrected._connection.write("DROP TRIGGER register_version_is_not_changed")
        corrected._connection.write("UPDATE register_version SET content = x'00' WHERE id = 2")

    assert not corrected.history.is_intact(SCHOOL, session(AM))


def test_each_day_tells_when_its_registers_last_changed(corrected):
    ingest(corrected, mark("p1", "/", "Tue 2026-11-03 AM"), seen_at=after(hours=2))

    assert corrected.history.last_changed(SCHOOL) == {
        MONDAY_2ND: after(days=1),
        day("Tue 2026-11-03"): after(hours=2),
    }
    assert corrected.history.last_changed("hillside") == {}

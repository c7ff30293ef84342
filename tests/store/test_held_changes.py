"""Changes that wait: kept as they were shown, one open set a school, written only where the mark is still the old one."""

import pytest

from mapping.model import Half, Session
from store.connection import sqlite3
from store.held_changes import CANCELLED, HeldChanges
from store.laying import Difference
from tests.store.builders import MONDAY, SCHOOL, mark

AM = Session(MONDAY.date(), Half.AM)
CHANGE = Difference("p1", AM, ord("/"), ord("U"))
GONE = Difference("p2", AM, ord("/"), None)


def held(name="riverside@2026-11-02", *changes):
    return HeldChanges(
        id=name, school=SCHOOL, held_at=MONDAY, source="arbor", recorded=9, changes=changes or (CHANGE, GONE)
    )


def test_it_is_read_as_it_was_written(store):
    with store.transaction():
        store.changes.hold(held())

    assert store.changes.open(SCHOOL) == store.changes.get(held().id) == held()
    assert store.changes.waiting() == [held()]


def test_a_school_has_one_open_set(store):
    with store.transaction():
        store.changes.hold(held())

    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.changes.hold(held("another"))


def test_what_is_settled_is_not_settled_again_and_refused_changes_are_known(store):
    with store.transaction():
        store.changes.hold(held())
        assert store.changes.settle(held().id, CANCELLED, at=MONDAY, by="head", note="wrong")
        assert not store.changes.settle(held().id, "released", at=MONDAY, by="head", note="right")
        assert not store.changes.settle("nothing", "released", at=MONDAY, by="head", note="right")

    assert store.changes.open(SCHOOL) is None
    assert store.changes.refused(SCHOOL) == {CHANGE, GONE}


def test_ids_are_numbered_from_the_second_on(store):
    with store.transaction():
        store.changes.hold(held("x"))

    assert (store.changes.free_id("x"), store.changes.free_id("y")) == ("x.2", "y")


def test_what_is_withheld_is_neither_written_nor_missing_and_the_rest_is(store):
    with store.transaction():
        store.registers.ingest(SCHOOL, [mark("p1", "/"), mark("p2", "/")], source="arbor", seen_at=MONDAY)
    found = []

    def withhold(laid):
        found.extend(laid.differences())
        return {(each.pupil_id, each.session) for each in found}

    with store.transaction():
        done = store.registers.ingest(
            SCHOOL,
            [mark("p1", "U"), mark("p3", "/")],
            source="arbor",
            seen_at=MONDAY,
            scope=[mark("p1", "/").session],
            withhold=withhold,
        )

    assert (done.new, done.amended, done.retracted) == (1, 0, ())
    assert [(each.pupil_id, each.new) for each in found] == [("p1", ord("U")), ("p2", None)]


def test_changes_are_carried_out_where_the_mark_is_still_the_old_one(store):
    session = mark("p1", "/").session
    with store.transaction():
        store.registers.ingest(SCHOOL, [mark("p1", "/"), mark("p2", "/")], source="arbor", seen_at=MONDAY)
    changes = [
        Difference("p1", session, ord("/"), ord("U")),
        Difference("p2", session, ord("/"), None),
        Difference("p3", session, ord("/"), ord("U")),
    ]

    with store.transaction():
        done = store.registers.apply(SCHOOL, changes, source="arbor", seen_at=MONDAY)

    assert (done.amended, done.new, done.retracted) == (1, 0, (("p2", session),))
    assert done.changed == (("p1", session.day),)

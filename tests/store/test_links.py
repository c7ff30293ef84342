"""Who waits, what persons approved and refused: kept with author and time, and never deleted."""

from datetime import date

import pytest

from mapping.identity import Link
from mapping.model import SourcePupil
from store.connection import sqlite3
from store.links import Refusal
from tests.store.builders import MONDAY, SCHOOL, after, in_doubt, ingest, mark

LINK = Link(pupil_id="p1", platform_id="77", upn=None, start=date(2026, 10, 19))


def approve(store, *links, at=MONDAY, source="arbor"):
    with store.transaction():
        store.links.approve(SCHOOL, source, links, at=at, by="A. Admin")


def waiting(store, source="arbor"):
    return [
        (each.platform_id, each.upn, each.marks, each.first, each.last)
        for each in store.strangers.waiting(SCHOOL, source)
    ]


def test_held_rows_of_one_pupil_wait_together_and_apart_by_upn(store):
    ingest(
        store,
        in_doubt("N", platform_id="77"),
        in_doubt("N", "Tue 2026-11-03 AM", platform_id="77"),
        in_doubt("N", "Tue 2026-11-03 PM", platform_id="77", upn="U1"),
        in_doubt("X9", pupil_id="p1"),
        in_doubt("N", None, platform_id="78"),
    )

    assert waiting(store) == [
        ("77", None, 2, date(2026, 11, 2), date(2026, 11, 3)),
        ("77", "U1", 1, date(2026, 11, 3), date(2026, 11, 3)),
    ]


def test_rows_of_another_platform_are_other_children(store):
    ingest(store, in_doubt("N", platform_id="77"), source="clm")

    assert (waiting(store), len(waiting(store, "clm"))) == ([], 1)


def test_what_a_held_row_depends_on_is_kept_with_it(store):
    ingest(store, in_doubt("L", upn="U1", minutes_late=40))
    ingest(store, in_doubt("L", upn="U2", minutes_late=41), seen_at=after(minutes=5))

    (kept,) = store.quarantine.held(SCHOOL)
    assert (kept.row.upn, kept.row.minutes_late, kept.seen_at) == ("U2", 41, MONDAY)
    assert "U2" not in repr(kept)


def test_a_link_is_in_force_until_it_is_ended_and_is_kept_after_that(store):
    approve(store, LINK)
    assert store.links.in_force(SCHOOL, "arbor") == [LINK]

    with store.transaction():
        ended = store.links.end(SCHOOL, "arbor", "77", at=after(days=1), by="B. Admin")
        again = store.links.end(SCHOOL, "arbor", "77", at=after(days=2), by="C. Admin")

    assert (ended, again, store.links.in_force(SCHOOL, "arbor")) == (1, 0, [])
    [kept] = store.links.approved(SCHOOL)
    assert (kept.link, kept.approved_by, kept.approved_at) == (LINK, "A. Admin", MONDAY)
    assert (kept.ended_by, kept.ended_at) == ("B. Admin", after(days=1))


def test_an_approved_link_cannot_be_deleted(store):
    approve(store, LINK)

    with pytest.raises(sqlite3.IntegrityError, match="approved links are kept"), store.transaction():
        store._connection.write("DELETE FROM approved_link")


def test_an_approved_link_settles_what_a_pull_brings_of_its_pupil(store):
    ingest(store, in_doubt("N", platform_id="77"))
    approve(store, LINK)

    ingest(store, mark("p1", "N"), seen_at=after(minutes=5))

    assert store.quarantine.counts() == {}


def test_the_last_refusal_of_the_same_stranger_stands(store):
    def said(note, at):
        return Refusal(platform_id="77", upn=None, refused_at=at, refused_by="A. Admin", note=note)

    with store.transaction():
        store.links.refuse(SCHOOL, "arbor", [said("on roll elsewhere", MONDAY)])
        store.links.refuse(SCHOOL, "arbor", [said("left", after(days=1))])

    assert store.links.refused(SCHOOL, "arbor") == {("77", None): said("left", after(days=1))}
    assert store.links.refused(SCHOOL, "clm") == {}


def test_what_the_platform_says_of_strangers_is_replaced_whole(store):
    first = [SourcePupil(platform_id="77", upn="U1", is_temporary=True, end=date(2026, 11, 2), likeness="a" * 16)]
    then = [SourcePupil(platform_id="78", start=date(2026, 11, 2))]

    with store.transaction():
        store.strangers.keep_records(SCHOOL, "arbor", first, MONDAY)
    assert store.strangers.records(SCHOOL, "arbor") == first
    with store.transaction():
        store.strangers.keep_records(SCHOOL, "arbor", then, MONDAY)
    assert store.strangers.records(SCHOOL, "arbor") == then

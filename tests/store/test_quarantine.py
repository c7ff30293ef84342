from datetime import date

import pytest

from mapping.identity import Link
from tests.store.builders import MONDAY, SCHOOL, after, in_doubt, ingest, mark, register

AM, PM = "Mon 2026-11-02 AM", "Mon 2026-11-02 PM"


def held(store):
    return [(each.row.code, each.row.reason) for each in store.quarantine.held(SCHOOL)]


def test_a_row_in_doubt_is_kept_whole(store):
    row = in_doubt("?!", pupil_id="p1", where="page 3 id 900411", reason="code '?!' is not in the table")

    ingest(store, row)

    (kept,) = store.quarantine.held(SCHOOL)
    assert (kept.row, kept.source, kept.seen_at) == (row, "arbor", MONDAY)
    assert store.quarantine.counts() == {SCHOOL: 1}


def test_the_same_row_on_another_page_of_a_later_pull_is_the_same_row(store):
    ingest(store, in_doubt(where="page 1"))
    ingest(store, in_doubt(where="page 7"), seen_at=after(minutes=10))

    assert [(each.row.where, each.seen_at) for each in store.quarantine.held(SCHOOL)] == [("page 1", MONDAY)]


def test_what_is_learnt_of_a_row_later_is_added_to_it(store):
    ingest(store, in_doubt(reason="no pupil"))
    ingest(store, in_doubt(reason="no such code", pupil_id="p1"))

    (kept,) = store.quarantine.held(SCHOOL)
    assert (kept.row.pupil_id, kept.row.reason) == ("p1", "no such code")


@pytest.mark.parametrize(
    ("before", "then", "scope", "left"),
    [
        pytest.param(in_doubt(pupil_id="p1"), [mark("p1", "/")], None, 0, id="a good mark came"),
        pytest.param(in_doubt(pupil_id="p1"), [mark("p1", "/", PM)], None, 1, id="a good mark, but of the afternoon"),
        pytest.param(in_doubt(pupil_id="p1"), [mark("p2", "/")], None, 1, id="a good mark, but another pupil's"),
        pytest.param(in_doubt(pupil_id="p1"), [], None, 1, id="silence proves nothing"),
        pytest.param(in_doubt(pupil_id="p1"), [], [AM], 1, id="gone at the source, but the session is still ?"),
        pytest.param(in_doubt("X9", pupil_id="p1"), [in_doubt("Z1", pupil_id="p1")], None, 1, id="another bad code"),
        pytest.param(in_doubt("X9"), [in_doubt("Z1")], None, 1, id="another bad code of nobody"),
        pytest.param(in_doubt(), [], [AM], 0, id="nobody's row, no longer sent"),
        pytest.param(in_doubt(), [], [PM], 1, id="nobody's row, the pull was about the afternoon"),
        pytest.param(in_doubt(), [mark("p9", "/")], None, 0, id="the platform id became known and its mark came"),
        pytest.param(in_doubt(at=None), [mark("p9", "/")], [AM], 1, id="nobody knows which session"),
        pytest.param(
            in_doubt(platform_id="1"), [mark("p9", "/")], None, 1, id="the mark of somebody else's platform id"
        ),
    ],
)
def test_a_row_stays_open_until_a_pull_settles_it(store, before, then, scope, left):
    ingest(store, before)
    with store.transaction():
        store.roll.sync_links("files", {SCHOOL: [Link(pupil_id="p9", platform_id="900411")]}, MONDAY)

    ingest(store, *then, scope=scope, seen_at=after(hours=1))

    assert len(held(store)) == left


def test_a_platform_id_that_was_two_pupils_settles_nothing(store):
    ingest(store, in_doubt())
    links = [
        Link(pupil_id="p8", platform_id="900411"),
        Link(pupil_id="p9", platform_id="900411", start=date(2026, 9, 1)),
    ]
    with store.transaction():
        store.roll.sync_links("files", {SCHOOL: links}, MONDAY)

    ingest(store, mark("p9", "/"))

    assert len(held(store)) == 1


def test_a_link_of_another_time_settles_nothing(store):
    ingest(store, in_doubt())
    with store.transaction():
        gone = Link(pupil_id="p9", platform_id="900411", end=date(2026, 11, 1))
        store.roll.sync_links("files", {SCHOOL: [gone]}, MONDAY)

    ingest(store, mark("p9", "/"))

    assert len(held(store)) == 1


def test_two_different_marks_are_held_until_one_is_left(store):
    ingest(store, mark("p1", "/"), mark("p1", "O"))
    assert held(store) == [("/ O", "two different marks for one pupil and session: correct the register at the source")]

    ingest(store, mark("p1", "O"))

    assert (held(store), register(store)) == ([], {"p1": "O"})


def test_a_row_resolved_and_in_doubt_again_is_a_new_row(store):
    ingest(store, in_doubt(pupil_id="p1"))
    ingest(store, mark("p1", "/"))
    ingest(store, in_doubt(pupil_id="p1"), seen_at=after(days=1))

    assert [each.seen_at for each in store.quarantine.held(SCHOOL)] == [after(days=1)]


def test_a_person_may_dismiss_a_row_once(store):
    ingest(store, in_doubt(at=None))
    (row,) = store.quarantine.held(SCHOOL)

    with store.transaction():
        assert store.quarantine.dismiss(row.id, after(days=1), "a test pupil of the platform")
        assert not store.quarantine.dismiss(row.id, after(days=1), "again")

    assert store.quarantine.counts() == {}


def test_schools_are_held_apart(store):
    ingest(store, in_doubt(), school="riverside")
    ingest(store, in_doubt(), school="hillside")
    ingest(store, school="riverside", scope=[AM])

    assert store.quarantine.counts() == {"hillside": 1}


def test_rows_held_for_their_code_are_counted_even_when_they_are_resolved(store):
    ingest(store, in_doubt(pupil_id="p1"), in_doubt(None, at=PM))
    ingest(store, mark("p1", "/"))

    assert store.quarantine.ever() == 1

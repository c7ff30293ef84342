from dataclasses import replace

import pytest

from store.connection import sqlite3
from store.documents import Document
from tests.builders import day
from tests.store.builders import MONDAY, SCHOOL, after
from tests.store.test_cases import DECISION
from tests.store.test_tasks import TASK

LETTER = Document(
    id="doc1",
    decision_id="d1",
    school=SCHOOL,
    pupil_id="p1",
    template="early-support-letter",
    title="Early support letter",
    text="To the parents of Ottoline Quillfeather",
    html="<p>To the parents of Ottoline Quillfeather</p>",
    made_at=MONDAY,
)
SPREADSHEET = replace(LETTER, id="doc2", pupil_id=None, template="tracking-spreadsheet", workbook=b"PK", school="hill")


@pytest.fixture
def made(store):
    with store.transaction():
        store.cases.record(DECISION)
        assert [store.documents.add(each) for each in (LETTER, SPREADSHEET)] == [True, True]
        store.tasks.add(replace(TASK, about="doc1"))
        store.tasks.add(replace(TASK, id="t2", role="tutor", about="doc1"))
    return store


def test_a_document_is_kept_as_it_was_made_and_made_once(made):
    with made.transaction():
        assert not made.documents.add(replace(LETTER, text="made again after a correction"))

    assert made.documents.get("doc1") == LETTER
    assert made.documents.get("doc2") == SPREADSHEET
    assert made.documents.get("doc3") is None
    assert made.documents.of_decision("d1") == [LETTER, SPREADSHEET]


def test_open_documents_are_listed_of_one_school_or_of_all(made):
    assert [each.id for each in made.documents.open()] == ["doc1", "doc2"]
    assert [each.id for each in made.documents.open(SCHOOL)] == ["doc1"]
    assert [each.id for each in made.documents.listed(limit=1)] == ["doc2"]


def test_a_document_is_done_when_the_last_who_was_asked_has_sent_it(made):
    with made.transaction():
        made.tasks.done("t1", after(hours=1), "posted")
        assert not made.documents.settle("doc1", after(hours=1))
        made.tasks.done("t2", after(hours=2), "posted")
        assert made.documents.settle("doc1", after(hours=2))
        assert not made.documents.settle("doc1", after(hours=3))

    settled = made.documents.get("doc1")
    assert (settled.state, settled.settled_at) == ("done", after(hours=2))


def test_the_documents_of_a_withdrawn_decision_are_withdrawn_sent_or_not(made):
    with made.transaction():
        made.tasks.answered("doc1", after(hours=1), "posted")
        made.documents.settle("doc1", after(hours=1))
        assert made.documents.withdraw("d1", after(days=1), "the register was corrected") == 2
        assert made.documents.withdraw("d1", after(days=2), "again") == 0

    assert [(each.state, each.why) for each in made.documents.listed()] == [
        ("withdrawn", "the register was corrected"),
        ("withdrawn", "the register was corrected"),
    ]
    assert made.documents.open() == []


@pytest.mark.parametrize("change", ["text = 'other'", "title = 'other'", "state = 'open'"])
def test_nothing_changes_what_a_document_says(made, change):
    with pytest.raises(sqlite3.IntegrityError, match="a document stays as it was made"), made.transaction():
        made._connection.write(f"UPDATE document SET {change} WHERE id = 'doc1'")


def test_a_document_needs_its_decision(store):
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), store.transaction():
        store.documents.add(LETTER)


def test_a_pupil_named_in_a_document_is_named_in_no_repr(made):
    assert "Quillfeather" not in repr(made.documents.listed())


def test_the_tasks_about_a_document_are_closed_together(made):
    with made.transaction():
        assert made.tasks.answered("doc1", after(hours=1), "no longer needed") == 2

    assert [each.state for each in made.tasks.of_pupil(SCHOOL, "p1")] == ["done", "done"]


def test_what_was_done_to_reach_a_family_is_kept_in_closed_words(made):
    with made.transaction():
        assert made.tasks.done("t1", after(hours=1), "spoke to the aunt", by="M Lee", method="call", outcome="reached")

    done = made.tasks.get("t1")
    assert (done.done_by, done.method, done.outcome, done.note) == ("M Lee", "call", "reached", "spoke to the aunt")
    assert "aunt" not in repr(done)
    assert done.due_on == day("Tue 2026-11-03")


def test_the_tasks_of_a_school_since_a_day_are_those_opened_then_and_those_still_open(made):
    with made.transaction():
        made.tasks.done("t1", after(hours=1), "posted")

    assert [each.id for each in made.tasks.since(SCHOOL, day("Mon 2026-11-02"))] == ["t1", "t2"]
    assert [each.id for each in made.tasks.since(SCHOOL, day("Tue 2026-11-03"))] == ["t2"]

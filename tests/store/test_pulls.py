"""How far back was read when, whom to leave alone, how old a source was."""

from datetime import date, timedelta

import pytest

from store.pulls import Source, Stop, Unread
from tests.store.builders import MONDAY, SCHOOL

STOP = Stop(school=SCHOOL, refusal="credential", since=MONDAY, tried_at=MONDAY, settings="a", says="refused")
LATER = MONDAY + timedelta(days=1)


def test_what_was_read_back_never_goes_back(store):
    with store.transaction():
        store.pulls.note_read_back(SCHOOL, "days", LATER)
        store.pulls.note_read_back(SCHOOL, "days", MONDAY)
        store.pulls.note_read_back(SCHOOL, "term", MONDAY)

    assert store.pulls.read_back(SCHOOL) == {"days": LATER, "term": MONDAY}
    assert store.pulls.read_back("another") == {}


@pytest.mark.parametrize(("refusal", "since"), [("credential", MONDAY), ("revoked", LATER)])
def test_the_same_refusal_goes_on_from_when_it_began(store, refusal, since):
    again = Stop(school=SCHOOL, refusal=refusal, since=LATER, tried_at=LATER, settings="b", says="again", until=LATER)
    with store.transaction():
        store.pulls.stop(STOP)
        store.pulls.stop(again)

    [kept] = store.pulls.stops().values()
    assert (kept.since, kept.tried_at, kept.settings, kept.says, kept.until) == (since, LATER, "b", "again", LATER)


def test_a_school_goes_on(store):
    with store.transaction():
        store.pulls.stop(STOP)
        store.pulls.go_on(SCHOOL)

    assert store.pulls.stops() == {}


def test_the_latest_word_of_a_source_counts(store):
    with store.transaction():
        store.pulls.heard(SCHOOL, Source(as_of=MONDAY, is_stale=True))
        store.pulls.heard(SCHOOL, Source(as_of=LATER, is_stale=False))

    assert store.pulls.sources() == {SCHOOL: Source(as_of=LATER, is_stale=False)}


def test_what_could_not_be_read_goes_on_from_when_it_began_and_as_far_back_as_it_ever_was(store):
    first = Unread(school=SCHOOL, first=date(2026, 10, 26), since=MONDAY, tried_at=MONDAY, says="too big")
    again = Unread(school=SCHOOL, first=date(2026, 11, 1), since=LATER, tried_at=LATER, says="no answer")
    with store.transaction():
        store.pulls.could_not_read(first)
        store.pulls.could_not_read(again)

    [kept] = store.pulls.unread().values()
    assert (kept.first, kept.since, kept.tried_at, kept.says) == (date(2026, 10, 26), MONDAY, LATER, "no answer")

    with store.transaction():
        store.pulls.have_read(SCHOOL)
    assert store.pulls.unread() == {}

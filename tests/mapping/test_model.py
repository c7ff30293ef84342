"""A session is half a local school date, in the order in which sessions happen."""

from tests.builders import session


def test_sessions_sort_as_they_happen():
    late, early = session("Tue 2026-11-03 AM"), session("Mon 2026-11-02 PM")

    assert sorted([late, early, session("Mon 2026-11-02 AM")]) == [session("Mon 2026-11-02 AM"), early, late]


def test_a_session_reads_as_a_person_writes_it():
    assert str(session("Mon 2026-11-02 AM")) == "Mon 2 Nov 2026 AM"
    assert str(session("Fri 2026-12-18 PM")) == "Fri 18 Dec 2026 PM"

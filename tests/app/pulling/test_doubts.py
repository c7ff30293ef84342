"""Answers that are not to be taken as they are: rows that became nothing, a cache that has not looked for days."""

import pytest

from app.alerts.things import things
from app.status import status
from connectors.base import Malformed
from mapping.model import SourceRow
from tests.app.pulling.brook import WEEK
from tests.app.pulling.scripted import answer, scripted, source_mark
from tests.builders import day, moment

MARK = source_mark("Mon 2026-11-02 AM", "/")


def unreadable(count):
    return tuple(SourceRow(where=f"row {number}", reason="no session") for number in range(count))


@pytest.mark.parametrize(
    ("rows", "share", "problem"),
    [
        pytest.param(1, "", None, id="half of the rows: not more than half"),
        pytest.param(2, "", "2 of 3 rows was quarantined, the first because no session", id="two of three"),
        pytest.param(2, "skipped_share = 0.7", None, id="as many as the operator allows"),
        pytest.param(1, "skipped_share = 0", "1 of 2 rows was quarantined, the first because no session", id="none"),
    ],
)
def test_a_pull_whose_rows_mostly_became_nothing_failed_and_what_could_be_read_is_stored(stand, rows, share, problem):
    stand.toml = stand.toml.replace("[limits]", f"[limits]\n{share}")
    connector = scripted(stand, answer(MARK, unreadable=unreadable(rows)))

    pulled = stand.pulled("Mon 2026-11-02 12:30")

    assert (pulled.problem, pulled.new, pulled.quarantined) == (problem, 1, rows)
    assert stand.register("Mon 2026-11-02 AM") == {"p1": "/"}
    assert connector.told == ["committed"]
    assert (stand.store.runs.watermark("lane") is None) is (problem is not None)


def test_rows_that_are_no_marks_are_not_skipped_ones(stand):
    scripted(stand, answer(MARK, remarks=unreadable(9)))

    assert stand.pulled("Mon 2026-11-02 12:30").problem is None


@pytest.mark.parametrize(
    ("as_of", "at", "is_stale"),
    [
        pytest.param("Mon 2026-11-02 12:00", "Tue 2026-11-03 12:00", False, id="a day old"),
        pytest.param("Mon 2026-11-02 11:59", "Tue 2026-11-03 12:00", True, id="more than a day"),
        pytest.param("Fri 2026-11-06 12:00", "Mon 2026-11-09 11:00", False, id="over the weekend"),
        pytest.param("Fri 2026-11-06 10:00", "Mon 2026-11-09 12:00", True, id="since Friday morning"),
    ],
)
def test_a_cache_is_old_when_it_has_not_looked_for_a_school_day(stand, as_of, at, is_stale):
    scripted(stand, answer(MARK, is_whole=True, source_as_of=moment(as_of)))

    pulled = stand.pulled(at)

    assert (pulled.stale_since is not None) is is_stale


def test_of_the_days_since_an_old_cache_looked_nothing_was_heard(stand):
    scripted(stand, answer(MARK, is_whole=True, source_as_of=moment("Mon 2026-11-02 11:00")))

    pulled = stand.pulled("Wed 2026-11-04 12:30")

    assert (pulled.problem, pulled.new) == (None, 1)
    assert stand.store.runs.watermark("lane") == day(WEEK[0])
    assert stand.store.runs.freshness("lane") == moment("Mon 2026-11-02 11:00")
    assert [each.day for each in pulled.untaken] == [day(WEEK[0])]
    assert status(stand.relay)["schools"][0]["stale_since"] == moment("Mon 2026-11-02 11:00")
    [told] = [each.what for each in things(stand.relay) if each.key == "old/lane/2026-11-04"]
    assert told.startswith("school lane: its platform shows only what it had on Mon 2 Nov at 11:00 UTC")


def test_marks_that_an_old_cache_does_not_show_are_not_missing(stand):
    scripted(stand, answer(MARK, source_mark("Tue 2026-11-03 AM", "/")))
    stand.pulled("Tue 2026-11-03 12:30")
    scripted(stand, answer(MARK, is_whole=True, source_as_of=moment("Mon 2026-11-02 11:00")))

    stand.pulled("Wed 2026-11-04 12:30")

    assert stand.store.quarantine.retractions("lane") == []


def test_an_old_file_that_holds_the_latest_register_is_fresh(stand):
    scripted(stand, answer(MARK, source_as_of=moment("Mon 2026-10-19 12:00")))

    assert stand.pulled("Mon 2026-11-02 12:30").stale_since is None


def test_a_platform_without_a_time_is_not_old(stand):
    scripted(stand, answer(source_mark("Mon 2026-10-19 AM", "/"), is_whole=True))

    assert stand.pulled("Mon 2026-11-02 12:30").stale_since is None


def test_whole_days_alone_make_what_they_do_not_show_a_candidate_and_nothing_is_deleted(stand):
    tuesday = source_mark("Tue 2026-11-03 AM", "/")
    other = source_mark("Tue 2026-11-03 AM", "/", platform_id="4002")
    scripted(stand, answer(MARK, tuesday, other))
    stand.pulled("Tue 2026-11-03 12:30")
    scripted(stand, answer(tuesday, whole_days=frozenset({day(WEEK[1])})))

    stand.pulled("Tue 2026-11-03 15:45")

    assert [(each.pupil_id, each.session) for each in stand.store.quarantine.retractions("lane")] == [
        ("p2", other.session)
    ]
    assert stand.register("Tue 2026-11-03 AM") == {"p1": "/", "p2": "/"}


def test_a_whole_day_in_the_holidays_asks_for_nothing(stand):
    scripted(stand, answer(MARK, whole_days=frozenset({day("Sat 2026-10-31")})))

    assert stand.pulled("Mon 2026-11-02 12:30").problem is None


def test_a_failed_answer_is_kept_out_whole(stand):
    def says(_):
        raise Malformed("lane answered with text/html instead of JSON")

    scripted(stand, says)

    pulled = stand.pulled("Mon 2026-11-02 12:30")

    assert (pulled.problem, pulled.may_retry) == ("Malformed: lane answered with text/html instead of JSON", True)

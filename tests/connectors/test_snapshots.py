"""Files that answer in full for their days: what a later one lacks, and what of all this reaches whoever pulls."""

import os
from datetime import UTC, date, datetime

import pytest

from connectors.base import Surroundings
from connectors.clm import Settings, connect
from mapping.identity import likeness
from tests.connectors.rigs import PROFILES, WEEK

NOW = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
HEADER = "Learner Ref,UPN,Surname,DOB,Date,Session,Mark,Minutes Late\n"


def line(ref="L001", day="12/03/2026", mark="/", half="AM"):
    return f"{ref},,Quarrystone,07/05/2011,{day},{half},{mark},\n"


@pytest.fixture
def pull(tmp_path):
    """Pull files, oldest first, from a folder whose profile says what they are."""

    def pulled(*files, content="snapshot"):
        raw = PROFILES["clm-long"]
        columns = raw["columns"] | {"surname": "Surname", "date_of_birth": "DOB"}
        profiles = {"test": raw | {"content": content, "columns": columns}}
        around = Surroundings(now=lambda: NOW, sleep=lambda _: None, profiles=profiles)
        for number, text in enumerate(files):
            path = tmp_path / f"{number}.csv"
            path.write_text(text)
            os.utime(path, (NOW.timestamp() + number,) * 2)
        connector = connect(Settings(folder=str(tmp_path), profile="test", settle_seconds=0), around)
        return connector.pull(WEEK, seen=lambda _: None)

    return pulled


def test_the_days_of_a_snapshot_are_those_the_pull_answers_for_in_full(pull):
    pulled = pull(HEADER + line() + line(day="10/03/2026"))

    assert (pulled.is_whole, pulled.whole_days) == (False, {date(2026, 3, 10), date(2026, 3, 12)})


def test_a_delta_answers_for_no_day_in_full(pull):
    assert pull(HEADER + line(), content="delta").whole_days == frozenset()


def test_a_mark_that_the_newer_snapshot_of_its_day_lacks_does_not_come_from_the_older(pull):
    older = HEADER + line() + line(ref="L002") + line(ref="L002", day="11/03/2026")

    pulled = pull(older, HEADER + line(mark="N"))

    assert {(mark.platform_id, mark.session.day.day, mark.code) for mark in pulled.marks} == {
        ("L001", 12, "N"),
        ("L002", 11, "/"),
    }


def test_where_files_are_deltas_it_does(pull):
    older = HEADER + line() + line(ref="L002")

    assert len(pull(older, HEADER + line(mark="N"), content="delta").marks) == 2


def test_header_cells_session_words_and_likenesses_reach_the_pull(pull):
    pulled = pull(HEADER + line() + line(half="PM"), HEADER.replace("Learner Ref", "learner ref") + line(ref="L2"))

    assert pulled.columns[0] == "learner ref"
    assert pulled.sessions == {"AM": 2, "PM": 1}
    assert {(pupil.platform_id, pupil.likeness) for pupil in pulled.pupils} == {
        ("L001", likeness("Quarrystone", date(2011, 5, 7))),
        ("L2", likeness("Quarrystone", date(2011, 5, 7))),
    }

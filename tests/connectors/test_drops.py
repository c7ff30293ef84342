"""What holds for files wherever they are left: on this machine, on an SFTP server, in a mailbox."""

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest

from connectors.base import Malformed, Surroundings
from connectors.drops.arrival import ArrivalWatch
from connectors.generic_files import Settings
from tests.builders import CANARY
from tests.connectors.drop_rigs import HEADER, KINDS, NOW, MailboxRig, line
from tests.connectors.rigs import WEEK


@pytest.fixture(scope="module", params=KINDS)
def kind(request, tmp_path_factory):
    start, make = KINDS[request.param]
    with start(tmp_path_factory.mktemp(request.param)) as server:
        yield lambda path, **more: make(server, path, **more)


@pytest.fixture
def make(kind, tmp_path):
    return lambda **more: kind(tmp_path, **more)


@pytest.fixture
def drop(make):
    return make()


def test_a_file_is_read_and_leaves_only_when_its_marks_are_stored(drop):
    drop.put("a.csv", HEADER + line())

    pulled = drop.pull()
    before = drop.names()
    drop.connector.committed()

    assert [(mark.platform_id, mark.code, mark.where) for mark in pulled.marks] == [("L001", "/", "a.csv row 2")]
    assert (before, drop.names(), drop.names("processed")) == (["a.csv"], [], ["a.csv"])


def test_an_empty_drop_brings_nothing_and_is_no_failure(drop):
    pulled = drop.pull_and_store()

    assert (pulled.marks, pulled.unreadable, pulled.remarks) == ((), (), ())


def test_a_bad_file_is_put_aside_with_its_reason_and_loses_no_neighbour(drop):
    drop.put("a.csv", HEADER + line(), minute=1)
    drop.put("bad.csv", "<html>sign in</html>", minute=2)
    drop.put("c.csv", HEADER + line(ref="L002"), minute=3)

    pulled = drop.pull_and_store()

    assert sorted(mark.platform_id for mark in pulled.marks) == ["L001", "L002"]
    assert [row.where for row in pulled.unreadable] == ["bad.csv"]
    assert drop.names("processed") == ["a.csv", "c.csv"]
    assert drop.names() == []
    assert "this is a web page" in drop.reason("bad.csv")


def test_where_no_file_can_be_read_the_pull_fails_and_says_why(drop):
    drop.put("bad.csv", HEADER)

    with pytest.raises(Malformed, match=r"bad\.csv: no row follows the header"):
        drop.pull()


def test_the_same_content_again_is_reported_and_put_away(drop):
    drop.put("a.csv", HEADER + line())
    drop.pull_and_store()
    drop.put("yesterday once more.csv", HEADER + line(), minute=5)

    pulled = drop.pull_and_store()

    assert pulled.marks == ()
    assert [row.where for row in pulled.remarks] == ["yesterday once more.csv"]
    assert drop.names() == []
    assert drop.names("processed") == ["a.csv", "yesterday once more.csv"]


def test_other_content_under_the_same_name_is_another_file(drop):
    drop.put("a.csv", HEADER + line())
    drop.pull_and_store()
    drop.put("a.csv", HEADER + line(mark="N"), minute=5)

    assert [mark.code for mark in drop.pull_and_store().marks] == ["N"]
    assert drop.names() == []
    assert len(drop.names("processed")) == 2


def test_an_upload_that_ends_in_zero_bytes_is_put_aside(drop):
    drop.put("a.csv", (HEADER + line()).encode() + bytes(512))

    with pytest.raises(Malformed, match="the file holds zero bytes"):
        drop.pull()
    assert "it was not written to its end" in drop.reason("a.csv")


def test_the_newest_file_speaks_for_a_session_and_the_older_one_for_the_rest(drop):
    drop.put("2026-03-12.csv", HEADER + line(mark="O") + line(ref="L002"), minute=9)
    drop.put("2026-03-13.csv", HEADER + line(mark="I"), minute=1)

    assert {mark.platform_id: mark.code for mark in drop.pull().marks} == {"L001": "I", "L002": "/"}


def test_a_file_replaced_after_it_was_read_is_not_moved_away_unread(drop):
    if isinstance(drop, MailboxRig):
        pytest.skip("a mail never changes")
    drop.put("a.csv", HEADER + line())
    drop.pull()
    drop.put("a.csv", HEADER + line(mark="N"), minute=1)
    drop.connector.committed()

    assert drop.names() == ["a.csv"]
    assert [mark.code for mark in drop.pull().marks] == ["N"]


def test_a_pull_that_was_not_stored_is_made_again(drop):
    drop.put("a.csv", HEADER + line())

    first, second = drop.pull(), drop.pull()

    assert first.marks == second.marks != ()


def test_a_file_that_is_not_meant_is_left_alone(drop):
    drop.put("notes.txt", "for somebody else")
    drop.put("A.CSV", HEADER + line())

    assert len(drop.pull_and_store().marks) == 1
    assert drop.names("processed") == ["A.CSV"]


def test_a_look_around_shows_the_newest_file_and_moves_nothing(drop):
    drop.put("2026-03-11.csv", HEADER + line(mark="O"))
    drop.put("2026-03-12.csv", HEADER + line() + line(half="PM", mark="N"))

    offered = drop.connector.discover(WEEK, seen=lambda _: None)

    assert [(code.symbol, code.marks) for code in offered.codes] == [("/", 1), ("N", 1)]
    assert {"Learner Ref", "Mark"} <= set(offered.columns)
    assert (offered.pupils, offered.first, offered.last) == (1, date(2026, 3, 12), date(2026, 3, 12))
    assert drop.names() == ["2026-03-11.csv", "2026-03-12.csv"]


def test_a_look_around_an_empty_drop_says_so(drop):
    with pytest.raises(Malformed, match="holds no complete file: have one sent"):
        drop.connector.discover(WEEK, seen=lambda _: None)


def test_a_check_tries_the_newest_file_against_the_profile_and_moves_nothing(drop):
    drop.put("1.csv", HEADER + line(), minute=1)
    drop.put("2.csv", HEADER.replace("Mark", "Status") + line(), minute=2)

    findings = drop.connector.check()

    assert [(finding.subject, finding.ok) for finding in findings] == [
        (drop.connector.drop.noun, True),
        ("2.csv", False),
    ]
    assert "it lacks Mark" in findings[1].message
    assert drop.names() == ["1.csv", "2.csv"]


def test_nothing_that_is_said_names_a_pupil(drop):
    drop.put("bad.csv", HEADER + line(half=CANARY[0]))

    with pytest.raises(Malformed) as failure:
        drop.pull()

    said = str(failure.value) + drop.reason("bad.csv") + repr(drop.connector)
    assert [name for name in CANARY if name in said] == []


# When a file was due -------------------------------------------------------------------------------------------------

#: Thursday, and the Monday after the weekend.
THURSDAY, MONDAY = datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC)


@pytest.fixture
def watched(make):
    return make(expected_by="16:30")


def said(drop):
    """Return what a pull and a check say of a file that is late."""
    return [row.reason for row in drop.pull_and_store().remarks], [
        finding.message for finding in drop.connector.check() if finding.subject == "arrival"
    ]


@pytest.mark.parametrize(
    ("at", "is_late"),
    [
        (THURSDAY + timedelta(hours=16, minutes=29), False),
        (THURSDAY + timedelta(hours=16, minutes=30), True),
        (THURSDAY + timedelta(days=1, hours=9), True),
    ],
)
def test_a_file_that_is_late_is_said_by_every_pull_and_check(watched, at, is_late):
    watched.now = THURSDAY - timedelta(hours=6)
    watched.put("wednesday.csv", HEADER + line(day="11/03/2026"))
    watched.pull_and_store()

    watched.now = at
    expected = (
        ["the file of 2026-03-12, expected by 16:30, has not come: no new one since 2026-03-11; ask whoever sends it"]
        if is_late
        else []
    )
    assert said(watched) == (expected, expected)


def test_yesterdays_file_again_is_no_arrival(watched):
    watched.now = THURSDAY - timedelta(hours=6)
    watched.put("wednesday.csv", HEADER + line(day="11/03/2026"))
    watched.pull_and_store()
    watched.now = THURSDAY + timedelta(hours=17)
    watched.put("thursday.csv", HEADER + line(day="11/03/2026"))

    reasons, _ = said(watched)

    assert [reason.split(":")[0] for reason in reasons] == [
        "this exact file was processed before",
        "the file of 2026-03-12, expected by 16",
    ]


def test_a_file_that_came_late_after_all_is_no_longer_missed(watched):
    watched.now = THURSDAY + timedelta(hours=18)
    before = said(watched)
    watched.put("thursday.csv", HEADER + line())

    assert "no new one yet" in before[0][0]
    assert said(watched) == ([], [])


def test_over_a_weekend_fridays_file_is_enough(watched):
    watched.now = THURSDAY + timedelta(days=1, hours=16)
    watched.put("friday.csv", HEADER + line(day="13/03/2026"))
    watched.pull_and_store()

    watched.now = MONDAY + timedelta(hours=10)
    assert said(watched) == ([], [])
    watched.now = MONDAY + timedelta(hours=17)
    assert "the file of 2026-03-16" in said(watched)[0][0]


def test_in_the_holidays_no_file_is_due():
    around = Surroundings(now=lambda: NOW, sleep=lambda _: None, is_school_day=lambda day: day < date(2026, 2, 13))

    assert ArrivalWatch(expected_by=time(16, 30), surroundings=around).overdue() is None


def test_the_hour_is_that_of_the_clock_on_the_wall():
    summer = datetime(2026, 7, 1, 15, 30, tzinfo=UTC)
    around = Surroundings(now=lambda: summer, sleep=lambda _: None)

    assert "the file of 2026-07-01" in ArrivalWatch(expected_by=time(16, 30), surroundings=around).overdue()
    assert "the file of 2026-06-30" in ArrivalWatch(expected_by=time(16, 31), surroundings=around).overdue()


def test_where_nobody_said_when_a_file_is_due_none_is_late(drop):
    drop.now = NOW + timedelta(days=60)

    assert said(drop) == ([], [])


# Settings ------------------------------------------------------------------------------------------------------------

SFTP = {"host": "127.0.0.1", "username": "relay", "host_key": "SHA256:" + "A" * 43, "password": "s3cret"}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({}, "one way: folder, or a table sftp or mailbox"),
        ({"folder": "/drop", "sftp": SFTP}, "one way: folder, or a table sftp or mailbox"),
        ({"folder": "/drop", "expected_by": "half past four"}, "matching regex"),
        ({"folder": "/drop", "expected_by": "24:30"}, "matching regex"),
        ({"sftp": SFTP | {"host_key": ""}}, "host_key is neither"),
        ({"sftp": SFTP | {"password": ""}}, "sign in one way"),
        ({"sftp": SFTP | {"folders": "."}}, "unknown field `folders`"),
    ],
)
def test_settings_that_cannot_work_are_refused(raw, problem):
    with pytest.raises(msgspec.ValidationError, match=problem):
        msgspec.convert({"profile": "clm-long"} | raw, Settings)


def test_no_secret_shows_when_settings_are_printed():
    settings = msgspec.convert({"profile": "clm-long", "sftp": SFTP}, Settings)

    assert "s3cret" not in f"{settings} {settings!r}"

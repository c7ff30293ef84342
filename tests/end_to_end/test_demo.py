"""The demo from end to end: what arrives, arrives again the same, and arrives whatever is killed on the way."""

import json
import sqlite3
from fractions import Fraction

import pytest

from tests.end_to_end.demo import arrivals, feeds, finish, kill_when, notices, start, without

SHORT = ("--weeks", "2")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The half term, played once."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, finish(start(folder))


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """Two weeks of it, played once without disturbance."""
    folder = tmp_path_factory.mktemp("short")
    return folder, finish(start(folder, *SHORT))


def test_half_a_term_arrives_whole_and_nothing_twice(whole):
    _, summary = whole

    assert (summary["lost"], summary["sent_twice"]) == (0, 0)
    assert summary["problems_at_receivers"] == []
    assert summary["seconds"] < 60


def test_every_rule_of_the_policy_has_fired(whole):
    _, summary = whole

    assert set(summary["decisions"]) == {
        "register-by-half-past-nine",
        "three-days-absent",
        "three-days-unexplained",
        "five-days-unexplained",
        "ten-days-unexplained",
        "below-ninety",
        "n-stands-five-school-days",
    }
    assert summary["decisions"]["register-by-half-past-nine"] == 1
    assert min(summary["referrals"], summary["corrections"], summary["codes_quarantined"]) > 0


def test_what_is_counted_is_what_the_receivers_hold(whole):
    folder, summary = whole

    assert summary["feeds_delivered"] == len(feeds(folder))
    assert summary["notices_delivered"] + summary["referrals"] == len(notices(folder))


@pytest.mark.parametrize(
    ("school", "overall", "unauthorised"),
    [("riverside", "42.04", "18.76"), ("northgate", "8.59", "3.30"), ("meadow", "42.04", "18.76")],
)
def test_the_marks_follow_the_published_absence_of_their_kind_of_school(whole, school, overall, unauthorised):
    _, summary = whole
    absent, without_authority = (Fraction(each.split()[0]) for each in summary["absence"][school].split(", "))

    assert abs(absent - Fraction(overall)) <= Fraction("0.1")
    assert abs(without_authority - Fraction(unauthorised)) <= Fraction("0.1")


def test_no_pupil_is_named_in_any_email_file_name_or_log_line(whole):
    folder, _ = whole
    placements = (folder / "operator/placements.csv").read_text().splitlines()
    names = {name for row in placements[1:] for name in row.split(",")[4:6]}
    seen = [path.name for path in folder.rglob("*")]
    seen += [path.read_text() for path in (folder / "received/mail/messages").glob("*.eml")]
    seen.append((folder / "relay.log").read_text())

    assert len(names) > 10
    assert not [name for name in names if any(name in text for text in seen)]


def test_the_second_run_on_the_same_folder_sends_nothing(short):
    folder, first = short
    before = arrivals(folder)

    second = finish(start(folder, *SHORT))

    assert without(second, "seconds") == without(first, "seconds")
    assert arrivals(folder) == before


def test_the_same_seed_in_another_folder_gives_the_same_feeds_and_notices(short, tmp_path):
    folder, first = short

    second = finish(start(tmp_path, *SHORT))

    assert without(second, "seconds", "folder") == without(first, "seconds", "folder")
    assert feeds(tmp_path) == feeds(folder)
    assert notices(tmp_path) == notices(folder)


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param([0], id="before anything arrived"),
        pytest.param([40], id="on the first days"),
        pytest.param([150, 400], id="twice in the second week"),
        pytest.param([700], id="near the end"),
    ],
)
def test_killed_at_any_moment_and_run_again_it_ends_with_the_same_feeds_and_notices(short, tmp_path, moments):
    folder, undisturbed = short
    for arrived in moments:
        kill_when(start(tmp_path, *SHORT), tmp_path, arrived=arrived)

    summary = finish(start(tmp_path, *SHORT))

    assert without(summary, "seconds", "folder", "repeated_arrivals") == without(
        undisturbed, "seconds", "folder", "repeated_arrivals"
    )
    assert feeds(tmp_path) == feeds(folder)
    assert notices(tmp_path) == notices(folder)


def test_a_folder_of_another_seed_is_refused(short):
    folder, _ = short
    process = start(folder, *SHORT, "--seed", "2")
    out, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert json.loads(out)["problems"][0].startswith(f"{folder} holds another play: use --seed 1 --weeks 2")
    assert err


def test_the_database_of_the_demo_is_sound_after_it(short):
    folder, _ = short

    with sqlite3.connect(f"file:{folder / 'relay.db'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

"""The demo from end to end: what arrives, arrives again the same, and arrives whatever is killed on the way."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.demo import arrivals, feeds, finish, kill_when, notices, start, without

#: Three weeks hold the whole story: late reasons, corrections, a referral, an endpoint that is down for four days.
SHORT = ("--weeks", "3")
FIGURES = (
    "marks_pulled", "codes_quarantined", "decisions", "feeds_delivered", "notices_delivered", "referrals",
    "corrections", "lost", "sent_twice", "seconds",
)  # fmt: skip


def some(folder, pattern, count=1):
    """Whether so many files of a pattern lie in the folder."""
    return sum(1 for _ in folder.glob(pattern)) >= count


#: One play is killed at all of these, one after another, and then run to its end.
MOMENTS = {
    "without a database": lambda folder: some(folder, "seed"),
    "while the database is made": lambda folder: some(folder, "relay.db"),
    "with the first feed": lambda folder: some(folder, "received/coventry/feeds/*.csv"),
    "over and over": lambda folder: some(folder, "received/mail/received/*", 5),
    "and over": lambda folder: some(folder, "received/mail/received/*", 60),
    "while the endpoint is down": lambda folder: some(folder, "received/warwickshire/*_20261120_*.json"),
    "while it catches up": lambda folder: some(folder, "received/coventry/feeds/*_20261120_*.json"),
}


@dataclass(frozen=True)
class Played:
    """A play that has come to its end: where it lies, its one object, and what the receivers hold."""

    folder: Path
    summary: dict[str, Any]
    feeds: dict[str, Any]
    notices: list[str]

    def story(self):
        """Everything that must be the same whenever it is played, however it is disturbed."""
        return without(self.summary, "seconds", "folder", "repeated_arrivals"), self.feeds, self.notices


def play(folder, moments=(), options=SHORT):
    for moment in moments:
        kill_when(start(folder, *options), lambda has_come=moment: has_come(folder))
    summary = finish(start(folder, *options))
    return Played(folder, summary, feeds(folder), notices(folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The half term, played once, with the machine to itself."""
    return play(tmp_path_factory.mktemp("whole"), options=())


@pytest.fixture(scope="module")
def plays(whole, tmp_path_factory):
    """Three weeks of it, undisturbed and killed at each of the moments, at the same time."""
    with ThreadPoolExecutor(2) as pool:
        stories = {"undisturbed": (), "killed": MOMENTS.values()}
        running = {
            name: pool.submit(play, tmp_path_factory.mktemp("play"), moments) for name, moments in stories.items()
        }
        return {name: each.result() for name, each in running.items()}


@pytest.fixture(scope="module")
def short(plays):
    return plays["undisturbed"]


# --- the whole half term -----------------------------------------------------------------------------------------


def test_half_a_term_arrives_whole_and_nothing_twice(whole):
    assert tuple(whole.summary)[: len(FIGURES)] == FIGURES
    assert (whole.summary["lost"], whole.summary["sent_twice"]) == (0, 0)
    assert whole.summary["problems_at_receivers"] == []


def test_every_ladder_the_floor_and_the_calendars_days_have_fired(whole):
    assert set(whole.summary["decisions"]) >= {
        "register-by-half-past-nine",
        "no-word-at-ten-past-nine",
        "three-days-absent",
        "three-days-unexplained",
        "five-days-unexplained",
        "ten-days-unexplained",
        "ten-days-unauthorised",
        "ten-in-ten-weeks",
        "below-ninety",
        "still-below-ninety-after-two-weeks",
        "n-stands-five-school-days",
        "weekly-digest",
    }
    assert whole.summary["decisions"]["register-by-half-past-nine"] == 1
    assert min(whole.summary[name] for name in ("referrals", "corrections", "codes_quarantined")) > 0


def test_what_is_counted_is_what_the_receivers_hold(whole):
    assert whole.summary["feeds_delivered"] == len(whole.feeds)
    assert whole.summary["notices_delivered"] + whole.summary["referrals"] == len(whole.notices)


@pytest.mark.parametrize(
    ("school", "overall", "unauthorised"),
    [
        ("riverside", "42.04", "18.76"),
        ("northgate", "8.59", "3.30"),
        ("meadow", "42.04", "18.76"),
        ("quarry", "8.59", "3.30"),
        ("harbour", "8.59", "3.30"),
    ],
)
def test_the_marks_follow_the_published_absence_of_their_kind_of_school(whole, school, overall, unauthorised):
    absence = whole.summary["absence"][school]
    absent, without_authority = (Fraction(each.split()[0]) for each in absence.split(", "))

    assert abs(absent - Fraction(overall)) <= Fraction("0.1")
    assert abs(without_authority - Fraction(unauthorised)) <= Fraction("0.1")


def test_no_pupil_is_named_in_any_email_file_name_or_log_line(whole):
    placements = (whole.folder / "operator/placements.csv").read_text().splitlines()
    names = {name for row in placements[1:] for name in row.split(",")[4:6]}
    seen = [path.name for path in whole.folder.rglob("*")]
    seen += [path.read_text() for path in (whole.folder / "received/mail/messages").glob("*.eml")]
    seen.append((whole.folder / "relay.log").read_text())

    assert len(names) > 10
    assert not [name for name in names if any(name in text for text in seen)]


# --- the same again ----------------------------------------------------------------------------------------------


def test_the_second_run_on_the_same_folder_sends_nothing(short):
    before = arrivals(short.folder)

    second = play(short.folder)

    assert without(second.summary, "seconds") == without(short.summary, "seconds")
    assert (second.feeds, second.notices) == (short.feeds, short.notices)
    assert arrivals(short.folder) == before


def test_a_folder_of_another_play_is_refused(short):
    process = start(short.folder, *SHORT, "--seed", "2")
    out, err = process.communicate(timeout=60)

    sentence = f"{short.folder} holds another play: use --seed 1 --weeks 3, or another folder"
    assert process.returncode == 2
    assert (json.loads(out), err.decode()) == ({"problems": [sentence]}, f"{sentence}\n")


# --- SIGKILL -----------------------------------------------------------------------------------------------------


def test_killed_at_any_moment_and_run_again_it_ends_with_the_same_feeds_and_notices(plays, short):
    summary, all_feeds, all_notices = plays["killed"].story()

    assert (summary, all_feeds, all_notices) == short.story()
    assert len(all_feeds) > 100
    assert len(all_notices) > 200


@pytest.mark.parametrize("name", ["undisturbed", "killed"])
def test_the_database_is_sound_after_it(plays, name):
    with sqlite3.connect(f"file:{plays[name].folder / 'relay.db'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

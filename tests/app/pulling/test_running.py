"""Many schools in one pull: at the same time, one thing at a time each, and none is lost by what befalls another."""

import signal
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app import pipeline
from app.pulling import Asked
from connectors.base import Unavailable
from mapping.model import Pulled
from store.database import Store
from tests.app.builders import Stand, placement
from tests.app.pulling.brook import WEEK
from tests.app.pulling.scripted import Scripted, answer, scripted, source_mark

ROOT = Path(__file__).parents[3]
NAMES = [f"site-{number}" for number in range(9)]
MORE = """
[[school]]
id       = "{name}"
name     = "{name}"
platform = "clm"
policy   = "lane"
calendar = "autumn"
codes    = "clm-dfe"

  [school.connector]
  folder = "{{folder}}/drop"
"""
MARK = source_mark("Mon 2026-11-02 AM", "/", platform_id="9")


@pytest.fixture
def many(build):
    """Nine schools beside the lane, each with one pupil, at the time when the morning's registers are there."""
    stand = build(more="".join(MORE.format(name=name) for name in NAMES))
    stand.toml = stand.toml.replace("[limits]", "[limits]\npulls_at_once = 3")
    for number, name in enumerate(NAMES):
        stand.placements.append(placement(f"p-{name}", 50 + number, school=name, platform_id="9"))
    return stand.at("Mon 2026-11-02 12:30")


def pulled(stand, *names, **given):
    sites = [stand.relay.sites[name] for name in names or NAMES]
    return pipeline.pull(stand.relay, sites, **given)


def test_results_come_in_the_order_of_the_operators_file(many):
    for name in NAMES:
        scripted(many, answer(MARK), name)

    assert [(each.school, each.new) for each in pulled(many)] == [(name, 1) for name in NAMES]


def test_a_school_that_falls_or_is_out_of_order_stops_no_other(many):
    def falls(_):
        raise ZeroDivisionError("about a pupil")

    def is_down(_):
        raise Unavailable("site-5 did not answer in time")

    for name in NAMES:
        scripted(many, {"site-2": falls, "site-5": is_down}.get(name, answer(MARK)), name)

    found = {each.school: each for each in pulled(many)}

    assert [name for name in NAMES if found[name].new == 1] == [
        name for name in NAMES if name not in {"site-2", "site-5"}
    ]
    assert "ZeroDivisionError" in found["site-2"].problem
    assert "about a pupil" not in found["site-2"].problem
    assert found["site-5"].problem == "Unavailable: site-5 did not answer in time"


def test_schools_are_asked_at_the_same_time_and_stored_in_the_thread_of_the_database(many):
    together, threads = threading.Barrier(3), set()

    class Noting(Scripted):
        def committed(self):
            threads.add(threading.current_thread())

    def says(window):
        together.wait(10)
        return answer(MARK)(window)

    for name in NAMES:
        many.relay._connectors[name] = Noting(says)

    assert not [each.problem for each in pulled(many) if each.problem]
    assert threads == {threading.current_thread()}


def test_a_school_is_asked_one_thing_at_a_time_however_long_it_takes(many):
    many.toml = many.toml.replace("[limits]", "[limits]\npull_minutes = 1")
    free, asked = threading.Event(), []

    def hangs(window):
        asked.append(window)
        free.wait(10)
        return answer(MARK)(window)

    scripted(many, hangs, "site-0")
    many.relay.busy.add("site-0")

    [said] = pulled(many, "site-0")

    assert said.problem.startswith("its platform still has not answered the pull before")
    assert (said.may_retry, asked) == (True, [])
    free.set()


def test_progress_is_told_by_one_thread_at_a_time(many):
    inside, most = [], []

    def seen(_):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0)
        inside.pop()

    for name in NAMES:
        scripted(many, answer(MARK), name)
    pulled(many, seen=seen)

    assert (len(most), max(most)) == (len(NAMES), 1)


def test_told_to_stop_the_rest_is_not_asked_and_says_so(many):
    asked = []

    def says(window):
        asked.append(window)
        return answer(MARK)(window)

    for name in NAMES:
        scripted(many, says, name)

    found = pulled(many, stop=lambda: bool(asked))

    not_asked = [each for each in found if each.problem]
    assert len(not_asked) == len(NAMES) - len(asked) > 0
    assert {(each.problem, each.may_retry) for each in not_asked} == {
        ("not asked: the relay was told to stop", True),
    }


def test_an_answer_that_cannot_be_stored_leaves_nothing_of_it_and_is_not_told_as_stored(many):
    connector = scripted(many, lambda _: Pulled(marks=(MARK,), first=None, last=None, is_whole=True), "site-0")

    [said] = pulled(many, "site-0")

    assert said.problem.startswith("failed unexpectedly: TypeError")
    assert (connector.told, many.store.registers.year_of_school("site-0", 2026)) == ([], [])


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from app import pipeline
from app.reading import read
from app.wiring import Surroundings, open_relay
from config.settings import read_settings
from tests.app.pulling.scripted import Scripted, answer, source_mark
from tests.builders import moment

folder, where = Path(sys.argv[1]), sys.argv[2]
settings = read_settings(config=folder / "operator", database=folder / "relay.db", secrets_dir=folder / "secrets",
                         heartbeat=folder / "heartbeat")
relay = open_relay(read(settings), settings, Surroundings(now=lambda: moment("Mon 2026-11-02 12:30")))
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if where == "fetched":
    relay.store.transaction = die
elif where == "halfway":
    relay.store.intake.add = die
elif where == "stored":
    type(relay.connector(relay.sites["lane"])).committed = die
pipeline.pull(relay, [relay.sites["lane"]])
"""


@pytest.mark.parametrize("where", ["fetched", "halfway", "stored"])
def test_killed_between_fetch_and_commit_nothing_is_lost_and_nothing_counts_twice(stand, where):
    stand.drop(WEEK[0], p1="NL", p2="//")
    stand.write()

    command = [sys.executable, "-c", KILLED.format(root=str(ROOT)), str(stand.folder), where]
    done = subprocess.run(command, timeout=60, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    assert len(list(stand.drop_folder.glob("*.csv"))) == 1
    again = stand.pulled("Mon 2026-11-02 12:40")
    assert (again.problem, again.new) == (None, 0 if where == "stored" else 4)
    assert stand.register("Mon 2026-11-02 AM") == {"p1": "N", "p2": "/"}
    assert stand.store.history.counts() == {"versions": 2, "amendments": 0}
    assert [each.name for each in (stand.drop_folder / "processed").iterdir()] == ["register-001.csv"]


# Each example is a relay with a database of its own: a few of them, and no search for a smaller one.
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(order=st.permutations([None, 0, 2, 4]), codes=st.lists(st.sampled_from("NILC"), min_size=10, max_size=10))
def test_the_order_of_pulls_does_not_matter_for_what_is_recorded(tmp_path_factory, order, codes):
    """What the platform shows stays; what is asked for, and when, does not decide what ends up in the registers."""
    stand = Stand(tmp_path_factory.mktemp("order"))
    halves = [f"{day} {half}" for day in WEEK for half in ("AM", "PM")]
    shown = [source_mark(each, code) for each, code in zip(halves, codes, strict=True)]

    def says(window):
        marks = tuple(mark for mark in shown if mark.session.day in window)
        return Pulled(marks=marks, first=window.first, last=window.last, is_whole=True)

    try:
        stand.at("Fri 2026-11-06 17:00")
        scripted(stand, says)
        for days in order:
            asked = Asked(term=True) if days is None else Asked(days=days)
            pipeline.pull(stand.relay, [stand.relay.sites["lane"]], asked=asked)
        assert [stand.register(each)["p1"] for each in halves] == codes
        assert stand.store.history.counts() == {"versions": 10, "amendments": 0}
    finally:
        stand.close()


def test_the_files_and_values_a_connector_has_kept_are_read_before_each_pull(stand):
    """Another process may have pulled meanwhile: what it has processed is known here."""
    stand.drop(WEEK[0], p1="//")
    stand.pulled("Mon 2026-11-02 12:30")
    path = stand.drop(WEEK[0], p1="N/")
    with Store.open(stand.folder / "relay.db") as other, other.transaction():
        other.intake.files("lane").add(sha256(path.read_bytes()).hexdigest())

    assert "was processed before" in stand.pulled("Mon 2026-11-02 12:35").remarks[0]

"""What holds of feeds whatever happens: no number is missing, nothing stale is sent, nothing leaves that does not match."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app import feeding
from app.feeding import publish
from outbox.feeds import numbers_of
from outbox.multipart import split
from outbox.own_schema import misfit
from outbox.validating import validate
from tests.app.builders import FEEDS, moment
from tests.builders import day

ROOT = Path(__file__).parents[2]
MONDAY, TUESDAY = "Mon 2026-11-02", "Tue 2026-11-03"
#: Two feeds to one folder of the provider's own: the council's pupils, and those of one home school.
TWO_FEEDS = """
[[destination]]
id           = "own"
channel      = "folder"
organisation = "lane-provision"
agreement    = "agreement 9"
legal_basis  = "public task"

  [destination.settings]
  path = "{folder}/warwickshire"

[[feed]]
destination = "own"
la_code     = "331"

[[feed]]
destination     = "own"
home_school_urn = "999001"
"""


def told(stand, destination="coventry"):
    """List the feeds of a destination as ``sequence edition mode state``."""
    return [
        f"{feed.manifest['sequence']} {feed.manifest['edition']} {feed.manifest['mode']} {message.state}"
        for feed, message in zip(stand.feeds(destination), feed_messages(stand, destination), strict=True)
    ]


def feed_messages(stand, destination="coventry"):
    return [each for each in stand.messages("feed.") if each.destination == destination]


def tell(stand, *moments):
    for each in moments:
        publish(stand.at(each).relay)


def not_sent(stand):
    return {feed.manifest["sequence"]: feed.manifest.get("not_sent", []) for feed in stand.feeds()}


# --- superseding and expiry --------------------------------------------------------------------------------------------


def test_promise_19_an_unsent_morning_is_superseded_by_the_whole_day_which_says_so(stand):
    """Stale data is not sent as new."""
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 09:30")
    tell(stand, f"{MONDAY} 09:45", f"{MONDAY} 16:15")

    assert told(stand) == ["1 provisional full_day cancelled", "2 final full_day pending"]
    assert not_sent(stand) == {1: [], 2: [1]}
    assert stand.feeds()[1].manifest["previous_sequence"] == 1


def test_a_morning_that_was_taken_is_not_superseded(stand):
    stand.drop(MONDAY, p1="N/", p2="//")
    with stand.receiving() as (authority, _):
        stand.pulled(f"{MONDAY} 09:30")
        tell(stand, f"{MONDAY} 09:45")
        stand.deliver()
        tell(stand, f"{MONDAY} 16:15")
        stand.deliver()

    assert not_sent(stand) == {1: [], 2: []}
    assert authority.ledger.problems == ()


def test_a_morning_that_may_have_arrived_stays_and_is_asked_about(stand):
    tell(stand, f"{MONDAY} 09:45")
    [morning, *_] = feed_messages(stand)
    with stand.store.transaction():
        stand.store._connection.write("UPDATE message SET is_unsure = 1 WHERE id = ?", (morning.id,))

    tell(stand, f"{MONDAY} 16:15")

    assert [each.split()[-1] for each in told(stand)] == ["pending", "pending"]
    assert not_sent(stand)[2] == []


def test_a_correction_supersedes_nothing_because_it_does_not_tell_the_whole_day(stand):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")
    tell(stand, f"{MONDAY} 16:15")
    stand.drop(MONDAY, p1="I/")
    stand.pulled(f"{TUESDAY} 09:30")
    tell(stand, f"{TUESDAY} 16:15")

    assert told(stand) == [
        "1 final full_day pending",
        "2 final full_day pending",
        "3 final correction pending",
    ]


def test_a_receiver_that_was_down_all_day_sees_no_gap(stand):
    stand.drop(MONDAY, p1="N/", p2="//")
    with stand.receiving() as (authority, _):
        stand.pulled(f"{MONDAY} 15:45")
        tell(stand, f"{MONDAY} 09:45", f"{MONDAY} 16:15", f"{TUESDAY} 09:45", f"{TUESDAY} 16:15")
        stand.deliver()

    assert [each.split()[0] for each in told(stand) if each.endswith("delivered")] == ["2", "4"]
    assert authority.ledger.problems == ()


def test_promise_19_a_morning_is_out_of_date_at_midnight_and_the_next_file_says_that_it_will_not_come(build):
    """Stale data is not sent as new."""
    stand = build(feeds=FEEDS.replace('"331"\n', '"331"\neditions = ["provisional"]\n'))
    tell(stand, f"{MONDAY} 09:45")
    [message] = feed_messages(stand)
    assert message.expires_at == moment(f"{TUESDAY} 00:00")

    with stand.store.transaction():
        stand.store.messages.expire(moment(f"{TUESDAY} 00:00"))
    tell(stand, f"{TUESDAY} 09:45")

    assert [each.split()[-1] for each in told(stand)] == ["dead", "pending"]
    assert not_sent(stand) == {1: [], 2: [1]}


def test_a_final_edition_is_never_out_of_date(stand):
    tell(stand, f"{MONDAY} 16:15")

    assert [each.expires_at for each in feed_messages(stand)] == [None]


# --- numbers without a gap ---------------------------------------------------------------------------------------------


def numbers(stand, destination="coventry"):
    return [feed.manifest["sequence"] for feed in stand.feeds(destination)]


def test_several_feeds_to_one_destination_share_its_numbers(build):
    stand = build(feeds=TWO_FEEDS)
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")

    tell(stand, f"{MONDAY} 09:45", f"{MONDAY} 16:15", f"{TUESDAY} 16:15")

    assert sorted(numbers(stand, "own")) == list(range(1, 7))
    assert len({each.ordering_key for each in feed_messages(stand, "own")}) == 1


def child(stand, at, spoil=""):
    """Start a process that publishes on the same database."""
    stand.write()
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from datetime import datetime
from app import feeding
from app.reading import read
from app.wiring import Surroundings, open_relay
from config.settings import read_settings
from store.publications import Publications
folder = Path({str(stand.folder)!r})
settings = read_settings(config=folder / "operator", database=folder / "relay.db", secrets_dir=folder / "secrets")
now = datetime.fromisoformat({moment(at).isoformat()!r})
{spoil}
with open_relay(read(settings), settings, Surroundings(now=lambda: now)) as relay:
    print(feeding.publish(relay))
"""
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


#: Dies between the message and its publication, at the second feed.
KILLED = """
whole, calls = Publications.record, []
def record(self, publication):
    calls.append(publication)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(self, publication)
Publications.record = record
"""


def test_a_process_that_is_killed_in_between_leaves_no_gap_and_no_file_without_a_number(build):
    stand = build(feeds=TWO_FEEDS)
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")

    killed = child(stand, f"{MONDAY} 16:15", KILLED)
    assert killed.wait(timeout=60) == -signal.SIGKILL
    killed.communicate()
    before = numbers(stand, "own")
    tell(stand, f"{MONDAY} 16:15")

    assert before in ([], [1])
    assert numbers(stand, "own") == [1, 2]


def test_two_processes_at_once_make_each_edition_once_and_every_number_once(build):
    stand = build(feeds=TWO_FEEDS)
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")

    both = [child(stand, f"{MONDAY} 16:15") for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert numbers(stand, "own") == [1, 2]


# --- nothing leaves that does not match --------------------------------------------------------------------------------


@pytest.fixture
def spoiling(monkeypatch):
    """Let the program make files with a wrong word in them, until it is mended."""
    whole = feeding.compose_feed

    def spoiled(header, rows, seal=None):
        feed = whole(header, rows, seal)
        return replace(feed, payload=feed.payload.replace(b",present,", b",here,")) if header.registers.due else feed

    monkeypatch.setattr(feeding, "compose_feed", spoiled)
    return lambda: monkeypatch.setattr(feeding, "compose_feed", whole)


def test_a_feed_that_does_not_match_its_schema_is_a_dead_letter_and_takes_no_number(stand, spoiling):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")

    done = publish(stand.at(f"{MONDAY} 16:15").relay)

    [message] = feed_messages(stand)
    assert (message.state, message.is_misfit, message.attempts) == ("dead", True, 0)
    assert "does not match its own schema and was not sent: " in message.reason
    assert done.problems == (f"feed to coventry: 2026-11-02: {message.reason}",)
    assert stand.store.publications.told("coventry", "la_code=331") == {}
    with stand.store.transaction():
        assert not stand.store.messages.replay(message.id, stand.relay.now(), "try")


def test_a_mended_program_makes_it_again_under_the_same_id_and_number(stand, spoiling):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")
    tell(stand, f"{MONDAY} 16:15")
    [before] = feed_messages(stand)

    spoiling()
    tell(stand, f"{MONDAY} 16:20")

    [after] = feed_messages(stand)
    assert (after.id, after.state, after.is_misfit) == (before.id, "pending", False)
    assert told(stand) == ["1 final full_day pending"]


def test_a_first_day_that_did_not_match_is_made_up_for_on_a_later_day(stand, spoiling):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")
    tell(stand, f"{MONDAY} 16:15")

    spoiling()
    tell(stand, f"{TUESDAY} 16:15")

    assert [str(each) for each in stand.feeds()] == [f"{MONDAY} final full_day 4", f"{TUESDAY} final full_day 4"]


def test_a_feed_that_does_not_match_supersedes_nothing(stand, request):
    tell(stand, f"{MONDAY} 09:45")
    request.getfixturevalue("spoiling")
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")
    tell(stand, f"{MONDAY} 16:15")

    assert [each.state for each in feed_messages(stand)] == ["pending", "dead"]


def test_every_feed_of_a_term_of_faults_matches(stand):
    stand.drop(MONDAY, p1="N/ I- L[C2]", p2="// -- BU")
    for each in (MONDAY, TUESDAY, "Wed 2026-11-04"):
        stand.pulled(f"{each} 09:30")
        tell(stand, f"{each} 09:45", f"{each} 16:15")

    assert {misfit(each.kind, each.content_type, each.payload) for each in stand.messages("feed.")} == {None}


# --- after a restore ---------------------------------------------------------------------------------------------------


def restored(stand, *, feed="la_code=331", sequence, revision):
    with stand.store.transaction():
        stand.store.publications.raise_floor("coventry", feed, day(MONDAY), sequence=sequence, revision=revision)


def test_a_day_of_which_more_may_have_been_sent_is_told_whole_and_above_it(stand):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")
    tell(stand, f"{MONDAY} 16:15")

    restored(stand, sequence=9, revision=4)
    tell(stand, f"{TUESDAY} 16:15")

    again = next(each for each in stand.feeds() if each.manifest["revision"] == 5)
    assert (str(again), again.manifest["sequence"]) == (f"{MONDAY} final full_day 4", 11)
    assert again.column("revision") == ["5"] * 4
    assert numbers(stand) == [1, 10, 11]


def test_it_is_told_once(stand):
    tell(stand, f"{MONDAY} 16:15")
    restored(stand, sequence=9, revision=4)
    tell(stand, f"{TUESDAY} 16:15", f"{TUESDAY} 16:30", "Wed 2026-11-04 16:15")

    assert [each.manifest["revision"] for each in stand.feeds() if each.manifest["date_to"] == "2026-11-02"] == [1, 5]


def test_a_day_that_the_backup_does_not_know_is_told_too(stand):
    restored(stand, feed="", sequence=9, revision=2)

    tell(stand, f"{TUESDAY} 16:15")

    days = {each.manifest["date_to"]: each for each in stand.feeds()}
    assert (days["2026-11-02"].manifest["revision"], set(days["2026-11-02"].column("revision"))) == (3, {"3"})
    assert sorted(numbers(stand)) == [10, 11]


def test_a_record_that_changes_after_that_goes_on_from_there(stand):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 15:45")
    tell(stand, f"{MONDAY} 16:15")
    restored(stand, sequence=9, revision=4)
    tell(stand, f"{TUESDAY} 16:15")

    stand.drop(MONDAY, p1="I/")
    stand.pulled("Wed 2026-11-04 09:30")
    tell(stand, "Wed 2026-11-04 16:15")

    [correction] = [each for each in stand.feeds() if each.manifest["mode"] == "correction"]
    assert correction.column("local_pupil_id", "session", "revision") == ["p1 AM 6"]


def test_what_was_sent_can_be_read_from_the_reference_of_the_message(stand):
    tell(stand, f"{MONDAY} 16:15")

    [message] = feed_messages(stand)
    assert numbers_of(message.subject_ref) == (day(MONDAY), 1, 1)


# --- what a receiver makes of it ---------------------------------------------------------------------------------------


def test_a_folder_of_a_week_passes_the_receivers_own_check(stand):
    stand.placements[0]["la_code"] = "937"
    stand.drop(MONDAY, p1="N/ // //", p2="// // //")
    for each in (MONDAY, TUESDAY, "Wed 2026-11-04"):
        stand.pulled(f"{each} 15:45")
        tell(stand, f"{each} 16:15")
    folder = stand.folder / "week"
    folder.mkdir()
    for message in feed_messages(stand, "warwickshire"):
        for part in split(message.content_type, message.payload):
            (folder / part.file_name).write_bytes(part.content)

    assert [validate(path).problems for path in sorted(folder.iterdir())] == [()] * 6
    manifests = [json.loads(path.read_bytes()) for path in folder.glob("*.json")]
    assert sorted(each["sequence"] for each in manifests) == [1, 2, 3]

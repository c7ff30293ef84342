"""The commands as an operator types them: what they print, and the exit code a scheduler or a container reads.

The clock here is the real one, so the calendar lies around today; what depends on the hour is tested elsewhere.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app import health
from app.cli import cli
from app.pulling import Asked
from tests.app import builders
from tests.app.builders import Stand
from tests.builders import CANARY
from tests.store.builders import draft

ROOT = Path(__file__).parents[2]
TODAY = date.today()  # noqa: DTZ011 - any day will do
BEGIN = TODAY - timedelta(days=TODAY.weekday() + 14)
MONDAY = f"{BEGIN:%a %Y-%m-%d}"


@pytest.fixture
def stand(tmp_path, monkeypatch):
    """An operator's folder whose term lies around today."""
    term = f"bank_holidays = false\n\n[[term]]\nfirst = {BEGIN}\nlast = {BEGIN + timedelta(weeks=8)}\n"
    monkeypatch.setattr(builders, "CALENDAR", term)
    since = {"start_date": BEGIN.isoformat()}
    made = Stand(tmp_path, pupils={"p1": since, "p2": since})
    made.write()
    settings = {"DATABASE": "relay.db", "SECRETS_DIR": "secrets", "HEARTBEAT": "heartbeat"}
    for name, place in settings.items():
        monkeypatch.setenv(f"ATTENDANCE_RELAY_{name}", str(tmp_path / place))
    yield made
    made.close()


def relay(*words):
    """Run a command; return its exit code, standard output and standard error."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    # An exit is how a command ends; anything else is a fault.
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def answer(*words):
    """Run a command with --json; return its exit code and the one object it printed."""
    code, out, _ = relay(*words, "--json")
    [line] = out.splitlines()
    return code, json.loads(line)


# --- init and check ----------------------------------------------------------------------------------------------


def test_init_writes_a_folder_and_says_what_comes_next(tmp_path):
    folder = tmp_path / "x"

    code, out, err = relay("init", folder)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        *(f"wrote {folder}/{name}" for name in ("README.md", "calendars/example.toml", "contacts.csv")),
        *(f"wrote {folder}/{name}" for name in ("events.csv", "holds.csv", "placements.csv", "relay.toml")),
        f"Next: fill in relay.toml, then run `attendance-relay check --config {folder}`.",
    ]


def test_init_writes_over_nothing(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")

    code, out, err = relay("init", tmp_path)

    assert (code, out) == (2, "")
    assert err == f"{tmp_path}: is not empty, and nothing is written over: name a new folder\n"


def test_check_explains_what_a_new_folder_lacks_line_by_line(tmp_path):
    relay("init", tmp_path / "x")

    code, out, err = relay("check", "--config", tmp_path / "x")

    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert lines[:3] == [
        "relay.toml: provider.id: still CHANGE-ME: give a short id of the provider, as swift-learning",
        "relay.toml: provider.name: still CHANGE-ME: give the provider's name",
        "relay.toml: provider.contact_role: still CHANGE-ME: give the role of the person receivers can ask for",
    ]
    assert "relay.toml: school[1].platform: still CHANGE-ME: give the platform its registers are in" in lines
    assert "contacts.csv: row 2: address: still CHANGE-ME: give the email address" in lines
    assert len(lines) == len(set(lines)) > 20


def test_check_of_a_folder_that_is_not_there_names_it(tmp_path):
    code, _, err = relay("check", "--config", tmp_path / "nowhere")

    assert code == 2
    assert str(tmp_path / "nowhere") in err or "relay.toml" in err


def test_check_says_of_each_thing_whether_it_is_fine(stand):
    code, out, _ = relay("check", "--config", stand.operator)

    assert code == 1
    assert out.splitlines()[:3] == [
        "warning relay.toml: feed[2].la_code: is no pupil's in placements.csv: this feed would always be empty",
        "warning safety: allowed_domains is empty: an address with a slip of the pen could be anybody's",
        "ok      school lane: folder: 0 complete files are waiting",
    ]
    assert "ok      destination warwickshire: folder: can be written to" in out.splitlines()
    assert "FAILED  destination coventry: address: " in out


def test_check_is_content_when_everything_answers(stand):
    with stand.receiving():
        stand.write()
        code, said = answer("check", "--config", stand.operator)

    assert code == 0
    assert {each["is_ok"] for each in said["findings"]} == {True, None}


# --- wrong configuration -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "pull", "decide", "deliver", "status", "run"])
def test_a_wrong_configuration_stops_a_command_before_anything_is_pulled(stand, command):
    waiting = stand.drop(MONDAY, p1="//")
    text = (stand.operator / "relay.toml").read_text()
    (stand.operator / "relay.toml").write_text(text.replace('calendar = "autumn"', 'calendar = "autum"'))

    code, _, err = relay(command, "--config", stand.operator)

    assert code == 2
    assert err == "relay.toml: school[1].calendar: names no file in calendars/: did you mean 'autumn'?\n"
    assert waiting.exists()
    assert not (stand.folder / "relay.db").exists()


def test_a_wrong_configuration_is_one_object_for_a_machine(stand):
    (stand.folder / "secrets" / "coventry_signing").unlink()

    code, said = answer("status", "--config", stand.operator)

    assert code == 2
    [problem] = said["problems"]
    assert problem.startswith("relay.toml: destination[1].settings.signing_key_secret: ")


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ('platform = "clm"', 'platform = "sims"', "relay.toml: school[1].platform: "),
        ('policy   = "lane"', 'policy = "lanes"', "relay.toml: school[1].policy: "),
        ("[school.connector]", "[school.connector]\nfolders = 1", "relay.toml: school[1].connector: "),
        ('tls    = "none"', 'tls = "ssl"', "relay.toml: destination[3].settings: "),
        ("[limits]", "[limits]\nlease_seconds = 30", "relay.toml: limits.lease_seconds: is 30, but destination"),
        (
            "  url ",
            '  ca_file = "/nowhere.pem"\n  url ',
            "relay.toml: destination: a channel cannot be opened: ",
        ),
    ],
)
def test_each_wrong_setting_is_named_by_file_and_key(stand, wrong, right, said):
    text = (stand.operator / "relay.toml").read_text()
    assert wrong in text
    (stand.operator / "relay.toml").write_text(text.replace(wrong, right, 1))

    code, _, err = relay("check", "--config", stand.operator)

    assert code == 2
    assert err.startswith(said)


def test_no_secret_is_ever_printed(stand):
    (stand.folder / "secrets" / "coventry_signing").write_text("whsec_not-base-64-at-all!")

    code, out, err = relay("check", "--config", stand.operator)

    assert code == 2
    assert "not-base-64" not in out + err


def test_a_database_that_is_none_is_said_in_one_line(stand):
    (stand.folder / "relay.db").write_text("this is no database, but a text that somebody put here by mistake")

    code, _, err = relay("status", "--config", stand.operator)

    assert code == 2
    assert err.endswith("is not a SQLite database: name another file in the settings, or restore the backup\n")


# --- the three verbs ---------------------------------------------------------------------------------------------


def test_pull_says_what_came(stand):
    stand.drop(MONDAY, p1="//", p2="//")

    code, out, _ = relay("pull", "--config", stand.operator)

    assert (code, out) == (0, "lane: 4 read, 4 new, 0 amended, 0 quarantined\n")


def test_pull_for_a_machine_is_one_object(stand):
    stand.drop(MONDAY, p1="//", p2="//")

    code, said = answer("pull", "--config", stand.operator, "--school", "lane")

    assert (code, said["schools"][0]["new"]) == (0, 4)
    assert said["schools"][0]["problem"] is None


def test_a_pull_that_fails_exits_1_and_says_why(stand):
    stand.drop(MONDAY, p1="//")
    relay("pull", "--config", stand.operator)
    stand.drop_folder.rename(stand.folder / "elsewhere")

    code, out, err = relay("pull", "--config", stand.operator)

    assert (code, out) == (1, "")
    assert (
        err == "lane: Unavailable: the drop folder is not there: check the setting folder and whether it is mounted\n"
    )


def test_a_remark_is_no_failure(stand):
    path = stand.drop(MONDAY, p1="//", p2="//")
    (stand.drop_folder / "the-same.csv").write_bytes(path.read_bytes())

    code, out, err = relay("pull", "--config", stand.operator)

    assert (code, out) == (0, "lane: 4 read, 4 new, 0 amended, 0 quarantined\n")
    assert ".csv: this exact file was processed before: ask whether a new one was meant\n" in err


def test_when_nothing_new_came_the_reason_says_that_it_was_the_old_file(stand):
    path = stand.drop(MONDAY, p1="//", p2="//")
    content = path.read_bytes()
    relay("pull", "--config", stand.operator)
    path.write_bytes(content)

    code, _, err = relay("pull", "--config", stand.operator)

    assert code == 1
    assert err.startswith("lane: SuspiciousPull: no mark came for ")
    assert err.endswith("; register-001.csv: this exact file was processed before: ask whether a new one was meant\n")


@pytest.mark.parametrize("command", ["pull", "decide"])
def test_an_unknown_school_exits_2_and_names_those_there_are(stand, command):
    code, _, err = relay(command, "--config", stand.operator, "--school", "nowhere")

    assert code == 2
    assert err == "--school nowhere: there is no such school in relay.toml; there are lane\n"


def test_decide_judges_and_says_how_much(stand):
    stand.drop(MONDAY, p1="NN*10", p2=r"/\*10")
    relay("pull", "--config", stand.operator)

    code, out, _ = relay("decide", "--config", stand.operator)

    assert code == 0
    assert out.startswith("lane: 1 school day judged, ")


def test_decide_for_a_machine_and_for_one_school(stand):
    stand.drop(MONDAY, p1="//", p2="//")
    relay("pull", "--config", stand.operator)

    code, said = answer("decide", "--config", stand.operator, "--school", "lane")

    assert code == 0
    assert (said["schools"][0]["school"], said["schools"][0]["days"]) == ("lane", 1)
    assert said["feeds"] == {"full_day": 0, "nil": 0, "corrections": 0, "problems": []}


def test_deliver_with_nothing_due_says_so(stand):
    assert relay("deliver", "--config", stand.operator) == (0, "nothing due\n", "")
    assert answer("deliver", "--config", stand.operator)[1] == {
        "delivered": 0,
        "deferred": 0,
        "refused": 0,
        "dead": 0,
        "released": 0,
        "stale": 0,
    }


def enqueue(stand, **given):
    """Put one message for Coventry into the outbox, due long ago."""
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m1", created_at=datetime(2020, 1, 6, tzinfo=UTC)), **given)
    stand.close()


def test_deliver_exits_1_while_a_receiver_is_down(stand):
    enqueue(stand)

    assert relay("deliver", "--config", stand.operator) == (1, "1 deferred\n", "")


def test_deliver_says_how_many_arrived(stand):
    with stand.receiving() as (authority, _):
        stand.write()
        enqueue(stand)

        authority.receive = lambda post: 202
        code, said = answer("deliver", "--config", stand.operator)

    assert (code, said["delivered"]) == (0, 1)


def test_status_shows_schools_outbox_and_tasks(stand):
    stand.drop(MONDAY, p1="NN*10", p2=r"/\*10")
    relay("pull", "--config", stand.operator)
    relay("decide", "--config", stand.operator, "--school", "lane")

    code, out, _ = relay("status", "--config", stand.operator)

    assert code == 0
    assert out.startswith("database: SQLite ")
    assert "schools" in out
    assert "lane" in out
    assert "tasks: " in out


def test_status_for_a_machine_has_ids_only(stand):
    stand.drop(MONDAY, p1="NN*10", p2=r"/\*10")
    relay("pull", "--config", stand.operator)
    relay("decide", "--config", stand.operator, "--school", "lane")

    code, said = answer("status", "--config", stand.operator)

    assert code == 0
    assert said["schools"][0]["school"] == "lane"
    assert said["tasks"]["open"] > 0
    assert not [name for name in CANARY if name in json.dumps(said)]


def test_status_exits_1_when_something_waits_for_a_person(stand):
    enqueue(stand, unroutable="contacts.csv has no row for role commissioner of organisation commissioner-1: add it")

    code, out, _ = relay("status", "--config", stand.operator)

    assert code == 1
    assert "dead letters: each waits for a person" in out


# --- health and the scheduler ------------------------------------------------------------------------------------


def test_healthcheck_knows_whether_the_scheduler_turns(stand):
    heartbeat = stand.folder / "heartbeat"

    assert relay("healthcheck", "--config", stand.operator)[::2] == (
        1,
        f"{heartbeat} is not there: the scheduler has not turned yet\n",
    )
    health.beat(heartbeat)
    assert relay("healthcheck", "--config", stand.operator) == (0, "", "")
    os.utime(heartbeat, (time.time() - 900, time.time() - 900))
    assert relay("healthcheck", "--config", stand.operator)[2].endswith("seconds: restart it and look at its log\n")


def test_run_turns_until_it_is_told_to_stop_and_lets_no_second_one_in(stand):
    words = [sys.executable, "-m", "app.cli", "run", "--config", str(stand.operator)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        until((stand.folder / "heartbeat").exists)
        code, _, err = relay("run", "--config", stand.operator)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)

    assert code == 2
    assert err.startswith("another relay runs on ")
    assert running.returncode == 0


@contextmanager
def running(stand, port):
    """Let a relay run in a process of its own, with its health pages on a port, until it has turned."""
    stand.toml += f'\n[health]\naddress = "127.0.0.1:{port}"\n'
    stand.write()
    words = [sys.executable, "-m", "app.cli", "run", "--config", str(stand.operator)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        until((stand.folder / "heartbeat").exists)
        yield child
        child.communicate(timeout=20)


def get(port, path):
    """Return the status of a page, or none when nobody answers in time."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=1, trust_env=False).status_code
    except httpx.TransportError:
        return None


def test_promise_31_a_relay_that_runs_is_alive_and_ready_and_one_that_stands_still_is_neither(stand):
    """Silence is noticed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with running(stand, port) as child:
        alive = relay("healthcheck", "--config", stand.operator)[0]
        answers = [get(port, path) for path in ("healthz", "readyz", "metrics")]
        child.send_signal(signal.SIGSTOP)
        # What five minutes without a turn look like to the container's health check.
        os.utime(stand.folder / "heartbeat", (time.time() - 301, time.time() - 301))
        stopped = relay("healthcheck", "--config", stand.operator)
        silent = get(port, "healthz")
        child.send_signal(signal.SIGCONT)
        child.send_signal(signal.SIGTERM)

    assert (alive, answers) == (0, [200, 200, 200])
    assert (stopped[0], silent) == (1, None)
    assert "the scheduler has not turned for 30" in stopped[2]
    assert child.returncode == 0


def test_metrics_are_printed_and_written_without_a_scheduler(stand, tmp_path):
    code, out, _ = relay("metrics", "--config", stand.operator)
    wrote = relay("metrics", "--config", stand.operator, "--write", tmp_path / "relay.prom")
    failed = relay("metrics", "--config", stand.operator, "--write", tmp_path / "nowhere" / "relay.prom")

    assert code == 0
    assert 'attend_outbox_dead_letters{destination="coventry"} 0.0' in out
    assert (wrote[0], (tmp_path / "relay.prom").read_text().splitlines()[:2]) == (0, out.splitlines()[:2])
    assert failed[0] == 2
    assert failed[2].endswith("relay.prom: cannot be written (No such file or directory)\n")


def test_purge_says_what_it_removes_and_then_that_nothing_is_due(stand):
    with stand.receiving() as (authority, _):
        stand.write()
        enqueue(stand)
        authority.receive = lambda post: 202
        relay("deliver", "--config", stand.operator)
    with stand.store.transaction():
        stand.store._connection.write("UPDATE message SET settled_at = '2020-01-06T00:00:00.000000+00:00'")
    stand.close()

    words = ("purge", "--config", stand.operator)
    assert relay(*words, "--dry-run") == (0, "would be removed: 1 notices\n", "")
    assert relay(*words) == (0, "removed: 1 notices\n", "")
    assert relay(*words) == (0, "nothing is due\n", "")
    assert answer(*words)[1] == {"payloads": {}, "addresses": 0, "is_smaller": True}


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_dead_letter_is_listed_shown_and_put_aside(stand):
    enqueue(stand, unroutable="contacts.csv has no row: add it")

    code, said = answer("outbox", "list", "--config", stand.operator, "--state", "dead")
    assert (code, [each["id"] for each in said["messages"]]) == (0, ["m1"])
    assert answer("outbox", "show", "m1", "--config", stand.operator)[1]["payload_bytes"] == 2
    assert relay("outbox", "replay", "m1", "--by", "admin", "--config", stand.operator)[0] == 1
    words = ("outbox", "cancel", "m1", "--by", "admin", "--note", "told by telephone", "--config", stand.operator)
    assert relay(*words)[:2] == (0, "the dead letter m1 is put aside\n1 message cancelled\n")
    assert relay("status", "--config", stand.operator)[0] == 0
    assert "discarded" in relay("outbox", "show", "m1", "--config", stand.operator)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "--by", "admin"), "say which messages: their ids, --dead --destination NAME, or --since TIME"),
        (("replay", "--dead", "--by", "admin"), "--dead: name the destination whose dead letters are sent again"),
        (("replay", "m1", "--by", " "), "--by: say who asks for it"),
        (("cancel", "m1", "--by", "admin", "--note", ""), "--note: say why"),
    ],
)
def test_half_a_command_is_refused_with_what_is_missing(stand, words, said):
    enqueue(stand)

    code, _, err = relay("outbox", *words, "--config", stand.operator)

    assert code == 2
    assert err.startswith(said)


def test_what_a_receiver_lost_is_sent_again_by_the_clock(stand):
    with stand.receiving() as (authority, _):
        stand.write()
        enqueue(stand)
        authority.receive = lambda post: 202
        relay("deliver", "--config", stand.operator)
        times = ("--since", f"{TODAY - timedelta(days=1)}", "--until", f"{TODAY + timedelta(days=1)}")
        replay = ("outbox", "replay", *times, "--by", "admin", "--config", stand.operator)
        would = relay(*replay, "--dry-run")
        did = relay(*replay)
        code, said = answer("deliver", "--config", stand.operator)

    assert would == (0, "m1 would be sent to coventry again\n1 message would be sent again\n", "")
    assert did == (0, "m1 leaves for coventry with the next delivery\n1 message sent again\n", "")
    assert (code, said["delivered"]) == (0, 1)


def test_a_paused_destination_is_resumed(stand):
    enqueue(stand)
    relay("deliver", "--config", stand.operator)

    words = ("outbox", "resume", "coventry", "--by", "admin", "--config", stand.operator)
    assert [relay(*words)[1] for _ in range(2)] == [
        "destination coventry takes its messages again with the next delivery\n",
        "destination coventry is not paused\n",
    ]


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_without_a_command_the_commands_are_listed():
    _, out, err = relay()

    assert all(name in out + err for name in ("init", "check", "pull", "decide", "deliver", "status", "run", "demo"))


# --- pulls that look back ----------------------------------------------------------------------------------------


def test_a_pull_reads_so_many_days_back_or_the_term(stand, monkeypatch):
    asked = []
    monkeypatch.setattr("app.cli.pipeline.pull", lambda *_, **given: asked.append(given["asked"]) or [])

    relay("pull", "--config", stand.operator, "--back", "30")
    relay("pull", "--config", stand.operator, "--term", "--school", "lane")

    assert asked == [Asked(days=30), Asked(term=True, by_hand=True)]
    assert relay("pull", "--config", stand.operator, "--back", "-1")[0] == 2

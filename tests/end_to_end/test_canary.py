"""A canary among the pupils: whatever goes wrong, its data is in what is sent and in the database, and nowhere else.

Three weeks are lived through by the real scheduler while everything fails that can: receivers that quote what they
were sent, a channel and a job that raise with a child's name, files with rows that fit nothing, a folder that is gone.
Then every command is asked, and a relay runs in a process of its own. Everything that was said is searched.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app import console, scheduler
from app.alerts.things import ADMIN_ALERT
from app.cli import cli
from app.watch import metrics
from app.watch.snapshot import Watcher
from outbox.multipart import split
from tests.app.builders import Stand, hold, mail, recorded
from tests.builders import CANARY, upn
from tests.outbox import servers
from tests.store.builders import draft

ROOT = Path(__file__).parents[2]
#: Everything that is known of the canary, as it is written in files and as it is sent.
SURNAME, FORENAME = CANARY
UPN = upn(1)
BORN = ("2011-03-14", "14/03/2011", "14 March 2011", "14 Mar 2011")
NOTES = ("Canary-is-in-hospital", "Canary-was-seen-at-home")
OFFICER = "canary.officer@council.example"
CANARIES = (SURNAME, FORENAME, SURNAME.upper(), UPN, *BORN, *NOTES, OFFICER)


def canaries_in(text):
    """Return what of the canary is in a text."""
    return [each for each in CANARIES if each in text]


@dataclass
class Heard:
    """What was said, by who said it."""

    said: dict[str, str]

    def add(self, name, text):
        self.said[name] = self.said.get(name, "") + text

    def leaks(self):
        return {name: found for name, text in self.said.items() if (found := canaries_in(text))}


class Echo(BaseHTTPRequestHandler):
    """A receiver that refuses, and quotes in head and body what it was sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(self.server.status, f"no child {SURNAME}")
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Location", f"/children/{UPN}")
        self.end_headers()
        title = f"{FORENAME} {SURNAME} is unknown"
        self.wfile.write(json.dumps({"title": title, "detail": body.decode("utf-8", "replace")}).encode())

    def log_message(self, *_):
        pass


class Raising:
    """A channel with a fault of its own, which quotes the message."""

    def __init__(self, channel):
        self.channel, self.longest = channel, channel.longest

    def send(self, message):
        raise ValueError(f"cannot send {message.payload!r} about {FORENAME} {SURNAME} to {message.address}")

    def __getattr__(self, name):
        return getattr(self.channel, name)


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    stand = Stand(tmp_path_factory.mktemp("canary"), pupils={"p1": {}, "p2": {}})
    # Coventry gets names; a worker's own address is personal data as well.
    stand.toml = stand.toml.replace('"agreement 1"', '"agreement 1"\nprofile = "identity"')
    for each in stand.contacts:
        if each["role"] == "commissioner":
            each["address"] = OFFICER
    stand.events = [recorded("p1", "Wed 2026-11-04", "contract_agreed") | {"note": NOTES[1]}]
    stand.holds = [hold("p1", "Mon 2026-11-02", "Tue 2026-11-03", "three-days-absent", reason=NOTES[0], author="M Ash")]
    yield stand
    stand.close()


@pytest.fixture(scope="module")
def heard(stand, tmp_path_factory):
    heard = Heard({})
    with pytest.MonkeyPatch.context() as patch:
        log = tmp_path_factory.mktemp("log") / "log"
        with log.open("w") as stderr:
            patch.setattr(sys, "stderr", stderr)
            console.set_up_logging("json")
            with ExitStack() as running:
                _everything_fails(stand, running, patch)
            _everything_recovers(stand)
        heard.add("the log", log.read_text())
    _what_is_kept(stand, heard)
    stand.close()
    _every_command(stand, heard)
    _a_relay_of_its_own(stand, heard)
    heard.add("file names", "\n".join(str(path.relative_to(stand.folder)) for path in stand.folder.rglob("*")))
    return heard


def _everything_fails(stand, running, patch):
    """Live through a week in which nothing works, each day in another way."""
    echo = running.enter_context(_echoing())
    quoting = f"550 5.1.1 <{OFFICER}>: {FORENAME} {SURNAME} is unknown here"
    stand.places |= {
        "coventry": f"http://127.0.0.1:{echo.server_port}/in",
        "mail_port": running.enter_context(servers.smtp({"RCPT": quoting})),
    }
    wheel = stand.wheel()
    days = ("Mon 2026-11-02", "Tue 2026-11-03", "Wed 2026-11-04", "Thu 2026-11-05", "Fri 2026-11-06")
    for number, day in enumerate(days):
        stand.drop(day, p1="NN", p2=r"/\ ".strip())
        (stand.drop_folder / f"odd-{number}.csv").write_text(_odd_rows(day))
        echo.status = (503, 422, 401, 400, 307)[number]
        if number == 2:
            stand.relay.channels["warwickshire"] = Raising(stand.relay.channels["warwickshire"])
            stand.relay.channels["mail"] = Raising(stand.relay.channels["mail"])
        if number == 3:
            with patch.context() as once:
                once.setattr(scheduler, "decide", _raise)
                stand.at(f"{day} 09:45")
                wheel.turn()
        if number == 4:
            (stand.drop_folder / "no-register.csv").write_text(f"{FORENAME};{SURNAME}\n{UPN};{BORN[0]}\n")
        for clock in ("09:30", "15:45", "16:00", "16:15", "18:30", "21:00"):
            stand.at(f"{day} {clock}")
            wheel.turn()
    with stand.store.transaction():
        unsent = draft(
            "held-one", created_at=stand.clock(), payload=SURNAME.encode(), address=OFFICER, hold="mass_send"
        )
        stand.store.messages.enqueue(unsent)
        old = draft("old-one", created_at=stand.clock(), expires_at=stand.clock(), payload=SURNAME.encode())
        stand.store.messages.enqueue(old)
        stand.store.messages.expire(stand.clock())
    wheel.alert()


def _odd_rows(day):
    iso = day.split()[1]
    when = f"{iso[8:]}/{iso[5:7]}/{iso[:4]}"
    rows = [
        f"4001,{UPN},{SURNAME},{FORENAME},{when},AM,X9,",
        f"4999,{UPN},{SURNAME},{FORENAME},{when},PM,N,",
        f"4001,{SURNAME},{FORENAME},{UPN},{when},AM,N,",
        f"4001,{UPN},{SURNAME},{FORENAME},{BORN[1]} {SURNAME},AM,N,",
        f"4001,{UPN},{SURNAME},{FORENAME},{when},{FORENAME},N,",
    ]
    return "Learner Ref,UPN,Surname,Forename,Date,Session,Mark,Minutes Late\n" + "\n".join(rows)


def _raise(*_, **__):
    raise RuntimeError(f"{FORENAME} {SURNAME}, {UPN}, born {BORN[0]}")


def _echoing():
    import threading
    from contextlib import contextmanager
    from http.server import ThreadingHTTPServer

    @contextmanager
    def echoing():
        server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
        server.server_close()

    return echoing()


def _everything_recovers(stand):
    """Live through another week in which everything works: the referral is due."""
    with stand.receiving():
        stand.reread()
        wheel = stand.wheel()
        for day in ("Mon 2026-11-09", "Tue 2026-11-10", "Wed 2026-11-11", "Thu 2026-11-12", "Fri 2026-11-13"):
            stand.drop(day, p1="NN", p2=r"/\ ".strip())
            for clock in ("09:30", "15:45", "16:00", "16:15", "21:00"):
                stand.at(f"{day} {clock}")
                wheel.turn()


def _what_is_kept(stand, heard):
    """Hear what the database says of messages beside their payloads and addresses, and what instruments see."""
    messages = stand.store.messages
    for each in stand.messages():
        plain = {name: getattr(each, name) for name in each.__slots__ if name not in {"payload", "address"}}
        heard.add("what is kept of messages", f"{plain}\n")
        heard.add("attempts", f"{messages.attempts(each.id)} {messages.receipts(each.id)}\n")
        heard.add("interventions", f"{messages.interventions(each.id)}\n")
        if each.kind == ADMIN_ALERT:
            heard.add("alerts to admins", each.payload.decode())
        elif each.kind.startswith(("notice", "alert")) and each.destination == "mail":
            letter = mail(each)
            heads = [f"{name}: {value}" for name, value in letter.items() if name != "To"]
            heard.add("heads of letters", "\n".join(heads))
        elif each.kind.startswith("feed"):
            files = split(each.content_type, each.payload)
            heard.add("file names in feeds and their manifests", f"{[part.name for part in files]} {files[1].content}")
    heard.add("metrics", metrics.text(Watcher().look(stand.relay), 1.0).decode())
    heard.add("last runs", f"{stand.store.runs.latest()}")
    heard.add("circuits", f"{messages.circuits()}")


COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("outbox", "list", "--limit", "1000"),
    ("outbox", "list", "--state", "dead", "--json"),
    ("tasks", "list"),
    ("tasks", "list", "--json"),
    ("approve", "list"),
    ("documents", "list", "--json"),
    ("explain", "p1", "--on", "2026-11-13"),
    ("explain", "p1", "--on", "2026-11-13", "--json"),
    ("check",),
    ("check", "--json"),
    ("metrics",),
    ("purge", "--dry-run"),
    ("pull",),
    ("deliver",),
    ("healthcheck",),
    ("outbox", "replay", "--dead", "--destination", "coventry", "--by", "admin", "--dry-run"),
    ("outbox", "show", SURNAME),
    ("outbox", "cancel", "held-one", "--by", "admin", "--note", "told by telephone"),
)


def _every_command(stand, heard):
    for words in COMMANDS:
        done = _relay(stand, *words)
        # What somebody types comes back to them; it is nobody else's.
        output = (done.stdout + done.stderr).replace(f"no message {SURNAME}:", "no message:")
        heard.add(f"attendance-relay {' '.join(words)}", f"{output} {done.exception!r}")
    listed = json.loads(_relay(stand, "outbox", "list", "--limit", "1000", "--json").stdout)["messages"]
    dead = [each["id"] for each in listed if each["state"] == "dead"]
    for message_id in (*dead, *(each["id"] for each in listed[:10])):
        heard.add("attendance-relay outbox show", _relay(stand, "outbox", "show", message_id).stdout)
    heard.add("number of dead letters shown", f"{len(dead)}")


def _relay(stand, *words):
    environment = {
        "ATTENDANCE_RELAY_DATABASE": str(stand.folder / "relay.db"),
        "ATTENDANCE_RELAY_SECRETS_DIR": str(stand.folder / "secrets"),
        "ATTENDANCE_RELAY_HEARTBEAT": str(stand.folder / "heartbeat"),
    }
    return CliRunner().invoke(cli, [*words, "--config", str(stand.operator)], env=environment)


def _a_relay_of_its_own(stand, heard):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    stand.toml += f'\n[health]\naddress = "127.0.0.1:{port}"\n'
    stand.write()
    names = {"DATABASE": "relay.db", "SECRETS_DIR": "secrets", "HEARTBEAT": "heartbeat"}
    environment = os.environ | {f"ATTENDANCE_RELAY_{name}": str(stand.folder / at) for name, at in names.items()}
    words = [sys.executable, "-m", "app.cli", "run", "--config", str(stand.operator)]
    (stand.folder / "heartbeat").unlink(missing_ok=True)
    with subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as child:
        end = time.monotonic() + 60
        while not (stand.folder / "heartbeat").exists() and child.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        for name in ("cmdline", "environ"):
            heard.add(f"/proc/PID/{name}", Path(f"/proc/{child.pid}/{name}").read_bytes().decode())
        for path in ("healthz", "readyz", "metrics", "nowhere"):
            heard.add(f"/{path}", httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False).text)
        child.send_signal(signal.SIGTERM)
        heard.add("the log of a process", child.communicate(timeout=60)[1])


# --- nothing of the canary is anywhere else ------------------------------------------------------------------------------


def test_promise_25_the_canary_is_in_nothing_that_was_said(heard):
    """Personal data stays out of logs, metrics, ids, subjects and file names."""
    assert heard.leaks() == {}


def test_everything_was_heard_and_everything_has_failed(heard):
    """Whoever hears nothing finds nothing: each failure that was arranged must show in what was searched."""
    log = heard.said["the log"]
    for event in ("pulled", "decided", "delivery attempt", "messages died", "job failed", "admins alerted", "purged"):
        assert f'"event": "{event}"' in log
    for reason in (
        "the receiver answered HTTP 503",
        "the receiver answered HTTP 422",
        "the receiver answered HTTP 401",
        "the receiver answered HTTP 400",
        "the mail relay answered 550",
        "the channel failed unexpectedly: ValueError at test_canary.py:",
    ):
        assert reason in heard.said["attempts"], reason
    assert '"error": "RuntimeError"' in log
    assert int(heard.said["number of dead letters shown"]) > 3
    assert "held by the check mass_send" in heard.said["alerts to admins"]
    assert "expired before it could be delivered" in heard.said["alerts to admins"]
    assert "p1" in heard.said["attendance-relay explain p1 --on 2026-11-13"]
    assert "quarantine" in heard.said["attendance-relay status"]
    assert "attend_outbox_dead_letters" in heard.said["/metrics"]
    assert '"status": "pass"' in heard.said["/healthz"]
    assert '"event": "stopped"' in heard.said["the log of a process"]
    assert "app.cli" in heard.said["/proc/PID/cmdline"]
    assert min(map(len, heard.said.values())) > 0


# --- and it is where it belongs ----------------------------------------------------------------------------------------


def test_the_canary_is_in_the_feed_and_in_the_referral_that_its_council_gets(stand, heard):
    feeds = [
        each.payload.decode("utf-8", "replace") for each in stand.messages("feed") if each.destination == "coventry"
    ]
    [referral] = [each.payload.decode() for each in stand.messages("notice.referral")]

    assert {SURNAME, FORENAME, UPN, "2011-03-14"} <= set(canaries_in("".join(feeds)))
    assert {SURNAME, FORENAME, UPN, "2011-03-14"} <= set(canaries_in(referral))


def test_the_search_would_find_it(stand, heard):
    """The database holds what was searched for: the same search over the same kind of text finds it there."""
    files = b"".join(path.read_bytes() for path in stand.folder.glob("relay.db*")).decode("latin-1")
    drops = "".join(path.read_text() for path in stand.folder.rglob("*.csv"))

    assert {SURNAME, FORENAME, UPN, OFFICER} <= set(canaries_in(files))
    assert {SURNAME, FORENAME, UPN, OFFICER, BORN[0], BORN[1], *NOTES} <= set(canaries_in(drops))

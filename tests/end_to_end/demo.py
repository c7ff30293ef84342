"""Runs the demo as a person would, in a process of its own, kills it, and reads what its receivers hold."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

_GUARDED = Path(__file__).with_name("guarded.py")
_ROOT = Path(__file__).parents[2]
#: Ids and spoken references are made with the installation's own random key; everything else must be the same.
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
_LONGEST_SECONDS = 240


def start(folder: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start the demo on a folder; a connection to anything but this machine ends it with an error."""
    command = [sys.executable, str(_GUARDED), "demo", "--json", "--keep", str(folder), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ATTENDANCE_RELAY")}
    environment["PYTHONPATH"] = str(_ROOT)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def finish(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Wait for the demo's end and return its one object."""
    out, err = process.communicate(timeout=_LONGEST_SECONDS)
    assert process.returncode == 0, (out + err).decode()[-2000:]
    [line] = out.decode().splitlines()
    return json.loads(line)


def kill_when(process: "subprocess.Popen[bytes]", has_come: Callable[[], bool]) -> None:
    """Kill the demo (SIGKILL) as soon as the moment has come, as its folder shows."""
    end = time.monotonic() + _LONGEST_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if has_come():
            process.kill()
            break
        time.sleep(0.002)
    process.communicate()
    assert process.returncode == -9, "the demo ended before it was killed"


def feeds(folder: Path) -> dict[str, tuple[dict[str, str], list[dict[str, str]]]]:
    """Return what every feed says by its place and file name: its manifest, and its rows one by one.

    Left out is what is made with the installation's own key and so differs from folder to folder: ``record_id`` of a
    row, ``message_id`` and ``sha256`` of a manifest. Everything else is compared, ``extracted_at`` and the other
    times included: the clock of the play is a simulated one.
    """
    places = ("received/coventry/feeds", "received/warwickshire")
    paths = [path for place in places for path in sorted((folder / place).glob("*.csv"))]
    return {f"{path.parent.parent.name}/{path.name}": (_manifest(path), _rows(path)) for path in paths}


def notices(folder: Path) -> list[str]:
    """Return the text of every notice at the receivers, sorted, with each id numbered as it occurs in it."""
    received = folder / "received"
    emails = [_email(path) for path in received.glob("mail/messages/*.eml")]
    events = [*received.glob("coventry/messages/*"), *received.glob("warwickshire/*.json")]
    texts = [path.read_text() for path in events if path.read_bytes().startswith(b'{"specversion"')]
    return sorted(map(_numbered, [*emails, *texts]))


def arrivals(folder: Path) -> dict[str, int]:
    """Return how often each message came by the record that its receiver keeps, and every file in the drop folder."""
    records = [json.loads(path.read_bytes()) for path in (folder / "received").rglob("received/[0-9]*.json")]
    dropped = {path.name: 1 for path in (folder / "received/warwickshire").iterdir()}
    return {record["message_id"]: record["received"] for record in records} | dropped


def without(summary: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a demo's object without some of its figures."""
    return {name: value for name, value in summary.items() if name not in names}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: cell for name, cell in row.items() if name != "record_id"} for row in csv.DictReader(file)]
    # Withdrawn records are ordered by their ids.
    return sorted(rows, key=lambda row: tuple(row.values()))


def _manifest(path: Path) -> dict[str, str]:
    manifest = json.loads(path.with_suffix(".json").read_bytes())
    return {name: str(value) for name, value in manifest.items() if name not in {"message_id", "sha256"}}


def _email(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    body = message.get_body(("plain",))
    assert body is not None
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Reply-To", "Subject", "Date")]
    return "\n".join([*headers, body.get_content()])


def _numbered(text: str) -> str:
    found: dict[str, str] = {}
    return _ID.sub(lambda match: found.setdefault(match[0], f"<id {len(found) + 1}>"), text)

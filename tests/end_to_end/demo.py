"""Runs the demo as a person would, in a process of its own, and reads what its receivers hold."""

import csv
import json
import re
import subprocess
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

_GUARDED = Path(__file__).with_name("guarded.py")
#: Ids and spoken references come from the installation's own random key; everything else must be the same.
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REFERENCE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
_LONGEST_SECONDS = 240


def start(folder: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start the demo on a folder; a connection to anything but this machine ends it with an error."""
    command = [sys.executable, str(_GUARDED), "demo", "--json", "--keep", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Wait for the demo's end and return its one object."""
    out, err = process.communicate(timeout=_LONGEST_SECONDS)
    assert process.returncode == 0, err.decode()[-2000:]
    [line] = out.decode().splitlines()
    return json.loads(line)


def kill_when(process: "subprocess.Popen[bytes]", folder: Path, *, arrived: int) -> None:
    """Kill the demo (SIGKILL) once so many files lie at its receivers."""
    end = time.monotonic() + _LONGEST_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if (folder / "relay.db").exists() and sum(1 for _ in (folder / "received").rglob("*.*")) >= arrived:
            process.kill()
            break
        time.sleep(0.01)
    process.communicate()
    assert process.returncode == -9, "the demo ended before it was killed"


def feeds(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of every feed at the receivers by file name, without their record ids."""
    paths = [*(folder / "received/coventry/feeds").glob("*.csv"), *(folder / "received/warwickshire").glob("*.csv")]
    return {path.name: _rows(path) for path in sorted(paths)}


def notices(folder: Path) -> list[str]:
    """Return the text of every notice at the receivers, in order, without ids and references."""
    received = folder / "received"
    emails = [_email(path) for path in received.glob("mail/messages/*.eml")]
    events = [*received.glob("coventry/messages/*"), *received.glob("warwickshire/*.json")]
    texts = [path.read_text() for path in events if path.read_bytes().startswith(b'{"specversion"')]
    return sorted(_REFERENCE.sub("REFERENCE", _ID.sub("ID", text)) for text in [*emails, *texts])


def arrivals(folder: Path) -> dict[str, int]:
    """Return how often each message came, by the record that its receiver keeps."""
    records = [json.loads(path.read_bytes()) for path in (folder / "received").rglob("received/[0-9]*.json")]
    return {record["message_id"]: record["received"] for record in records}


def without(summary: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name not in names}


def _rows(path: Path) -> list[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: cell for name, cell in row.items() if name != "record_id"} for row in csv.DictReader(file)]
    return sorted(tuple(row.values()) for row in rows)


def _email(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    body = message.get_body(("plain",))
    assert body is not None
    return f"To: {message['To']}\n{body.get_content()}"

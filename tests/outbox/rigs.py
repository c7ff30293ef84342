"""How to reach each channel's receiver on this machine: one that works, one that hangs, and none at all.

This table is all that the contract of channels knows of any one of them. A new channel adds its row here.
"""

import getpass
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from outbox.messages import EMAIL, NOTIFY_FIELDS
from outbox.notify_fields import compose_notice_fields
from tests.outbox import servers
from tests.outbox.builders import NOTIFY_KEY, SECRET, notice
from tests.outbox.openssh import openssh

#: A host key for places where no server ever shows one.
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZ+1hDLkL3vhDrk6nfVSvsuSZ7PWeJ4FVYB8uTYYxCP"

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Working:
    """A receiver that takes messages: the settings that lead there, and the ids of what it holds, one for each copy."""

    settings: Raw
    held: Callable[[], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """One channel's receivers.

    ``leading_to`` are settings that lead to a port of this machine. ``secret`` are settings in which a key holds
    ``secret_value``, none where there is none to hold. ``tells_copies`` says that a message sent twice is there once;
    ``is_remote`` that a receiver can hang. ``message`` is what a message needs for this channel.
    """

    leading_to: Callable[[int], Raw]
    working: Callable[[Path], AbstractContextManager[Working]]
    secret: Raw = field(default_factory=dict)
    secret_value: str = SECRET
    tells_copies: bool = False
    is_remote: bool = True
    message: Raw = field(default_factory=dict)


def _https(port: int) -> Raw:
    return {"url": f"http://127.0.0.1:{port}/in", "signing_key": SECRET}


@contextmanager
def _https_working(_: Path) -> Iterator[Working]:
    with servers.http() as server:
        port = server.server_address[1]
        yield Working(_https(port), lambda: [headers["webhook-id"] for _, headers, body in server.requests if body])


def _smtp(port: int) -> Raw:
    return {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "bounces@thornburylane.example"}


@contextmanager
def _smtp_working(_: Path) -> Iterator[Working]:
    log: list[str] = []
    with servers.smtp({}, extensions=("DSN",), log=log) as port:
        yield Working(_smtp(port), lambda: [line.rpartition("ENVID=")[2] for line in log if "ENVID=" in line])


def _notify(port: int) -> Raw:
    return {
        "api_key": NOTIFY_KEY,
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "base_url": f"http://127.0.0.1:{port}",
        "timeout_seconds": 2.0,
    }


class _NotifyHandler(BaseHTTPRequestHandler):
    """GOV.UK Notify as far as this client speaks to it: it keeps what it is sent, and tells its ids only."""

    server: "_NotifyServer"

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.references.append(sent["reference"])
        self._answer(201, {"id": self.server.id_of(len(self.server.references)), "reference": sent["reference"]})

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path.startswith("/v2/template/"):
            self._answer(200, {"type": "email", "personalisation": {"reference": {"required": True}}})
        elif path == "/v2/notifications":
            reference = query.removeprefix("reference=")
            found = [
                {"id": self.server.id_of(number), "status": "sending"}
                for number, each in enumerate(self.server.references, start=1)
                if each == reference
            ]
            self._answer(200, {"notifications": found})
        else:
            self._answer(200, {"id": path.rpartition("/")[2], "status": "delivered"})

    def _answer(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _NotifyServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _NotifyHandler)
        self.references: list[str] = []

    def id_of(self, number: int) -> str:
        return str(UUID(int=number))


@contextmanager
def _notify_working(_: Path) -> Iterator[Working]:
    with _NotifyServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Working(_notify(server.server_address[1]), lambda: list(server.references))
        server.shutdown()
        thread.join(timeout=5)


@contextmanager
def _folder_working(folder: Path) -> Iterator[Working]:
    yield Working({"path": str(folder)}, lambda: sorted(path.stem for path in folder.iterdir()))


def _sftp(port: int) -> Raw:
    return {
        "host": "127.0.0.1",
        "port": port,
        "username": getpass.getuser(),
        "host_key": HOST_KEY,
        "password": SECRET,
    }


@contextmanager
def _sftp_working(folder: Path) -> Iterator[Working]:
    with openssh(folder) as server:
        settings = _sftp(server.port) | {
            "host_key": server.host_key,
            "password": "",
            "private_key_file": str(server.keys / "client_key"),
            "folder": str(server.folder),
        }
        yield Working(settings, lambda: [Path(name).stem for name in server.names()])


RIGS = {
    "https": Rig(leading_to=_https, working=_https_working, secret=_https(9)),
    "smtp": Rig(
        leading_to=_smtp,
        working=_smtp_working,
        secret=_smtp(9) | {"tls": "starttls", "username": "relay", "password": SECRET},
        message={"content_type": EMAIL, "payload": b"Subject: H4RT-27WX\r\n\r\nRobin Canary\r\n"},
    ),
    "notify": Rig(
        leading_to=_notify,
        working=_notify_working,
        secret=_notify(9),
        secret_value=NOTIFY_KEY,
        message={"content_type": NOTIFY_FIELDS, "payload": compose_notice_fields(notice())},
    ),
    "folder": Rig(
        leading_to=lambda _: {"path": "/nowhere/at/all"}, working=_folder_working, tells_copies=True, is_remote=False
    ),
    "sftp": Rig(leading_to=_sftp, working=_sftp_working, secret=_sftp(9), tells_copies=True),
}

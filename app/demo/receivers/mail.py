"""A mail server on this machine that keeps every message it takes, by Message-ID."""

import hashlib
import socket
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller

from app.demo.receivers.ledger import Ledger


class Mailbox:
    """Listens from ``with`` to its end. Without TLS, which the smtp channel allows on this machine alone."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        """Listen on ``port``, any free one when 0; what was received before is in ``folder``."""
        self.folder = folder
        self.ledger = Ledger(folder)
        # The controller connects to its own port to see that it has started, so 0 will not do.
        self.port = port or _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    @property
    def host(self) -> str:
        """The server's address."""
        return "127.0.0.1"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Keep the message on disk, then accept it."""
        content: bytes = envelope.content
        message_id = str(message_from_bytes(content, policy=policy.SMTP)["Message-ID"])
        # One Message-ID goes to one recipient; the address is part of what was received.
        name = hashlib.sha256(message_id.encode()).hexdigest()[:24]
        path = self.folder / "messages" / f"{name}.eml"
        self.ledger.keep(message_id, idempotency_key=message_id, kind="email", path=path, content=content)
        return "250 kept"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

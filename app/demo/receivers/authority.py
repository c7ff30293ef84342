"""A local authority's receiving end: HTTP on this machine, signatures verified, feeds taken apart and checked."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

from standardwebhooks.webhooks import Webhook

from app.demo.receivers.checks import Sequences, content_problems, kind_of
from app.demo.receivers.ledger import Ledger, write

_TOLERANCE = timedelta(minutes=5)
_LARGEST = 50_000_000


class Post(NamedTuple):
    """One request: its headers by lower-case name, and its body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        """The id the sender gives the message each time it sends it."""
        return self.headers.get("webhook-id", "")


class Authority:
    """Listens from ``with`` to its end. ``is_down`` is asked at each request: while it says so the answer is 503.

    ``secrets`` are the ``whsec_`` secrets it accepts. ``clock`` is the time against which signatures are fresh.
    """

    def __init__(
        self,
        folder: Path,
        *,
        secrets: Sequence[str],
        is_down: Callable[[], bool] = lambda: False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        port: int = 0,
    ) -> None:
        """Bind ``port`` of this machine, any free one when 0; what was received before is in ``folder``."""
        self.folder = folder
        self.ledger = Ledger(folder)
        self.is_down = is_down
        self._signers = [Webhook(secret) for secret in secrets]
        self._clock = clock
        self._sequences = self._sequences_so_far()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.authority = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self._server.server_port}/attendance"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def receive(self, post: Post) -> int:
        """Take one posted message in and return the status to answer; what is wrong is written down."""
        if self.is_down():
            return 503
        if not self._is_signed(post):
            return self._refuse(post, "bad signature", 401)
        content_type = post.headers.get("content-type", "")
        with self._lock:  # one at a time: the order of sequence numbers is what is checked
            try:
                if content_type.startswith("multipart/form-data"):
                    return self._receive_feed(post)
                return self._receive_notice(post) if content_type == "application/cloudevents+json" else 415
            except (KeyError, TypeError, ValueError):
                return self._refuse(post, "not understood", 422)

    def _receive_notice(self, post: Post) -> int:
        event = json.loads(post.body)
        if event["id"] != post.message_id:
            return self._refuse(post, "the event has another id", 422)
        return self._keep(post, kind_of(event))

    def _receive_feed(self, post: Post) -> int:
        parts = _parts(post)
        name, content = parts["feed"]
        manifest_name, written = parts["manifest"]
        manifest = json.loads(written)
        if wrong := content_problems(manifest, content):
            return self._refuse(post, wrong[0], 422)
        # Before the record of the message: killed in between, the sender comes again and nothing is missing.
        write(self.folder / "feeds" / Path(name).name, content)
        write(self.folder / "feeds" / Path(manifest_name).name, written)
        status = self._keep(post, "feed")
        for problem in self._sequences.problems(manifest) if status == 202 else []:
            self.ledger.object(post.message_id, problem)
        return status

    def _keep(self, post: Post, kind: str) -> int:
        key = post.headers.get("idempotency-key", "").strip('"')
        path = self.folder / "messages" / f"{Path(post.message_id).name}.body"
        is_new = self.ledger.keep(post.message_id, idempotency_key=key, kind=kind, path=path, content=post.body)
        return 202 if is_new else 200

    def _refuse(self, post: Post, what: str, status: int) -> int:
        self.ledger.object(post.message_id, what)
        return status

    def _is_signed(self, post: Post) -> bool:
        stamp, given = post.headers.get("webhook-timestamp", ""), post.headers.get("webhook-signature", "")
        if not (stamp.isascii() and stamp.isdigit() and given.isascii()):
            return False
        signed_at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(self._clock() - signed_at) > _TOLERANCE:
            return False
        text = post.body.decode(errors="replace")
        expected = [signer.sign(post.message_id, signed_at, text) for signer in self._signers]
        return any(compare_digest(each, one) for each in given.split(" ") for one in expected)

    def _sequences_so_far(self) -> Sequences:
        known = {each.message_id for each in self.ledger.received}
        manifests = [json.loads(path.read_bytes()) for path in self.folder.glob("feeds/*.json")]
        sequences = Sequences()
        for manifest in sorted(manifests, key=lambda each: int(each["sequence"])):
            if manifest["message_id"] in known:
                sequences.problems(manifest)
        return sequences


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    authority: Authority


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length) if length < _LARGEST else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.server.authority.receive(Post(headers, body)) if body else 413)

    def do_HEAD(self) -> None:
        self._answer(503 if self.server.authority.is_down() else 405)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's signature
        """Say nothing: what was received is in the ledger."""


def _parts(post: Post) -> dict[str, tuple[str, bytes]]:
    """Take a multipart body apart with the standard library, as a receiver would: name to file name and content."""
    head = f"Content-Type: {post.headers['content-type']}\r\n\r\n".encode()
    whole = message_from_bytes(head + post.body, policy=policy.HTTP)
    return {
        str(part.get_param("name", header="Content-Disposition")): (str(part.get_filename()), _content(part))
        for part in whole.walk()
        if not part.is_multipart()
    }


def _content(part: Any) -> bytes:
    content: bytes = part.get_payload(decode=True)
    return content

"""Servers on this machine that behave as they are told, for as long as a ``with`` lasts."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@contextmanager
def serving(handle: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Hand each connection to ``handle``, one after another, and yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connection.settimeout(10)
                    with suppress(OSError), connection:
                        if tls:
                            connection = tls.wrap_socket(connection, server_side=True)
                        with connection:
                            handle(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


@contextmanager
def http(
    status: int = 202,
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    body: bytes = b"we could not find Robin Canary",
) -> Iterator["Http"]:
    """Answer every request with one status and the words of a careless receiver."""
    server = Http(("127.0.0.1", 0), _Handler)
    server.status, server.headers, server.body, server.requests = status, headers or {}, body, []
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


class Http(ThreadingHTTPServer):
    daemon_threads = True
    status: int
    headers: dict[str, str]
    body: bytes
    requests: list[tuple[str, dict[str, str], bytes]]

    def handle_error(self, request, client_address):
        """A client that turns away from our certificate is expected."""


class _Handler(BaseHTTPRequestHandler):
    server: Http

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.requests.append((self.command, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "POST":
            self.wfile.write(self.server.body)

    do_HEAD = do_POST  # noqa: N815 - the name the library calls

    def log_message(self, *_):
        pass


def drip(connection: socket.socket, first: bytes) -> None:
    """Say something, then a byte now and then for five seconds: no read of it takes long."""
    connection.sendall(first)
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.05)


def drip_tls(connection: socket.socket) -> None:
    """Begin to answer a TLS handshake, and never come to the end of it."""
    connection.recv(65536)
    drip(connection, b"\x16\x03\x03\x40\x00")


class Authority:
    """A certificate authority of its own and a certificate for this machine."""

    def __init__(self, folder: Path, name: str = "127.0.0.1") -> None:
        ca = trustme.CA()
        self.ca_file = str(folder / "ca.pem")
        ca.cert_pem.write_to_path(self.ca_file)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(self.server)


def smtp(replies: dict[str, str], extensions: tuple[str, ...] = (), log: list[str] | None = None):
    """Speak SMTP with ``replies`` by step; a reply of "" hangs up instead, "..." says nothing at all."""

    def handle(connection: socket.socket) -> None:
        with connection.makefile("rwb") as file:
            _Talk(file, replies, ["127.0.0.1", *extensions], log if log is not None else []).talk()

    return serving(handle)


class _Talk:
    def __init__(self, file, replies, hello, log):
        between = "\r\n250-".join(hello).rpartition("-")
        self.file, self.log = file, log
        self.said = {
            "greeting": "220 here",
            "EHLO": f"250-{between[0]} {between[2]}" if len(hello) > 1 else f"250 {hello[0]}",
            "DATA": "354 go on",
            "QUIT": "221 bye",
        } | replies

    def talk(self) -> None:
        going = self.say("greeting")
        while going and (line := self.file.readline().decode().rstrip()):
            self.log.append(line)
            step = line.partition(" ")[0].upper()
            going = self.say(step)
            if going and step == "DATA" and self.said["DATA"].startswith("354"):
                self.log.extend(each.decode().rstrip("\r\n") for each in iter(self.file.readline, b".\r\n"))
                going = self.say(".")

    def say(self, step: str) -> bool:
        reply = self.said.get(step, "250 ok")
        if reply == "...":
            self.file.read()
            return False
        self.file.write(reply.encode() + b"\r\n" if reply else b"")
        self.file.flush()
        return bool(reply)

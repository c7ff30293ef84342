"""SSH to a server whose key is known beforehand, and the few SFTP requests that fetching and leaving a file take.

The library's own file object is not used for writing: its ``close`` passes over a close that failed, and when it
writes ahead, over writes that failed. It also throws the server's status codes away.
"""

import logging
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from time import monotonic
from typing import Any, BinaryIO, Final

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko import sftp

from wire.connections import deadline

#: What a connection does that breaks, whoever broke it. Asked again later, it may work.
TROUBLE: Final = (OSError, EOFError, paramiko.SSHException, sftp.SFTPError)

NO_SUCH_FILE: Final = sftp.SFTP_NO_SUCH_FILE
PERMISSION_DENIED: Final = sftp.SFTP_PERMISSION_DENIED
OP_UNSUPPORTED: Final = sftp.SFTP_OP_UNSUPPORTED

#: What a server tells of a file: ``st_size``, ``st_mtime`` in whole seconds, ``st_mode``; each may be none.
Attributes = paramiko.SFTPAttributes

_FSYNC = "fsync@openssh.com"
#: What every server takes in one request.
_CHUNK = 32768

# Its lines quote hosts, users and file names, with stack traces; what an admin needs of them is an attempt's reason.
logging.getLogger("paramiko").propagate = False
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Unwelcome(Exception):  # noqa: N818 - how the server met us
    """The server is another one, or does not take us in: nothing was sent, and a person has to look at the settings."""


class Status(Exception):  # noqa: N818 - an answer of the server
    """A request was answered with another status than OK; ``code`` says which."""

    def __init__(self, code: int) -> None:
        self.code = code


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key that a server must show: ``fingerprint`` as OpenSSH prints it, and the types to ask for (empty: any)."""

    fingerprint: str
    types: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "HostKey":
        """Read a line of ``ssh-keyscan`` or of a ``.pub`` file, or a fingerprint; raises ``ValueError`` for others."""
        words = text.split()
        if len(words) == 1 and words[0].startswith("SHA256:"):
            return cls(words[0].rstrip("="))
        kinds = [at for at, word in enumerate(words[:2]) if word.startswith(("ssh-", "ecdsa-"))]
        if not kinds or len(words) < kinds[0] + 2:
            raise ValueError(
                "host_key is neither an OpenSSH public key (ssh-ed25519 AAAA...) nor a SHA256: fingerprint"
            )
        kind, blob = words[kinds[0]], _blob(words[kinds[0] + 1])
        if not blob.startswith(len(kind).to_bytes(4) + kind.encode()):
            raise ValueError("host_key is cut short or changed: copy the whole line again")
        # The two ways in which an RSA key signs today; the key itself is still called ssh-rsa.
        types = ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)
        return cls(_fingerprint(blob), types)


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + b64encode(sha256(blob).digest()).decode().rstrip("=")


def _blob(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def private_key(text: str, passphrase: str) -> paramiko.PKey:
    """Read a private key in any format OpenSSH writes; raises ``ValueError``, which quotes nothing of it."""
    # Not by the library's own reader, which fails on some keys without a comment (by their length).
    content, password = text.strip().encode() + b"\n", passphrase.encode() or None
    for load in (serialization.load_ssh_private_key, serialization.load_pem_private_key):
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            return _as_paramiko(load(content, password))
    raise ValueError("the private key is no OpenSSH key (ed25519, ecdsa or rsa), or its passphrase is another one")


def _as_paramiko(key: object) -> paramiko.PKey:
    match key:
        case rsa.RSAPrivateKey():
            return paramiko.RSAKey(key=key)
        case ec.EllipticCurvePrivateKey():
            return paramiko.ECDSAKey(vals=(key, key.public_key()))
        case ed25519.Ed25519PrivateKey():
            plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            return paramiko.Ed25519Key(file_obj=StringIO(plain.decode()))
        case _:
            raise TypeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect, as whom, and what the server must show first. ``key`` is used where there is one."""

    host: str
    port: int
    host_key: HostKey
    username: str
    password: str = field(default="", repr=False)
    key: paramiko.PKey | None = field(default=None, repr=False)


@contextmanager
def signed_in(server: Server, limit: timedelta) -> Iterator["Session"]:
    """Connect, compare the host key, sign in, and cut everything off when the time is up.

    Raises ``Unwelcome`` or one of ``TROUBLE``. Nothing secret is offered before the host key is the pinned one.
    """
    seconds, began = limit.total_seconds(), monotonic()
    # A name may have several addresses: each gets a share of the time.
    with socket.create_connection((server.host, server.port), timeout=seconds / 3) as connection:
        left = timedelta(seconds=max(0.0, seconds - (monotonic() - began)))
        with deadline(left, lambda: connection), _transport(connection, server, seconds) as transport:
            _sign_in(transport, server)
            yield _session(transport)


@contextmanager
def _transport(connection: socket.socket, server: Server, seconds: float) -> Iterator[paramiko.Transport]:
    transport = paramiko.Transport(connection)
    # The library's own limits are longer than the deadline, so that there is one way to run out of time.
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds + 60
    if server.host_key.types:
        transport.get_security_options().key_types = server.host_key.types
    try:
        transport.start_client()
        _compare(transport, server.host_key)
        yield transport
    except paramiko.ssh_exception.IncompatiblePeer:
        raise Unwelcome(
            "the server has no host key of the pinned type, or no cipher in common: nothing was sent"
        ) from None
    finally:
        transport.close()
        transport.join(timeout=1)


def _compare(transport: paramiko.Transport, pinned: HostKey) -> None:
    key = transport.get_remote_server_key()
    shown = _fingerprint(key.asbytes())
    if shown != pinned.fingerprint:
        raise Unwelcome(
            f"the server shows another host key than the pinned one ({key.get_name()} {shown}): nothing was sent; "
            "ask its owner whether it was changed"
        )


def _sign_in(transport: paramiko.Transport, server: Server) -> None:
    try:
        if server.key:
            wanted = transport.auth_publickey(server.username, server.key)
        else:
            wanted = transport.auth_password(server.username, server.password)
    except paramiko.AuthenticationException:
        # The library says the same of a connection that broke while it waited for the answer.
        if not transport.is_active():
            raise
        raise Unwelcome("the server refuses the sign-in: check the username and the key or password") from None
    if wanted:
        raise Unwelcome("the server wants a second proof of identity after this one: ask its owner for a key alone")


def _session(transport: paramiko.Transport) -> "Session":
    try:
        session: Session = Session.from_transport(transport)
    except (paramiko.SSHException, sftp.SFTPError):
        if not transport.is_active():
            raise
        raise Unwelcome("the server offers this user no SFTP: ask its owner") from None
    return session


class Session(paramiko.SFTPClient):  # type: ignore[misc]
    """One conversation about files. Requests raise ``Status`` where the library would blur the answer."""

    def size(self, path: str) -> int | None:
        """Return the size of a file, or none where there is no such file."""
        try:
            return int(self.stat(path).st_size or 0)
        except Status as status:
            if status.code == NO_SUCH_FILE:
                return None
            raise

    def read(self, path: str, size: int) -> bytes:
        """Return at most the first ``size`` bytes of a file."""
        with self.open(path, "rb") as file:
            return bytes(file.read(size))

    def fetch(self, path: str, into: BinaryIO, *, most: int) -> int:
        """Copy at most the first ``most`` bytes of a file, and return how many there were."""
        copied = 0
        with self.open(path, "rb") as file:
            while chunk := file.read(min(_CHUNK, most - copied)):
                into.write(chunk)
                copied += len(chunk)
        return copied

    def store(self, path: str, content: bytes, *, replaces: bool) -> None:
        """Write a file, see it on the disk where the server offers that, and close it; each step is answered for."""
        flags = sftp.SFTP_FLAG_WRITE | sftp.SFTP_FLAG_CREATE
        flags |= sftp.SFTP_FLAG_TRUNC if replaces else sftp.SFTP_FLAG_EXCL
        _, answer = self._request(sftp.CMD_OPEN, path, flags, paramiko.SFTPAttributes())
        handle = answer.get_binary()
        written = [
            self._async_request(
                type(None), sftp.CMD_WRITE, handle, paramiko.sftp_client.int64(at), content[at : at + _CHUNK]
            )
            for at in range(0, len(content), _CHUNK)
        ]
        for request in written:
            self._read_response(request)
        if _FSYNC in self.extensions:
            self._request(sftp.CMD_EXTENDED, _FSYNC, handle)
        self._request(sftp.CMD_CLOSE, handle)

    def discard(self, path: str) -> None:
        """Remove a file, if it is there and the server lets us."""
        with suppress(Status):
            self.remove(path)

    def _send_version(self) -> int:
        """Say hello as the library does, and read what the server offers, which the library skips."""
        hello = paramiko.Message()
        hello.add_int(3)
        self._send_packet(sftp.CMD_INIT, hello)
        kind, data = self._read_packet()
        if kind != sftp.CMD_VERSION:
            raise sftp.SFTPError("no SFTP")
        answer, self.extensions = paramiko.Message(data), set[str]()
        version = answer.get_int()
        while answer.get_remainder():
            self.extensions.add(answer.get_text())
            answer.get_string()
        return int(version)

    def _convert_status(self, answer: Any) -> None:
        code = answer.get_int()
        if code == sftp.SFTP_EOF:
            raise EOFError
        if code != sftp.SFTP_OK:
            raise Status(code)

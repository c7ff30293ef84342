"""An SFTP server that behaves as other products do and OpenSSH does not, for as long as a ``with`` lasts."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko import sftp

PASSWORD = "a password that is only a test"


@dataclass(slots=True)
class Product:
    """What is peculiar about it, and what it has seen.

    ``takes`` moves each file to ``taken`` the moment it is closed. ``overwrites`` lets a rename replace a file.
    ``hides`` answers no question about files. ``stalls`` is the request that is never answered.
    """

    takes: bool = False
    overwrites: bool = False
    hides: bool = False
    stalls: str = ""
    taken: dict[str, bytes] = field(default_factory=dict)
    passwords: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def reached(self, request: str) -> None:
        if request == self.stalls:
            self.over.wait(30)


@dataclass(frozen=True, slots=True)
class Serving:
    """Where it listens and what it shows."""

    port: int
    host_key: str
    product: Product


@contextmanager
def sftp_product(folder: Path, key: Path, product: Product) -> Iterator[Serving]:
    """Serve a folder to whoever knows ``PASSWORD``; ``key`` is the host's private key."""
    host_key = paramiko.PKey.from_path(key)
    transports: list[paramiko.Transport] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    transport = paramiko.Transport(connection)
                    transport.add_server_key(host_key)
                    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, folder, product)
                    transport.start_server(event=threading.Event(), server=_Door(product))
                    transports.append(transport)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield Serving(listener.getsockname()[1], f"{host_key.get_name()} {host_key.get_base64()}", product)
        finally:
            product.over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
            for transport in transports:
                transport.close()
                transport.join(timeout=5)


class _Door(paramiko.ServerInterface):
    def __init__(self, product):
        self._product = product

    def get_allowed_auths(self, _):
        return "password"

    def check_auth_password(self, _, password):
        self._product.passwords.append(password)
        return paramiko.AUTH_SUCCESSFUL if password == PASSWORD else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, _):
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server, folder, product, *_, **__):
        super().__init__(server)
        self._folder, self._product = folder, product

    def open(self, path, flags, _):
        self._product.reached("open")
        local = self._local(path)
        try:
            number = os.open(local, flags, 0o600)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = _Handle(self._product, local)
        if flags & (os.O_WRONLY | os.O_RDWR):
            handle.writefile = os.fdopen(number, "wb")
        else:
            handle.readfile = os.fdopen(number, "rb")
        return handle

    def stat(self, path):
        self._product.reached("stat")
        if self._product.hides:
            return sftp.SFTP_PERMISSION_DENIED
        try:
            return paramiko.SFTPAttributes.from_stat(self._local(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def list_folder(self, _):
        if self._product.hides:
            return sftp.SFTP_PERMISSION_DENIED
        return [paramiko.SFTPAttributes.from_stat(each.stat(), each.name) for each in self._folder.iterdir()]

    def rename(self, old, new):
        self._product.reached("rename")
        if self._local(new).exists() and not self._product.overwrites:
            return sftp.SFTP_FAILURE
        try:
            self._local(old).replace(self._local(new))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return sftp.SFTP_OK

    def remove(self, path):
        self._local(path).unlink()
        return sftp.SFTP_OK

    def _local(self, path):
        return self._folder / path.lstrip("/").removeprefix("./")


class _Handle(paramiko.SFTPHandle):
    def __init__(self, product, path):
        super().__init__()
        self._product, self._path = product, path

    def write(self, offset, data):
        self._product.reached("write")
        return super().write(offset, data)

    def close(self):
        self._product.reached("close")
        super().close()
        if self._product.takes and hasattr(self, "writefile"):
            self._product.taken[self._path.name] = self._path.read_bytes()
            self._path.unlink()

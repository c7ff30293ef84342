"""A real OpenSSH server on this machine, with keys of its own, for as long as a ``with`` lasts."""

import getpass
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from outbox.channels.base import Surroundings
from outbox.channels.sftp import SftpChannel, SftpSettings
from tests.outbox.builders import NOW

_SSHD = "/usr/sbin/sshd"
#: OpenSSH wants to be called by this path; as root it also wants an empty folder to lock its children into.
_PRIVSEP = Path("/run/sshd")
_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
LogLevel ERROR
Subsystem sftp internal-sftp
ForceCommand {command}
{extra}
"""


@dataclass(frozen=True, slots=True)
class OpenSsh:
    """Where it listens, and the folder that files are left in."""

    port: int
    keys: Path
    folder: Path

    @property
    def host_key(self) -> str:
        return (self.keys / "host_key.pub").read_text()

    def settings(self, **changes) -> SftpSettings:
        standard = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": getpass.getuser(),
            "host_key": self.host_key,
            "private_key_file": str(self.keys / "client_key"),
            "folder": str(self.folder),
            "timeout_seconds": 10.0,
        }
        return SftpSettings(**standard | changes)

    def channel(self, **changes) -> SftpChannel:
        return SftpChannel(self.settings(**changes), Surroundings(clock=lambda: NOW))

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


def require_sshd() -> None:
    """Skip where OpenSSH is not installed; where CI has to have installed it, fail."""
    if Path(_SSHD).exists():
        return
    missing = f"{_SSHD} is not there: apt-get install openssh-server (nothing has to be started)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def new_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    bits = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, *bits, "-N", passphrase, "-C", "", "-f", path],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


@contextmanager
def openssh(
    tmp_path: Path, command: str = "internal-sftp", extra: str = "", largest_file: int | None = None
) -> Iterator[OpenSsh]:
    """Serve ``tmp_path/in``. ``extra`` are lines of sshd_config; ``largest_file`` stands in for a full disk."""
    require_sshd()
    if os.geteuid() == 0:
        _PRIVSEP.mkdir(mode=0o755, exist_ok=True)
    keys, folder = tmp_path / "keys", tmp_path / "in"
    if not keys.exists():
        keys.mkdir()
        folder.mkdir()
        new_key(keys / "host_key")
        shutil.copy(f"{new_key(keys / 'client_key')}.pub", keys / "authorized_keys")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = keys / f"sshd_config_{port}"
    config.write_text(_CONFIG.format(port=port, folder=keys, command=command, extra=extra))
    with _running(config, largest_file):
        _wait_for(port)
        yield OpenSsh(port, keys, folder)


@contextmanager
def _running(config: Path, largest_file: int | None) -> Iterator[None]:
    with config.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(
            [_SSHD, "-D", "-e", "-f", config],
            stdin=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            # Python ignores SIGXFSZ; while the server does too, a write beyond the limit fails as one to a full disk.
            restore_signals=largest_file is None,
        )
    if largest_file is not None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest_file, largest_file))
    try:
        yield
    finally:
        # Its children too: a conversation that a test left hanging would outlive the server.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=5)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                if connection.recv(4):
                    return
        except OSError:
            time.sleep(0.01)
    pytest.fail("sshd did not come up within 10 seconds")

"""What an admin says of an SSH server, whoever it is for: where it is, the key it must show, one way to sign in."""

from pathlib import Path
from typing import Protocol

from wire import ssh


class Access(Protocol):
    """The settings of one server. ``host_key`` is a line of ``ssh-keyscan`` or a SHA256 fingerprint."""

    @property
    def host(self) -> str: ...  # noqa: D102 - as it says
    @property
    def port(self) -> int: ...  # noqa: D102
    @property
    def host_key(self) -> str: ...  # noqa: D102
    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def password(self) -> str: ...  # noqa: D102
    @property
    def private_key(self) -> str: ...  # noqa: D102
    @property
    def private_key_file(self) -> str: ...  # noqa: D102
    @property
    def passphrase(self) -> str: ...  # noqa: D102


def check_access(access: Access) -> None:
    """Raise ``ValueError`` for settings that cannot work; files are not looked at."""
    ssh.HostKey.parse(access.host_key)
    if sum(map(bool, (access.password, access.private_key, access.private_key_file))) != 1:
        raise ValueError("sign in one way: private_key_file, private_key_secret or password_secret")
    if access.private_key:
        ssh.private_key(access.private_key, access.passphrase)


def server_of(access: Access) -> ssh.Server:
    """Return the server to connect to; raises ``OSError`` or ``ValueError`` when the key cannot be used."""
    key = Path(access.private_key_file).read_text("ascii") if access.private_key_file else access.private_key
    return ssh.Server(
        host=access.host,
        port=access.port,
        host_key=ssh.HostKey.parse(access.host_key),
        username=access.username,
        password=access.password,
        key=ssh.private_key(key, access.passphrase) if key else None,
    )

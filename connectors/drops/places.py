"""What ``relay.toml`` says of a place away from this machine where files are left."""

from typing import Annotated, Literal

import msgspec

from connectors.drops import names
from connectors.settings import PlatformSettings
from wire.access import check_access

_Folder = Annotated[str, msgspec.Meta(pattern=r"^[ -~]+$")]
_Address = Annotated[str, msgspec.Meta(pattern=r"^[!-?A-~]+@[A-Za-z0-9.-]+$")]


class SftpSettings(PlatformSettings, frozen=True, kw_only=True):
    """The server, the key it must show, one way to sign in, and the folder.

    ``move = false`` is for an account that may only read: what was read is remembered and left where it is.
    """

    host: str
    username: str
    host_key: str
    port: int = 22
    password: str = ""
    private_key: str = ""
    private_key_file: str = ""
    passphrase: str = ""
    folder: str = "."
    move: bool = True
    #: A larger file is refused unread.
    largest_mb: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 200
    #: One whole conversation, fetching included.
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 120.0

    def __post_init__(self) -> None:
        check_access(self)


class MailboxSettings(PlatformSettings, frozen=True, kw_only=True):
    """The mail server, how to sign in, and whose mails are taken.

    ``senders`` are whole addresses: anybody can send a mail, so whoever is not named is not read. ``proven_by`` is the
    name under which the mail server writes its Authentication-Results; with it, only mails with ``dmarc=pass`` count.
    """

    host: str
    username: str
    senders: Annotated[tuple[_Address, ...], msgspec.Meta(min_length=1)]
    subject: str = ""
    proven_by: str = ""
    port: int = 993
    tls: Literal["implicit", "starttls"] = "implicit"
    ca_file: str = ""
    password: str = ""
    #: A token that another process keeps fresh (XOAUTH2), instead of a password.
    token_file: str = ""
    folder: _Folder = "INBOX"
    processed: _Folder = names.PROCESSED
    rejected: _Folder = names.REJECTED
    #: Without the right to move mails: what was read is remembered and left where it is.
    move: bool = True
    #: A larger mail is refused unread.
    largest_mb: Annotated[int, msgspec.Meta(ge=1, le=200)] = 25
    #: One whole conversation, fetching included.
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 120.0

    def __post_init__(self) -> None:
        if bool(self.password) == bool(self.token_file):
            raise ValueError("sign in one way: password_secret, or token_file (XOAUTH2)")
        if self.tls == "starttls" and self.port == 993:
            raise ValueError("port 993 is for tls = 'implicit': with 'starttls' it is 143")
        if len({self.folder, self.processed, self.rejected}) != 3:
            raise ValueError("folder, processed and rejected are three folders")

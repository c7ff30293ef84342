"""The settings that every file connector shares: where its files are left, and when they count as complete."""

from datetime import time
from pathlib import Path
from typing import Annotated

import msgspec

from connectors.base import Surroundings
from connectors.drops.arrival import ArrivalWatch
from connectors.drops.base import Drop
from connectors.drops.folder import FolderDrop
from connectors.drops.mailbox import MailboxDrop
from connectors.drops.places import MailboxSettings, SftpSettings
from connectors.drops.sftp import SftpDrop
from connectors.files import FileConnector
from connectors.profiles import Profile, read_profile
from connectors.settings import PlatformSettings
from wire.access import server_of
from wire.ssh import Server


class FileSettings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one provider's files: one place where they are left, and how they are read."""

    profile: str
    folder: str | None = None
    sftp: SftpSettings | None = None
    mailbox: MailboxSettings | None = None
    #: A file is complete when it looks the same at two looks this many seconds apart.
    settle_seconds: Annotated[float, msgspec.Meta(ge=0, le=300)] = 5.0
    #: Take only files beside which lies a ``NAME.done`` or a ``NAME.sha256``; the surest way, where the sender can.
    wants_done: bool = False
    #: The local time (``HH:MM``) by which a new file has come on every school day; after it, its absence is told.
    expected_by: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None

    def __post_init__(self) -> None:
        if sum(place is not None for place in (self.folder, self.sftp, self.mailbox)) != 1:
            raise ValueError("say where the files are left, one way: folder, or a table sftp or mailbox")
        if self.mailbox and self.wants_done:
            raise ValueError("wants_done: a mail is complete by itself, take the key out")


def connect(settings: FileSettings, surroundings: Surroundings) -> FileConnector:
    """Set a drop up without looking into it; an unusable profile raises ``ValueError``."""
    profile = read_profile(settings.profile, surroundings.profiles)
    expected_by = time.fromisoformat(settings.expected_by) if settings.expected_by else None
    return FileConnector(
        drop=_drop(settings, profile, surroundings),
        profile=profile,
        watch=ArrivalWatch(expected_by=expected_by, surroundings=surroundings),
        surroundings=surroundings,
    )


def _drop(settings: FileSettings, profile: Profile, surroundings: Surroundings) -> Drop:
    def settle() -> None:
        surroundings.sleep(settings.settle_seconds)

    if settings.sftp:
        return SftpDrop(
            server=_server(settings.sftp),
            settings=settings.sftp,
            pattern=profile.files,
            settle=settle,
            settle_seconds=settings.settle_seconds,
            wants_done=settings.wants_done,
            kept=surroundings.kept,
        )
    if settings.mailbox:
        return MailboxDrop(settings=settings.mailbox, pattern=profile.files, kept=surroundings.kept)
    return FolderDrop(
        folder=Path(settings.folder or ""), pattern=profile.files, settle=settle, wants_done=settings.wants_done
    )


def _server(settings: SftpSettings) -> Server:
    try:
        return server_of(settings)
    except (OSError, UnicodeError):
        raise ValueError("sftp.private_key_file: the file cannot be read as a private key: correct the path") from None

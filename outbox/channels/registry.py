"""The channels there are. A new one is a module and a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from outbox.channels.base import Channel, Settings, Surroundings
from outbox.channels.folder import FolderChannel, FolderSettings
from outbox.channels.https import HttpsChannel, HttpsSettings
from outbox.channels.notify import NotifyChannel, NotifySettings
from outbox.channels.sftp import SftpChannel, SftpSettings
from outbox.channels.smtp import SmtpChannel, SmtpSettings
from outbox.messages import CLOUD_EVENT, EMAIL, NOTIFY_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """What a channel is configured with, how it is opened, and what it carries.

    ``notices_as`` is the content type in which it takes notices; ``addressed`` says that each message needs an
    address of its own, ``as_files`` that messages arrive as files, which can be encrypted.
    """

    settings: type[Settings]
    open: Callable[[Any, Surroundings], Channel]
    notices_as: Literal["application/cloudevents+json", "message/rfc822", "application/vnd.govuk-notify+json"]
    takes_feeds: bool
    addressed: bool = False
    as_files: bool = False


CHANNELS: dict[str, ChannelKind] = {
    "https": ChannelKind(settings=HttpsSettings, open=HttpsChannel, notices_as=CLOUD_EVENT, takes_feeds=True),
    "smtp": ChannelKind(settings=SmtpSettings, open=SmtpChannel, notices_as=EMAIL, takes_feeds=False, addressed=True),
    "folder": ChannelKind(
        settings=FolderSettings, open=FolderChannel, notices_as=CLOUD_EVENT, takes_feeds=True, as_files=True
    ),
    "sftp": ChannelKind(
        settings=SftpSettings, open=SftpChannel, notices_as=CLOUD_EVENT, takes_feeds=True, as_files=True
    ),
    "notify": ChannelKind(
        settings=NotifySettings, open=NotifyChannel, notices_as=NOTIFY_FIELDS, takes_feeds=False, addressed=True
    ),
}

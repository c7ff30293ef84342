"""The places where files are left, real ones: how to leave a file there, and what lies where afterwards."""

import io
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count

import msgspec
import openpyxl
import pytest

from connectors.base import Rejected, Surroundings, Unavailable
from connectors.generic_files import Settings, connect
from tests.builders import CANARY, upn
from tests.connectors.mail_server import mail, mail_server
from tests.connectors.rigs import PROFILES, WEEK
from tests.outbox.openssh import openssh

#: A Saturday; the week of the registers is over.
NOW = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
UPN = upn(1)
HEADER = "Learner Ref,UPN,Forename,Surname,Date,Session,Mark,Minutes Late\n"


def line(ref="L001", day="12/03/2026", half="AM", mark="/", late="", number=UPN):
    return f"{ref},{number},{CANARY[1]},{CANARY[0]},{day},{half},{mark},{late}\n"


def workbook(*rows, title="Sheet1", epoch=None):
    """Return the bytes of a workbook of one sheet."""
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    book.active.title = title
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class DropRig:
    """One drop with its connector. ``now`` and what is remembered live as long as the rig, as in a database."""

    def __init__(self, *, profiles=PROFILES, **more):
        self.profiles = profiles
        self.now, self.seen, self.kept, self.settle = NOW, set(), {}, lambda: None
        self.more = more
        self.connector = self.connect()

    def connect(self, **changes):
        around = Surroundings(
            now=lambda: self.now,
            sleep=lambda _: self.settle(),
            profiles=self.profiles,
            files_seen=self.seen,
            kept=self.kept,
        )
        settings = {"profile": "clm-long"} | self.place(**changes) | self.more
        return connect(msgspec.convert(settings, Settings), around)

    def pull(self):
        return self.connector.pull(WEEK, seen=lambda _: None)

    def pull_and_store(self):
        pulled = self.pull()
        self.connector.committed()
        return pulled


class FolderRig(DropRig):
    def __init__(self, path, **more):
        self.folder = path
        self.folder.mkdir(exist_ok=True)
        super().__init__(**more)

    def place(self, **changes):
        return {"folder": str(self.folder)} | changes

    def put(self, name, content, *, minute=0):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (NOW.timestamp() + 60 * minute,) * 2)
        return path

    def names(self, below="."):
        return sorted(path.name for path in (self.folder / below).iterdir() if path.is_file())

    def reason(self, name):
        return (self.folder / "rejected" / f"{name}.reason.txt").read_text()


class SftpRig(FolderRig):
    """A real OpenSSH server that serves the folder."""

    def __init__(self, server, path, **more):
        self.server = server
        super().__init__(path, **more)

    def place(self, **changes):
        settings = self.server.settings()
        return {
            "sftp": {
                "host": settings.host,
                "port": settings.port,
                "username": settings.username,
                "host_key": settings.host_key,
                "private_key_file": settings.private_key_file,
                "folder": str(self.folder),
                "timeout_seconds": 10.0,
            }
            | changes
        }


class MailboxRig(DropRig):
    """A real IMAP server, and a folder of its own in it for each test."""

    def __init__(self, server, name, **more):
        self.server, self.inbox = server, name
        with server.client() as client:
            client.create(name)
        super().__init__(**more)

    def place(self, **changes):
        folders = {"folder": self.inbox, "processed": f"{self.inbox}-processed", "rejected": f"{self.inbox}-rejected"}
        return {"mailbox": self.server.settings(**folders | changes)}

    def put(self, name, content, *, minute=0):
        self.send(mail((name, content)), minute=minute)

    def send(self, raw, *, minute=0):
        with self.server.client() as client:
            client.append(self.inbox, "", f'"{NOW + timedelta(minutes=minute):%d-%b-%Y %H:%M:%S +0000}"', raw)

    def mails(self, below=""):
        """Return the mails of a folder; without one there are none."""
        with self.server.client() as client:
            if client.select(f"{self.inbox}{below}", readonly=True)[0] != "OK":
                return []
            found = client.uid("SEARCH", "ALL")[1][0].split()
            raw = [client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0][1] for uid in found]
        return [message_from_bytes(each, policy=policy.default) for each in raw]

    def names(self, below="."):
        mails = self.mails("" if below == "." else f"-{below}")
        return sorted(part.get_filename() for each in mails for part in each.iter_attachments())

    def reason(self, name):
        return next(each.get_content() for each in self.mails("-rejected") if each["Subject"] == f"Refused: {name}")


def refused(drop, **changes):
    """Return how a pull with other settings fails; a check says the same."""
    drop.connector = drop.connect(**changes)
    with pytest.raises((Rejected, Unavailable)) as failure:
        drop.pull()
    (finding,) = drop.connector.check()
    assert not finding.ok
    # How a connection breaks differs from one time to the next; a refusal is the same each time.
    assert isinstance(failure.value, Unavailable) or finding.message == str(failure.value)
    return failure.value


@contextmanager
def no_server(_):
    yield None


def in_a_folder(_, path, **more):
    return FolderRig(path / "drop", **more)


def over_sftp(server, path, **more):
    return SftpRig(server, path / "drop", **more)


def by_mail(server, path, **more):
    return MailboxRig(server, f"box{next(_NUMBERS)}", **more)


_NUMBERS = count()
#: For each kind of drop the server that is started once, and how to make a drop of its own for a test.
KINDS = {"folder": (no_server, in_a_folder), "sftp": (openssh, over_sftp), "mailbox": (mail_server, by_mail)}

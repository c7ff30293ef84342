"""Sends one message by SFTP, to be killed while it does. Arguments: the settings as JSON, and the size of the payload."""

import json
import sys

from outbox.channels.base import Surroundings
from outbox.channels.sftp import SftpChannel, SftpSettings
from tests.outbox.builders import NOW, draft


def payload(size: int) -> bytes:
    return b"".join(b"%015d\n" % number for number in range(size // 16))


if __name__ == "__main__":
    channel = SftpChannel(SftpSettings(**json.loads(sys.argv[1])), Surroundings(clock=lambda: NOW))
    channel.send(draft(payload=payload(int(sys.argv[2]))))

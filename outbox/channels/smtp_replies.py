"""What a mail relay's reply comes to, by the step of the conversation that it answers (RFC 5321, RFC 3463)."""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import Literal

from outbox.messages import Blame, Deferred, Refused
from wire.connections import Line
from wire.tokens import NoToken

Step = Literal["connect", "sender", "recipient", "content", "message"]
#: Our own settings at fault, at whatever step and with whatever reply: sign-in wrong, too weak or missing (5.7.8,
#: 5.7.9, 5.7.57), TLS required (5.7.11), Microsoft 365's "basic authentication is disabled" (5.7.30), sender not
#: allowed (5.7.60, 5.2.252), relaying not allowed from here (5.7.64, 5.7.705, 5.7.708), and Gmail's daily limit
#: (5.4.5).
_SETTINGS_AT_FAULT = re.compile(rb"(?<![\d.])5\.(?:7\.(?:8|9|11|30|57|60|64|705|708)|2\.252|4\.5)(?![\d.])")


@dataclass(slots=True)
class Progress:
    """Which step the conversation has reached, and the connection, to be cut when time is up."""

    step: Step = "connect"
    line: Line = field(default_factory=Line)


class Reply(Exception):  # noqa: N818 - an answer of the server that ends the conversation
    """A reply other than the one that lets the conversation go on."""

    def __init__(self, code: int, text: bytes) -> None:
        self.code, self.text = code, text


class NoTls(Exception):  # noqa: N818
    """The server offers no STARTTLS: nothing is sent to it."""


def outcome_of(code: int, text: bytes, step: Step) -> Deferred | Refused:
    """Read a reply by its code and the step it answers. Its text is looked at for a few codes and never kept."""
    if code == 421:
        return Deferred(Blame.DESTINATION, "the mail relay is closing (421)")
    said = f"the mail relay answered {code} to the {step}"
    at_settings = code in {530, 534, 535, 538} or _SETTINGS_AT_FAULT.search(text) is not None
    if at_settings or step in {"connect", "sender"}:
        if code >= 500:
            return Refused(Blame.DESTINATION, f"{said}: check its address, sign-in and sender")
        return Deferred(Blame.DESTINATION, said)
    if code >= 500:
        return Refused(Blame.MESSAGE, said)
    return Deferred(Blame.MESSAGE, said)


def outcome_of_failure(error: Exception, step: Step) -> Deferred | Refused:
    """Say whose failure it is when no reply came, by the step that was reached."""
    match error:
        case ssl.SSLCertVerificationError():
            return Refused(Blame.DESTINATION, "the mail relay's certificate could not be verified: nothing was sent")
        case NoTls():
            return Refused(Blame.DESTINATION, "the mail relay offers no STARTTLS: nothing was sent")
        case NoToken():
            return Refused(
                Blame.DESTINATION, "token_file holds no token: look at what keeps it fresh. Nothing was sent"
            )
        case smtplib.SMTPException() if not isinstance(error, smtplib.SMTPServerDisconnected):
            # Replies apart, the library raises this only when it finds no way of signing in on offer.
            return Refused(Blame.DESTINATION, "the mail relay does not offer the sign-in that is set")
        case _ if step == "message":
            return Deferred(Blame.UNKNOWN, "the connection failed after the message and before the relay's answer")
        case _:
            return Deferred(Blame.DESTINATION, f"the connection to the mail relay failed ({type(error).__name__})")

"""An alert to the provider's own people about no pupil: a register not complete, a delivery that failed."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jinja2 import Environment

from mapping.school_days import LONDON
from outbox.feed_rows import when

#: What stands before the subject and heading of whatever is sent in a trial.
TRIAL = "[TRIAL] "


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that somebody at the provider must see to. None of its texts names or points to a pupil."""

    message_id: str
    reference: str
    heading: str
    text: str
    requested_action: str
    sender_id: str
    created_at: datetime
    is_trial: bool = False


def compose_alert(alert: Alert) -> bytes:
    """Return the alert as a CloudEvents 1.0 event in UTF-8 JSON."""
    data = {"heading": alert.heading, "text": alert.text, "requested_action": alert.requested_action}
    event = {
        "specversion": "1.0",
        "id": alert.message_id,
        "source": f"urn:attendance-relay:sender:{alert.sender_id}",
        "type": "attendance-relay.alert.v1",
        "subject": alert.reference,
        "time": when(alert.created_at),
        "datacontenttype": "application/json",
        "data": data | ({"trial": True} if alert.is_trial else {}),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def compose_alert_email(alert: Alert, sender: Address, recipient: str, *, environment: Environment) -> bytes:
    """Return the alert as a plain-text message (RFC 5322) made with ``alert.txt.j2``."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = f"{TRIAL if alert.is_trial else ''}{alert.heading}, ref {alert.reference}"
    message["Date"] = format_datetime(alert.created_at.astimezone(LONDON))
    message["Message-ID"] = f"<{alert.message_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(environment.get_template("alert.txt.j2").render(alert=alert), cte="quoted-printable")
    return message.as_bytes()

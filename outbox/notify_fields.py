"""What GOV.UK Notify puts into a template: a reference, how urgent, by when, how many, and whom to ring.

Nothing about the child, not even the placement reference: Notify falls back to unprotected mail where a recipient's
server has no TLS (its "Security" page), so whoever reads the mail rings, or opens the link.
"""

import json
from typing import Final

from outbox.alerts import Alert
from outbox.emails import HEADINGS, URGENCIES, day_text
from outbox.notice import Notice

#: Every field a template may ask for. Notify refuses a message when its template asks for another one.
FIELDS: Final = (
    "heading",
    "reference",
    "case_reference",
    "takes_back",
    "urgency",
    "deadline",
    "count",
    "sender",
    "telephone",
    "reply",
    "link",
    "has_link",
    "details",
)
#: What is not made of fixed words: Notify is asked to escape its Markdown and to strip its links.
TYPED_BY_PEOPLE: Final = ("sender", "details")


def compose_notice_fields(notice: Notice) -> bytes:
    """Return the fields of a notice as JSON. Picked by name: the child cannot slip in.

    ``count`` is how many sessions were missed; it, ``takes_back`` and ``link`` may be empty. ``details`` always is:
    what a notice says in words is for channels that are protected all the way.
    """
    return _fields(
        heading=HEADINGS[notice.kind],
        reference=notice.notice_ref,
        case_reference=notice.case_ref,
        takes_back=notice.supersedes,
        urgency=URGENCIES[notice.urgency],
        deadline=day_text(notice.respond_by),
        count=str(notice.absence.sessions_missed_in_window) if notice.absence else "",
        sender=notice.sender.organisation,
        telephone=notice.sender.phone,
        reply=notice.reply_instructions,
        link=notice.acknowledgement_url,
    )


def compose_alert_fields(alert: Alert) -> bytes:
    """Return the fields of an alert, which is about no pupil and says in ``details`` what is the matter."""
    details = f"{alert.text} {alert.requested_action}"
    return _fields(heading=alert.heading, reference=alert.reference, urgency="Routine", details=details)


def _fields(**values: str) -> bytes:
    given = dict.fromkeys(FIELDS, "") | values
    # "yes" and "no" are what a conditional of a Notify template, ((has_link??...)), goes by.
    complete = {**given, "has_link": "yes" if given["link"] else "no"}
    return json.dumps(complete, ensure_ascii=False, separators=(",", ":")).encode()

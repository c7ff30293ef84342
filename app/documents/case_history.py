"""What was sent about a pupil before: to whom in which role, when, and under which reference."""

from collections.abc import Iterator
from datetime import date

from app.notices.concern import Concern
from app.wiring import Relay
from mapping.school_days import school_date
from outbox.document_records import EarlierNotice
from outbox.notice_parts import NoticeSent
from store.message_rows import Message

_PREFIX = "notice."


def sent(relay: Relay, school: str, pupil_id: str, *, since: date) -> Iterator[Message]:
    """Yield the notices about a pupil that were delivered on or after a local date, in order."""
    for message in relay.store.messages.delivered_about(school, pupil_id):
        is_notice = message.kind.startswith(_PREFIX)
        if is_notice and message.settled_at and school_date(message.settled_at) >= since:
            yield message


def notices_to(relay: Relay, concern: Concern, role: str) -> Iterator[NoticeSent]:
    """Yield what one role was told about a pupil in the school year before."""
    since = concern.pupil.start
    for message in sent(relay, concern.site.id, concern.pupil.pupil_id, since=since):
        if _role(message) == role and message.settled_at:
            kind = message.kind.removeprefix(_PREFIX)
            yield NoticeSent(sent_on=school_date(message.settled_at), kind=kind, notice_ref=message.subject_ref)


def earlier(relay: Relay, school: str, pupil_id: str, *, since: date) -> tuple[EarlierNotice, ...]:
    """Return the same to every role, as a document lists it."""
    return tuple(
        EarlierNotice(
            sent_on=school_date(message.settled_at),
            to=_role(message).replace("_", " "),
            what=message.kind.removeprefix(_PREFIX),
            reference=message.subject_ref,
        )
        for message in sent(relay, school, pupil_id, since=since)
        if message.settled_at
    )


def _role(message: Message) -> str:
    """Return the role that a notice was sent to, or that of the notice it takes back."""
    parts = message.idempotency_key.split("/")
    return parts[2] if len(parts) > 2 else "recipient of an earlier notice"

"""A concern notice as an e-mail to a person: what is asked, by when, and why, and the calendar that shows it.

Nobody but the recipient can tell from it who the child is: no name, no date of birth, no UPN, nothing about health.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mapping.model import Half, Session
from mapping.school_days import LONDON, school_date
from outbox.alerts import TRIAL
from outbox.mime import alternatives
from outbox.notice import Kind, Notice, Urgency
from outbox.seen import Seen
from outbox.told import Change

HEADINGS = {
    Kind.NOTIFICATION: "Attendance concern",
    Kind.UPDATE: "Attendance concern: update",
    Kind.REFERRAL: "Attendance referral",
    Kind.WITHDRAWAL: "Notice withdrawn",
}
#: What each kind does, in a sentence of its own under the heading: they must not be taken for one another.
STANDINGS = {
    Kind.NOTIFICATION: "This tells you of a concern. It is not a referral: the case stays with us.",
    Kind.UPDATE: "This tells you what has changed in a case that you know of. It is not a referral.",
    Kind.REFERRAL: "This is a referral: we ask you to take the case up under your own procedure.",
    Kind.WITHDRAWAL: "An earlier notice was wrong, and this takes it back.",
}
URGENCIES = {
    Urgency.ROUTINE: "Routine",
    Urgency.SAME_DAY: "Same day",
    Urgency.URGENT_PHONE_MADE: "Urgent: we have telephoned",
}
#: What an update says of each of its codes; another code is shown as its words.
CHANGES: Mapping[str, str] = {
    Change.RUNG_REACHED: "a further step of our policy has been reached",
    Change.MORE_SESSIONS_MISSED: "more sessions were missed",
    Change.ATTENDED_SINCE: "the pupil has attended in between",
    Change.REASON_KNOWN: "the reason for an absence is known now",
    Change.REGISTER_COMPLETED: "a register that was missing is in",
    Change.REGISTER_CORRECTED: "a register was corrected",
}

Templates = Environment


def templates(*folders: Path) -> Templates:
    """Return the templates of these folders, the first to hold a name winning; HTML ones escape what they show.

    They are compiled once a process, and anew as soon as any file of the folders is another.
    """
    return _templates(folders, tuple(_state(folders)))


def _state(folders: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    """Yield each file of these folders with when it was written (nanoseconds) and its bytes."""
    for path in sorted(each for folder in folders for each in folder.rglob("*.j2")):
        stat = path.stat()
        yield str(path), stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=4)
def _templates(folders: Sequence[Path], _: Sequence[tuple[str, int, int]]) -> Templates:
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Another file is another environment: no template has to be looked at again.
        auto_reload=False,
    )
    environment.filters |= {"day": day_text, "session": session_text, "sessions": sessions_text}
    environment.filters |= {"moment": moment_text, "words": words_text}
    return environment


def compose_email(notice: Notice, sender: Address, recipient: str, *, environment: Environment) -> bytes:
    """Return the whole message (RFC 5322) with ``notice.txt.j2`` and ``notice.html.j2`` as its alternatives.

    ``sender`` is the ``From`` address, whose domain makes the ids; replies go to the notice's own contact. The same
    notice gives the same bytes.
    """
    shown = _shown(notice)
    return alternatives(
        _headers(notice, sender, recipient),
        text=environment.get_template("notice.txt.j2").render(shown),
        html=environment.get_template("notice.html.j2").render(shown),
        boundary=f"=_{notice.message_id}",
    )


def _headers(notice: Notice, sender: Address, recipient: str) -> Mapping[str, str]:
    word = "" if notice.urgency is Urgency.ROUTINE else f" ({URGENCIES[notice.urgency].partition(':')[0].lower()})"
    return {
        "From": str(sender),
        "To": recipient,
        "Reply-To": notice.sender.email,
        "Subject": f"{TRIAL if notice.is_trial else ''}Attendance notice ref {notice.notice_ref}{word}",
        "Date": format_datetime(notice.created_at.astimezone(LONDON)),
        "Message-ID": f"<{notice.message_id}@{sender.domain}>",
        **_thread(notice, sender.domain),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }


def _thread(notice: Notice, domain: str) -> Mapping[str, str]:
    """Return what makes a mail program show the notices of a case together, each under the one before it (RFC 5322)."""
    # No message has the case's id: it is what all of them refer to.
    case, before = f"<{notice.case_ref}@{domain}>", f"<{notice.follows}@{domain}>"
    return {"In-Reply-To": before, "References": f"{case} {before}"} if notice.follows else {"References": case}


def _shown(notice: Notice) -> dict[str, Any]:
    """Return what the templates may use. Picked by name: the child's name and parents cannot slip in."""
    return {
        "heading": f"{TRIAL if notice.is_trial else ''}{HEADINGS[notice.kind]}",
        "standing": STANDINGS[notice.kind],
        "is_withdrawal": notice.kind is Kind.WITHDRAWAL,
        "urgency": URGENCIES[notice.urgency],
        "is_urgent": notice.urgency is not Urgency.ROUTINE,
        "notice_ref": notice.notice_ref,
        "case_ref": notice.case_ref,
        "supersedes": notice.supersedes,
        "changes": [CHANGES.get(change, words_text(change)) for change in notice.changes_since_last],
        "placement_ref": notice.child.placement_ref,
        "local_pupil_id": notice.child.local_pupil_id,
        "requested_action": notice.requested_action,
        "respond_by": notice.respond_by,
        "summary": notice.summary,
        "policy": notice.policy,
        "absence": notice.absence,
        "weeks": _weeks_of(notice.calendar, school_date(notice.data_as_at)),
        "seen": Seen,
        "actions": notice.actions,
        "approved_by": notice.approved_by_role,
        "approved_at": notice.approved_at,
        "referral": notice.referral,
        "incomplete": notice.incomplete,
        "phone_call": notice.phone_call,
        "sender": notice.sender,
        "recipient": notice.recipient,
        "reply_instructions": notice.reply_instructions,
        "acknowledgement_url": notice.acknowledgement_url,
        "data_as_at": notice.data_as_at,
    }


def weeks(calendar: Iterable[tuple[Session, Seen]], until: date) -> list[tuple[date, list[tuple[date, Seen, Seen]]]]:
    """Return each Monday with its days up to ``until`` as (date, morning, afternoon).

    A weekend without a session is left out, and so are the days of a week without any.
    """
    days: dict[date, dict[Half, Seen]] = {}
    for session, meaning in sorted(calendar):
        if session.day <= until:
            days.setdefault(session.day, {})[session.half] = meaning
    rows = [
        (day, halves.get(Half.AM, Seen.NO_SESSION), halves.get(Half.PM, Seen.NO_SESSION))
        for day, halves in days.items()
        if day.weekday() < 5 or set(halves.values()) != {Seen.NO_SESSION}
    ]
    grouped = groupby(rows, lambda row: row[0] - timedelta(row[0].weekday()))
    return [(monday, _unless_empty(list(week))) for monday, week in grouped]


#: Kept for a moment, because every recipient of a notice is shown the same.
_weeks_of = lru_cache(maxsize=8)(weeks)


def _unless_empty(week: list[tuple[date, Seen, Seen]]) -> list[tuple[date, Seen, Seen]]:
    return week if {half for _, *halves in week for half in halves} != {Seen.NO_SESSION} else []


@lru_cache(maxsize=1_000)
def day_text(day: date) -> str:
    """Write a date as people in England do: ``Mon 2 Nov 2026``."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def session_text(session: Session) -> str:
    """Write a session in words: ``the morning of Mon 2 Nov 2026``."""
    return f"the {'morning' if session.half is Half.AM else 'afternoon'} of {day_text(session.day)}"


#: How many days of missing registers are named; the calendar shows those of its weeks.
_DAYS_NAMED = 6


def sessions_text(sessions: Iterable[Session]) -> str:
    """Write sessions by their days: ``Thu 22 Oct 2026 (afternoon), Fri 23 Oct 2026``; of many, the first few."""
    by_day = {day: {each.half for each in some} for day, some in groupby(sorted(sessions), key=lambda each: each.day)}
    words = {frozenset({Half.AM}): " (morning)", frozenset({Half.PM}): " (afternoon)"}
    named = [f"{day_text(day)}{words.get(frozenset(halves), '')}" for day, halves in by_day.items()]
    more = len(named) - _DAYS_NAMED
    return ", ".join(named[:_DAYS_NAMED]) + (f" and {more} more day{'s' if more > 1 else ''}" if more > 0 else "")


def moment_text(instant: datetime) -> str:
    """Write an instant as clocks in England show it: ``Mon 2 Nov 2026, 9:05 am``."""
    local = instant.astimezone(LONDON)
    return f"{day_text(local.date())}, {local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def words_text(coded: str | Sequence[str]) -> str:
    """Write coded words as words: ``first_day_call`` as ``first day call``."""
    return coded.replace("_", " ") if isinstance(coded, str) else ", ".join(words_text(each) for each in coded)

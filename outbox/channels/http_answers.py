"""What a receiver's answer comes to: its status, Retry-After, and the type of a problem (RFC 9457).

``title`` and ``detail`` of a problem may quote the pupil, so of the body nothing but ``type`` is looked at, and that
only where it is one of those listed here.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import msgspec

from outbox.messages import Blame, Deferred, Delivered, Outcome, Refused

PROBLEM_JSON = "application/problem+json"
#: More of a body than this is not read: a problem that says so little in so many words is none of those known.
LARGEST_PROBLEM = 4096
_OURS = "urn:attendance-relay:problem:"
_IANA = "https://iana.org/assignments/http-problem-types#"


class Problem(StrEnum):
    """The types of problem that change what happens next: ours (``docs/formats``), and those of the RateLimit draft."""

    ALREADY_TAKEN = f"{_OURS}already-taken"
    STILL_WORKING = f"{_OURS}still-working"
    OTHER_CONTENT = f"{_OURS}other-content"
    NOT_VALID = f"{_OURS}not-valid"
    NOT_NOW = f"{_OURS}not-now"
    QUOTA_EXCEEDED = f"{_IANA}quota-exceeded"
    REDUCED_CAPACITY = f"{_IANA}temporary-reduced-capacity"


_MESSAGE_REFUSED = frozenset({400, 413, 415, 422})
#: 409 is the Idempotency-Key draft's answer while an earlier copy is still being worked on.
_DEFERRED = {
    408: Blame.DESTINATION,
    409: Blame.MESSAGE,
    425: Blame.DESTINATION,
    429: Blame.DESTINATION,
    503: Blame.DESTINATION,
}


class _Body(msgspec.Struct):
    type: str = ""


def outcome_of(status: int, retry_after: str | None, now: datetime, problem: Problem | None = None) -> Outcome:
    """Read an answer by its status code, and by the type of its problem where that says more. Total over 100 to 599.

    A 5xx other than 503 is ambiguous: the receiver, or what stands behind its gateway, may have kept the message.
    """
    answer = f"the receiver answered HTTP {status}"
    if 200 <= status < 300:
        return Delivered(f"HTTP {status}")
    wait = retry_after_of(retry_after, now)
    # Only of an answer that refuses: what stands before a receiver may break on its own, whatever the page says.
    if problem and 400 <= status < 500:
        return _outcome_of_problem(problem, answer, wait)
    if status in _MESSAGE_REFUSED:
        return Refused(Blame.MESSAGE, f"{answer}: it does not accept this message")
    if status in _DEFERRED or status >= 500 or status < 200:
        return Deferred(_DEFERRED.get(status, Blame.UNKNOWN), answer, wait)
    if status == 410:
        return Refused(
            Blame.DESTINATION, f"{answer}: the address is closed for good; ask which one has taken its place"
        )
    return Refused(Blame.DESTINATION, f"{answer}: have url and secret checked on both sides")


def _outcome_of_problem(problem: Problem, answer: str, wait: timedelta | None) -> Outcome:
    match problem:
        case Problem.ALREADY_TAKEN:
            return Delivered(f"{answer.removeprefix('the receiver answered ')}, already taken")
        case Problem.STILL_WORKING:
            return Deferred(Blame.MESSAGE, f"{answer}: it is still busy with an earlier copy", wait)
        case Problem.OTHER_CONTENT:
            return Refused(Blame.MESSAGE, f"{answer}: it holds other content under this message's id")
        case Problem.NOT_VALID:
            return Refused(Blame.MESSAGE, f"{answer}: its own check finds this message not valid")
        case Problem.NOT_NOW | Problem.QUOTA_EXCEEDED | Problem.REDUCED_CAPACITY:
            return Deferred(Blame.DESTINATION, f"{answer}: it takes nothing more for now", wait)


def problem_of(content_type: str, chunks: Iterable[bytes]) -> Problem | None:
    """Return the type of problem that a body names; none when it is another kind of body, or a type nobody knows."""
    if content_type.partition(";")[0].strip().lower() != PROBLEM_JSON:
        return None
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_PROBLEM:
            return None
    try:
        return Problem(msgspec.json.decode(body, type=_Body).type)
    except (msgspec.DecodeError, ValueError):
        return None


def retry_after_of(value: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After in seconds or as a date (RFC 9110, 10.2.3); nonsense is as good as nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), 10**9))
    try:
        when = parsedate_to_datetime(text)
        return max(timedelta(0), (when if when.tzinfo else when.replace(tzinfo=UTC)) - now)
    except (ValueError, OverflowError):
        return None

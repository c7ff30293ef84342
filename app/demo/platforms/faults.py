"""What a simulated platform is asked, what it answers, and what may go wrong with an answer."""

from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What may go wrong with one answer; ``value`` of the fault says more where a kind needs it."""

    TOO_MANY = "too many requests"  # value: Retry-After
    DOWN = "service unavailable"  # value: Retry-After
    STATUS = "another status"  # value: the status
    HTML = "a login page with status 200"
    TRUNCATED = "half a body, then silence"
    CHUNKED = "half a body in chunks, then silence"
    HALF_JSON = "half a body with a length that fits"
    SHORT = "a whole body with half its length"
    GARBLED = "a body that says it is compressed and is not"
    HANG = "no answer"  # value: seconds
    HUNG_UP = "a connection that is closed instead of an answer"
    DRIP = "a body that comes drop by drop"  # value: seconds between two drops
    DRIP_HEAD = "headers that come drop by drop"  # value: seconds between two drops
    REDIRECT = "a redirect"  # value: where to
    EMPTY = "an answer with nothing in it"
    BODY_STATUS = "a status inside the body, 200 outside"  # value: the status
    PARTIAL = "rows, and an error beside them"
    REFUSED = "a permission is missing"  # value: what may not be read
    REPEATED_PAGE = "the page before once more"
    DRIFT = "rows moved while the pages were read"  # value: by how many
    SMALL_PAGES = "fewer rows a page than asked for"  # value: how many
    UNFILTERED = "the dates asked for are ignored"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault for one request."""

    kind: FaultKind
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    #: By their names in small letters.
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer to send."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

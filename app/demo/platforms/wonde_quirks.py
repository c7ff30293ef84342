"""In which ways a simulated Wonde may be other than it should be."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.demo.platforms.wonde_rows import Shape


@dataclass(kw_only=True)
class Quirks:
    """In which way this Wonde is not as it should be; anything may be changed between two requests."""

    approved: bool = True
    online: bool = True
    status: str | None = None
    #: Where the school's data are said to be; without ``has_school`` this is another region, which has no data.
    domain: str = "127.0.0.1"
    has_school: bool = True
    allows_writeback: bool = True
    has_own_codes: bool = False
    last_synced: date | None = None
    shape: Shape = field(default_factory=Shape)
    #: Scope by path; paths the MIS does not have; includes refused, and whether by name.
    refused: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    no_includes: dict[str, bool] = field(default_factory=dict)
    #: Put in place of every ``next``: another host, or always the same page.
    next_page: str | None = None
    hides_next: bool = False
    #: Letters that the list of codes lacks, and how often it is read before they are in it.
    unlisted: set[str] = field(default_factory=set)
    listed_after: int = 1000
    #: Pupils who left; and those who came back, on roll under another id while their marks bear the one of before.
    leavers: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    #: More rows by path, written as they are to come.
    more: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: What each further look at a write says; the last is said for ever.
    outcomes: list[dict[str, Any]] = field(default_factory=lambda: [{"status": "pending"}, {"status": "success"}])
    written: list[dict[str, Any]] = field(default_factory=list)

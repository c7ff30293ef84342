"""What the weekly digest says to each role: one document, another title and other sections for each reader."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The title for one role, what the digest is for, and the sections it has."""

    title: str
    purpose: str
    sections: frozenset[str]


#: Every section there is: new concerns, tasks that are late or open, pupils by stage, patterns, part-time, returns.
SECTIONS = frozenset({"concerns", "overdue", "tasks", "rungs", "patterns", "part_time", "returns", "registers"})


def digest_for(role: str) -> Digest:
    """Return the digest of a role; one without its own gets every section."""
    return _DIGESTS.get(role, Digest(title="attendance", purpose="The week in attendance.", sections=SECTIONS))


def _digest(title: str, purpose: str, *sections: str) -> Digest:
    return Digest(title=title, purpose=purpose, sections=frozenset(sections) or SECTIONS)


_DIGESTS: Mapping[str, Digest] = {
    "attendance_lead": _digest("attendance lead", "Everything that is open, to plan the week with."),
    "attendance_team": _digest(
        "attendance team", "Calls, visits and letters to make.", "concerns", "overdue", "tasks", "returns", "registers"
    ),
    "head_of_provision": _digest(
        "head of provision",
        "Where pupils stand, what is late, and which registers are missing.",
        *("concerns", "overdue", "rungs", "patterns", "part_time", "registers"),
    ),
    "senior_lead": _digest(
        "senior leaders", "Pupils by stage, part-time timetables and what is late.", "overdue", "rungs", "part_time"
    ),
    "pastoral_team": _digest(
        "behaviour, attendance and safeguarding meeting",
        "Pupils to talk about, and visits and support that are due.",
        *("concerns", "rungs", "tasks", "overdue", "returns"),
    ),
    "dsl": _digest(
        "designated safeguarding lead",
        "New concerns, pupils by stage and patterns, to be read with what else is known.",
        *("concerns", "rungs", "patterns", "overdue"),
    ),
    "support_team": _digest(
        "support and referral owners",
        "For the weekly meeting about placements of concern.",
        *("concerns", "rungs", "patterns", "tasks", "overdue"),
    ),
    "key_worker": _digest("key workers", "Your pupils this week.", "concerns", "tasks", "returns"),
    "tutor": _digest("tutors", "Your pupils this week.", "concerns", "tasks", "returns"),
    "staff": _digest("all staff", "Pupils who came back, and concerns to know of.", "returns", "rungs"),
}

"""What a policy is asked about, and what it answers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from mapping.model import Session


class ActionKind(StrEnum):
    """What a rule makes happen."""

    NOTICE = "notice"
    TASK = "task"
    DOCUMENT = "document"
    REFERRAL = "referral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing a firing rule asks for.

    ``to`` are roles, never people; ``due_school_days`` counts from the day the rule fired (0 is that day).
    ``says`` is what is asked, in one sentence.
    """

    kind: ActionKind
    to: tuple[str, ...]
    says: str
    due_school_days: int
    template: str | None = None
    approval: str | None = None
    #: ``each_school_day`` or ``each_school_week``: asked again for as long as the rule's condition holds.
    repeats: str | None = None
    #: What a task costs the people who do it: a call, a visit, a letter, a meeting or something else.
    effort: str | None = None


class PupilMarks(NamedTuple):
    """One pupil's attendance as the rules read it: a tuple, because a judging makes one for every pupil there is.

    ``marks`` is a mark string laid under its mask (``mapping.marks``): ``.`` where no session was due, ``-`` where
    one was due and is not recorded. Byte 0 is the AM session of ``origin``, a 1 August; several school years may
    follow each other. ``start`` and ``end`` are the pupil's first and last day at the school (no end is open);
    ``events`` what somebody recorded about the pupil, as (date, event). ``is_part_time`` says that fewer sessions
    are expected than the school holds.
    """

    pupil_id: str
    marks: bytes
    origin: date
    start: date
    flags: frozenset[str] = frozenset()
    end: date | None = None
    events: tuple[tuple[date, str], ...] = ()
    is_part_time: bool = False


def is_on_roll(pupil: PupilMarks, day: date) -> bool:
    """Whether a date lies between the pupil's first and last day."""
    return pupil.start <= day and (pupil.end is None or day <= pupil.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a rule fired, or what stands behind a number: for a person first.

    ``counted`` are the sessions that made it; ``stepped_over`` the days between them that neither counted nor
    broke the run, each with its cause; ``not_recorded`` the sessions in that stretch nobody has a mark for.
    """

    text: str
    counted: tuple[Session, ...] = ()
    stepped_over: tuple[tuple[date, str], ...] = ()
    not_recorded: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A rule fired for a pupil, or for a school's register, at the end of ``fired_on``.

    ``pupil_id`` is ``None`` when the decision is about a register. ``passed`` names the lower rungs of the same
    ladder that were reached at once and are therefore noted, not fired.
    """

    policy: str
    policy_version: str
    rule: str
    rows: tuple[str, ...]
    says: str
    pupil_id: str | None
    fired_on: date
    reason: Reason
    actions: tuple[Action, ...]
    ladder: str | None = None
    rung: int = 0
    is_floor: bool = False
    passed: tuple[str, ...] = ()

    @property
    def ladder_id(self) -> str:
        """Return the ladder of its case: a rule on no ladder is a ladder of one rung under its own id."""
        return self.ladder or self.rule

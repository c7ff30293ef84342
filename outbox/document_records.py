"""What was done about an absence, what was agreed and what came of it, and a pupil's line in a list."""

from dataclasses import dataclass, field
from datetime import date

from outbox.document_parts import Share
from outbox.seen import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A task: what was asked of which role by when, and what came of it. Not done while ``done_on`` is missing."""

    opened_on: date
    role: str
    asked: str
    due_on: date
    done_on: date | None = None
    outcome: str | None = None
    pupil_id: str | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether it is not done and its day is over."""
        return self.done_on is None and self.due_on < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """One attempt to reach or find the pupil. ``method`` as call, text, letter, home visit, agency."""

    made_on: date
    role: str
    method: str
    time: str | None = None
    tried: str | None = None
    spoke_to: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierNotice:
    """A notice or document that went out before: when, to which role, what it was and its reference."""

    sent_on: date
    to: str
    what: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """An attendance contract or support plan: ``target`` in per cent; ``share`` the attendance since it was agreed."""

    agreed_on: date
    target: float | None = None
    review_on: date | None = None
    actions: tuple[str, ...] = ()
    share: Share = field(default_factory=Share)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met so far; nothing while no session was possible or no target is set."""
        percent = self.share.percent
        return None if percent is None or self.target is None else percent >= self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The attendance of one stretch of time, such as a half term."""

    name: str
    first: date
    last: date
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Something done on a day, with the attendance over the same number of school days before and after it."""

    done_on: date
    what: str
    school_days: int
    before: Share
    after: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilLine:
    """One pupil's line in a list or on a sheet. Runs are in school days; ``stage`` is the ladder and rung in words.

    ``concern`` is the reason of the latest decision (no names, nothing about health), ``concern_on`` its day;
    ``earned`` says why a reward is due; ``sessions_a_week`` is what a part-time timetable holds.
    """

    pupil_id: str
    name: str | None = None
    year_group: str | None = None
    home_school: str | None = None
    key_worker: str | None = None
    morning: Seen | None = None
    afternoon: Seen | None = None
    share: Share = field(default_factory=Share)
    run_school_days: int = 0
    stage: str | None = None
    concern: str | None = None
    concern_on: date | None = None
    returned_on: date | None = None
    last_contact_on: date | None = None
    next_due_on: date | None = None
    next_task: str | None = None
    open_tasks: int = 0
    overdue_tasks: int = 0
    sessions_a_week: int | None = None
    review_on: date | None = None
    earned: str | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its name, such as ``Pupils below 90%`` and ``4``."""

    label: str
    value: str

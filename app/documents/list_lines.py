"""A pupil's line in a document about a school: who, how it stands, what is due. Nothing about health, no note."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.documents.figures import Figures
from app.documents.stretches import half_terms
from config.placements import Placement
from mapping.model import Half
from mapping.school_days import school_date
from outbox.document_parts import Share
from outbox.document_records import PupilLine
from outbox.seen import Seen, seen
from rules.model import PupilMarks, is_on_roll
from store.cases import Decision, Episode
from store.tasks import Task

_PATTERN_WEEKS, _PATTERN_AT_LEAST = 6, 3
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays")
#: Before so many possible sessions a half term is not compared with the one before.
_MIN_SESSIONS = 20


@dataclass(frozen=True, kw_only=True)
class Lines:
    """What is known of a school's pupils, each kind by pupil id, for the days from ``first`` to ``last``."""

    figures: Figures
    first: date
    last: date
    today: date
    target: float | None
    decisions: Mapping[str, list[Decision]]
    episodes: Mapping[str, list[Episode]]
    tasks: Mapping[str, list[Task]]

    def line(self, pupil: PupilMarks, placement: Placement, year_begin: date) -> PupilLine:
        """Return the line of one pupil."""
        since = max(year_begin, pupil.start)
        standing = self.decisions.get(pupil.pupil_id, [])
        latest = standing[-1] if standing else None
        share = self.figures.share(pupil, since, self.last)
        open_tasks = [task for task in self.tasks.get(pupil.pupil_id, []) if task.state == "open"]
        nearest = min(open_tasks, key=lambda task: (task.due_on, task.id), default=None)
        return PupilLine(
            pupil_id=pupil.pupil_id,
            name=" ".join(filter(None, (placement.forename, placement.surname))) or None,
            year_group=placement.year_group,
            home_school=placement.home_school,
            key_worker=placement.key_worker,
            morning=self._seen(pupil, Half.AM),
            afternoon=self._seen(pupil, Half.PM),
            share=share,
            run_school_days=self.figures.run(pupil, self.last).school_days,
            stage=self._stage(pupil.pupil_id),
            concern=latest.reason if latest else None,
            concern_on=latest.fired_on if latest else None,
            returned_on=self._returned_on(pupil),
            last_contact_on=self._last_contact_on(pupil.pupil_id),
            next_due_on=nearest.due_on if nearest else None,
            next_task=nearest.says if nearest else None,
            open_tasks=len(open_tasks),
            overdue_tasks=sum(task.due_on < self.today for task in open_tasks),
            sessions_a_week=len(placement.expected) if placement.expected is not None else None,
            earned=self._earned(pupil, since, share),
            pattern=self._pattern(pupil),
        )

    def _seen(self, pupil: PupilMarks, half: Half) -> Seen | None:
        position = 2 * (self.last - pupil.origin).days + (half is Half.PM)
        return seen(pupil.marks[position], self.figures.codes) if is_on_roll(pupil, self.last) else None

    def _stage(self, pupil_id: str) -> str | None:
        """Return where the pupil stands: the ladder and rung moved to last; a rule on no ladder is no stage."""
        episodes = [each for each in self.episodes.get(pupil_id, []) if each.ladder != each.rung]
        latest = max(episodes, key=lambda each: each.moved_on, default=None)
        return f"{latest.ladder}: {latest.rung}".replace("-", " ") if latest else None

    def _returned_on(self, pupil: PupilMarks) -> date | None:
        """Return the day of the first session attended after a day of absence, where it lies in these days."""
        back = None
        for day in self.figures.calendar.between(self.first, self.last):
            before = self.figures.calendar.nth_before(day, 1)
            if before and self.figures.is_away(pupil, before) and self.figures.is_there(pupil, day):
                back = day
        return back

    def _last_contact_on(self, pupil_id: str) -> date | None:
        done = [school_date(task.done_at) for task in self.tasks.get(pupil_id, []) if task.outcome and task.done_at]
        return max(done, default=None)

    def _earned(self, pupil: PupilMarks, since: date, share: Share) -> str | None:
        """Return why a reward may be due: the target is met, or this half term is better than the one before."""
        if self.target is not None and share.percent is not None and share.percent >= self.target:
            return f"met the target of {self.target:g} %"
        stretches = list(half_terms(self.figures.calendar, since, self.last))[-2:]
        shares = [self.figures.share(pupil, begin, end) for _, begin, end in stretches]
        if len(shares) < 2 or min(each.possible for each in shares) < _MIN_SESSIONS:
            return None
        before, now = (each.percent or 0 for each in shares)
        return f"up by {now - before:.1f} points since the half term before" if now > before else None

    def _pattern(self, pupil: PupilMarks) -> str | None:
        """Return the weekday missed most often in the last school weeks, where it stands out from the others."""
        calendar = self.figures.calendar
        begin = calendar.weeks_back(self.last, _PATTERN_WEEKS)
        held = Counter(day.weekday() for day in calendar.between(begin, self.last))
        missed = Counter(day.weekday() for day in self.figures.days_missed(pupil, begin, self.last))
        ((weekday, count), *others) = missed.most_common() or [(0, 0)]
        if count < _PATTERN_AT_LEAST or any(each == count for _, each in others):
            return None
        return f"missed {count} of the last {held[weekday]} {_WEEKDAYS[weekday]}"

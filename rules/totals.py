"""The trigger that counts absence in a term or a school year, running or not."""

from dataclasses import dataclass

from rules.asof import AsOf
from rules.band import Band
from rules.binding import CATEGORIES, WIDER, Bound, Vocabulary
from rules.facts import positions, run_of_days, total
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.thresholds import AtLeast
from rules.wording import count_of
from rules.words import COUNT, Word

_WINDOWS = {"term": "this term", "school_year": "this school year"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative:
    """So much absence in a term or a school year, in one piece or in many. Half days count as halves.

    ``is_in_days`` says which unit the band counts. With ``again_each_run`` every later unbroken run of as many days
    fires again: the law asks for a return for each continuous period of illness (SI 2024/208 reg 13).
    """

    category: str
    band: Band
    window: str
    is_in_days: bool
    again_each_run: bool = False

    @classmethod
    def in_days(cls, table: Table) -> "Cumulative":
        """Read a total of school days."""
        return cls._read(table, is_in_days=True)

    @classmethod
    def in_sessions(cls, table: Table) -> "Cumulative":
        """Read a total of sessions."""
        return cls._read(table, is_in_days=False)

    @classmethod
    def _read(cls, table: Table, *, is_in_days: bool) -> "Cumulative":
        return cls(
            category=table.choice("category", CATEGORIES),
            band=Band.read(table),
            window=table.choice("window", tuple(_WINDOWS)),
            is_in_days=is_in_days,
            again_each_run=table.flag("again_each_run") if table.has("again_each_run") else False,
        )

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once a window."""
        return WIDER if self.window == "term" else WIDER[1:]

    @property
    def sessions(self) -> int:
        """Return the number of sessions at which it fires."""
        if not self.is_in_days:
            return self.band.first
        # More than 15 days is reached with half a day more.
        return 2 * self.band.low + self.band.is_open

    @property
    def condition(self) -> AtLeast:
        """From how many sessions on it stands; all rules of one word and window share the measure."""
        return AtLeast((type(self), self.category, self.window), self.sessions)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, wanted, end = vocabulary.words[self.category], self.sessions, at.end
        since = at.term_begin if self.window == "term" else at.year_begin
        begin = max(at.offset(since), 0) if since else end

        def fact(pupil: PupilMarks) -> int:
            return total(pupil.marks[begin:end], word)

        def fires(pupil: PupilMarks) -> bool:
            today = total(pupil.marks[end - 2 : end], word)
            if not today:
                return False
            reached = fact(pupil)
            return reached - today < wanted <= reached or (
                self.again_each_run and reached >= wanted and self._is_later_run(at, word, pupil, begin)
            )

        def reason(pupil: PupilMarks) -> Reason:
            return self._reason(at, word, pupil, begin)

        return Bound(
            fact,
            fires,
            reason,
            lambda pupil: fact(pupil) < wanted,
            self.condition.stands,
            is_possible=lambda today: bool(total(today, word)),
        )

    def _is_later_run(self, at: AsOf, word: Word, pupil: PupilMarks, begin: int) -> bool:
        """Whether a run that began after the total was reached is as long as the rule asks, today."""
        marks, end = pupil.marks[: at.end], at.end
        if word.kinds[marks[end - 2]] | word.kinds[marks[end - 1]] != COUNT:
            return False
        run = run_of_days(marks, word)
        if 2 * run.days != self.sessions:
            return False
        reached_at = positions(marks, word, begin)[self.sessions - 1]
        first = next(position for position in range(run.begin, end) if word.kinds[marks[position]] == COUNT)
        return first > reached_at

    def _reason(self, at: AsOf, word: Word, pupil: PupilMarks, begin: int) -> Reason:
        counted = tuple(map(at.session, positions(pupil.marks[: at.end], word, begin)))
        days = f"{len(counted) / 2:g} days ({count_of(len(counted), 'session')})"
        return Reason(
            text=f"{word.phrase} for {days} {_WINDOWS[self.window]}; the rule asks for {self.band} "
            f"{'days' if self.is_in_days else 'sessions'}",
            counted=counted,
        )

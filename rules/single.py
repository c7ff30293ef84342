"""Triggers about one day's sessions: each day of absence, a time of day, minutes into a session, sessions to come."""

from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import ClassVar

from mapping.codes import NO_SESSION, NOT_RECORDED
from mapping.school_days import NoSuchSchoolDay
from rules.asof import AsOf
from rules.binding import CATEGORIES, WIDER, Bound, Vocabulary, idle, momentary
from rules.facts import positions
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.wording import count_of
from rules.words import COUNT, Word

_NOTHING_DUE = bytes([NO_SESSION])
_DAILY = ("day", *WIDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class EachDay:
    """Every day of absence: every session the pupil was asked to attend that day was one of the category."""

    once_per: ClassVar[tuple[str, ...]] = _DAILY

    category: str

    @classmethod
    def read(cls, table: Table) -> "EachDay":
        """Read ``category``."""
        return cls(category=table.choice("category", CATEGORIES))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end = vocabulary.words[self.category], at.end

        def is_possible(today: bytes) -> bool:
            return word.kinds[today[0]] | word.kinds[today[1]] == COUNT

        def reason(pupil: PupilMarks) -> Reason:
            return _missed(at, word, pupil, end - 2, end)

        return momentary(lambda pupil: is_possible(pupil.marks[end - 2 : end]), reason, is_possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class EachSession:
    """Every school day with a session of the category; one late after the register closed is one.

    ``half`` limits it to AM or PM. ``at`` is the local time at which it is asked on the day itself, when a session
    without a mark may be an absence too; ``minutes`` how far into the session the pupil had not arrived. By the end
    of the day the marks alone decide.
    """

    once_per: ClassVar[tuple[str, ...]] = _DAILY

    category: str
    half: str | None = None
    at: time | None = None
    minutes: int | None = None

    @classmethod
    def read(cls, table: Table) -> "EachSession":
        """Read ``category``."""
        return cls(category=table.choice("category", CATEGORIES))

    @classmethod
    def at_time(cls, table: Table) -> "EachSession":
        """Read ``session``, ``at`` and ``category``."""
        return cls(
            category=table.choice("category", CATEGORIES),
            half=table.choice("session", ("AM", "PM")),
            at=table.clock("at"),
        )

    @classmethod
    def after_minutes(cls, table: Table) -> "EachSession":
        """Read ``minutes`` and ``category``."""
        return cls(category=table.choice("category", CATEGORIES), minutes=table.whole("minutes", at_least=1))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word = vocabulary.words[self.category]
        wanted = {*word.totals, NOT_RECORDED} if at.is_provisional else set(word.totals)
        begin, end = at.end - 2 + (self.half == "PM"), at.end - (self.half == "AM")
        here = slice(begin - at.end + 2, end - at.end + 2)

        def is_possible(today: bytes) -> bool:
            return not wanted.isdisjoint(today[here])

        def reason(pupil: PupilMarks) -> Reason:
            if at.is_provisional:
                return Reason(text=f"not present and no reason known at {self.at:%H:%M} (provisional)")
            found = _missed(at, word, pupil, begin, end)
            late = f", {self.minutes} minutes into the session" if self.minutes else ""
            return Reason(text=f"{found.text}{late}", counted=found.counted)

        return momentary(lambda pupil: not wanted.isdisjoint(pupil.marks[begin:end]), reason, is_possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeSession:
    """So many school days before each school day on which the pupil has a session: to confirm it in time (A42)."""

    once_per: ClassVar[tuple[str, ...]] = _DAILY

    lead_school_days: int

    @classmethod
    def read(cls, table: Table) -> "BeforeSession":
        """Read ``lead_school_days``."""
        return cls(lead_school_days=table.whole("lead_school_days", at_least=1))

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:  # noqa: ARG002 - a trigger that looks at no mark
        """See ``Trigger``."""
        try:
            day = at.calendar.nth_after(at.day, self.lead_school_days)
        except NoSuchSchoolDay:
            return idle("the calendar ends before the next session")
        begin = at.offset(day)
        lead = count_of(self.lead_school_days, "school day")

        @cache
        def in_words(ahead: bytes) -> Reason:
            """Nearly every pupil has the same sessions ahead."""
            due = [at.session(begin + half) for half, byte in enumerate(ahead) if byte != NO_SESSION]
            return Reason(text=f"sessions to confirm, {lead} ahead: {' and '.join(map(str, due)) or 'none'}")

        return momentary(
            lambda pupil: bool(pupil.marks[begin : begin + 2].strip(_NOTHING_DUE)),
            lambda pupil: in_words(pupil.marks[begin : begin + 2]),
        )


def _missed(at: AsOf, word: Word, pupil: PupilMarks, begin: int, end: int) -> Reason:
    counted = tuple(at.session(position) for position in positions(pupil.marks[:end], word, begin))
    named = " and ".join(map(str, counted)) or "no session of the day"
    return Reason(text=f"{word.phrase}: {named}", counted=counted)

"""What a trigger is: a condition of a policy, bound to a school day once and then asked about every pupil.

Binding does all arithmetic that is the same for every pupil of a school; what is left for each one are a few
``bytes`` methods. All facts are worked out afresh: a late correction unwinds nothing.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple, Protocol

from mapping.codes import CodeTable
from mapping.school_days import Calendar
from rules.asof import AsOf
from rules.model import PupilMarks, Reason
from rules.words import PHRASES, Presence, Word, presence, words

#: The counting words, as a policy writes them.
CATEGORIES = tuple(PHRASES)
#: What ``once_per`` may say beside a trigger's natural word, the shorter stretches first.
WIDER = ("term", "school_year", "ever")


class Vocabulary(NamedTuple):
    """The counting words of a policy under one code table."""

    words: Mapping[str, Word]
    presence: Presence
    codes: CodeTable


def vocabulary(table: CodeTable) -> Vocabulary:
    """Return what policies may say under this code table."""
    return Vocabulary(words(table), presence(table), table)


class Bound(NamedTuple):
    """A trigger on one school day, for any pupil.

    ``fact`` is what it measures, ``fires`` whether this is the day, ``reason`` why; ``is_over`` says whether nothing is
    left of what it saw. ``stands`` says of a fact whether the condition stands, newly or not; ``is_open`` whether what
    else it asks for is there: a flag, a concern that stands, another rule that has fired.
    """

    fact: Callable[[PupilMarks], object]
    fires: Callable[[PupilMarks], bool]
    reason: Callable[[PupilMarks], Reason]
    is_over: Callable[[PupilMarks], bool]
    stands: Callable[[Any], bool] = bool
    is_open: Callable[[PupilMarks], bool] = lambda _: True
    #: Whether a day with these two marks, AM and PM, can make the rule fire at all; true when in doubt.
    is_possible: Callable[[bytes], bool] = lambda _: True
    #: Whether it can fire for nobody on that day, whatever the marks: a weekly rule on another day of the week.
    is_idle: bool = False
    #: What is asked first of each pupil, once for all rules that share it: of nobody it says nothing of, they fire.
    news: Callable[[PupilMarks], object] | None = None

    def holds(self, pupil: PupilMarks) -> bool:
        """Whether the condition stands for a pupil, newly or not."""
        return self.stands(self.fact(pupil)) and self.is_open(pupil)


def momentary(
    fires: Callable[[PupilMarks], bool],
    reason: Callable[[PupilMarks], Reason],
    is_possible: Callable[[bytes], bool] = lambda _: True,
    news: Callable[[PupilMarks], object] | None = None,
) -> Bound:
    """Return a trigger that is true on its day alone."""
    return Bound(fires, fires, reason, lambda pupil: not fires(pupil), is_possible=is_possible, news=news)


def events_of(pupil: PupilMarks) -> object:
    """Return what was recorded about a pupil: of most there is nothing, and no rule about records can fire."""
    return pupil.events


def idle(text: str) -> Bound:
    """Return a trigger on a day on which it fires for nobody; ``text`` says why."""
    return Bound(
        fact=_never,
        fires=_never,
        reason=lambda _: Reason(text=text),
        is_over=lambda _: True,
        is_idle=True,
    )


def _never(_: PupilMarks) -> bool:
    return False


class Trigger(Protocol):
    """A condition over one pupil's marks at the end of one school day."""

    @property
    def once_per(self) -> tuple[str, ...]:
        """What ``once_per`` may say of it, the natural word first: how often it fires by itself."""
        ...

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """Work out what is the same for every pupil of the school on that day."""
        ...


class SchoolTrigger(Protocol):
    """A condition about a school and its calendar, whoever the pupils are."""

    def happens(self, calendar: Calendar, day: date, review_by: date) -> str | None:
        """Return why it is fulfilled on a school day, or nothing; ``review_by`` is the policy's own date."""
        ...

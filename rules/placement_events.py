"""Events of a pupil's placement that the roll and the marks show: arriving, the first session, coming back, leaving."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mapping.codes import Meaning
from rules.asof import AsOf
from rules.band import Band
from rules.binding import CATEGORIES, WIDER, Bound, Trigger, Vocabulary, momentary
from rules.facts import run_of_days
from rules.model import PupilMarks, Reason
from rules.reading import Table
from rules.school_events import SUMMER_DAYS
from rules.wording import count_of
from rules.words import BREAK, COUNT, SEEN_LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """So many school days before the pupil's first day; on the first day where the calendar begins later."""

    school_days_before: int

    @classmethod
    def read(cls, table: Table) -> "Arrival":
        """Read ``school_days_before``."""
        return cls(school_days_before=table.whole("school_days_before", at_least=0))

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once."""
        return ("ever",)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:  # noqa: ARG002 - a trigger that looks at no mark
        """See ``Trigger``."""

        def fires(pupil: PupilMarks) -> bool:
            before = at.calendar.nth_before(pupil.start, self.school_days_before)
            return at.happened(before if before and self.school_days_before else pupil.start)

        def reason(pupil: PupilMarks) -> Reason:
            return Reason(text=f"the placement begins on {pupil.start:%a %-d %b %Y}")

        return momentary(fires, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """The last school day on the roll."""

    @classmethod
    def read(cls, _: Table) -> "Leaver":
        """Nothing more is to be read."""
        return cls()

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once."""
        return ("ever",)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:  # noqa: ARG002 - a trigger that looks at no mark
        """See ``Trigger``."""

        def fires(pupil: PupilMarks) -> bool:
            if pupil.end is None or at.calendar.last_on_or_before(pupil.end) != at.day:
                return False
            # A calendar that ends first does not say which day is the last.
            return (pupil.end - at.day).days <= SUMMER_DAYS

        def reason(pupil: PupilMarks) -> Reason:
            return Reason(text=f"the placement ends on {pupil.end:%a %-d %b %Y}" if pupil.end else "no end is known")

        return momentary(fires, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSession:
    """The first session ever is an absence: the first recorded one that the pupil was asked to attend."""

    category: str

    @classmethod
    def read(cls, table: Table) -> "FirstSession":
        """Read ``category``."""
        return cls(category=table.choice("category", CATEGORIES))

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once."""
        return ("ever",)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, end = vocabulary.words[self.category], at.end
        kinds = word.kinds

        def first(pupil: PupilMarks) -> int | None:
            held = (position for position in range(end) if kinds[pupil.marks[position]] in {COUNT, BREAK})
            return next(held, None)

        def fires(pupil: PupilMarks) -> bool:
            if COUNT not in (kinds[pupil.marks[end - 2]], kinds[pupil.marks[end - 1]]):
                return False
            position = first(pupil)
            return position is not None and position >= end - 2 and kinds[pupil.marks[position]] == COUNT

        def reason(pupil: PupilMarks) -> Reason:
            position = first(pupil)
            if position is None:
                return Reason(text="no session recorded yet")
            session, is_missed = at.session(position), kinds[pupil.marks[position]] == COUNT
            text = f"{word.phrase if is_missed else 'seen'} in the first session: {session}"
            return Reason(text=text, counted=(session,) if is_missed else ())

        return momentary(fires, reason, lambda today: COUNT in (kinds[today[0]], kinds[today[1]]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The first day the pupil is seen again after so many days of absence running."""

    category: str
    band: Band

    @classmethod
    def read(cls, table: Table) -> "Return":
        """Read ``category`` and the band, in days of absence."""
        return cls(category=table.choice("category", CATEGORIES), band=Band.read(table))

    @property
    def once_per(self) -> tuple[str, ...]:
        """By itself once for each run."""
        return ("run", *WIDER)

    def bind(self, at: AsOf, vocabulary: Vocabulary) -> Bound:
        """See ``Trigger``."""
        word, begin = vocabulary.words[self.category], at.end - 2
        # Late after the register closed may go on with the run: a child who comes so every day does not return.
        seen = frozenset(byte for byte in _seen(vocabulary) if word.kinds[byte] == BREAK)

        def days(pupil: PupilMarks) -> int:
            """Count up to the session in which the pupil was seen: what stands before it may end the run."""
            morning = begin + (pupil.marks[begin] not in seen)
            return run_of_days(pupil.marks[:morning], word).days

        def is_possible(today: bytes) -> bool:
            return today[0] in seen or today[1] in seen

        def fires(pupil: PupilMarks) -> bool:
            return is_possible(pupil.marks[begin : begin + 2]) and self._is_inside(days(pupil))

        def reason(pupil: PupilMarks) -> Reason:
            return Reason(text=f"seen again after {count_of(days(pupil), 'day')} {word.phrase}")

        return momentary(fires, reason, is_possible)

    def _is_inside(self, days: int) -> bool:
        return self.band.first <= days and (self.band.last is None or days <= self.band.last)


def _seen(vocabulary: Vocabulary) -> frozenset[int]:
    """Return the bytes of a session in which the pupil was seen, late after the register closed included."""
    attended = vocabulary.codes.bytes_of(Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY)
    late = vocabulary.codes.get(SEEN_LATE)
    return frozenset(attended) | ({late.byte} if late else frozenset())


#: Each event by its name in a policy.
PLACEMENT_EVENTS: Mapping[str, Callable[[Table], Trigger]] = {
    "pre_commencement": Arrival.read,
    "first_session": FirstSession.read,
    "return": Return.read,
    "leaver": Leaver.read,
}

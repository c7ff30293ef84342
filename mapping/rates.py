"""Rates as the DfE defines them, from counts of sessions: exact until somebody rounds them for display.

Overall, authorised and unauthorised absence are divided by possible sessions (EES methodology). A pupil with no
possible session has no rate: neither 0 % nor 100 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from mapping.codes import CodeTable, Meaning

#: A pupil is persistently absent from 10 % of possible sessions missed, severely absent from 50 % (DfE).
PERSISTENT = Fraction(10, 100)
SEVERE = Fraction(50, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Sessions of one pupil, or the sum over many: attended, missed with and without authority."""

    attended: int
    authorised: int
    unauthorised: int

    @property
    def absent(self) -> int:
        """Sessions missed for any reason."""
        return self.authorised + self.unauthorised

    @property
    def possible(self) -> int:
        """Sessions in the denominator."""
        return self.attended + self.absent

    @property
    def attendance_rate(self) -> Fraction | None:
        """Share of possible sessions attended."""
        return share(self.attended, self.possible)

    @property
    def overall_rate(self) -> Fraction | None:
        """Share of possible sessions missed."""
        return share(self.absent, self.possible)

    @property
    def authorised_rate(self) -> Fraction | None:
        """Share of possible sessions missed with authority."""
        return share(self.authorised, self.possible)

    @property
    def unauthorised_rate(self) -> Fraction | None:
        """Share of possible sessions missed without authority."""
        return share(self.unauthorised, self.possible)

    @property
    def is_persistently_absent(self) -> bool:
        """Whether 10 % or more of possible sessions were missed; at exactly 10 % they are."""
        return (rate := self.overall_rate) is not None and rate >= PERSISTENT

    @property
    def is_severely_absent(self) -> bool:
        """Whether half or more of possible sessions were missed."""
        return (rate := self.overall_rate) is not None and rate >= SEVERE

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            attended=self.attended + other.attended,
            authorised=self.authorised + other.authorised,
            unauthorised=self.unauthorised + other.unauthorised,
        )


NOTHING = Counts(attended=0, authorised=0, unauthorised=0)


class Counter:
    """Counts mark strings under one code table at the speed of ``bytes`` methods."""

    def __init__(self, table: CodeTable) -> None:
        """Work out the translation once: every code becomes attended, authorised, unauthorised or nothing."""
        groups = (
            (b"P", table.bytes_of(Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY)),
            (b"A", table.bytes_of(Meaning.AUTHORISED_ABSENCE)),
            (b"U", table.bytes_of(Meaning.UNAUTHORISED_ABSENCE)),
        )
        counted = b"".join(members for _, members in groups)
        self._uncounted = bytes(byte for byte in range(256) if byte not in counted)
        self._table = bytes.maketrans(counted, b"".join(name * len(members) for name, members in groups))

    def __call__(self, marks: bytes) -> Counts:
        """Count one stretch of a mark string."""
        sessions = marks.translate(self._table, self._uncounted)
        attended, authorised = sessions.count(b"P"), sessions.count(b"A")
        return Counts(attended=attended, authorised=authorised, unauthorised=len(sessions) - attended - authorised)


def share(part: int, whole: int) -> Fraction | None:
    """Return part of whole, exactly; none of nothing has no share."""
    return Fraction(part, whole) if whole else None


def percent(rate: Fraction, places: int) -> Decimal:
    """Round a rate to a percentage for display, half up, once and from the counts: rounded rates never add up."""
    # In whole units of the last place, because Decimal division rounds first, to whatever the thread's context says.
    units = floor(rate * 100 * 10**places + Fraction(1, 2))
    return Decimal(f"{units}E-{places}")


def weighted(rates: Iterable[tuple[Fraction, int]]) -> Fraction | None:
    """Combine phase rates by census enrolment, as the all-school national figures are made (they are no plain sum)."""
    pairs = list(rates)
    enrolments = sum(weight for _, weight in pairs)
    return sum((rate * weight for rate, weight in pairs), Fraction(0)) / enrolments if enrolments else None


def prevalence(pupils: Iterable[Counts], threshold: Fraction) -> Fraction | None:
    """Return the share of pupils missing at least ``threshold`` of their possible sessions.

    Pupils without a possible session are left out of both sides.
    """
    rates = [rate for counts in pupils if (rate := counts.overall_rate) is not None]
    return share(sum(rate >= threshold for rate in rates), len(rates))

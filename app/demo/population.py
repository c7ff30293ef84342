"""A synthetic population whose attendance follows the published code mix, and what its registers showed when.

Nobody in it exists: names come from two short lists, UPNs carry an authority number that is not in use. The mix
is met exactly, to the nearest session of each code, whatever the seed: only who and when is drawn.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random

from mapping.identity import check_letter
from mapping.model import Half, Session
from mapping.school_days import Calendar, at_local

_MIX = Path(__file__).with_name("code_mix.csv")
_FORENAMES = ("Alder", "Birch", "Briar", "Cedar", "Clover", "Fern", "Hazel", "Heath", "Linden", "Reed", "Rowan", "Wren")
_SURNAMES = ("Ashdown", "Brook", "Coppice", "Dale", "Fieldgate", "Hedge", "Lockmere", "Marsh", "Quarry", "Stile")
#: How many sessions an absence of each code lasts at a time: (shortest, longest). Others last one session.
_SPELLS = {
    "O": (2, 26),
    "I": (2, 10),
    "C": (2, 10),
    "E": (4, 10),
    "G": (6, 10),
    "T": (10, 20),
    "R": (2, 2),
    "S": (2, 10),
}
_STROKES = {"/", "\\"}
_TAKEN = {Half.AM: time(9, 12), Half.PM: time(13, 25)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticPupil:
    """One child who does not exist. ``upn_before`` is the temporary UPN held until ``upn_since``."""

    pupil_id: str
    platform_id: str
    upn: str
    surname: str
    forename: str
    born: date
    year_group: str
    la_code: str
    upn_before: str | None = None
    upn_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the platform showed for one session from an instant on: a national code, or a code it should not use."""

    since: datetime
    code: str
    minutes_late: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolPlan:
    """How to make one school: how many pupils, under which published mix, in which authorities."""

    id: str
    pupils: int
    mix: str
    la_codes: tuple[str, ...]
    #: Codes shown by mistake before somebody corrects them; ``None`` as the time of correction means never.
    wrong_codes: tuple[str, ...] = ()
    late_register: date | None = None


class SyntheticSchool:
    """One school's pupils and, for every session, what its platform showed and when it changed."""

    def __init__(self, plan: SchoolPlan, calendar: Calendar, seed: int) -> None:
        """Draw everything from the seed and the school's id, so that schools do not disturb each other."""
        self.plan = plan
        self._random = Random(f"{seed}/{plan.id}")  # noqa: S311 - a reproducible draw is the point
        self.days: Sequence[date] = calendar.days
        self._calendar = calendar
        self.pupils = [self._pupil(number) for number in range(1, plan.pupils + 1)]
        self.sights = self._register()

    def truth(self) -> Counter[str]:
        """Count the code that each session ended with, whatever was shown before."""
        return Counter(sights[-1].code for row in self.sights.values() for sights in row.values())

    def shown(self, pupil_id: str, session: Session, at: datetime) -> Sight | None:
        """Return what the platform shows for a session at an instant; none before the register was taken."""
        seen = [sight for sight in self.sights[pupil_id][session] if sight.since <= at]
        return seen[-1] if seen else None

    def _pupil(self, number: int) -> SyntheticPupil:
        draw = self._random
        year = draw.randint(7, 11)
        serial = f"{sum(map(ord, self.plan.id)) % 90 + 10:02}{number:05}"
        # Authority number 001 is not in use: no real child has such a UPN.
        body = f"001{serial}26"
        is_new = number % 29 == 0
        return SyntheticPupil(
            pupil_id=f"{self.plan.id}-{number:04}",
            platform_id=str(4000 + number),
            upn=_upn(f"{body[:3]}{body[3:10]}{year:02}"),
            surname=draw.choice(_SURNAMES),
            forename=draw.choice(_FORENAMES),
            born=date(2026 - year - 5, draw.randint(1, 8), draw.randint(1, 28)),
            year_group=str(year),
            la_code=self.plan.la_codes[number % len(self.plan.la_codes)],
            upn_before=_upn(f"{body[:3]}{body[3:10]}{year % 10}Z") if is_new else None,
            upn_since=self.days[len(self.days) // 2] if is_new else None,
        )

    def _register(self) -> dict[str, dict[Session, list[Sight]]]:
        ended = self._codes()
        wrong = iter(self.plan.wrong_codes)
        rows: dict[str, dict[Session, list[Sight]]] = {}
        for pupil in self.pupils:
            rows[pupil.pupil_id] = {
                session: self._history(session, code) for session, code in ended[pupil.pupil_id].items()
            }
        for number, code in enumerate(wrong):
            self._mistake(rows[self.pupils[number % len(self.pupils)].pupil_id], code, is_mended=number % 2 == 0)
        return rows

    def _codes(self) -> dict[str, dict[Session, str]]:
        """Give out the absences of the mix spell by spell, more to some pupils than to others; the rest attend."""
        sessions = [Session(day, half) for day in self.days for half in Half]
        quota = _quota(self.plan.mix, len(sessions) * len(self.pupils))
        free: dict[str, dict[Session, str]] = {pupil.pupil_id: {} for pupil in self.pupils}
        weights = [self._random.gammavariate(0.9, 1.0) + 0.02 for _ in self.pupils]
        for code in sorted(quota, key=lambda code: (-_SPELLS.get(code, (1, 1))[1], code)):
            while quota[code]:
                pupil_id = self._random.choices(self.pupils, weights)[0].pupil_id
                quota[code] -= self._spell(free[pupil_id], sessions, code, quota[code])
        return {pupil_id: self._fill(sessions, codes) for pupil_id, codes in free.items()}

    def _spell(self, codes: dict[Session, str], sessions: Sequence[Session], code: str, left: int) -> int:
        """Write one spell into a pupil's free sessions from a random day on; return how many it took."""
        shortest, longest = _SPELLS.get(code, (1, 1))
        length = min(left, max(shortest, int(self._random.triangular(shortest, longest + 1, shortest))))
        start = self._random.randrange(len(sessions))
        start -= start % 2 if longest > 1 else 0
        taken = [session for session in sessions[start : start + length] if session not in codes]
        for session in taken:
            codes[session] = code
        return len(taken)

    def _fill(self, sessions: Sequence[Session], codes: dict[Session, str]) -> dict[Session, str]:
        attending = _attending(self.plan.mix)
        kinds, weights = list(attending), list(attending.values())
        drawn = self._random.choices(kinds, weights, k=len(sessions))
        strokes = {Half.AM: "/", Half.PM: "\\"}
        return {
            session: codes.get(session) or (strokes[session.half] if kind in _STROKES else kind)
            for session, kind in zip(sessions, drawn, strict=True)
        }

    def _history(self, session: Session, code: str) -> list[Sight]:
        """Return what was shown and when: a reason is often known days later, and N stands until then."""
        taken = at_local(session.day, _TAKEN[session.half]) + timedelta(minutes=self._random.randrange(12))
        if session.day == self.plan.late_register and session.half is Half.AM:
            taken = at_local(session.day, time(11, 5))
        minutes = (
            self._random.randrange(1, 29) if code == "L" else self._random.randrange(31, 90) if code == "U" else None
        )
        known_at_once = code not in {"O", "I", "C", "M"} or self._random.random() < 0.35
        if known_at_once:
            return [Sight(since=taken, code=code, minutes_late=minutes)]
        later = self._known_on(session.day, code)
        if later is None:
            return [Sight(since=taken, code="N")] if code == "O" else [Sight(since=taken, code=code)]
        return [Sight(since=taken, code="N"), Sight(since=at_local(later, time(14, 40)), code=code)]

    def _known_on(self, day: date, code: str) -> date | None:
        """Return the school day on which the reason became known; for O the day on which nobody hoped any more."""
        wait = self._random.choice((5, 5, 6)) if code == "O" else self._random.randrange(1, 5)
        days = self._calendar.between(day, self.days[-1])
        return days[wait] if wait < len(days) else None

    def _mistake(self, row: dict[Session, list[Sight]], code: str, *, is_mended: bool) -> None:
        """Show a code that is not in force in one session of a pupil, and mend it two days later or never."""
        session = self._random.choice(sorted(row)[: len(row) // 2])
        sights = row[session]
        first = Sight(since=sights[0].since, code=code)
        mended = [Sight(since=sights[-1].since + timedelta(days=2), code=sights[-1].code)]
        row[session] = [first, *(mended if is_mended else [])]


def _upn(rest: str) -> str:
    return check_letter(rest) + rest


@cache
def _mix(name: str) -> dict[str, int]:
    with _MIX.open(newline="", encoding="utf-8") as file:
        return {row["code"]: int(row["sessions"]) for row in csv.DictReader(file) if row["mix"] == name}


def _attending(mix: str) -> dict[str, int]:
    codes = _STROKES | {"L", "B", "P", "V", "W", "K"}
    return {code: count for code, count in _mix(mix).items() if code in codes}


def _quota(mix: str, sessions: int) -> dict[str, int]:
    """Share the absences of the mix out over a number of sessions; the largest remainders round up, as in elections."""
    published = _mix(mix)
    absent = sorted(published.keys() - _attending(mix).keys())
    exact = {code: Fraction(published[code] * sessions, sum(published.values())) for code in absent}
    quota = {code: int(share) for code, share in exact.items()}
    left = round(sum(exact.values())) - sum(quota.values())
    for code in sorted(absent, key=lambda code: quota[code] - exact[code])[:left]:
        quota[code] += 1
    return quota


def rows_of(
    school: SyntheticSchool, first: date, last: date, at: datetime
) -> Iterator[tuple[int, str, Session, Sight]]:
    """Yield what a platform shows at an instant: a stable record number, the platform's id, the session, the sight."""
    days = [day for day in school.days if first <= day <= last]
    for number, pupil in enumerate(school.pupils):
        for day in days:
            for half in Half:
                session = Session(day, half)
                sight = school.shown(pupil.pupil_id, session, at)
                if sight is not None:
                    record = number * 1000 + 2 * school.days.index(day) + (half is Half.PM)
                    yield 900_000 + record, pupil.platform_id, session, sight

"""The half term that the demo plays: its dates, its schools, what goes wrong and when, and the clock that runs it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.demo.platforms.world import UpnSpell, WorldMark, WorldPupil
from app.demo.population import SchoolPlan, SyntheticSchool, rows_of
from mapping.school_days import Calendar, Term, at_local

FIRST, WEEKS = date(2026, 11, 2), 7
INSET = date(2026, 11, 27)
#: The authority's endpoint breaks on a Thursday afternoon and is mended on the Monday after.
OUTAGE = (at_local(date(2026, 11, 19), time(15, 0)), at_local(date(2026, 11, 23), time(10, 30)))
_BEFORE = at_local(FIRST, time())
#: After the last day nobody works until everything has been delivered, or three days have passed.
_AFTER = timedelta(days=3)

PLANS = (
    SchoolPlan(
        id="riverside",
        pupils=60,
        mix="alternative_provision",
        la_codes=("331", "937"),
        wrong_codes=("H", "J"),
        late_register=date(2026, 11, 10),
    ),
    SchoolPlan(id="northgate", pupils=60, mix="secondary", la_codes=("331",), wrong_codes=("Y", "QQ", "H")),
    SchoolPlan(id="meadow", pupils=40, mix="alternative_provision", la_codes=("937", "331"), wrong_codes=("Q9", "H")),
    SchoolPlan(id="quarry", pupils=20, mix="secondary", la_codes=("937",)),
    SchoolPlan(id="harbour", pupils=20, mix="secondary", la_codes=("331", "937")),
)


def half_term(weeks: int = WEEKS) -> Calendar:
    """Return the first ``weeks`` of the half term as a calendar: it ends with the Friday of the last of them.

    A shorter one is the same story told shorter: the endpoint breaks in the third week, the INSET day is in the fourth.
    """
    last = FIRST + timedelta(weeks=weeks, days=-3)
    closed = {INSET: "INSET"} if last >= INSET else {}
    return Calendar((Term(first=FIRST, last=last, name="Autumn"),), closed)


@dataclass
class SimulatedClock:
    """The instant that the relay, the platforms and the receivers all take for now."""

    instant: datetime = _BEFORE

    def __call__(self) -> datetime:
        """Return the simulated instant, aware UTC."""
        return self.instant


class DemoWorld:
    """What the simulated platforms know: every school's pupils, and their marks as of the simulated instant."""

    def __init__(self, seed: int, calendar: Calendar, clock: Callable[[], datetime]) -> None:
        """Draw the schools from the seed, for the days of a calendar."""
        self.calendar = calendar
        self.schools = {plan.id: SyntheticSchool(plan, calendar, seed) for plan in PLANS}
        self._clock = clock

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the simulated clock."""
        return self._clock

    def pupils(self, school: str) -> Iterable[WorldPupil]:
        """Yield the pupils; a UPN shows only once it has been given."""
        today = self._clock().date()
        for pupil in self.schools[school].pupils:
            spells = [UpnSpell(pupil.upn, start=pupil.upn_since)]
            if pupil.upn_before and pupil.upn_since:
                before = UpnSpell(pupil.upn_before, is_temporary=True, end=pupil.upn_since - timedelta(days=1))
                spells.insert(0, before)
            # A file shows the UPN of the day it is written; it has no history, so the temporary one is left out.
            has_upn = pupil.upn_since is None or pupil.upn_since <= today
            yield WorldPupil(
                platform_id=pupil.platform_id,
                upn=pupil.upn if has_upn else None,
                history=tuple(spells),
                surname=pupil.surname,
                forename=pupil.forename,
            )

    def marks(self, school: str, first: date, last: date, at: datetime) -> Iterator[WorldMark]:
        """Yield the marks as the platform would show them at an instant."""
        for record, platform_id, session, sight in rows_of(self.schools[school], first, last, at):
            yield WorldMark(record, platform_id, session.day, session.half, sight.code, sight.minutes_late)


def is_down(at: datetime) -> bool:
    """Whether the authority's endpoint is out of order at an instant."""
    return OUTAGE[0] <= at < OUTAGE[1]


def instants(times: Iterable[time], *, since: date, last: date) -> Iterator[datetime]:
    """Yield the instants at which the demo's relay turns: the times of its day, and every two hours for deliveries.

    ``last`` is the last school day; deliveries go on for three days after it.
    """
    clocks = sorted({*times, *(time(hour) for hour in range(7, 20, 2))})
    day = since
    while day <= last + _AFTER:
        yield from (at_local(day, clock) for clock in clocks)
        day += timedelta(days=1)

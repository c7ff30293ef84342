"""One school day as a feed tells it: a row for every pupil and session, as the store holds them now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.notices.enquiries import Outcome
from app.reading import Site
from app.wiring import Relay
from config.placements import Arrangement, Placement
from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED, Code
from mapping.marks import BLANK_YEAR, offset, year_of
from mapping.model import Half, Session
from mapping.school_days import at_local
from outbox.feed_rows import Attended, CommissionerType, ContactStatus, FeedRow, ReasonStatus
from outbox.feeds import Registers
from outbox.messages import message_id
from store.tasks import Task

_UNEXPLAINED = ("N", "O")
_REACHED = frozenset({Outcome.REACHED, Outcome.VISITED_SEEN})
#: The code a home school may write for a session attended elsewhere, by who arranged the place (the school decides).
_HOME_CODES = {Arrangement.SCHOOL_COMMISSIONED: "B", Arrangement.LA_ARRANGED: "K", Arrangement.DUAL: "D"}


class FeedDays:
    """The days of one feed's pupils. What the store holds of a year or a day is read once."""

    def __init__(self, relay: Relay, placements: Sequence[Placement]) -> None:
        """Take the feed's placements; the schools are theirs."""
        self._relay, self._placements = relay, placements
        self.sites = [relay.sites[name] for name in sorted({each.school for each in placements})]
        self._days: dict[tuple[str, date], _SchoolDay] = {}
        self._strings: dict[tuple[str, int], Mapping[str, bytes]] = {}

    def registers(self, day: date, halves: tuple[Half, ...]) -> Registers:
        """Count the registers of the day that concern this feed, and those of them that hold every mark due."""
        registers = [
            [byte for _, byte in self._marks(site, Session(day, half)) if byte != NO_SESSION]
            for site in self.sites
            for half in halves
        ]
        due = [register for register in registers if register]
        known = [register for register in due if not {NOT_RECORDED, QUARANTINED} & set(register)]
        return Registers(known=len(known), due=len(due))

    def _marks(self, site: Site, session: Session) -> Iterator[tuple[Placement, int]]:
        """Yield each pupil of the feed placed at a school in a session, with the mark, or ``.`` where none was due."""
        if not site.calendar.is_school_day(session.day):
            return
        strings = self._year(site, year_of(session.day))
        for placement in self._placements:
            if placement.school == site.id and placement.holds_on(session.day):
                byte = strings.get(placement.pupil_id, BLANK_YEAR)[offset(session)]
                yield placement, byte if placement.is_expected(session) else NO_SESSION

    def _year(self, site: Site, year: int) -> Mapping[str, bytes]:
        if (site.id, year) not in self._strings:
            self._strings[site.id, year] = dict(self._relay.store.registers.year_of_school(site.id, year))
        return self._strings[site.id, year]

    def _day(self, site: Site, day: date) -> "_SchoolDay":
        if (site.id, day) not in self._days:
            history, tasks = self._relay.store.history, self._relay.store.tasks
            begin, end = at_local(day, time()), at_local(day + timedelta(days=1), time())
            self._days[site.id, day] = _SchoolDay(
                first_recorded=history.first_recorded(site.id, day),
                amended=history.amended(site.id, day),
                tried={task.pupil_id: task for task in tasks.tried_on(site.id, begin, end) if task.pupil_id},
            )
        return self._days[site.id, day]

    def rows(self, day: date, halves: tuple[Half, ...]) -> list[FeedRow]:
        """Return the feed's rows of a day: every pupil placed at a school that was open, session by session."""
        return [
            self._row(site, placement, Session(day, half), byte)
            for site in self.sites
            for half in halves
            for placement, byte in self._marks(site, Session(day, half))
        ]

    def _row(self, site: Site, placement: Placement, session: Session, byte: int) -> FeedRow:
        code = self._relay.operator.library.national.of_byte(byte)
        attended = _attended(byte, code)
        is_absent = attended is Attended.ABSENT
        is_explained = code is not None and code.code not in _UNEXPLAINED
        marked_at, changed_at = self._times(site, placement, session)
        # A call of that day says what is known of the contact; the latest word counts.
        tried = self._day(site, session.day).tried.get(placement.pupil_id) if is_absent else None
        return FeedRow(
            record_id=message_id(
                self._relay.key, f"record/{site.id}/{placement.pupil_id}/{session.day}/{session.half}"
            ),
            site_id=site.id,
            commissioner_type=_commissioner_type(placement),
            commissioner_id=placement.commissioner or placement.la_code,
            home_school_urn=placement.home_school_urn or "",
            responsible_la_code=placement.la_code,
            placement_ref=placement.placement_ref or placement.pupil_id,
            upn=placement.upn or "",
            local_pupil_id=placement.pupil_id,
            surname=placement.surname or "",
            forename=placement.forename or "",
            date_of_birth=placement.date_of_birth,
            nc_year=placement.year_group or "",
            session=session,
            expected=attended is not Attended.NOT_EXPECTED,
            attended=attended,
            national_code=code.code if code else "",
            suggested_home_code=_home_code(placement, attended, code),
            reason_status=_reason_status(is_explained=is_explained) if is_absent else None,
            contact_status=_contact_status(tried, is_explained=is_explained) if is_absent else None,
            contact_at=tried.done_at if tried else None,
            marked_at=None if attended is Attended.NOT_RECORDED else marked_at,
            changed_at=max(changed_at, tried.done_at) if tried and tried.done_at else changed_at,
            source_system=site.school.platform,
        )

    def _times(self, site: Site, placement: Placement, session: Session) -> tuple[datetime, datetime]:
        """Return when a mark was first seen and when it last changed; midnight where nobody has made one."""
        key = (placement.pupil_id, session.half)
        day = self._day(site, session.day)
        marked_at = day.first_recorded.get(key, at_local(session.day, time()))
        _, changed_at = day.amended.get(key, (0, marked_at))
        return marked_at, changed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class _SchoolDay:
    """What the store holds of one school's day: marks first seen and last changed, and whose family was tried."""

    first_recorded: Mapping[tuple[str, Half], datetime]
    amended: Mapping[tuple[str, Half], tuple[int, datetime]]
    tried: Mapping[str, Task]


def _attended(byte: int, code: Code | None) -> Attended:
    if byte in {NOT_RECORDED, QUARANTINED}:
        return Attended.NOT_RECORDED
    if code is None or not code.meaning.is_possible or code.code == "C2":
        return Attended.NOT_EXPECTED
    if code.code == "L":
        return Attended.LATE
    return Attended.PRESENT if code.meaning.is_attendance else Attended.ABSENT


def _reason_status(*, is_explained: bool) -> ReasonStatus:
    return ReasonStatus.ESTABLISHED if is_explained else ReasonStatus.NOT_ESTABLISHED


def _contact_status(tried: Task | None, *, is_explained: bool) -> ContactStatus:
    if tried is not None:
        return ContactStatus.REACHED if tried.outcome in _REACHED else ContactStatus.NOT_REACHED
    # Whoever rings without noting it as a task leaves no trace here: of an unexplained absence none is recorded.
    return ContactStatus.NOT_NEEDED if is_explained else ContactStatus.NOT_TRIED


def _home_code(placement: Placement, attended: Attended, code: Code | None) -> str:
    if attended in {Attended.PRESENT, Attended.LATE}:
        return _HOME_CODES.get(placement.arrangement, code.code if code else "")
    if placement.arrangement is Arrangement.DUAL and attended is not Attended.NOT_RECORDED:
        return "D"
    return code.code if code and attended is Attended.ABSENT else ""


def _commissioner_type(placement: Placement) -> CommissionerType:
    if placement.arrangement is Arrangement.LA_ARRANGED:
        return CommissionerType.LA
    return CommissionerType.SCHOOL if placement.home_school_urn else CommissionerType.OTHER

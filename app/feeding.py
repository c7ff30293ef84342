"""``attendance-daily`` feeds: what each destination is told of each school day, and again when it changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from app.mishaps import unforeseen
from app.wiring import Relay, Site
from config.models import Feed as FeedConfig
from config.placements import Arrangement, Placement
from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED, Code
from mapping.marks import BLANK_YEAR, offset, year_of
from mapping.model import Half, Session
from mapping.school_days import at_local, school_date
from outbox.feed_rows import Attended, CommissionerType, ContactStatus, FeedRow, Profile, ReasonStatus
from outbox.feeds import Edition, FeedHeader, Mode, Registers, RevisedRow, changed_only, compose_feed, revise
from outbox.messages import Draft, message_id
from store.database import StoreError
from store.publications import Publication, Told

_UNEXPLAINED = ("N", "O")
#: The code a home school may write for a session attended elsewhere, by who arranged the place (the school decides).
_HOME_CODES = {Arrangement.SCHOOL_COMMISSIONED: "B", Arrangement.LA_ARRANGED: "K", Arrangement.DUAL: "D"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """How many feed files were enqueued, by mode, and a line for each feed that could not be made."""

    full_day: int = 0
    nil: int = 0
    corrections: int = 0
    problems: tuple[str, ...] = ()

    def __add__(self, other: "Published") -> "Published":
        return Published(
            full_day=self.full_day + other.full_day,
            nil=self.nil + other.nil,
            corrections=self.corrections + other.corrections,
            problems=self.problems + other.problems,
        )


def publish(relay: Relay) -> Published:
    """Enqueue every edition whose time has come and that has not been made, then corrections of earlier days.

    Each feed is a transaction of its own; one that fails stops no other. Asked again at the same time it enqueues
    nothing.
    """
    return sum((_publish_or_say(relay, feed) for feed in relay.operator.feeds), Published())


def _publish_or_say(relay: Relay, feed: FeedConfig) -> Published:
    try:
        with relay.store.transaction():
            publisher = Publisher(relay, feed)
            due = [publisher.days_due(Edition(edition)) for edition in feed.editions]
            return sum(due, Published()) + publisher.corrections()
    except StoreError:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it is, the other feeds are made
        return Published(problems=(f"feed to {feed.destination}: {unforeseen(failure)}",))


class Publisher:
    """One feed of one destination; the caller holds the transaction."""

    def __init__(self, relay: Relay, feed: FeedConfig) -> None:
        """Find the feed's placements and the schools they are at."""
        column, value = feed.selector
        self._relay, self._now = relay, relay.now()
        self._destination = relay.operator.destination(feed.destination)
        self._name = f"{column}={value}"
        self._placements = [each for each in relay.operator.placements if getattr(each, column) == value]
        self._sites = [relay.sites[name] for name in sorted({each.school for each in self._placements})]
        self._told = relay.store.publications.told(self._destination.id, self._name)
        self._days: dict[tuple[str, date], _SchoolDay] = {}

    def days_due(self, edition: Edition) -> Published:
        """Publish an edition of every school day that has had none since the first one.

        A provisional one only of today, and only until the time of the final one.
        """
        today = school_date(self._now)
        total = Published()
        for day in self._school_days(today):
            told = self._told.get(day)
            is_made = told is not None and (edition in told.editions or Edition.FINAL in told.editions)
            is_too_late = edition is Edition.PROVISIONAL and (day != today or self._is_time(day, Edition.FINAL))
            if is_made or is_too_late or not self._is_time(day, edition):
                continue
            total += self._publish_day(day, edition)
        return total

    def _is_time(self, day: date, edition: Edition) -> bool:
        times = self._relay.operator.times
        clock = times.provisional_feed if edition is Edition.PROVISIONAL else times.final_feed
        return self._now >= at_local(day, clock)

    def corrections(self) -> Published:
        """Publish what has changed in days of which the final edition is out: registers, or who is whose pupil."""
        if not self._is_correction_time():
            return Published()
        placed_since = self._placed_since()
        changed: dict[date, datetime] = {}
        for site in self._sites:
            for day, seen_at in self._relay.store.history.last_changed(site.id).items():
                changed[day] = max(seen_at, changed.get(day, seen_at))
        late = [
            day
            for day, told in self._told.items()
            if Edition.FINAL in told.editions
            and (day >= placed_since or (day in changed and changed[day] > told.created_at))
        ]
        return sum((self._correct(day) for day in late), Published())

    def _placed_since(self) -> date:
        """Return the first day on which anybody's placement is another than when this was last asked."""
        runs, name = self._relay.store.runs, f"placements_told/{self._destination.id}/{self._name}"
        asked = runs.kept(name)
        first = min((each.created_at for each in self._told.values()), default=self._now)
        runs.keep(name, self._now.isoformat())
        return self._relay.store.roll.placed_otherwise(datetime.fromisoformat(asked) if asked else first) or date.max

    def _is_correction_time(self) -> bool:
        """Whether today's final feed may have left: corrections follow it, once a day, also on days without school."""
        today = school_date(self._now)
        return self._is_time(today, Edition.FINAL)

    def _school_days(self, today: date) -> list[date]:
        """Return every school day of any school from the first one published, or today, through today."""
        first = min(self._told, default=today)
        return sorted({day for site in self._relay.sites.values() for day in site.calendar.between(first, today)})

    def _publish_day(self, day: date, edition: Edition) -> Published:
        halves = (Half.AM,) if edition is Edition.PROVISIONAL else tuple(Half)
        rows, published = revise(self._previous(day), self._rows(day, halves), self._profile)
        mode = Mode.FULL_DAY if rows else Mode.NIL
        self._enqueue(day, edition, mode, rows, published)
        return Published(full_day=mode is Mode.FULL_DAY, nil=mode is Mode.NIL)

    def _correct(self, day: date) -> Published:
        previous = self._previous(day)
        rows, published = revise(previous, self._rows(day, tuple(Half)), self._profile)
        changed = changed_only(previous, rows)
        if not changed:
            return Published()
        self._enqueue(day, Edition.FINAL, Mode.CORRECTION, changed, published)
        return Published(corrections=1)

    def _previous(self, day: date) -> Mapping[str, tuple[int, str]]:
        last = self._relay.store.publications.last(self._destination.id, self._name, day)
        return last.rows if last else {}

    @property
    def _profile(self) -> Profile:
        return Profile(self._destination.profile)

    def _enqueue(
        self,
        day: date,
        edition: Edition,
        mode: Mode,
        rows: tuple[RevisedRow, ...],
        published: Mapping[str, tuple[int, str]],
    ) -> None:
        told = self._told.get(day)
        header = self._header(day, edition, mode, revision=1 + (told.count if told else 0))
        feed = compose_feed(header, rows)
        self._relay.store.messages.enqueue(
            Draft(
                id=header.message_id,
                idempotency_key=self._key(day, header.revision),
                destination=self._destination.id,
                ordering_key=f"feed/{self._destination.id}",
                kind=f"feed.{mode}",
                content_type=feed.content_type,
                payload=feed.payload,
                subject_ref=feed.file_name,
                created_at=self._now,
            )
        )
        self._relay.store.publications.record(
            Publication(
                destination=self._destination.id,
                feed=self._name,
                day=day,
                sequence=header.sequence,
                edition=edition,
                created_at=self._now,
                rows=published,
            )
        )
        # The next edition of the day, in this very run perhaps, is another one.
        editions, count = (told.editions, told.count) if told else (frozenset[str](), 0)
        self._told[day] = Told(editions=editions | {edition}, created_at=self._now, count=count + 1)

    def _key(self, day: date, revision: int) -> str:
        return f"feed/{self._destination.id}/{self._name}/{day}/r{revision}"

    def _header(self, day: date, edition: Edition, mode: Mode, *, revision: int) -> FeedHeader:
        provider = self._relay.operator.provider
        return FeedHeader(
            message_id=message_id(self._relay.key, self._key(day, revision)),
            sender_id=provider.id,
            sender_name=provider.name,
            destination=self._destination.id,
            profile=self._profile,
            edition=edition,
            mode=mode,
            date_from=day,
            date_to=day,
            sequence=self._relay.store.publications.next_sequence(self._destination.id),
            revision=revision,
            registers=self._registers(day, (Half.AM,) if edition is Edition.PROVISIONAL else tuple(Half)),
            created_at=self._now,
            extracted_at=self._now,
            contact=provider.contact_email,
        )

    def _registers(self, day: date, halves: tuple[Half, ...]) -> Registers:
        """Count the registers of the day that concern this feed, and those of them that hold every mark due."""
        registers = [
            [byte for _, byte in self._marks(site, Session(day, half)) if byte != NO_SESSION]
            for site in self._sites
            for half in halves
        ]
        due = [register for register in registers if register]
        known = [register for register in due if not {NOT_RECORDED, QUARANTINED} & set(register)]
        return Registers(known=len(known), due=len(due))

    def _marks(self, site: Site, session: Session) -> Iterator[tuple[Placement, int]]:
        """Yield each pupil of the feed placed at a school in a session, with the mark, or ``.`` where none was due."""
        if not site.calendar.is_school_day(session.day):
            return
        strings = self._day(site, session.day).strings
        for placement in self._placements:
            if placement.school == site.id and placement.holds_on(session.day):
                byte = strings.get(placement.pupil_id, BLANK_YEAR)[offset(session)]
                yield placement, byte if placement.is_expected(session) else NO_SESSION

    def _day(self, site: Site, day: date) -> "_SchoolDay":
        if (site.id, day) not in self._days:
            history = self._relay.store.history
            self._days[site.id, day] = _SchoolDay(
                strings=dict(self._relay.store.registers.year_of_school(site.id, year_of(day))),
                first_recorded=history.first_recorded(site.id, day),
                amended=history.amended(site.id, day),
            )
        return self._days[site.id, day]

    def _rows(self, day: date, halves: tuple[Half, ...]) -> list[FeedRow]:
        return [
            self._row(site, placement, Session(day, half), byte)
            for site in self._sites
            for half in halves
            for placement, byte in self._marks(site, Session(day, half))
        ]

    def _row(self, site: Site, placement: Placement, session: Session, byte: int) -> FeedRow:
        code = self._relay.operator.library.national.of_byte(byte)
        attended = _attended(byte, code)
        is_absent = attended is Attended.ABSENT
        is_explained = code is not None and code.code not in _UNEXPLAINED
        marked_at, changed_at = self._times(site, placement, session)
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
            contact_status=_contact_status(is_explained=is_explained) if is_absent else None,
            marked_at=None if attended is Attended.NOT_RECORDED else marked_at,
            changed_at=changed_at,
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
    """What the store holds of one school's day: each pupil's year, and when each mark was first seen and changed."""

    strings: Mapping[str, bytes]
    first_recorded: Mapping[tuple[str, Half], datetime]
    amended: Mapping[tuple[str, Half], tuple[int, datetime]]


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


def _contact_status(*, is_explained: bool) -> ContactStatus:
    # The relay keeps no log of calls yet, so of an unexplained absence it can only say that none is recorded.
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

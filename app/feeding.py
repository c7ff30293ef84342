"""``attendance-daily`` feeds: what each destination is told of each school day, and again when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.feed_days import FeedDays
from app.mishaps import unforeseen
from app.routing import lapsed
from app.safety.guard import undated
from app.safety.holding import Holding
from app.wiring import Relay
from config.models import Feed as FeedConfig
from mapping.model import Half
from mapping.school_days import at_local, school_date
from outbox.feed_rows import Profile
from outbox.feeds import Edition, FeedHeader, Mode, RevisedRow, changed_only, compose_feed, revise
from outbox.messages import Draft, message_id
from store.database import StoreError
from store.publications import Publication, Told


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
            if why := publisher.not_agreed():
                return Published(problems=(f"feed to {feed.destination}: {why}",))
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
        self._days = FeedDays(relay, self._placements)
        # A trial counts for itself: the first file of the live relay is the first its receiver hears of.
        self._series = f"{self._destination.id}@trial" if relay.operator.safety.is_trial else self._destination.id
        self._told = relay.store.publications.told(self._series, self._name)

    def not_agreed(self) -> str | None:
        """Return why nothing may be made for the destination today; what is not made is made up for later."""
        today = school_date(self._now)
        if not self._destination.is_agreed_on(today):
            return lapsed(self._destination)
        return undated(self._relay.operator, self._destination)

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
        for site in self._days.sites:
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
        runs, name = self._relay.store.runs, f"placements_told/{self._series}/{self._name}"
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
        rows, published = revise(self._previous(day), self._days.rows(day, halves), self._profile)
        mode = Mode.FULL_DAY if rows else Mode.NIL
        self._enqueue(day, edition, mode, rows, published)
        return Published(full_day=mode is Mode.FULL_DAY, nil=mode is Mode.NIL)

    def _correct(self, day: date) -> Published:
        previous = self._previous(day)
        rows, published = revise(previous, self._days.rows(day, tuple(Half)), self._profile)
        changed = changed_only(previous, rows)
        if not changed:
            return Published()
        self._enqueue(day, Edition.FINAL, Mode.CORRECTION, changed, published)
        return Published(corrections=1)

    def _previous(self, day: date) -> Mapping[str, tuple[int, str]]:
        last = self._relay.store.publications.last(self._series, self._name, day)
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
                ordering_key=f"feed/{self._series}",
                kind=f"feed.{mode}",
                content_type=feed.content_type,
                payload=feed.payload,
                subject_ref=feed.file_name,
                created_at=self._now,
                hold=Holding(relay=self._relay).of_feed(self._destination),
            )
        )
        self._relay.store.publications.record(
            Publication(
                destination=self._series,
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
        return f"feed/{self._series}/{self._name}/{day}/r{revision}"

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
            sequence=self._relay.store.publications.next_sequence(self._series),
            revision=revision,
            registers=self._days.registers(day, (Half.AM,) if edition is Edition.PROVISIONAL else tuple(Half)),
            created_at=self._now,
            extracted_at=self._now,
            contact=provider.contact_email,
            is_trial=self._relay.operator.safety.is_trial,
        )

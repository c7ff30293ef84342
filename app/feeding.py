"""Daily feeds and confirmations: what each destination is told of each school day, and again when it changes."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from app.confirming import confirmations
from app.feed_days import FeedDays
from app.layouts import layout_of
from app.mishaps import unforeseen
from app.routing import lapsed
from app.safety.guard import undated
from app.safety.holding import Holding
from app.wiring import Relay
from config.models import Feed as FeedConfig
from config.placements import Arrangement
from mapping.model import Half
from mapping.school_days import at_local, school_date
from outbox.confirmations import ConfirmationRow
from outbox.encryption import Seal
from outbox.feed_rows import FeedRow, Profile
from outbox.feeds import (
    FORMATS,
    Edition,
    FeedHeader,
    FeedKind,
    Mode,
    RevisedRow,
    changed_only,
    compose_feed,
    lifted,
    revise,
)
from outbox.layouts import CorrectsBy
from outbox.messages import Draft, message_id
from outbox.own_schema import misfit
from store.database import StoreError
from store.publications import Publication, Told

#: Under which name it is kept for whom the files that have not left were made.
_RETOLD = "feeds/retold"


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


def retell(relay: Relay) -> Published:
    """Make anew what has not left, once the operator's files say otherwise who is told of whom.

    A file that waited for its destination must not take a pupil to a body that the pupil has been taken away from.
    """
    routing = hashlib.sha256(repr(sorted(relay.routing.items())).encode()).hexdigest()
    if relay.store.runs.kept(_RETOLD) == routing:
        return Published()
    made = sum((_guarded(relay, feed, Publisher.unsent_anew) for feed in relay.operator.feeds), Published())
    with relay.store.transaction():
        relay.store.runs.keep(_RETOLD, routing)
    return made


def _publish_or_say(relay: Relay, feed: FeedConfig) -> Published:
    def due(publisher: Publisher) -> Published:
        if why := publisher.not_agreed():
            return Published(problems=(why,))
        editions = [publisher.days_due(Edition(edition)) for edition in feed.editions]
        return sum(editions, Published()) + publisher.corrections()

    return _guarded(relay, feed, due)


def _guarded(relay: Relay, feed: FeedConfig, make: "Callable[[Publisher], Published]") -> Published:
    """Make files of one feed in a transaction of their own, and say for which feed something was wrong."""
    try:
        with relay.store.transaction():
            made = make(Publisher(relay, feed))
            return replace(made, problems=tuple(f"feed to {feed.destination}: {each}" for each in made.problems))
    except StoreError:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it is, the other feeds are made
        return Published(problems=(f"feed to {feed.destination}: {unforeseen(failure)}",))


class Publisher:
    """One feed of one destination; the caller holds the transaction."""

    def __init__(self, relay: Relay, feed: FeedConfig) -> None:
        """Find the feed's placements and the schools they are at."""
        column, value = feed.selector
        self._relay, self._now, self._kind = relay, relay.now(), FeedKind(feed.kind)
        self._destination = relay.operator.destination(feed.destination)
        layout = self._destination.layout
        self._layout = layout_of(layout, relay.operator.library.layouts[layout])
        is_daily = self._kind is FeedKind.DAILY
        self._name = f"{column}={value}" if is_daily else f"{self._kind}/{column}={value}"
        self._profile = Profile(self._destination.profile) if is_daily else Profile.MINIMAL
        placements = [each for each in relay.operator.placements if getattr(each, column) == value]
        # A pupil who is on no other roll is nobody's to mark elsewhere.
        placed = [each for each in placements if is_daily or each.arrangement is not Arrangement.SINGLE]
        self._days = FeedDays(relay, placed)
        # A trial counts for itself: the first file of the live relay is the first its receiver hears of.
        self._series = f"{self._destination.id}@trial" if relay.operator.safety.is_trial else self._destination.id
        self._told = relay.store.publications.told(self._series, self._name)
        self._in_doubt = set(relay.store.publications.in_doubt(self._series, self._name))

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
            total += self._tell(day, edition)
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
            and (day >= placed_since or day in self._in_doubt or changed.get(day, told.created_at) > told.created_at)
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
        first = min((*self._told, *self._in_doubt, *self._unmade()), default=today)
        return sorted({day for site in self._relay.sites.values() for day in site.calendar.between(first, today)})

    def _correct(self, day: date) -> Published:
        """Tell what has changed; a day of which the receiver may hold more than we know is told whole, and above it."""
        if day in self._in_doubt or self._layout.corrects_by is CorrectsBy.WHOLE_DAY:
            changes = changed_only(self._previous(day), self._revised(day, Edition.FINAL)[0])
            return self._tell(day, Edition.FINAL) if changes or day in self._in_doubt else Published()
        rows, published = self._revised(day, Edition.FINAL)
        changed = changed_only(self._previous(day), rows)
        return self._enqueue(day, Edition.FINAL, Mode.CORRECTION, changed, published) if changed else Published()

    def unsent_anew(self) -> Published:
        """Tell whole again each day of which something has not left that would be said otherwise now."""
        total = Published()
        for day in self._relay.store.publications.unsent_days(self._series, self._name):
            edition = Edition.FINAL if Edition.FINAL in self._told[day].editions else Edition.PROVISIONAL
            if changed_only(self._previous(day), self._revised(day, edition)[0]):
                total += self._tell(day, edition)
        return total

    def _unmade(self) -> list[date]:
        """Return the days of which a file was made that did not match its schema: they are still to be told."""
        keys = self._relay.store.messages.misfits(f"feed/{self._series}/{self._name}/")
        return [date.fromisoformat(key.split("/")[-2]) for key in keys]

    def _tell(self, day: date, edition: Edition) -> Published:
        """Tell the whole day."""
        rows, published = self._revised(day, edition)
        if day in self._in_doubt:
            rows, published = lifted(rows, published, self._revision(day))
        if self._kind is FeedKind.DAILY and self._layout.corrects_by is CorrectsBy.WHOLE_DAY:
            # Nothing in such a file could say that a row is withdrawn: it is not in the day any more.
            rows = tuple(row for row in rows if row.row is not None)
        return self._enqueue(day, edition, Mode.FULL_DAY if rows else Mode.NIL, rows, published)

    def _revised(self, day: date, edition: Edition) -> tuple[tuple[RevisedRow, ...], Mapping[str, tuple[int, str]]]:
        rows = self._days.rows(day, _halves(edition))
        form = FORMATS[self._kind]
        return revise(self._previous(day), self._of_kind(rows), self._profile, write=form.texts)

    def _of_kind(self, rows: Sequence[FeedRow]) -> Sequence[FeedRow] | Sequence[ConfirmationRow]:
        return rows if self._kind is FeedKind.DAILY else confirmations(rows)

    def _previous(self, day: date) -> Mapping[str, tuple[int, str]]:
        last = self._relay.store.publications.last(self._series, self._name, day)
        return last.rows if last else {}

    def _revision(self, day: date) -> int:
        return self._relay.store.publications.next_revision(self._series, self._name, day)

    def _enqueue(
        self,
        day: date,
        edition: Edition,
        mode: Mode,
        rows: tuple[RevisedRow, ...],
        published: Mapping[str, tuple[int, str]],
    ) -> Published:
        """Make the file and take its number, unless it does not match its own schema: then it stays here, dead."""
        store = self._relay.store
        stale = {} if mode is Mode.CORRECTION else store.publications.unsent(self._series, self._name, day)
        header = self._header(day, edition, mode, not_sent=tuple(stale.values()))
        draft = self._draft(header, rows)
        if why := misfit(draft.kind, draft.content_type, draft.payload):
            store.messages.enqueue(draft, misfit=why)
            return Published(problems=(f"{day}: {why}",))
        for message in stale:
            store.messages.supersede(message, self._now, f"{header.reference} tells the whole day")
        seal = self._relay.seals.get(self._destination.id)
        store.messages.enqueue(self._draft(header, rows, seal) if seal else draft)
        store.publications.record(
            Publication(
                destination=self._series,
                feed=self._name,
                day=day,
                sequence=header.sequence,
                edition=edition,
                created_at=self._now,
                rows=published,
                revision=header.revision,
                message_id=draft.id,
                not_sent=header.not_sent,
            )
        )
        self._in_doubt.discard(day)
        # The next edition of the day, in this very run perhaps, is another one.
        editions, count = (told.editions, told.count) if (told := self._told.get(day)) else (frozenset[str](), 0)
        self._told[day] = Told(editions=editions | {edition}, created_at=self._now, count=count + 1)
        return _published(mode)

    def _draft(self, header: FeedHeader, rows: tuple[RevisedRow, ...], seal: Seal | None = None) -> Draft:
        feed = compose_feed(header, rows, seal)
        # A morning's file that nobody took on its day is no news any more; the final one tells it all.
        next_day = at_local(header.date_to + timedelta(days=1), time())
        return Draft(
            id=header.message_id,
            idempotency_key=self._key(header.date_to, header.revision),
            destination=self._destination.id,
            ordering_key=f"feed/{self._series}",
            kind=f"feed.{header.mode}",
            content_type=feed.content_type,
            payload=feed.payload,
            subject_ref=header.reference,
            created_at=self._now,
            expires_at=next_day if header.edition is Edition.PROVISIONAL else None,
            hold=Holding(relay=self._relay).of_feed(self._destination),
        )

    def _key(self, day: date, revision: int) -> str:
        return f"feed/{self._series}/{self._name}/{day}/r{revision}"

    def _header(self, day: date, edition: Edition, mode: Mode, *, not_sent: tuple[int, ...]) -> FeedHeader:
        provider, publications = self._relay.operator.provider, self._relay.store.publications
        revision = self._revision(day)
        not_coming = publications.not_coming(self._series, self._now)
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
            sequence=publications.next_sequence(self._series),
            revision=revision,
            registers=self._days.registers(day, _halves(edition)),
            created_at=self._now,
            extracted_at=self._now,
            contact=provider.contact_email,
            kind=self._kind,
            layout=self._layout,
            not_sent=tuple(sorted({*not_coming, *not_sent})),
            is_trial=self._relay.operator.safety.is_trial,
        )


def _halves(edition: Edition) -> tuple[Half, ...]:
    return (Half.AM,) if edition is Edition.PROVISIONAL else tuple(Half)


def _published(mode: Mode) -> Published:
    return Published(full_day=mode is Mode.FULL_DAY, nil=mode is Mode.NIL, corrections=mode is Mode.CORRECTION)

"""``run``: when things happen. `schedule` turns the wheel; what is due is in the database, by school date.

A slot is one job at one time of one school day. It is taken in the database before it is run, so neither a restart
nor a second relay runs it twice. After downtime the latest missed slot of each job runs; it makes up for the earlier
ones, because every verb works through all days that it has not dealt with.
"""

import fcntl
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import schedule
import structlog

from app.alerts.raising import raise_alerts
from app.judging.live import asked_at
from app.pipeline import decide, deliver, problems, pull
from app.purging import purge
from app.spreading import Spread
from app.wiring import Relay
from config.models import Times
from config.problems import ConfigErrors
from mapping.school_days import at_local, school_date

_LEASE = timedelta(minutes=30)
_RETRY_AFTER, _TRIES = timedelta(minutes=10), 5
_SCOPE, _PULL = "all", "pull"
#: When what is over is purged, by the clocks in England.
_NIGHT = time(2)
log = structlog.get_logger()


class AlreadyRunning(RuntimeError):  # noqa: N818 - a fact about the machine
    """Another relay works on this database: stop it first, or give this one a database of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """A time on a school day at which a job is due. Text that sorts in time names it in the database."""

    day: date
    clock: time

    def __str__(self) -> str:
        return f"{self.day.isoformat()}T{self.clock:%H:%M}"

    @property
    def instant(self) -> datetime:
        """Return when it is due, aware UTC."""
        return at_local(self.day, self.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that happens at times of a school day."""

    name: str
    times: tuple[time, ...]
    work: Callable[[], "Done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a job came to: a line for each school that failed, and whether time alone may mend it.

    A credential that was refused is not tried again before the next slot: it would only lock the account.
    """

    failures: tuple[str, ...] = ()
    may_retry: bool = False

    @property
    def outcome(self) -> str:
        """Return the word under which the slot is kept."""
        if not self.failures:
            return "done"
        return "failed" if self.may_retry else "refused"


class Scheduler:
    """The jobs of one relay. ``reload`` gives the relay with the operator's files read again."""

    def __init__(
        self,
        relay: Relay,
        *,
        reload: Callable[[Relay], Relay] = lambda relay: relay,
        stop: Callable[[], bool] = lambda: False,
        beat: Callable[[], object] = lambda: None,
        turned: Callable[[Relay, bool], object] = lambda *_: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Work for a relay; nothing happens until ``turn``. ``stop`` is asked between two messages.

        ``beat`` is called whenever work goes on: a long day of judging or delivering is no standstill. ``turned`` gets
        the relay after each turn, and whether the operator's folder was in order when it was read last. ``jitter``
        (at least 0, below 1) says how much of ``limits.jitter_seconds`` passes before a pull.
        """
        self._relay = relay
        self._reload = reload
        self._stop = stop
        self._beat = beat
        self._turned = turned
        self._jitter = jitter
        self._is_in_order = True
        self._unheard = 0

    def recover(self) -> int:
        """Give up slots that a killed process left unfinished, so that they run again. Only for whoever runs alone."""
        with self._relay.store.transaction():
            return self._relay.store.runs.release()

    def turn(self) -> None:
        """Run every slot that is due, then deliver. A job that fails is written down and stops nothing else."""
        due = list(self._due())
        if due:
            self._read_again()
        for name, slot in due:
            job = next(job for job in self._jobs() if job.name == name)
            if self._has_waited(job, slot):
                self._run(job, slot)
        self.deliver()
        self.alert()
        self._clean()
        self._turned(self._relay, self._is_in_order)

    def _has_waited(self, job: Job, slot: Slot) -> bool:
        """Wait before a pull whose time has just come; false when told to stop, and then the slot stays open.

        What is made up for or tried again comes at a chance time already.
        """
        longest = self._relay.operator.limits.jitter_seconds
        if job.name != _PULL or (self._relay.now() - slot.instant).total_seconds() >= longest:
            return True
        spread = Spread(sleep=self._relay.surroundings.sleep, stop=self._stop, beat=self._beat, jitter=self._jitter)
        return spread.wait(longest)

    def _read_again(self) -> None:
        """Take up what the operator has changed; a folder that is not in order changes nothing, and says so."""
        try:
            self._relay = self._reload(self._relay)
            self._is_in_order = True
        except ConfigErrors as errors:
            self._is_in_order = False
            for problem in errors.problems:
                log.error(  # noqa: TRY400 - the problems are the message, the place is not
                    "configuration refused, the one before stays", problem=str(problem)
                )

    def deliver(self) -> None:
        """Empty the outbox; what happens to each message is in the database and the log."""
        done = deliver(self._relay, stop=self._stop, seen=self._seen, pulse=self._beat)
        if done.dead:
            log.error("messages died", dead=done.dead, todo="look at `attendance-relay status`")

    def _seen(self, settlement: object) -> None:
        log.info("delivery attempt", **_attempt(settlement))

    def alert(self) -> None:
        """Tell the admins what is new; a fault in telling stops nothing else."""
        try:
            raised = raise_alerts(self._relay)
        except Exception as failure:
            log.exception("alerts failed", error=type(failure).__name__)
            return
        if raised.told:
            log.warning("admins alerted", things=raised.told)
        if raised.unheard and raised.unheard != self._unheard:
            log.error(
                "nobody to alert", things=raised.unheard, todo="add a contact with the role admin to contacts.csv"
            )
        self._unheard = raised.unheard

    def _clean(self) -> None:
        """Purge once a night, on holidays too: what was agreed to be kept for days is not kept for a summer."""
        now = self._relay.now()
        slot = Slot(day=school_date(now), clock=_NIGHT)
        job = Job(name="purge", times=(_NIGHT,), work=self._purge)
        if slot.instant <= now and self._is_open(job, slot, now):
            self._run(job, slot)

    def _purge(self) -> Done:
        done = purge(self._relay)
        self._relay.sent_log.trim()
        log.info("purged", addresses=done.addresses, **done.payloads)
        return Done()

    def _jobs(self) -> tuple[Job, ...]:
        """Return the jobs in the order in which they make sense when several are due: read first, then judge."""
        times = self._relay.operator.times
        return (
            Job(name=_PULL, times=_pulling(self._relay), work=self._pull_and_decide),
            Job(name="decide", times=_deciding(times), work=self._decide),
        )

    def _pull_and_decide(self) -> Done:
        pulls = pull(self._relay, self._relay.sites.values(), seen=lambda _: self._beat(), stop=self._stop)
        for each in pulls:
            report = log.error if each.problem else log.warning if each.hold else log.info
            report("pulled", school=each.school, new=each.new, amended=each.amended, quarantined=each.quarantined,
                   hold=each.hold, untaken=", ".join(map(str, each.untaken)), stale_since=each.stale_since,
                   problem=each.problem)  # fmt: skip
        failures = (*problems(pulls), *self._decide().failures)
        return Done(failures=failures, may_retry=any(each.may_retry for each in pulls))

    def _decide(self) -> Done:
        decided = decide(self._relay, seen=lambda _: self._beat())
        for each in decided.schools:
            log.info("decided", school=each.school, days=each.days, decided=sum(each.decided.values()),
                     withdrawn=each.withdrawn, problem=each.problem)  # fmt: skip
        return Done(failures=tuple(decided.problems))

    def _due(self) -> Iterator[tuple[str, Slot]]:
        now = self._relay.now()
        for job in self._jobs():
            slots = [slot for slot in self._slots(job, school_date(now)) if slot.instant <= now]
            if slots and self._is_open(job, slots[-1], now):
                self._skip(job, slots[:-1], now)
                yield job.name, slots[-1]

    def _slots(self, job: Job, today: date) -> list[Slot]:
        """Return the slots since the last one that was dealt with, or of today on a new installation."""
        last = self._relay.store.runs.last(job.name, _SCOPE)
        since = date.fromisoformat(last.slot[:10]) if last else today
        days = {day for site in self._relay.sites.values() for day in site.calendar.between(since, today)}
        slots = sorted(Slot(day=day, clock=clock) for day in days for clock in job.times)
        return [slot for slot in slots if last is None or str(slot) >= last.slot]

    def _is_open(self, job: Job, slot: Slot, now: datetime) -> bool:
        run = self._relay.store.runs.get(job.name, _SCOPE, str(slot))
        if run is None or run.ended_at is None:
            return True
        return run.outcome == "failed" and run.tries < _TRIES and now >= run.ended_at + _RETRY_AFTER

    def _skip(self, job: Job, slots: list[Slot], now: datetime) -> None:
        runs = self._relay.store.runs
        with self._relay.store.transaction():
            for slot in slots:
                if runs.begin(job.name, _SCOPE, str(slot), now=now, lease=_LEASE):
                    runs.finish(job.name, _SCOPE, str(slot), now=now, outcome="skipped", detail="a later one makes up")

    def _run(self, job: Job, slot: Slot) -> None:
        store, name = self._relay.store, str(slot)
        with store.transaction():
            taken = store.runs.begin(
                job.name, _SCOPE, name, now=self._relay.now(), lease=_LEASE, again_after=("failed",)
            )
        if not taken:
            return
        done = self._guarded(job)
        with store.transaction():
            store.runs.finish(
                job.name, _SCOPE, name, now=self._relay.now(), outcome=done.outcome, detail="\n".join(done.failures)
            )

    def _guarded(self, job: Job) -> Done:
        try:
            return job.work()
        except Exception as failure:
            # Whatever it is, the other jobs and the next slots must go on; its text may quote data, so only its kind.
            log.exception("job failed", job=job.name, error=type(failure).__name__)
            line = f"{job.name} failed unexpectedly: {type(failure).__name__}; the log has the place"
            return Done(failures=(line,), may_retry=True)


def run(
    scheduler: Scheduler, *, stop: Callable[[], bool], beat: Callable[[], object], wait: Callable[[float], object]
) -> None:
    """Turn until ``stop`` says so: slots every 15 seconds, a heartbeat with each turn."""
    log.info("started")
    timetable = schedule.Scheduler()
    timetable.every(15).seconds.do(scheduler.turn)
    timetable.every(15).seconds.do(beat)
    scheduler.recover()
    timetable.run_all()
    while not stop():
        timetable.run_pending()
        wait(min(1.0, max(0.0, timetable.idle_seconds or 0.0)))
    log.info("stopped")


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold the right to be this database's only scheduler; raises ``AlreadyRunning`` when somebody has it."""
    with database.with_suffix(".lock").open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(f"another relay runs on {database}: stop it first, or use another database") from None
        yield


def _pulling(relay: Relay) -> tuple[time, ...]:
    """Return the operator's times, when earlier days are read again, and when a policy asks about the day.

    What is read again is judged with the same slot: a correction flows on the day on which it is found.
    """
    asked = {clock for site in relay.sites.values() for clock in asked_at(site)}
    return tuple(sorted({*relay.operator.times.pull, relay.operator.times.reread, *asked}))


def _deciding(times: Times) -> tuple[time, ...]:
    return tuple(sorted({times.provisional_feed, times.decide, times.final_feed}))


def _attempt(settlement: object) -> dict[str, object]:
    names = ("message_id", "destination", "outcome", "state", "reason")
    return {name: getattr(settlement, name) for name in names}

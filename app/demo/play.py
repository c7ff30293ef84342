"""Plays the half term: simulators up, the real scheduler under a simulated clock, and the receivers as the judges.

Everything that counts is on disk: the relay's database, what the receivers took, what lies in the drop folder. Killed
at any moment and started again on the same folder, the play goes on where it was.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog

from app import console, reading, wiring
from app.demo.operator import PLATFORM_PASSWORD, SIGNING_SECRET, Addresses, write_operator
from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.arbor_ways import ArborWays
from app.demo.platforms.class_charts import PATH, simulate_class_charts
from app.demo.platforms.clm import ClmSimulator
from app.demo.platforms.wonde import simulate_wonde
from app.demo.receivers.authority import Authority
from app.demo.receivers.ledger import write
from app.demo.receivers.mail import Mailbox
from app.demo.summary import Summary, summarise
from app.demo.term import FIRST, DemoWorld, SimulatedClock, half_term, instants, is_down
from app.scheduler import Scheduler, alone
from app.wiring import Relay, Surroundings
from config.settings import Settings, read_settings
from mapping.school_days import LONDON, school_date

_DROP_BACK_DAYS = 10


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The folder of one play and what runs in it."""

    folder: Path
    clock: SimulatedClock
    world: DemoWorld
    relay: Relay
    clm: ClmSimulator
    weekly: ClmSimulator
    authority: Authority
    mailbox: Mailbox


def play(*, seed: int, weeks: int, keep: Path | None, quiet: bool) -> Summary:
    """Play the half term, or its first weeks, in ``keep`` or a new folder; return what came of it.

    Raises as the relay does, and ``Unusable`` for the folder of another play.
    """
    begun = time.monotonic()
    folder = (keep or Path(tempfile.mkdtemp(prefix="attendance-relay-demo-"))).resolve()
    _remember_play(folder, seed, weeks)
    with (folder / "relay.log").open("a", encoding="utf-8") as log, _staged(folder, seed, weeks) as stage:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=log))
        wheel = Scheduler(stage.relay)
        wheel.recover()
        _turn_through(stage, wheel, quiet=quiet)
        return summarise(
            stage.relay,
            folder=folder,
            authority=stage.authority.ledger,
            mailbox=stage.mailbox.ledger,
            council=folder / "received" / "warwickshire",
            truth={name: school.truth() for name, school in stage.world.schools.items()},
            seconds=time.monotonic() - begun,
        )


def _turn_through(stage: Stage, wheel: Scheduler, *, quiet: bool) -> None:
    times = stage.relay.operator.times
    clocks = (*times.pull, times.provisional_feed, times.decide, times.final_feed, times.reread)
    since, school_days = _resumed_from(stage.relay), stage.world.calendar.days
    with console.progress("playing half a term", total=len(school_days), quiet=quiet) as seen:
        day = None
        for instant in instants(clocks, since=since, last=school_days[-1]):
            stage.clock.instant = instant
            if school_date(instant) != day:
                day = school_date(instant)
                seen(stage.world.calendar.is_school_day(day))
            _drop_files(stage, instant)
            wheel.turn()


def _resumed_from(relay: Relay) -> date:
    """Return the day of the earliest job that may be unfinished: everything before it is done."""
    last = [run.slot[:10] for run in relay.store.runs.latest() if run.job in {"pull", "decide"}]
    return date.fromisoformat(min(last)) if last else FIRST


def _drop_files(stage: Stage, instant: datetime) -> None:
    """Let the two providers that send files send them before each pull, unless that pull is done."""
    day, local = school_date(instant), instant.astimezone(LONDON).time()
    if not stage.world.calendar.is_school_day(day) or local not in stage.relay.operator.times.pull:
        return
    run = stage.relay.store.runs.get("pull", "all", f"{day.isoformat()}T{local:%H:%M}")
    if run is None or run.outcome != "done":
        stage.clm.write_day(day, back=_DROP_BACK_DAYS)
        monday = day - timedelta(days=day.weekday())
        for week in (monday - timedelta(weeks=1), monday):
            stage.weekly.write_week(week)


@contextmanager
def _staged(folder: Path, seed: int, weeks: int) -> Iterator[Stage]:
    """Start the simulators, write the operator's folder, open the relay on it; close all of it in the end."""
    clock = SimulatedClock()
    world = DemoWorld(seed, half_term(weeks), clock)
    drop, weekly, council = folder / "clm-drop", folder / "weekly-drop", folder / "received" / "warwickshire"
    for path in (drop, weekly, council):
        path.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        ways = ArborWays(memory=folder / "arbor-change-log.json")
        arbor = running.enter_context(simulate_arbor(world, "riverside", password=PLATFORM_PASSWORD, ways=ways))
        class_charts = running.enter_context(simulate_class_charts(world, "northgate", password=PLATFORM_PASSWORD))
        wonde = running.enter_context(simulate_wonde(world, "quarry", token=PLATFORM_PASSWORD))
        authority = running.enter_context(
            Authority(
                folder / "received" / "coventry",
                secrets=[SIGNING_SECRET],
                is_down=lambda: is_down(clock()),
                clock=clock,
            )
        )
        mailbox = running.enter_context(Mailbox(folder / "received" / "mail"))
        addresses = Addresses(
            arbor=arbor.address,
            class_charts=f"{class_charts.address}{PATH}",
            wonde=wonde.address,
            clm_folder=drop,
            weekly_folder=weekly,
            authority=authority.url,
            mail_port=mailbox.port,
            council_folder=council,
        )
        write_operator(folder / "operator", folder / "secrets", world, addresses)
        settings = _settings(folder)
        running.enter_context(alone(settings.database))
        checked = reading.read(settings)
        relay = running.enter_context(
            wiring.open_relay(checked, settings, Surroundings(now=clock, sleep=lambda _: None))
        )
        yield Stage(
            folder=folder,
            clock=clock,
            world=world,
            relay=relay,
            clm=ClmSimulator(world=world, school="meadow", folder=drop),
            weekly=ClmSimulator(world=world, school="harbour", folder=weekly),
            authority=authority,
            mailbox=mailbox,
        )


def _settings(folder: Path) -> Settings:
    return read_settings(
        config=folder / "operator",
        database=folder / "relay.db",
        secrets_dir=folder / "secrets",
        heartbeat=folder / "heartbeat",
    )


def _remember_play(folder: Path, seed: int, weeks: int) -> None:
    """Write down which play this is; the folder of another one is not played on with another population."""
    note, this = folder / "seed", f"--seed {seed} --weeks {weeks}"
    if note.exists() and (other := note.read_text(encoding="utf-8")) != this:
        raise wiring.Unusable(f"{folder} holds another play: use {other}, or another folder")
    write(note, this.encode())

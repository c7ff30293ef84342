"""The commands an operator runs. Exit 0: fine. 1: something failed or is held. 2: the configuration is wrong."""

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Prompt

from app import checking, console, health, pipeline, purging, reading, scheduler, wiring
from app.alerts.raising import raise_alerts
from app.commands import acknowledge, changes, crosswalk, holds, people
from app.commands.backtest import backtest
from app.commands.common import FAILED, AsJson, Config, Misused, School, opened, settings_of, sites_of, told
from app.commands.discover import discover_school
from app.commands.documents import documents
from app.commands.explain import explain_pupil
from app.commands.outbox import outbox
from app.commands.policy import policy_cli
from app.commands.pulls import show_pulls
from app.commands.routes import show_routes
from app.commands.status import show_state
from app.commands.validate import validate_files
from app.pulling import Asked
from app.safety.route_test import Unknown
from app.status import is_well, status
from app.watch import metrics
from app.watch.snapshot import Watcher
from app.watch.watch import Watch
from app.wiring import Relay
from config import scaffold
from rules.wording import count_of

cli = typer.Typer(
    help="Registers in from the MIS, daily attendance feeds and concern notices out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line."""
    cli()


@cli.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to write; it must not exist or be empty.")]) -> None:
    """Write a commented configuration to start from. Asks for the essentials when on a terminal."""
    with told():
        answers = {each.key: Prompt.ask(each.ask) for each in scaffold.QUESTIONS} if sys.stdin.isatty() else {}
        for path in scaffold.write(folder, {key: answer for key, answer in answers.items() if answer}):
            console.out.print(f"wrote {path}", markup=False)
        console.out.print(
            f"Next: fill in relay.toml, then run `attendance-relay check --config {folder}`.", markup=False
        )


@cli.command()
def check(
    config: Config = None,
    *,
    pupil: Annotated[str | None, typer.Option("--pupil", help="Show who is told what about this pupil (id).")] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="With --pupil: of this rule alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Validate everything, then connect: credentials, permissions, unmapped codes, routes. Sends nothing."""
    with opened(config, as_json=as_json) as relay:
        if pupil is not None:
            _check_routes(relay, pupil, stage, as_json=as_json)
            return
        lines = list(checking.check(relay))
    if as_json:
        console.print_json({"findings": [asdict(line) for line in lines]})
    for line in lines if not as_json else ():
        mark = {True: "ok     ", None: "warning", False: "FAILED "}[line.is_ok]
        console.out.print(f"{mark} {line.subject}: {line.message}", markup=False)
    if any(line.is_ok is False for line in lines):
        raise typer.Exit(FAILED)


def _check_routes(relay: Relay, pupil: str, stage: str | None, *, as_json: bool) -> None:
    try:
        is_fine = show_routes(relay, pupil, stage, as_json=as_json)
    except Unknown as unknown:
        raise Misused(str(unknown)) from None
    if not is_fine:
        raise typer.Exit(FAILED)


@cli.command()
def pull(
    config: Config = None,
    *,
    school: School = None,
    back: Annotated[int | None, typer.Option("--back", min=0, help="Read so many days back again.")] = None,
    term: Annotated[bool, typer.Option("--term", help="Read the whole term again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pull registers once, of all schools or of some. A school named by --school is asked even if it is stopped."""
    asked = Asked(days=back, term=term, by_hand=bool(school))
    with opened(config, as_json=as_json) as relay:
        sites = sites_of(relay, school)
        with console.progress("pulling records", quiet=as_json) as seen:
            pulls = pipeline.pull(relay, sites, seen=seen, asked=asked)
    if as_json:
        console.print_json({"schools": [asdict(each) for each in pulls]})
    else:
        show_pulls(pulls)
    _fail_if([*pipeline.problems(pulls), *pipeline.held(pulls)])


@cli.command()
def decide(config: Config = None, *, school: School = None, as_json: AsJson = False) -> None:
    """Judge every school day that is over under the policy, and make the feeds that are due."""
    with opened(config, as_json=as_json) as relay:
        sites = sites_of(relay, school) if school else None
        pupils = sum(len(site.roll) for site in (sites or relay.sites.values()))
        with console.progress("judging pupils", total=pupils, quiet=as_json) as seen:
            decided = pipeline.decide(relay, sites, seen=seen)
        _alert(relay)
    if as_json:
        console.print_json(decided.as_json())
    for each in decided.schools if not as_json else ():
        if not each.problem:
            count = sum(each.decided.values())
            days, decisions = count_of(each.days, "school day"), count_of(count, "decision")
            console.out.print(f"{each.school}: {days} judged, {decisions}, {each.withdrawn} withdrawn")
    _fail_if(decided.problems)


@cli.command()
def deliver(config: Config = None, *, as_json: AsJson = False) -> None:
    """Send what is due from the outbox, once."""
    with opened(config, as_json=as_json) as relay, console.progress("delivering", quiet=as_json) as seen:
        done = pipeline.deliver(relay, seen=lambda _: seen(1))
        _alert(relay)
    if as_json:
        console.print_json(asdict(done))
    else:
        console.out.print(
            ", ".join(f"{count} {name}" for name, count in asdict(done).items() if count) or "nothing due"
        )
    if done.dead or done.refused or done.deferred:
        raise typer.Exit(FAILED)


def _alert(relay: Relay) -> None:
    """Tell the admins what is new; the message leaves with the next delivery."""
    if unheard := raise_alerts(relay).unheard:
        console.err.print(
            f"{count_of(unheard, 'thing')} to see to, and contacts.csv has no admin to tell", markup=False
        )


@cli.command("status")
def show_status(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show how fresh each school is, what waits in the outbox, and what needs a person."""
    with opened(config, as_json=as_json) as relay:
        state = status(relay)
    if as_json:
        console.print_json(state)
    else:
        show_state(state)
    if not is_well(state):
        raise typer.Exit(FAILED)


@cli.command()
def run(config: Config = None) -> None:
    """Run the scheduler: pulls, decisions, feeds and deliveries at school times, until told to stop."""
    with told():
        settings = settings_of(config)
        checked = reading.read(settings)
        with wiring.open_relay(checked, settings) as relay, scheduler.alone(settings.database):
            stop = _stop_on_signals()
            with Watch(settings.heartbeat, stop=stop) as watch:
                watch.turned(relay, is_config_in_order=True)
                wheel = scheduler.Scheduler(
                    relay,
                    reload=lambda old: wiring.reloaded(old, settings),
                    stop=stop,
                    beat=watch.beat,
                    turned=lambda relay, in_order: watch.turned(relay, is_config_in_order=in_order),
                )
                scheduler.run(wheel, stop=stop, beat=watch.beat, wait=time.sleep)


def _stop_on_signals() -> Callable[[], bool]:
    """Return whether SIGTERM or SIGINT has come; the attempt in hand is finished first."""
    asked: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: asked.append(number))
    return lambda: bool(asked)


@cli.command()
def healthcheck(config: Config = None) -> None:
    """Tell a container engine whether the scheduler still turns."""
    with told():
        settings = settings_of(config)
    if problem := health.problem(settings.heartbeat):
        console.err.print(problem, markup=False)
        raise typer.Exit(FAILED)


@cli.command()
def purge(
    config: Config = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what was sent and has been kept for as long as `[retention]` says. Ids, hashes and times stay."""
    with opened(config, as_json=as_json) as relay:
        done = purging.purge(relay, is_trial=dry_run)
    if as_json:
        console.print_json(asdict(done))
        return
    counts = [f"{count} {name}" for name, count in {**done.payloads, "addresses": done.addresses}.items() if count]
    word = "would be removed" if dry_run else "removed"
    console.out.print(f"{word}: {', '.join(counts)}" if counts else "nothing is due", markup=False)
    if not done.is_smaller:
        console.err.print("the file keeps its size for now: another process is at work in it, or the disk is full")


@cli.command("metrics")
def show_metrics(
    config: Config = None,
    *,
    write: Annotated[
        Path | None, typer.Option(help="Write them to this file, as node_exporter's textfile collector reads it.")
    ] = None,
) -> None:
    """Print the numbers of /metrics, whether `run` is running or not."""
    with opened(config) as relay:
        settings = settings_of(config)
        page = Watcher().look(relay), health.beat_at(settings.heartbeat)
        if write is None:
            sys.stdout.write(metrics.text(*page).decode())
            return
        try:
            metrics.write(write, *page)
        except OSError as problem:
            raise Misused(f"--write {write}: cannot be written ({problem.strerror})") from None


@cli.command()
def demo(
    *,
    seed: Annotated[int, typer.Option(help="Draws another population and term.")] = 1,
    weeks: Annotated[int, typer.Option(min=1, max=7, help="How many weeks of the half term to play.")] = 7,
    keep: Annotated[Path | None, typer.Option(help="Leave database, feeds and notices in this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play half a term on this machine: four platforms and files, a policy, two councils and a mail server."""
    from app.demo.play import play  # noqa: PLC0415 - the demo's servers are not for every command to load
    from app.demo.summary import show  # noqa: PLC0415

    with told(as_json=as_json):
        console.set_up_logging("json")
        summary = play(seed=seed, weeks=weeks, keep=keep, quiet=as_json)
    if as_json:
        console.print_json(summary.as_json())
    else:
        show(summary, console.out)
    if summary.lost or summary.sent_twice:
        raise typer.Exit(FAILED)


def _fail_if(problems: list[str]) -> None:
    for problem in problems:
        console.err.print(problem, markup=False)
    if problems:
        raise typer.Exit(FAILED)


cli.add_typer(policy_cli, name="policy")
cli.add_typer(documents, name="documents")
cli.add_typer(outbox, name="outbox")
cli.command("explain")(explain_pupil)
cli.command("discover")(discover_school)
people.register(cli)
changes.register(cli)
holds.register(cli)
acknowledge.register(cli)
crosswalk.register(cli)
cli.command()(backtest)
cli.command("validate")(validate_files)


if __name__ == "__main__":
    main()

"""``backtest``: a policy tried on past registers, from files alone."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.backtest import report
from app.backtest.ground import Files, read_ground
from app.backtest.judging import Ground
from app.backtest.running import Sums, lines
from app.backtest.troubles import Troubles
from app.commands.common import FAILED, told
from app.policy import loading as policies
from config.loading import load_library
from config.operators import Library
from rules.evaluate import Evaluator
from rules.policy import Policy

_DAY = ["%Y-%m-%d"]


def backtest(  # noqa: PLR0913 - its options are settled in the design
    policy: Annotated[str, typer.Option(help="A policy file, or the name of a policy that ships.")],
    marks: Annotated[Path, typer.Option(help="CSV: pupil_id,date,session,code.")],
    roll: Annotated[
        Path, typer.Option(help="CSV: pupil_id,start_date,end_date,flags; expected; other columns of a roll.")
    ],
    calendar: Annotated[Path, typer.Option(help="TOML: [[term]] with first and last, closed = [dates].")],
    *,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="The first day; else that of the first mark.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="The last day; else that of the last mark.")
    ] = None,
    events: Annotated[Path | None, typer.Option(help="CSV of what was recorded: pupil_id,date,event.")] = None,
    against: Annotated[str | None, typer.Option(help="Another policy, to see what would change.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, one for each action.")] = False,
) -> None:
    """Say what a policy would have decided on past registers, and how much work that is. No database is touched."""
    troubles = Troubles(lambda text: console.err.print(text, markup=False))
    files = Files(marks=marks, roll=roll, calendar=calendar, events=events, first=_day(first), last=_day(last))
    with told(as_json=as_json):
        library = load_library()
        tried = [_policy(name, library) for name in (policy, against) if name]
        with console.progress("reading marks") as seen:
            ground = read_ground(files, library.national, troubles, seen)
    _judge(tried, [Evaluator(each, library.national) for each in tried], ground, as_json=as_json)
    if troubles.count:
        raise typer.Exit(FAILED)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _policy(name: str, library: Library) -> Policy:
    """Return a policy by its name where it ships, else by its path."""
    return policies.load(library, name) if name in library.policies else policies.load_file(Path(name), library)


def _judge(tried: list[Policy], evaluators: list[Evaluator], ground: Ground, *, as_json: bool) -> None:
    # Lines and a bar on one terminal would write over each other.
    quiet = as_json and console.out.is_terminal
    total = len(ground.days) * len(ground.pupils.marks)
    with console.progress("judging pupils and days", total=total, quiet=quiet) as seen:
        if as_json:
            for line in lines(evaluators, ground, seen):
                console.print_json(line)
            return
        sums = Sums(evaluators, ground)
        sums.work_out(seen)
    for policy in tried:
        console.out.print(report.heading(policy, ground), markup=False)
    if len(tried) == 1:
        report.show(tried[0], sums.tallies[0], console.out)
    else:
        report.show_differences(tried, sums.differences, sums.tallies, console.out)

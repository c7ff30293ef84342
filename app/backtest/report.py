"""What a backtest tells a head of attendance: how often each rule fires, and the work of a school week."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.table import Table

from app.backtest.comparing import SIDES
from app.backtest.differences import Differences
from app.backtest.judging import Ground
from app.backtest.tallies import LOADS, Tally
from rules.policy import Policy
from rules.wording import count_of


def heading(policy: Policy, ground: Ground) -> str:
    """Say what was tried on whom, in one line."""
    span = f"{_named(ground.days[0])} to {_named(ground.days[-1])}" if ground.days else "nothing to judge"
    pupils, days = count_of(len(ground.pupils.marks), "pupil"), count_of(len(ground.days), "school day")
    return f"{policy.id}, version {policy.version}: {pupils}, {days}, {span}"


def show(policy: Policy, tally: Tally, console: Console) -> None:
    """Print the rules that fired, those that did not, and the work of a week; nothing where no day was judged."""
    if not tally.weeks:
        return
    table = _table("rules that fired", "rule", "rows", "times", "pupils", "says")
    for rule in policy.rules:
        if fired := tally.rules.get(rule.id):
            pupils = "the school" if rule.is_about_school else str(fired.pupils.count(1))
            table.add_row(rule.id, ", ".join(rule.rows), str(fired.times), pupils, rule.says)
    console.print(table)
    if silent := [rule.id for rule in policy.rules if rule.id not in tally.rules]:
        console.print(f"rules that never fired: {', '.join(silent)}", markup=False)
    work = _table(
        f"work in {count_of(len(tally.weeks), 'school week')}", "work", "in all", "a week", "busiest week", ""
    )
    for load in LOADS:
        most, week = tally.busiest(load)
        number = tally.in_all(load)
        when = f"from {_named(week)}" if most else ""
        work.add_row(load, str(number), _a_week(number, tally), str(most), when)
    console.print(work)


def show_differences(
    policies: Sequence[Policy], differences: Differences, tallies: Sequence[Tally], console: Console
) -> None:
    """Print, for two policies, what only one of them does, what both do, and how the work changes."""
    if not tallies[0].weeks:
        return
    for side, policy in zip(SIDES, policies, strict=True):
        place = SIDES.index(side)
        alike = differences.of(place)
        title = f"--{side} {policy.id}: {alike.alone} only here, {alike.in_both} in both"
        table = _table(title, "rule", "rows", "only here", "in both", "says")
        for rule in policy.rules:
            if rule.id in tallies[place].rules:
                counts = differences.of_rule(place, rule.id)
                table.add_row(rule.id, ", ".join(rule.rows), str(counts.alone), str(counts.in_both), rule.says)
        console.print(table)
    work = _table(f"work in {count_of(len(tallies[0].weeks), 'school week')}", "work", *_HEADS, "change a week")
    for load in LOADS:
        numbers = [tally.in_all(load) for tally in tallies]
        cells = [cell for number in numbers for cell in (str(number), _a_week(number, tallies[0]))]
        change = _a_week(numbers[1] - numbers[0], tallies[0])
        work.add_row(load, *cells, change if change.startswith(("-", "0.0")) else f"+{change}")
    console.print(work)


_HEADS = tuple(f"{side}: {what}" for side in SIDES for what in ("in all", "a week"))
_TEXTS = {"rule", "rows", "says", "work", ""}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in _TEXTS else "right")
    return table


def _a_week(number: int, tally: Tally) -> str:
    return f"{number / len(tally.weeks):.1f}"


def _named(day: date) -> str:
    return f"{day:%a %-d %b %Y}"

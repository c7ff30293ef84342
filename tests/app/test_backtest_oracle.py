"""``backtest`` as an operator runs it, over two school years of drawn pupils, against the slow reading of each policy."""

import csv
import json
from collections import defaultdict
from datetime import date

import pytest
from typer.testing import CliRunner

from app.cli import cli
from mapping.model import Half
from tests.builders import NATIONAL
from tests.rules.builders import POLICIES, policy_and_floor
from tests.rules.drawn import TWO_YEARS, pupils
from tests.rules.oracle import fired, world_of
from tests.rules.oracle.policy import is_about_school, merged

NAMES = sorted(path.stem for path in POLICIES.glob("*.toml"))
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
FIRST, LAST = TWO_YEARS.days[0], TWO_YEARS.days[-1]


def write(path, columns, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def sessions(who):
    """Every session that was due for a pupil, with its sign."""
    for day in TWO_YEARS.days:
        at = 2 * (day - who.origin).days
        for half, byte in zip(Half, who.marks[at : at + 2], strict=True):
            if byte != ord("."):
                yield day, half, NATIONAL.spell(byte)


def expected_of(who):
    weekly = {(day.weekday(), half) for day, half, _ in sessions(who)}
    return ";".join(f"{WEEKDAYS[weekday]} {half}" for weekday, half in sorted(weekly)) if who.is_part_time else ""


def written(folder, drawn):
    """Lay the pupils down as files; what nobody recorded has no line, and an unknown code is none of ours."""
    marks = [
        (who.pupil_id, day, half, "QQ" if code == "?" else code)
        for who in drawn
        for day, half, code in sessions(who)
        if code != "-"
    ]
    roll = [(who.pupil_id, who.start, who.end or "", ";".join(sorted(who.flags)), expected_of(who)) for who in drawn]
    terms = "".join(
        f'[[term]]\nname = "{each.name}"\nfirst = {each.first}\nlast = {each.last}\n' for each in TWO_YEARS.terms
    )
    closed = ", ".join(map(str, sorted(TWO_YEARS.closed)))
    write(folder / "marks.csv", ("pupil_id", "date", "session", "code"), marks)
    write(folder / "roll.csv", ("pupil_id", "start_date", "end_date", "flags", "expected"), roll)
    write(
        folder / "events.csv", ("pupil_id", "date", "event"), [(w.pupil_id, *each) for w in drawn for each in w.events]
    )
    (folder / "calendar.toml").write_text(f"bank_holidays = false\nclosed = [{closed}]\n{terms}", encoding="utf-8")


def backtested(folder, name):
    """What the command prints: for each pupil, the rules of each day."""
    files = [part for each in ("marks", "roll", "events") for part in (f"--{each}", str(folder / f"{each}.csv"))]
    span = ["--from", str(FIRST), "--to", str(LAST)]
    done = CliRunner().invoke(
        cli, ["backtest", "--policy", name, *files, "--calendar", str(folder / "calendar.toml"), *span, "--json"]
    )
    assert done.exit_code in {0, 1}, done.output
    found = defaultdict(lambda: defaultdict(set))
    for line in done.stdout.splitlines():
        decision = json.loads(line)
        found[decision["pupil_id"]][date.fromisoformat(decision["date"])].add(decision["rule"])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_backtest_of_two_years_says_what_the_slow_reading_says(name, tmp_path):
    drawn = pupils(f"backtest {name}", 10)
    written(tmp_path, drawn)
    policy, floor = policy_and_floor(name)
    without_actions = {
        rule["id"] for rule in merged(policy, floor) if not rule.get("then") and not is_about_school(rule)
    }

    found = backtested(tmp_path, name)

    assert len(found.keys() - {""}) >= 6
    for who in drawn:
        expected = fired(policy, floor, world_of(who, TWO_YEARS))
        told = {day: rules - without_actions for day, rules in expected.items() if rules - without_actions}
        assert found[who.pupil_id] == {day: rules for day, rules in told.items() if FIRST <= day <= LAST}, who.pupil_id

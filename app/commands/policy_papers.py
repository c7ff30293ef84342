"""Commands that make a policy trustworthy on paper: what carries it out, what is doubtful, the paper itself."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app import console
from app.commands.common import FAILED, AsJson, Misused, told
from app.policy.coverage import coverage
from app.policy.covering import HUMAN, Coverage, FileCoverage
from app.policy.files import everything, find, templates
from app.policy.linting import Placed, lint_file
from app.policy.paper.layout import paper
from app.policy.paper.page import page
from app.policy.paper.plain import show
from app.policy.problems import loaded, refused
from app.policy.schema.policy import schema_text
from mapping.school_days import school_date
from rules.wording import count_of

Folder = Annotated[Path | None, typer.Option("--config", help="The operator's folder, laid over what ships.")]
Names = Annotated[list[str], typer.Argument(metavar="FILE...", help="Policy files, or names of policies.")]
Name = Annotated[str, typer.Argument(metavar="FILE", help="A policy file, or the name of a policy.")]
Today = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it is checked for; today.")]
Html = Annotated[Path | None, typer.Option(help="Write a page to print and sign to this file instead.")]


def show_coverage(config: Folder = None, *, as_json: AsJson = False) -> None:
    """Show which rule, task, document or person carries out every line of the published policies."""
    with told(as_json=as_json):
        found = coverage(everything(config))
    problems = [*found.problems, *(problem for file in found.files for problem in file.problems)]
    if as_json:
        console.print_json(_coverage_as_json(found, problems))
    else:
        for file in found.files:
            _show_file(file)
        _show_totals(found)
        for problem in problems:
            console.err.print(problem, markup=False)
    if problems:
        raise typer.Exit(FAILED)


def _coverage_as_json(found: Coverage, problems: list[str]) -> dict[str, Any]:
    accounted, every = found.counts(floor=False)
    return {
        "accounted_for": accounted,
        "of": every,
        "problems": problems,
        "policies": [
            {
                "policy": file.policy,
                "file": file.file,
                "rows": [asdict(each.row) | {"by": [asdict(carrier) for carrier in each.by]} for each in file.rows],
            }
            for file in found.files
        ],
    }


def _show_file(file: FileCoverage) -> None:
    count, every = len(file.rows) - len(file.missing), len(file.rows)
    console.out.print(f"\n{file.policy}  {file.file}  {count} of {every}", markup=False, style="bold")
    for each in file.rows:
        console.out.print(f"  {each.row.row}  line {each.row.line}  {each.row.says}", markup=False)
        for carrier in each.by:
            console.out.print(f"    {carrier.where}  {carrier.in_words}", markup=False)
        if not each.by:
            console.out.print("    MISSING: nothing carries this out", markup=False, style="red")


def _show_totals(found: Coverage) -> None:
    alone = [each.row.row for file in found.files for each in file.rows if {by.how for by in each.by} == {HUMAN}]
    accounted, every = found.counts(floor=False)
    of_floor, floors = found.counts(floor=True)
    console.out.print(f"\n{accounted} of {every} accounted for; of the floor {of_floor} of {floors}")
    if alone:
        console.out.print(f"by people alone: {', '.join(dict.fromkeys(alone))}", markup=False)


def show_lint(names: Names, *, config: Folder = None, today: Today = None, as_json: AsJson = False) -> None:
    """Find what is wrong or doubtful in a policy: overlaps, gaps, mixed units, unreachable rungs, missing choices."""
    day = today.date() if today else school_date(datetime.now(UTC))
    with told(as_json=as_json):
        found = [placed for source in find(names, config) for placed in lint_file(source, refused(source), day)]
    if as_json:
        console.print_json({"findings": [_finding_as_json(each) for each in found]})
    else:
        for each in found:
            console.out.print(each.in_words, markup=False)
        _say_how_many(found)
    if found:
        raise typer.Exit(FAILED)


def _finding_as_json(placed: Placed) -> dict[str, Any]:
    return {"file": placed.file, "line": placed.line} | asdict(placed.finding)


def _say_how_many(found: list[Placed]) -> None:
    errors = sum(each.finding.is_error for each in found)
    if not found:
        console.err.print("nothing to say about it")
    else:
        console.err.print(f"{count_of(errors, 'error')}, {count_of(len(found) - errors, 'doubt')}")


def show_paper(name: Name, *, config: Folder = None, html: Html = None) -> None:
    """Show a policy as the table a head teacher would sign, on the terminal or as a page to print."""
    with told():
        source, floor = find([name, "floor"], config)
        laid_out = paper(source, floor, loaded(source))
        if html is None:
            show(laid_out, console.out)
            return
        _write(html, page(laid_out, templates(config)))
    console.out.print(f"wrote {html}", markup=False)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as failure:
        raise Misused(
            f"--html {path}: cannot be written ({failure.strerror}): name a file in a folder of yours"
        ) from None


def show_schema() -> None:
    """Print the JSON Schema of a policy file, for an editor that completes and checks while you type."""
    console.out.print(schema_text(), markup=False, highlight=False, end="")


def add_to(commands: typer.Typer) -> None:
    """Give a group of commands these."""
    commands.command("coverage")(show_coverage)
    commands.command("lint")(show_lint)
    commands.command("show")(show_paper)
    commands.command("schema")(show_schema)

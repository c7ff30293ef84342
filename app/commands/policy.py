"""Commands that try a policy without a database."""

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands import policy_papers
from app.commands.common import FAILED, MISCONFIGURED, AsJson, told
from app.examples import report
from app.examples.files import FOLDER, Reader

policy_cli = typer.Typer(help="Try, check and read a policy; no database is touched.", no_args_is_help=True)
policy_papers.add_to(policy_cli)


@policy_cli.command("test")
def try_examples(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Files of worked examples; without any, those that ship."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run worked examples: what an attendance officer says must follow from a pupil's marks, and what must not."""
    with told(as_json=as_json):
        paths = files or sorted(FOLDER.glob("*.toml"))
        reader = Reader()
        read = [reader.read(path) for path in paths]
        total = sum(len(file.examples) for file in read)
        with console.progress("running examples", total=total, quiet=as_json) as seen:
            tested = [report.try_out(file, seen) for file in read]
    if as_json:
        console.print_json(report.as_json(tested))
    else:
        _show(tested)
    if any(file.problems for file in read):
        raise typer.Exit(MISCONFIGURED)
    if not all(outcome.is_ok for each in tested for outcome in each.outcomes):
        raise typer.Exit(FAILED)


def _show(tested: list[report.Tested]) -> None:
    for each in tested:
        for problem in each.file.problems:
            console.err.print(str(problem), markup=False)
    for line in report.lines(tested):
        console.out.print(line, markup=False)
    console.out.print(report.summary(tested), markup=False)

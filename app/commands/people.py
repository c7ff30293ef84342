"""The commands of people: what they are asked to do, what waits for their word, and what was written for them."""

from typing import Annotated

import typer

from app import console
from app.commands.common import FAILED, AsJson, Config, School, opened, sites_of
from app.notices.enquiries import Method, Outcome
from app.people import approving, granting, tasking
from app.people.answers import Answer
from app.people.tasking import Report

tasks = typer.Typer(help="What people are asked to do.", no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="Who: a name, or a role as head_of_provision.")]


@tasks.command("list")
def list_tasks(
    config: Config = None,
    *,
    school: School = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what was due before today.")] = False,
    role: Annotated[str | None, typer.Option("--role", help="Only what this role is asked.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the open tasks by due date. Ids only, no names."""
    with opened(config, as_json=as_json) as relay:
        schools = {site.id for site in sites_of(relay, school)}
        rows = tasking.open_tasks(relay, schools=schools, role=role, overdue=overdue)
    if as_json:
        console.print_json({"tasks": rows})
    else:
        console.show_table("tasks", rows)
        console.out.print(f"{len(rows)} open" + (", all overdue" if overdue and rows else ""))


@tasks.command("done")
def task_done(
    task_id: Annotated[str, typer.Argument(metavar="ID", help="The task's id, as `tasks list` shows it.")],
    config: Config = None,
    *,
    by: By,
    note: Annotated[str, typer.Option("--note", help="What was done. It stays inside and is never sent.")],
    outcome: Annotated[Outcome | None, typer.Option(help="Where the family was tried: what came of it.")] = None,
    method: Annotated[Method | None, typer.Option(help="How it was tried.")] = None,
    as_json: AsJson = False,
) -> None:
    """Close a task as done. With an outcome it counts as an enquiry, which a referral lists."""
    with opened(config, as_json=as_json) as relay:
        answer = tasking.finish(relay, task_id, Report(by=by, note=note, method=method, outcome=outcome))
    say(answer, as_json=as_json)


def _list_approvals(config: Config, *, as_json: bool) -> None:
    with opened(config, as_json=as_json) as relay:
        rows = approving.waiting(relay)
    if as_json:
        console.print_json({"approvals": rows})
    else:
        console.show_table("approvals", rows)
        console.out.print(f"{len(rows)} waiting")


def approve(
    approval_id: Annotated[str, typer.Argument(metavar="ID", help="The approval's id, or `list`.")],
    config: Config = None,
    *,
    by: Annotated[str, typer.Option("--by", help="Who: a name, or a role as head_of_provision.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a referral or notice leave that waits for a person; `approve list` shows what waits."""
    if approval_id == "list":
        _list_approvals(config, as_json=as_json)
        return
    if not by.strip():
        raise typer.BadParameter("say who approves: --by NAME or --by head_of_provision")
    with opened(config, as_json=as_json) as relay:
        answer = granting.approve(relay, approval_id, by.strip())
    say(answer, as_json=as_json)


def say(answer: Answer, *, as_json: bool) -> None:
    """Print what came of a command, and exit 1 where it was not done."""
    if as_json:
        console.print_json({"is_ok": answer.is_ok, "sentence": answer.sentence})
    else:
        (console.out if answer.is_ok else console.err).print(answer.sentence, markup=False)
    if not answer.is_ok:
        raise typer.Exit(FAILED)


def register(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.add_typer(tasks, name="tasks")
    cli.command("approve")(approve)

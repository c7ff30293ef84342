"""The commands about changes of marks: what is proposed, a person's yes or no, and what became of it."""

from typing import Annotated, Any

import typer

from app import console
from app.commands.common import AsJson, Config, School, opened, sites_of
from app.commands.people import By, say
from app.mark_changes import answering, listing
from app.mark_changes.states import State
from app.people.answers import Answer
from app.people.messages import Word
from rules.wording import count_of

changes = typer.Typer(help="Changes of marks: an N that has stood five school days.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID", help="The change, as `changes list` shows it; may be shortened.")]


@changes.command("list")
def list_changes(
    config: Config = None,
    *,
    school: School = None,
    state: Annotated[State | None, typer.Option("--state", help="Those in this state, over or not.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the changes that are not over, by session: from which code to which, by when, and where each stands."""
    with opened(config, as_json=as_json) as relay:
        schools = {site.id for site in sites_of(relay, school)}
        rows = listing.listed(relay, schools=schools, state=state)
    if as_json:
        console.print_json({"changes": rows})
    else:
        console.show_table("changes of marks", [{**row, "decision_id": row["decision_id"][:8]} for row in rows])
        listed = f"{count_of(len(rows), 'change')} listed"
        console.out.print(listed if rows else f"no change of a mark is {state or 'open'}")


@changes.command("show")
def show_change(name: Name, config: Config = None, *, as_json: AsJson = False) -> None:
    """Show one change with everything that happened to it: who, when, what was sent and what was answered."""
    with opened(config, as_json=as_json) as relay:
        change = answering.identified(relay, name)
        shown = None if isinstance(change, Answer) else listing.shown(relay, change)
    if isinstance(change, Answer):
        say(change, as_json=as_json)
    elif as_json:
        console.print_json({"change": shown})
    elif shown:
        _print(shown)


def _print(shown: dict[str, Any]) -> None:
    about = f"{shown['from']} to {shown['to']} for pupil {shown['pupil_id']} at {shown['school']}, {shown['session']}"
    console.out.print(f"{shown['state']}: {about}, due on {shown['due_on']}", markup=False)
    console.show_table("what happened", shown["steps"])


@changes.command("approve")
def approve_change(
    name: Name,
    config: Config = None,
    *,
    code: Annotated[str, typer.Option("--code", help="O, or the national code of the reason that was found.")],
    by: By,
    note: Annotated[str, typer.Option("--note", help="What it rests on. It stays inside.")] = "",
    as_json: AsJson = False,
) -> None:
    """Approve a change: it is written into the platform, or a task asks somebody to enter it there."""
    with opened(config, as_json=as_json) as relay:
        answer = answering.approve(relay, name, code, Word(by=by, note=note))
    say(answer, as_json=as_json)


@changes.command("refuse")
def refuse_change(
    name: Name,
    config: Config = None,
    *,
    by: By,
    note: Annotated[str, typer.Option("--note", help="Why. It stays inside.")],
    as_json: AsJson = False,
) -> None:
    """Refuse a change, or take back an approval that was not sent yet."""
    with opened(config, as_json=as_json) as relay:
        answer = answering.refuse(relay, name, Word(by=by, note=note))
    say(answer, as_json=as_json)


def register(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.add_typer(changes, name="changes")

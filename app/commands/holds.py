"""The commands about what is held back: messages, changes of registers, and recipients that nobody has confirmed."""

from typing import Annotated, Any

import typer

from app import console
from app.commands.common import FAILED, AsJson, Config, opened
from app.commands.people import By, say
from app.pulling import held as changes
from app.safety import confirming, held
from rules.wording import count_of

hold = typer.Typer(help="What a check keeps back: messages, and changes of registers.", no_args_is_help=True)
contacts = typer.Typer(help="Recipients, and whether somebody confirmed them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="HOLD", help="The hold, as `hold list` shows it, or a batch's reference.")]
Note = Annotated[str, typer.Option("--note", help="Why. It is kept with the messages and never sent.")]


@hold.command("list")
def list_holds(config: Config = None, *, as_json: AsJson = False) -> None:
    """List what waits, by the check it waits for. Exit 1 where something waits for a person."""
    with opened(config, as_json=as_json) as relay:
        rows = [*held.holds(relay), *changes.holds(relay)]
    if as_json:
        console.print_json({"holds": rows})
    else:
        console.show_table("held", rows)
        console.out.print(_sum(rows))
    if held.needs_somebody(rows):
        raise typer.Exit(FAILED)


def _sum(rows: list[dict[str, Any]]) -> str:
    counts = ((sum(row[f"{what}s"] for row in rows), what) for what in ("message", "change"))
    held_ones = " and ".join(count_of(count, what) for count, what in counts if count)
    return f"{held_ones} held" if held_ones else "nothing is held"


@hold.command("show")
def show_hold(name: Name, config: Config = None, *, as_json: AsJson = False) -> None:
    """Show what waits under a hold: rules, pupils (ids), recipients, registers; of changes, each old and new mark."""
    with opened(config, as_json=as_json) as relay:
        shown = changes.show(relay, name) if changes.is_one(relay, name) else held.show(relay, name)
    if as_json:
        console.print_json({"hold": shown})
    elif shown is None:
        console.err.print(f"{name}: nothing waits under it; see `hold list`", markup=False)
    elif "changes" in shown:
        _print_changes(shown)
    else:
        _print(shown)
    if shown is None:
        raise typer.Exit(FAILED)


def _print(shown: dict[str, Any]) -> None:
    batch = shown["batch"]
    if batch:
        console.out.print(f"{batch['school']}, held on {batch['held_at']:%Y-%m-%d at %H:%M} UTC", markup=False)
        console.out.print(batch["says"], markup=False)
        if batch["outcome"]:
            console.out.print(f"{batch['outcome']} by {batch['by']}: {batch['note']}", markup=False)
    console.show_table("by rule", shown["by_rule"])
    console.show_table("by recipient", shown["by_recipient"])
    console.show_table("registers they rest on", [row | {"codes": _codes(row["codes"])} for row in shown["registers"]])
    console.out.print(f"It ends when: {shown['ends_when']}", markup=False)


def _print_changes(shown: dict[str, Any]) -> None:
    console.out.print(f"{shown['school']}, held on {shown['held_at']:%Y-%m-%d at %H:%M} UTC", markup=False)
    console.out.print(shown["says"], markup=False)
    console.show_table("changes", shown["changes"])
    if shown["outcome"]:
        console.out.print(f"{shown['outcome']} by {shown['by']}: {shown['note']}", markup=False)
    else:
        console.out.print(f"It ends when: {shown['ends_when']}", markup=False)


def _codes(codes: dict[str, int]) -> str:
    return ", ".join(f"{count} x {code}" for code, count in codes.items())


@hold.command("release")
def release_hold(name: Name, config: Config = None, *, by: By, note: Note, as_json: AsJson = False) -> None:
    """Let what waits under a hold leave with the next delivery; changes of registers are carried out as shown."""
    with opened(config, as_json=as_json) as relay:
        way = changes if changes.is_one(relay, name) else held
        answer = way.release(relay, name, by=by, note=note)
    say(answer, as_json=as_json)


@hold.command("cancel")
def cancel_hold(name: Name, config: Config = None, *, by: By, note: Note, as_json: AsJson = False) -> None:
    """Cancel the messages under a hold; the decisions behind them stand. Changes of registers are refused for good."""
    with opened(config, as_json=as_json) as relay:
        way = changes if changes.is_one(relay, name) else held
        answer = way.cancel(relay, name, by=by, note=note)
    say(answer, as_json=as_json)


@contacts.command("list")
def list_contacts(config: Config = None, *, as_json: AsJson = False) -> None:
    """List the recipients of contacts.csv by row, and when each was confirmed."""
    with opened(config, as_json=as_json) as relay:
        rows = held.contacts(relay)
    if as_json:
        console.print_json({"contacts": rows})
    else:
        console.show_table("contacts", rows)


@contacts.command("confirm")
def confirm_contact(
    address: Annotated[str, typer.Argument(help="The address, as in contacts.csv.")],
    config: Config = None,
    *,
    code: Annotated[str, typer.Option("--code", help="The code that was sent to the address.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Confirm an address with the code that was sent to it: what waits for it leaves."""
    with opened(config, as_json=as_json) as relay:
        answer = confirming.confirm(relay, address, code=code, by=by)
    say(answer, as_json=as_json)


def register(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.add_typer(hold, name="hold")
    cli.add_typer(contacts, name="contacts")

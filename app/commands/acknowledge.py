"""``acknowledge``: a recipient has said that they have a notice, and ``acknowledge list``: who has not yet."""

from datetime import datetime
from typing import Annotated

import typer

from app import console
from app.commands.common import AsJson, Config, opened
from app.commands.people import say
from app.people import acknowledging
from mapping.school_days import at_local

_FORMATS = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]


def acknowledge(
    notice_ref: Annotated[str, typer.Argument(metavar="REFERENCE", help="The notice's reference, or `list`.")],
    config: Config = None,
    *,
    by: Annotated[str, typer.Option("--by", help="The recipient's role, as local_authority.")] = "",
    at: Annotated[
        datetime | None, typer.Option("--at", formats=_FORMATS, help="When they said so, by the clocks in England.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write down that a recipient has a notice; `acknowledge list` shows which nobody has acknowledged."""
    if notice_ref == "list":
        _list(config, as_json=as_json)
        return
    if not by.strip():
        raise typer.BadParameter("say who acknowledged it: --by local_authority")
    with opened(config, as_json=as_json) as relay:
        when = at_local(at.date(), at.time()) if at else None
        answer = acknowledging.acknowledge(relay, notice_ref, by.strip(), when)
    say(answer, as_json=as_json)


def _list(config: Config, *, as_json: bool) -> None:
    with opened(config, as_json=as_json) as relay:
        rows = acknowledging.awaited(relay)
    if as_json:
        console.print_json({"notices": rows})
    else:
        console.show_table("notices", rows)
        console.out.print(f"{len(rows)} not acknowledged")


def register(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command("acknowledge")(acknowledge)

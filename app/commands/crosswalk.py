"""The commands about who is who: the platform's pupils whom no link knows, and what persons say of them."""

from datetime import datetime
from typing import Annotated

import typer

from app import console
from app.commands.common import FAILED, AsJson, Config, School, opened, sites_of
from app.commands.people import By, say
from app.crosswalk import approved_rows
from app.crosswalk_people import approve, end, refuse
from app.crosswalk_proposals import as_rows, proposals

crosswalk = typer.Typer(help="Which of the platform's pupils is which of placements.csv.", no_args_is_help=True)

AtSchool = Annotated[str, typer.Argument(metavar="SCHOOL", help="The school's id in relay.toml.")]
PlatformId = Annotated[str, typer.Argument(metavar="PLATFORM_ID", help="As `crosswalk list` shows it.")]
PupilId = Annotated[str, typer.Argument(metavar="PUPIL_ID", help="The pupil of placements.csv that it is.")]
From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Its first day; else the placement's first.")
]
To = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Its last day; else the placement's last.")
]


@crosswalk.command("list")
def list_crosswalk(config: Config = None, *, school: School = None, as_json: AsJson = False) -> None:
    """List whose marks wait because nobody knows the pupil, and what was approved. Exit 1 where somebody waits."""
    with opened(config, as_json=as_json) as relay:
        sites = sites_of(relay, school)
        found = [proposal for site in sites for proposal in proposals(relay, site)]
        links = [row for site in sites for row in approved_rows(relay, site)]
    waiting = [each for each in found if each.refused_by is None]
    if as_json:
        console.print_json({"proposals": found, "approved": links})
    else:
        console.show_table("the platform's pupils whom no link knows", as_rows(found))
        console.show_table("approved", links)
        console.out.print(f"{len(waiting)} to be matched" if waiting else "nobody waits to be matched")
    if waiting:
        raise typer.Exit(FAILED)


@crosswalk.command("approve")
def approve_link(
    school: AtSchool,
    platform_id: PlatformId,
    pupil_id: PupilId,
    config: Config = None,
    *,
    first: From = None,
    last: To = None,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Say that a platform's pupil is this one: the marks that wait are recorded, later ones follow."""
    with opened(config, as_json=as_json) as relay:
        [site] = sites_of(relay, [school])
        days = {"first": first.date() if first else None, "last": last.date() if last else None}
        answer = approve(relay, site, platform_id, pupil_id, by=by, **days)
    say(answer, as_json=as_json)


@crosswalk.command("refuse")
def refuse_link(
    school: AtSchool,
    platform_id: PlatformId,
    config: Config = None,
    *,
    by: By,
    note: Annotated[str, typer.Option("--note", help="Why. It is kept and never sent.")],
    as_json: AsJson = False,
) -> None:
    """Say that a platform's pupil is nobody of the school's here: its rows stay held, nobody is asked again."""
    with opened(config, as_json=as_json) as relay:
        [site] = sites_of(relay, [school])
        answer = refuse(relay, site, platform_id, by=by, note=note)
    say(answer, as_json=as_json)


@crosswalk.command("end")
def end_link(
    school: AtSchool, platform_id: PlatformId, config: Config = None, *, by: By, as_json: AsJson = False
) -> None:
    """End what was approved about a platform's pupil. Marks recorded on that word stay."""
    with opened(config, as_json=as_json) as relay:
        [site] = sites_of(relay, [school])
        answer = end(relay, site, platform_id, by=by)
    say(answer, as_json=as_json)


def register(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.add_typer(crosswalk, name="crosswalk")

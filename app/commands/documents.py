"""The commands about documents: what was written for whom, to be read, checked and sent by a person."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.common import AsJson, Config, School, opened, sites_of
from app.commands.people import say
from app.documents import filing
from app.people.answers import Answer

documents = typer.Typer(help="What was written for people to check and send.", no_args_is_help=True)


@documents.command("list")
def list_documents(
    config: Config = None,
    *,
    school: School = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only what waits to be sent.")] = False,
    as_json: AsJson = False,
) -> None:
    """List documents, the oldest first. Ids only, no names."""
    with opened(config, as_json=as_json) as relay:
        rows = filing.listed(relay, schools={site.id for site in sites_of(relay, school)}, is_open=is_open)
    if as_json:
        console.print_json({"documents": rows})
    else:
        console.show_table("documents", rows)
        console.out.print(f"{len(rows)} documents, {sum(row['state'] == 'open' for row in rows)} to check and send")


@documents.command("show")
def show_document(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="The document's id.")],
    config: Config = None,
    *,
    as_html: Annotated[bool, typer.Option("--html", help="The page instead of the text.")] = False,
) -> None:
    """Print one document. It may name a pupil: mind who reads along."""
    with opened(config) as relay:
        found = filing.shown(relay, document_id, as_html=as_html)
    if isinstance(found, Answer):
        say(found, as_json=False)
    else:
        sys.stdout.write(found)


@documents.command("write")
def write_documents(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; made if it is not there.")],
    config: Config = None,
    *,
    school: School = None,
    as_json: AsJson = False,
) -> None:
    """Write the open documents into a folder, named by id. What is there already is left as it is."""
    with opened(config, as_json=as_json) as relay:
        written = filing.write(relay, folder, schools={site.id for site in sites_of(relay, school)})
    if as_json:
        console.print_json(asdict(written))
        return
    for name in written.new:
        console.out.print(f"wrote {folder / name}", markup=False)
    for name in written.changed:
        console.err.print(f"{folder / name} was changed by hand and is left as it is", markup=False)
    console.out.print(f"{len(written.new)} written, {len(written.same)} there already")

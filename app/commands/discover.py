"""`discover`: what a school's platform offers, and what could be added to the operator's files."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app import console
from app.commands.common import FAILED, AsJson, Config, Misused, opened, sites_of
from app.discovering.code_table import KnownCode
from app.discovering.looking import Discovery, discover
from app.discovering.proposed import write
from connectors.base import PullFailed, Window
from mapping.school_days import school_date
from rules.wording import count_of

_LAST = timedelta(weeks=4)

From = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; else four weeks ago.")
]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; else today.")]


def discover_school(
    school: Annotated[str, typer.Argument(metavar="SCHOOL", help="The school's id in relay.toml.")],
    config: Config = None,
    *,
    first: From = None,
    last: To = None,
    folder: Annotated[
        Path | None, typer.Option("--write", help="Write what is proposed below this folder, as new files only.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a school's platform offers, and propose what its code table and profile lack. Takes nothing in."""
    with opened(config, as_json=as_json) as relay:
        [site] = sites_of(relay, [school])
        end = last.date() if last else school_date(relay.now())
        window = Window(first=first.date() if first else end - _LAST, last=end)
        if window.first > window.last:
            raise Misused(f"--from {window.first} is after {window.last}: no day is between them")
        try:
            with console.progress("looking", quiet=as_json) as seen:
                found = discover(relay, site, window, seen=seen)
        except (PullFailed, ValueError) as failure:
            _fail(f"{site.id}: {failure}", as_json=as_json)
        _answer(found, folder, as_json=as_json)


def _answer(found: Discovery, folder: Path | None, *, as_json: bool) -> None:
    try:
        written = [str(path) for path in write(folder, found.proposed)] if folder else []
    except FileExistsError as there:
        _fail(f"{there} is there already, and no file is replaced: name another folder", as_json=as_json)
    except OSError as problem:
        raise Misused(f"--write {folder}: cannot be written ({problem.strerror})") from None
    if as_json:
        console.print_json(found.as_json() | {"written": written})
        return
    _show(found)
    for path in written:
        console.out.print(f"wrote {path}", markup=False)


def _fail(sentence: str, *, as_json: bool) -> NoReturn:
    if as_json:
        console.print_json({"problem": sentence})
    else:
        console.err.print(sentence, markup=False)
    raise typer.Exit(FAILED)


def _show(found: Discovery) -> None:
    offered = found.offered
    for line in _summary(found):
        console.out.print(line, markup=False)
    console.show_table(
        "schools behind the credential", [{"ref": each.ref, "name": each.name} for each in offered.schools]
    )
    console.show_table("codes", [_code(each) for each in found.codes])
    console.show_table("session names", [{"name": name, "rows": rows} for name, rows in offered.sessions.items()])
    console.show_table("placements that differ", [asdict(each) for each in found.placements])
    for remark in offered.remarks:
        console.err.print(remark, markup=False)
    if not found.proposed:
        console.out.print("nothing to add: code table and profile know everything that was seen")
    for each in found.proposed:
        console.out.print(f"proposed: {each.name}", markup=False)
        console.out.print(each.diff, markup=False, end="")
        if each.then:
            console.out.print(each.then, markup=False)


def _code(code: KnownCode) -> dict[str, Any]:
    table = "not in the table: held" if not code.table else code.table
    return {"symbol": code.symbol, "label": code.label, "marks": code.marks, "means here": table} | {
        "proposed": f"{code.proposal} ({code.because})" if code.proposal and code.proposal != code.table else None
    }


def _summary(found: Discovery) -> list[str]:
    offered = found.offered
    of_roll = "" if found.matched is None else f", {found.matched} of them known to placements.csv"
    days = f"{offered.first} to {offered.last}" if offered.first else "no mark"
    lines = [f"{found.school}: {days}; {count_of(offered.pupils, 'pupil')}{of_roll}"]
    return [*lines, f"columns: {', '.join(offered.columns)}"] if offered.columns else lines

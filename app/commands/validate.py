"""``validate``: whether received files match what is published, and whether any is missing."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from app import console
from app.commands.common import FAILED, AsJson, Misused, told
from outbox.encryption import SUFFIXES
from outbox.file_sequences import Taken, sequence_problems
from outbox.validating import Report, feed_beside, validate

_READ = {".csv", ".json", *SUFFIXES.values()}
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Feeds, manifests and notices as received, or a folder of them.")
]


def validate_files(files: Files, *, as_json: AsJson = False) -> None:
    """Check received feeds, manifests and notices against their published schemas; needs no network and no settings.

    Exit 0: all match. 1: something does not, or a file is missing. 2: a file cannot be read.
    """
    with told(as_json=as_json):
        paths = list(_found(files))
        given, total = {path.resolve() for path in paths}, sum(path.stat().st_size for path in paths)
        with console.progress("checking files", total=total, quiet=as_json) as seen:
            reports = {path: _checked(path, given, seen) for path in paths}
        missing = list(sequence_problems(_taken(reports)))
    if as_json:
        console.print_json({"files": [_as_json(each) for each in reports.values()], "problems": missing})
    else:
        _show(reports, missing)
    if missing or not all(each.is_valid for each in reports.values()):
        raise typer.Exit(FAILED)


def _found(files: Iterable[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in _READ)
            if not inside:
                raise Misused(f"{path}: holds no .csv and no .json file")
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise Misused(f"{path}: there is no such file or folder")


def _checked(path: Path, given: set[Path], seen: Any) -> Report:
    feed = feed_beside(path) if path.suffix.lower() == ".json" else None
    try:
        return validate(path, alone=feed is None or feed.resolve() not in given, seen=seen)
    except OSError as error:
        raise Misused(f"{path}: cannot be read: {error.strerror}") from error


def _taken(reports: dict[Path, Report]) -> Iterator[Taken]:
    """Yield the manifests that are in order: only these can be put in order."""
    for path, report in reports.items():
        if report.manifest is not None and not report.problems:
            yield Taken(manifest=report.manifest, feed=feed_beside(path))


def _show(reports: dict[Path, Report], missing: list[str]) -> None:
    for path, report in reports.items():
        mark = "ok     " if report.is_valid else "FAILED "
        rows = f", {report.rows} rows" if report.what.startswith("feed") else ""
        console.out.print(f"{mark} {path}: {report.what}{rows}", markup=False, soft_wrap=True)
        for note in report.notes:
            console.out.print(f"        {note}", markup=False, soft_wrap=True)
        for problem in report.problems:
            console.err.print(f"{path}: {problem}", markup=False, soft_wrap=True)
        if report.untold:
            console.err.print(f"{path}: and {report.untold} more", markup=False, soft_wrap=True)
    for gap in missing:
        console.err.print(gap, markup=False, soft_wrap=True)


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "file": report.file,
        "what": report.what,
        "rows": report.rows,
        "valid": report.is_valid,
        "problems": [{"row": each.row, "column": each.column, "what": each.what} for each in report.problems],
        "untold": report.untold,
        "notes": list(report.notes),
    }

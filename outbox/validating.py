"""Whether a received feed, manifest or notice matches its published schema: what a receiver runs, offline.

What is said names file, row and column, and never a name, a date of birth or any other value but a code.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outbox import published
from outbox.encryption import SUFFIXES
from outbox.published import CONCERN, CONFIRMATION, DAILY
from outbox.received import Received
from outbox.tables import Misfit

Seen = Callable[[int], object]
#: So many problems of one file are told; the rest is counted.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one file. ``what`` is what it is, ``notes`` stop nobody from loading it."""

    file: str
    what: str
    rows: int = 0
    problems: tuple[Misfit, ...] = ()
    untold: int = 0
    notes: tuple[str, ...] = ()
    manifest: dict[str, Any] | None = None

    @property
    def is_valid(self) -> bool:
        """Whether it may be loaded."""
        return not self.problems


def validate(path: Path, *, alone: bool = True, seen: Seen = lambda _: None) -> Report:
    """Check one file. Raises ``OSError`` when it cannot be read.

    A feed is checked with the manifest beside it; a manifest that is ``alone`` with the feed beside it. An encrypted
    file is only compared with its manifest: its owner alone can open it.
    """
    if path.suffix.lower() in SUFFIXES.values():
        return _sealed_file(path, seen)
    return _json_file(path, alone=alone, seen=seen) if _is_json(path) else _csv_file(path, seen)


def _sealed_file(path: Path, seen: Seen) -> Report:
    received, manifest = Received(path=path, seen=seen), manifest_beside(path.with_suffix(""))
    received.digest()
    notes = ["is encrypted: decrypt it beside its manifest, and check what you get"]
    if manifest is None:
        notes.append("no manifest lies beside it, so the hash was not checked")
    problems = _beside(manifest, received) if manifest else ()
    return _report(path, "encrypted file", problems, notes=notes)


def _is_json(path: Path) -> bool:
    if path.suffix.lower() in {".json", ".csv"}:
        return path.suffix.lower() == ".json"
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _json_file(path: Path, *, alone: bool, seen: Seen) -> Report:
    content = path.read_bytes()
    seen(len(content))
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return _report(path, "JSON", [Misfit(0, "", "is not JSON, or was cut short")])
    if not isinstance(value, dict):
        return _report(path, "JSON", [Misfit(0, "", "is neither a notice nor a manifest")])
    if "specversion" in value or "data" in value:
        return _report(path, f"notice {CONCERN}", _each(published.notice_misfits(value)))
    return _manifest_file(path, value, alone=alone)


def _manifest_file(path: Path, manifest: dict[str, Any], *, alone: bool) -> Report:
    version = manifest.get("schema_version")
    if version not in {DAILY, CONFIRMATION}:
        return _report(path, "JSON", [Misfit(0, "", "is neither a notice nor a manifest of a published version")])
    problems, notes = list(_each(published.manifest_misfits(version, manifest))), []
    feed = _beside_manifest(path, manifest)
    if feed is None:
        notes.append("its feed file is not beside it, so the hash was not checked")
    elif alone:
        received = Received(path=feed)
        if feed.suffix.lower() in SUFFIXES.values():
            received.digest()
        else:
            for _ in received.read():
                pass
        problems += _beside(manifest, received)
    return _report(path, f"manifest of {version}", problems, notes=notes, manifest=manifest)


def feed_beside(path: Path) -> Path | None:
    """Return the feed file that lies beside a manifest, if one does."""
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return _beside_manifest(path, manifest) if isinstance(manifest, dict) else None


def _beside_manifest(path: Path, manifest: dict[str, Any]) -> Path | None:
    stem = path.name.removesuffix(".json").removesuffix(".manifest")
    named = Path(str(manifest.get("feed"))).name
    places = (path.with_name(named), path.with_name(f"{stem}.csv"))
    return next((place for place in places if place.is_file()), None)


def manifest_beside(path: Path) -> dict[str, Any] | None:
    """Return the manifest that lies beside a feed file, if one does and can be read."""
    for name in (f"{path.stem}.json", f"{path.stem}.manifest.json"):
        try:
            value = json.loads(path.with_name(name).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(value, dict) and "sha256" in value:
            return value
    return None


def _csv_file(path: Path, seen: Seen) -> Report:
    received, manifest = Received(path=path, seen=seen), manifest_beside(path)
    rows = received.read()
    first = next(rows, None)
    version = _version(received.header)
    problems = _Told()
    if version is not None:
        problems.take(_table_misfits(version, received, first, rows))
    for _ in rows:
        pass
    problems.take(received.wrong)
    if manifest is not None:
        problems.take(_beside(manifest, received))
    else:
        received.notes.append("no manifest lies beside it, so the hash was not checked")
    if version is None and received.header:
        problems.take(_of_no_version(manifest, received))
    what = f"feed {version}" if version else "CSV"
    return _report(path, what, problems, notes=received.notes, rows=received.rows)


def _version(header: list[str]) -> str | None:
    if "schema_version" not in header or "record_id" not in header:
        return None
    return CONFIRMATION if "changed_since" in header else DAILY


def _table_misfits(
    version: str, received: Received, first: list[str] | None, rows: Iterator[list[str]]
) -> Iterator[Misfit]:
    table = published.table(version)
    assert table is not None  # the two versions above are published
    yield from table.header_misfits(received.header)
    yield from table.misfits(received.header, _chained(first, rows))


def _chained(first: list[str] | None, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    if first is not None:
        yield first
    yield from rows


def _of_no_version(manifest: dict[str, Any] | None, received: Received) -> list[Misfit]:
    if manifest is not None and "layout" in manifest:
        received.notes.append(
            "is in a receiver's own layout, which no published schema describes: rows were not checked"
        )
        return []
    return [Misfit(1, "", "is no published format: there are no columns schema_version and record_id")]


def _beside(manifest: dict[str, Any], received: Received) -> Iterator[Misfit]:
    """Yield what shows that a file is not the one its manifest speaks of."""
    is_opened = "encryption" in manifest and received.path.suffix.lower() not in SUFFIXES.values()
    found: dict[str, object] = {"bytes": received.size, "sha256": received.sha256}
    if is_opened:
        found = {"plain_sha256": received.sha256}
    if manifest.get("layout") is None and received.path.suffix.lower() not in SUFFIXES.values():
        found["rows"] = received.rows
    for name, value in found.items():
        if manifest.get(name) != value:
            yield Misfit(0, "", f"is not the file its manifest speaks of: {name} differs")


class _Told(list[Misfit]):
    """The problems that are told, and how many more there are."""

    untold = 0

    def take(self, problems: Iterable[Misfit]) -> None:
        for problem in problems:
            if len(self) < MOST:
                self.append(problem)
            else:
                self.untold += 1


def _each(problems: Iterable[str]) -> Iterator[Misfit]:
    return (Misfit(0, "", problem) for problem in problems)


def _report(
    path: Path,
    what: str,
    problems: Iterable[Misfit],
    *,
    notes: Iterable[str] = (),
    rows: int = 0,
    manifest: dict[str, Any] | None = None,
) -> Report:
    told = _Told()
    told.take(problems)
    return Report(
        file=path.name,
        what=what,
        rows=rows,
        problems=tuple(told),
        untold=told.untold + getattr(problems, "untold", 0),
        notes=tuple(notes),
        manifest=manifest,
    )

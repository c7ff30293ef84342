"""A drop folder: which files are complete, in which order they were meant, and where they go when they are done."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

#: Endings that programs give a file while they are still writing it.
TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".writing")
DONE = ".done"
_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)|(?<!\d)(\d\d)[-_.](\d\d)[-_.](20\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Dropped:
    """One file as it was when it was looked at; another stamp means that somebody has written to it since."""

    path: Path
    stamp: tuple[int, int]

    def is_unchanged(self) -> bool:
        """Whether the file still is the one that was looked at."""
        return _stamp(self.path) == self.stamp

    def order(self) -> tuple[str, tuple[int, ...], int, str]:
        """Sort by what the name says of date and sequence, then by the time of writing; the newest is last."""
        name = self.path.stem
        dated = _DATE.search(name)
        day = "".join(dated.group(1, 2, 3) if dated[1] else dated.group(6, 5, 4)) if dated else ""
        rest = name[: dated.start()] + " " + name[dated.end() :] if dated else name
        return day, tuple(map(int, re.findall(r"\d+", rest))), self.stamp[1], name


def complete_files(folder: Path, pattern: str, *, settle: Callable[[], object], wants_done: bool) -> list[Dropped]:
    """Return the files nobody is still writing, the newest first.

    A ``NAME.done`` beside a file says it is complete. Without one (and unless ``wants_done``) a file counts as
    complete when it looks the same before and after ``settle()``, which waits. Raises ``OSError`` where the folder
    cannot be read.
    """
    waiting = [Dropped(path, stamp) for path in _candidates(folder, pattern) if (stamp := _stamp(path))]
    done = [file for file in waiting if _done_file(file.path).exists()]
    settled: Iterable[Dropped] = ()
    if len(done) < len(waiting) and not wants_done:
        settle()
        settled = (file for file in waiting if file not in done and file.is_unchanged())
    return sorted([*done, *settled], key=Dropped.order, reverse=True)


def put_away(path: Path, folder: str, *, reason: str = "") -> None:
    """Move a file into a folder beside it, keeping every earlier file of its name; a reason goes beside it."""
    target = path.parent / folder
    target.mkdir(exist_ok=True)
    name, count = path.name, 1
    while (target / name).exists():
        count += 1
        name = f"{path.stem}.{count}{path.suffix}"
    path.replace(target / name)
    _done_file(path).unlink(missing_ok=True)
    if reason:
        (target / f"{name}.reason.txt").write_text(reason + "\n", encoding="utf-8")


def _candidates(folder: Path, pattern: str) -> list[Path]:
    names = [path for path in folder.iterdir() if path.match(pattern) and path.is_file()]
    return [path for path in names if not path.name.startswith((".", "~$")) and path.suffix.lower() not in TEMPORARY]


def _done_file(path: Path) -> Path:
    return path.with_name(path.name + DONE)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns

"""What file names and folder listings tell: which files are meant, complete, and in which order they were meant."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import NamedTuple

#: Endings that programs give a file while they are still writing it.
TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".writing")
#: What a sender may lay beside a file: an empty one that says it is complete, and one that holds its checksum.
DONE, CHECKSUM = ".done", ".sha256"
#: In bytes: a digest and a file name, as ``sha256sum`` prints them.
LONGEST_CHECKSUM = 400
#: Where files go when they are done with, beside those that wait.
PROCESSED, REJECTED = "processed", "rejected"
IN_REJECTED = "the file is kept in rejected"

#: Date and sequence that a name tells, the time of writing, and the name itself.
Order = tuple[str, tuple[int, ...], datetime, str]

_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)|(?<!\d)(\d\d)[-_.](\d\d)[-_.](20\d\d)(?!\d)")


class Entry(NamedTuple):
    """One regular file of a listing: size in bytes, and time of writing in whatever unit the file system has.

    ``is_done``: a ``.done`` lies beside it.
    """

    size: int
    written: float
    is_done: bool = False

    @property
    def stamp(self) -> str:
        """What is another once the file was written to."""
        return f"{self.size} {self.written}"


Listing = Mapping[str, Entry]


def order(name: str, written: datetime) -> Order:
    """Return what to sort files by; the newest is last."""
    day, rest = _split(name)
    return day, tuple(map(int, re.findall(r"\d+", rest))), written, PurePath(name).stem


def dated(name: str) -> tuple[str, str]:
    """Return the date that a name tells (``YYYYMMDD``, or nothing) and the name without any number: its series."""
    day, rest = _split(name)
    return day, re.sub(r"\d+", "", rest).strip().lower()


def _split(name: str) -> tuple[str, str]:
    stem = PurePath(name).stem
    found = _DATE.search(stem)
    if not found:
        return "", stem
    day = "".join(found.group(1, 2, 3) if found[1] else found.group(6, 5, 4))
    return day, stem[: found.start()] + " " + stem[found.end() :]


def is_meant(name: str, pattern: str) -> bool:
    """Whether a name fits the profile's pattern and is no temporary one."""
    path = PurePath(name)
    fits = fnmatchcase(name.lower(), pattern.lower())
    return fits and "/" not in name and not name.startswith((".", "~$")) and path.suffix.lower() not in TEMPORARY


def complete(
    look: Callable[[], Listing], pattern: str, *, settle: Callable[[], object], wants_done: bool
) -> dict[str, Entry]:
    """Return the files nobody is still writing.

    A ``NAME.done`` beside a file says it is complete. Without one a file counts as complete when it looks the same
    before and after ``settle()``, which waits; where a ``.done`` is wanted, a ``NAME.sha256`` will do in its place.
    """
    first = look()
    meant = {name: entry for name, entry in first.items() if _is_file(name, pattern)}
    done = {name: entry._replace(is_done=True) for name, entry in meant.items() if name + DONE in first}
    if wants_done:
        return {name: entry for name, entry in meant.items() if name + CHECKSUM in first} | done
    if len(done) == len(meant):
        return done
    settle()
    second = look()
    return {name: entry for name, entry in meant.items() if second.get(name) == entry} | done


def _is_file(name: str, pattern: str) -> bool:
    return is_meant(name, pattern) and not name.endswith((DONE, CHECKSUM))


def said(name: str, companion: bytes) -> tuple[str | None, str | None]:
    """Return the SHA-256 (hex) that a file's companion holds, alone or as ``sha256sum`` prints it, or what is wrong."""
    words = companion.decode("ascii", errors="replace").lower().split()
    if words and re.fullmatch(r"[0-9a-f]{64}", words[0]):
        return words[0], None
    return None, f"{name}{CHECKSUM} beside it holds no SHA-256: have both sent again"


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """Return the name itself, or with a number before its ending where that is taken: no earlier file is lost."""
    path, free, count = PurePath(name), name, 1
    while is_taken(free):
        count += 1
        free = f"{path.stem}.{count}{path.suffix}"
    return free


def reason_text(reason: str) -> str:
    """Return what lies beside a rejected file."""
    return f"{reason}\nPut the corrected file back, or have it sent again.\n"

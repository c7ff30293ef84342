"""Registers from files dropped into a folder: complete ones, each once; bad ones put aside with their reason."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.base import Finding, Malformed, PullFailed, Refusal, Rejected, Surroundings, Unavailable, Window
from connectors.drop_folder import Dropped, complete_files, put_away
from connectors.exports import Export, read_export
from connectors.offered import Offered, offered
from connectors.profiles import Profile
from connectors.tables import look
from mapping.model import Pulled, Session, SourceMark, SourcePupil, SourceRow

#: A correction in a file may reach back this far; an older date is a mistyped year.
_OLDEST = timedelta(days=366)


@dataclass(slots=True, kw_only=True)
class FolderConnector:
    """One school's drop folder, read through one profile."""

    folder: Path
    profile: Profile
    settle_seconds: float
    wants_done: bool
    surroundings: Surroundings
    _read: list[tuple[Dropped, str]] = field(default_factory=list)

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return the marks of every complete new file; never whole, for a file need not hold every session.

        Files are read whatever the window's first day, because they come once; a date after its last is left out.
        Where several files hold a pupil's session the newest file speaks; inside one file every row does.
        """
        self._read.clear()
        files = self._files()
        gathered = _Gathered()
        for file in files:
            self._take(file, Window(first=window.first - _OLDEST, last=window.last), gathered, seen)
        if gathered.refused and not self._read:
            raise Malformed(f"not one file in the drop folder could be read; {gathered.refused[0]}")
        return Pulled(
            marks=tuple(gathered.marks),
            first=window.first,
            last=window.last,
            unreadable=tuple(gathered.unreadable),
            remarks=tuple(gathered.remarks),
            source_as_of=self._as_of(),
            whole_days=frozenset(gathered.whole_days),
            columns=gathered.columns,
            sessions=gathered.sessions,
            pupils=tuple(gathered.pupils),
        )

    def committed(self) -> None:
        """Remember what was read and move it to ``processed``; a file written to since stays for the next pull."""
        for file, sha256 in self._read:
            self.surroundings.files_seen.add(sha256)
            if file.is_unchanged():
                # It is stored; where it cannot be moved, the next pull says that it was processed before.
                with suppress(OSError):
                    put_away(file.path, "processed")
        self._read.clear()

    def check(self) -> tuple[Finding, ...]:
        """See whether the folder can be read, and whether the newest file in it fits the profile."""
        try:
            files = self._files()
        except PullFailed as problem:
            return (Finding(subject="folder", ok=False, message=str(problem)),)
        if not os.access(self.folder, os.W_OK):
            message = "files in the drop folder may not be moved: give this program the right to write there"
            return (Finding(subject="folder", ok=False, message=message),)
        found = Finding(subject="folder", ok=True, message=f"{len(files)} complete files are waiting")
        return (found, self._try(files[0])) if files else (found,)

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the newest file shows, whatever its dates; it stays where it is."""
        files = self._files()
        if not files:
            raise Malformed("the drop folder holds no complete file: have one sent, then look again")
        with files[0].path.open("rb") as opened:
            name, always = files[0].path.name, Window(first=date.min, last=date.max)
            export = read_export(opened, look(opened), self.profile, name=name, window=always, seen=seen)
        return offered(export.pulled(window))

    def close(self) -> None:
        """Nothing is held open."""

    def _files(self) -> list[Dropped]:
        def settle() -> None:
            self.surroundings.sleep(self.settle_seconds)

        try:
            return complete_files(self.folder, self.profile.files, settle=settle, wants_done=self.wants_done)
        except (FileNotFoundError, NotADirectoryError):
            raise Unavailable(
                "the drop folder is not there: check the setting folder and whether it is mounted"
            ) from None
        except PermissionError:
            raise Rejected(
                "the drop folder may not be read: give this program the right to read and move files",
                refusal=Refusal.PERMISSION,
            ) from None
        except OSError:
            raise Unavailable("the drop folder cannot be read now: check whether it is mounted") from None

    def _take(self, file: Dropped, window: Window, gathered: "_Gathered", seen: Callable[[int], object]) -> None:
        """Read one file; whatever is wrong with it stops no other."""
        try:
            with file.path.open("rb") as opened:
                content = look(opened)
                if content.sha256 in self.surroundings.files_seen or content.sha256 in {sha for _, sha in self._read}:
                    gathered.remark(
                        file.path.name, "this exact file was processed before: ask whether a new one was meant"
                    )
                    self._read.append((file, content.sha256))
                    return
                export = read_export(opened, content, self.profile, name=file.path.name, window=window, seen=seen)
        except Malformed as problem:
            self._refuse(file, str(problem), gathered)
        except OSError:
            gathered.tell(file.path.name, "the file could not be read: give this program the right to read it")
        else:
            # Written to while it was read: what was read may be half of each; the next pull has it whole.
            if file.is_unchanged():
                gathered.add(export)
                self._read.append((file, content.sha256))

    def _refuse(self, file: Dropped, reason: str, gathered: "_Gathered") -> None:
        gathered.refused.append(f"{file.path.name}: {reason}")
        gathered.tell(file.path.name, f"{reason} (the file is kept in rejected)")
        try:
            put_away(file.path, "rejected", reason=f"{reason}\nPut the corrected file back into the drop folder.")
        except OSError:
            gathered.tell(file.path.name, "the file could not be moved: give this program the right to move files")

    def _try(self, file: Dropped) -> Finding:
        window = Window(first=datetime.min.date(), last=datetime.max.date())  # noqa: DTZ901 - any date will do
        try:
            with file.path.open("rb") as opened:
                export = read_export(
                    opened, look(opened), self.profile, name=file.path.name, window=window, seen=lambda _: None
                )
        except (Malformed, OSError) as problem:
            return Finding(subject=file.path.name, ok=False, message=str(problem))
        message = f"{len(export.marks)} marks, {len(export.unreadable)} rows that cannot be read"
        return Finding(subject=file.path.name, ok=not export.unreadable, message=message)

    def _as_of(self) -> datetime | None:
        newest = max((file.stamp[1] for file, _ in self._read), default=None)
        return datetime.fromtimestamp(newest / 1e9, UTC) if newest is not None else None


@dataclass(slots=True)
class _Gathered:
    """Marks from the newest file to the oldest: a pupil's session that a newer file held is not taken again."""

    marks: list[SourceMark] = field(default_factory=list)
    unreadable: list[SourceRow] = field(default_factory=list)
    remarks: list[SourceRow] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    whole_days: set[date] = field(default_factory=set)
    columns: tuple[str, ...] = ()
    sessions: Counter[str] = field(default_factory=Counter)
    pupils: dict[SourcePupil, None] = field(default_factory=dict)
    _held: set[tuple[str, Session]] = field(default_factory=set)

    def add(self, export: Export) -> None:
        held = self._held
        # A newer snapshot has answered for its days, also by what it does not hold.
        fresh = [
            mark
            for mark in export.marks
            if (mark.platform_id, mark.session) not in held and mark.session.day not in self.whole_days
        ]
        held.update((mark.platform_id, mark.session) for mark in fresh)
        self.marks += fresh
        self.unreadable += export.unreadable
        self.remarks += export.remarks
        self.whole_days |= export.whole_days
        self.columns = self.columns or export.columns
        self.sessions.update(export.sessions)
        self.pupils.update(dict.fromkeys(export.pupils))

    def tell(self, name: str, reason: str) -> None:
        self.unreadable.append(SourceRow(where=name, reason=reason))

    def remark(self, name: str, reason: str) -> None:
        self.remarks.append(SourceRow(where=name, reason=reason))

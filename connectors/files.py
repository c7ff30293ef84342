"""Registers from files left in a drop: complete ones, each once; bad ones put aside with their reason."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from connectors.base import Finding, Malformed, PullFailed, Surroundings, Window
from connectors.drops.arrival import ArrivalWatch
from connectors.drops.base import Drop, StillWritten, Stuck, Visit, Waiting
from connectors.drops.spoken import Spoken
from connectors.exports import Export, read_export
from connectors.gathered import Gathered
from connectors.offered import Offered, offered
from connectors.profiles import Profile
from connectors.tables import look
from mapping.model import Pulled
from mapping.school_days import school_date

#: A correction in a file may reach back this far; an older date is a mistyped year.
_OLDEST = timedelta(days=366)
_ALWAYS = Window(first=date.min, last=date.max)


@dataclass(slots=True, kw_only=True)
class FileConnector:
    """One provider's drop, read through one profile."""

    drop: Drop
    profile: Profile
    watch: ArrivalWatch
    surroundings: Surroundings
    _read: list["_Taken"] = field(default_factory=list)

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return the marks of every complete new file; never whole, for a file need not hold every session.

        Files are read whatever the window's first day, because they come once; a date after its last is left out.
        Where several files hold a pupil's session the newest file speaks; inside one file every row does.
        """
        self._read.clear()
        gathered = Gathered()
        with self.drop.visit() as visit:
            for file in visit.waiting():
                self._take(visit, file, Window(first=window.first - _OLDEST, last=window.last), gathered, seen)
        if gathered.refused and not self._read:
            raise Malformed(f"not one file in the {self.drop.noun} could be read; {gathered.refused[0]}")
        if not self._has_come() and (late := self.watch.overdue()):
            gathered.remark(self.drop.noun, late)
        return Pulled(
            marks=tuple(gathered.marks),
            first=window.first,
            last=window.last,
            unreadable=tuple(gathered.unreadable),
            remarks=tuple(gathered.remarks),
            source_as_of=max((taken.file.written for taken in self._read), default=None),
            whole_days=frozenset(gathered.whole_days),
            columns=gathered.columns,
            sessions=gathered.sessions,
            pupils=tuple(gathered.pupils),
        )

    def committed(self) -> None:
        """Remember what was read and put it away; a file written to since stays for the next pull."""
        for taken in self._read:
            self.surroundings.files_seen.add(taken.sha256)
        if self._has_come():
            self.watch.came()
            self._note_days()
        # It is stored; where it cannot be moved, the next pull says that it was processed before.
        with suppress(PullFailed):
            self._put_away()
        self._read.clear()

    def check(self) -> tuple[Finding, ...]:
        """Try the drop, the newest file in it against the profile, and whether the file that was due has come."""
        if problems := self.drop.check():
            return problems
        try:
            with self.drop.visit() as visit:
                files = visit.waiting()
                tried = [self._try(visit, files[0])] if files else []
        except PullFailed as problem:
            return (Finding(subject=self.drop.noun, ok=False, message=str(problem)),)
        waiting = Finding(subject=self.drop.noun, ok=True, message=f"{len(files)} complete files are waiting")
        late = None if files else self.watch.overdue()
        return (waiting, *tried, *([Finding(subject="arrival", ok=False, message=late)] if late else []))

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the newest file shows, whatever its dates; it stays where it is."""
        with self.drop.visit() as visit:
            files = visit.waiting()
            if not files:
                raise Malformed(f"the {self.drop.noun} holds no complete file: have one sent, then look again")
            try:
                export, _ = self._open(visit, files[0], _ALWAYS, seen)
            except (StillWritten, Stuck) as problem:
                raise Malformed(f"{files[0].name}: {problem}") from None
        return offered(export.pulled(window))

    def close(self) -> None:
        """Nothing is held open."""

    def _take(
        self, visit: Visit, file: Waiting, window: Window, gathered: Gathered, seen: Callable[[int], object]
    ) -> None:
        """Read one file; whatever is wrong with it stops no other."""
        try:
            export, sha256 = self._open(visit, file, window, seen, known=self._is_known)
        except _Known as known:
            gathered.remark(file.name, "this exact file was processed before: ask whether a new one was meant")
            self._read.append(_Taken(file, known.sha256, is_new=False))
        except Malformed as problem:
            if visit.is_unchanged(file):
                _refuse(visit, file, str(problem), gathered)
        except Stuck as problem:
            gathered.tell(file.name, str(problem))
        except StillWritten:
            return
        else:
            # Written to while it was read: what was read may be half of each; the next pull has it whole.
            if visit.is_unchanged(file):
                self._weigh(visit, file, export, sha256, gathered)

    def _weigh(self, visit: Visit, file: Waiting, export: Export, sha256: str, gathered: Gathered) -> None:
        """Take what a file holds, unless it is older than one that was stored and speaks for the same days."""
        days = frozenset(mark.session.day for mark in export.marks)
        newer = Spoken(self.surroundings.kept).newer(file.name, days | export.whole_days)
        if not newer:
            gathered.add(export)
            self._read.append(_Taken(file, sha256, is_new=True, days=days, whole_days=export.whole_days))
        elif newer.keys() >= days and all(newer.values()):
            gathered.remark(file.name, "it came late: a newer file had answered for its days; it is put away unused")
            self._read.append(_Taken(file, sha256, is_new=False))
        else:
            reason = f"it came late: a newer file has spoken for {_shown(newer)}; have a file of today sent instead"
            _refuse(visit, file, reason, gathered)

    def _open(
        self,
        visit: Visit,
        file: Waiting,
        window: Window,
        seen: Callable[[int], object],
        known: Callable[[str], bool] = lambda _: False,
    ) -> tuple[Export, str]:
        if file.trouble:
            raise Malformed(file.trouble)
        with visit.opened(file) as opened:
            content = look(opened)
            if known(content.sha256):
                raise _Known(content.sha256)
            if file.sha256 not in {None, content.sha256}:
                raise Malformed(f"its content is not what {file.name}.sha256 beside it says: have both sent again")
            if file.is_whole:
                content = replace(content, is_open=False)
            return read_export(opened, content, self.profile, name=file.name, window=window, seen=seen), content.sha256

    def _is_known(self, sha256: str) -> bool:
        return sha256 in self.surroundings.files_seen or sha256 in {taken.sha256 for taken in self._read}

    def _has_come(self) -> bool:
        return any(taken.is_new for taken in self._read)

    def _note_days(self) -> None:
        today, spoken = school_date(self.surroundings.now()), Spoken(self.surroundings.kept)
        for taken in self._read:
            if taken.is_new:
                spoken.stored(taken.file.name, taken.days, taken.whole_days, today)

    def _put_away(self) -> None:
        if not self._read:
            return
        with self.drop.visit() as visit:
            for taken in self._read:
                with suppress(Stuck):
                    if visit.is_unchanged(taken.file):
                        visit.put_away(taken.file)

    def _try(self, visit: Visit, file: Waiting) -> Finding:
        try:
            export, _ = self._open(visit, file, _ALWAYS, lambda _: None)
        except (Malformed, StillWritten, Stuck) as problem:
            return Finding(subject=file.name, ok=False, message=str(problem))
        message = f"{len(export.marks)} marks, {len(export.unreadable)} rows that cannot be read"
        return Finding(subject=file.name, ok=not export.unreadable, message=message)


class _Known(Exception):  # noqa: N818
    """A file of this content was read before."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file that can be put away once the pull is stored. One whose content had come before is not new."""

    file: Waiting
    sha256: str
    is_new: bool
    days: frozenset[date] = frozenset()
    whole_days: frozenset[date] = frozenset()


def _shown(days: Collection[date]) -> str:
    return ", ".join(map(str, sorted(days)[:3])) + (" and more" if len(days) > 3 else "")


def _refuse(visit: Visit, file: Waiting, reason: str, gathered: Gathered) -> None:
    gathered.refused.append(f"{file.name}: {reason}")
    try:
        gathered.tell(file.name, f"{reason} ({visit.refuse(file, reason)})")
    except Stuck as problem:
        gathered.tell(file.name, reason)
        gathered.tell(file.name, str(problem))

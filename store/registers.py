"""The marks as they stand: ingest of what a pull brought, and mark strings for the rules to read.

Only what differs is written. A day that is pulled again unchanged writes nothing; a mark that was recorded before
and differs is written over and leaves an amendment; a mark that a source no longer shows stays.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mapping.marks import BLANK_YEAR, offset, position, year_of
from mapping.model import Half, Mark, Quarantined, Session
from store.connection import Connection
from store.gathering import Column, Gathered, Patch, Pull, Window, by_year, earliest, gather, missing, patch
from store.holding import record_retractions, settle_quarantine
from store.instants import instant_text
from store.laying import Difference, Laid, Withhold, without
from store.versions import append_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one ingest did. Counts are of marks: ``marks`` brought, ``new`` recorded for the first time, ``amended``.

    ``quarantined`` counts the rows this pull held back, conflicting marks included; ``versions`` the registers that
    changed. ``changed`` names each pupil whose string changed with the earliest date of it; ``retracted`` the marks
    that the source stopped showing with this pull (they stay recorded).
    """

    marks: int
    new: int
    amended: int
    quarantined: int
    versions: int
    changed: tuple[tuple[str, date], ...]
    retracted: tuple[tuple[str, Session], ...]


class Registers:
    """Mark strings, one a pupil and school year at one school."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def ingest(
        self,
        school: str,
        marks: Iterable[Mark],
        quarantined: Iterable[Quarantined] = (),
        *,
        source: str,
        seen_at: datetime,
        scope: Sequence[Session] | None = None,
        withhold: Withhold = lambda _: (),
    ) -> Ingested:
        """Record what a pull brought, inside the caller's transaction.

        ``scope`` names the sessions for which the source answered in full; ``None`` when it sent only some marks.
        Two different marks for one pupil and session, or a mark beside a quarantined row, leave the session
        quarantined: the last one never wins. What ``withhold`` names is not written. Raises ``ValueError`` for a mark
        whose byte is no code.
        """
        self._db.require_transaction()
        gathered = gather(marks, quarantined, source=source)
        whole = None if scope is None else frozenset(scope)
        pull = Pull(school=school, source=source, seen_at=instant_text(seen_at), scope=whole)
        laid = self._lay(pull, gathered)
        gone = laid.gone
        if withheld := frozenset(withhold(laid)):
            gathered = without(gathered, withheld)
            laid = self._lay(pull, gathered)
            gone = {place: old for place, old in laid.gone.items() if place not in withheld}
        self._write(pull, laid.patches)
        settle_quarantine(self._db, pull, gathered)
        return _ingested(gathered, laid.patches, record_retractions(self._db, pull, gathered, gone))

    def apply(self, school: str, differences: Iterable[Difference], *, source: str, seen_at: datetime) -> Ingested:
        """Carry out changes exactly as they were shown, inside the caller's transaction.

        One whose recorded mark is another by now is left out: nobody has seen that change.
        """
        self._db.require_transaction()
        pull = Pull(school=school, source=source, seen_at=instant_text(seen_at), scope=None)
        standing = self._standing(school, list(differences))
        shown = [each for each in standing if each.new is not None]
        columns: defaultdict[Session, Column] = defaultdict(dict)
        for each in sorted(shown, key=lambda each: each.session):
            columns[each.session][each.pupil_id] = each.new or 0
        gathered = Gathered(columns=columns, held=(), marks=len(shown))
        laid = self._lay(pull, gathered)
        gone = {(each.pupil_id, each.session): each.old for each in standing if each.new is None}
        self._write(pull, laid.patches)
        return _ingested(gathered, laid.patches, record_retractions(self._db, pull, gathered, gone))

    def _standing(self, school: str, differences: Sequence[Difference]) -> list[Difference]:
        """Return those of some differences whose mark is still the one that was recorded then."""
        years: defaultdict[int, list[Difference]] = defaultdict(list)
        for each in differences:
            years[year_of(each.session.day)].append(each)
        windows = {
            year: self._window(school, year, {offset(each.session) for each in found}) for year, found in years.items()
        }
        return [
            each
            for year, found in years.items()
            for each in found
            if windows[year].byte(each.pupil_id, each.session) == each.old
        ]

    def _lay(self, pull: Pull, gathered: Gathered) -> Laid:
        patches: list[Patch] = []
        gone: dict[tuple[str, Session], int] = {}
        scopes = by_year({session: {} for session in pull.scope or ()})
        columns = by_year(gathered.columns)
        for year in sorted(columns | scopes):
            of_year, scope = columns.get(year, {}), scopes.get(year, {})
            window = self._window(pull.school, year, {offset(session) for session in of_year | scope})
            gone |= missing(window, scope, of_year)
            patches.append(patch(window, of_year))
        return Laid(columns=gathered.columns, scope=pull.scope or frozenset(), patches=patches, gone=gone)

    def _write(self, pull: Pull, patches: Sequence[Patch]) -> None:
        for each in patches:
            self._write_strings(pull.school, each)
        append_versions(self._db, pull, patches)

    def _window(self, school: str, year: int, positions: Collection[int]) -> Window:
        first, width = min(positions), max(positions) - min(positions) + 1
        sql = "SELECT pupil_id, id, substr(marks, ?, ?) FROM mark_string WHERE school = ? AND school_year = ?"
        rows = self._db.rows(sql, (first + 1, width, school, year))
        return Window(year=year, first=first, width=width, stored={row[0]: row for row in rows})

    def _write_strings(self, school: str, patched: Patch) -> None:
        window, strings = patched.window, patched.strings
        # The bytes around the window stay in the database; || makes text of them, and marks are ASCII.
        self._db.write_many(
            "UPDATE mark_string SET marks = CAST(substr(marks, 1, ?) || ? || substr(marks, ?) AS BLOB) WHERE id = ?",
            [
                (window.first, marks, window.first + window.width + 1, window.stored[pupil_id][1])
                for pupil_id, marks in strings.items()
                if pupil_id in window.stored
            ],
        )
        before, after = BLANK_YEAR[: window.first], BLANK_YEAR[window.first + window.width :]
        # By pupil id, so that a school's year lies together on the disk in the order in which it is read.
        self._db.write_many(
            "INSERT INTO mark_string (school, school_year, pupil_id, marks) VALUES (?, ?, ?, ?)",
            [
                (school, window.year, pupil_id, before + strings[pupil_id] + after)
                for pupil_id in sorted(strings.keys() - window.stored.keys())
            ],
        )

    def marks_of(self, school: str, years: Sequence[int]) -> dict[str, dict[int, bytes]]:
        """Return the strings of every pupil of a school in these school years: pupil id to year to 732 bytes."""
        strings: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        for year in years:
            for pupil_id, marks in self.year_of_school(school, year):
                strings[pupil_id][year] = marks
        return dict(strings)

    def year_of_school(self, school: str, year: int) -> list[tuple[str, bytes]]:
        """Return (pupil id, 732 bytes) of every pupil of a school in one school year, by pupil id."""
        sql = "SELECT pupil_id, marks FROM mark_string WHERE school = ? AND school_year = ? ORDER BY pupil_id"
        return self._db.rows(sql, (school, year))

    def all_of_year(self, year: int) -> list[tuple[str, str, bytes]]:
        """Return (school, pupil id, 732 bytes) of every pupil of every school in one school year, in no order."""
        return self._db.rows("SELECT school, pupil_id, marks FROM mark_string WHERE school_year = ?", (year,))

    def marks_of_pupil(self, school: str, pupil_id: str) -> dict[int, bytes]:
        """Return one pupil's strings at a school by school year."""
        sql = "SELECT school_year, marks FROM mark_string WHERE school = ? AND pupil_id = ?"
        return dict(self._db.rows(sql, (school, pupil_id)))

    def known(self, school: str, day: date) -> dict[Half, int]:
        """Return how many pupils have a mark, quarantined ones included, in each register of a day: 0 is not taken."""
        at = position(day) + 1
        row = self._db.row(
            "SELECT sum(substr(marks, ?, 1) <> x'2D'), sum(substr(marks, ?, 1) <> x'2D')"
            " FROM mark_string WHERE school = ? AND school_year = ?",
            (at, at + 1, school, year_of(day)),
        )
        am, pm = row or (0, 0)
        return {Half.AM: am or 0, Half.PM: pm or 0}


def _ingested(gathered: Gathered, patches: Sequence[Patch], retracted: tuple[tuple[str, Session], ...]) -> Ingested:
    changes = [change for each in patches for change in each.changes.values()]
    amended = sum(len(change.amended) for change in changes)
    first = earliest(patches)
    return Ingested(
        marks=gathered.marks,
        new=sum(len(change.marks) for change in changes) - amended,
        amended=amended,
        quarantined=len(gathered.held),
        versions=len(changes),
        changed=tuple((pupil_id, first[pupil_id]) for pupil_id in sorted(first)),
        retracted=retracted,
    )

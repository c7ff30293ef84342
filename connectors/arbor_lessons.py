"""Arbor's lesson marks held against its roll call: where the two disagree is said, and never changes a mark.

A lesson is no session. Only the roll call is the register the law asks for, and it is made from lessons by rules of
the school's choice, so a disagreement is a question to the school and nothing more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from connectors.arbor_graphql import Arbor
from connectors.arbor_rows import LESSONS, LessonRecord, text_of
from connectors.arbor_window import a_day_wider, between
from connectors.base import PullFailed, Window
from mapping.codes import CodeTable
from mapping.model import Half, Session, SourceMark, SourceRow

#: A lesson belongs to the half day in which it begins.
_NOON = "12"
_NAMED = 20
_Place = tuple[str, Session]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Compares the lessons of a window with its roll-call marks."""

    arbor: Arbor
    national: CodeTable

    def remarks(self, marks: Iterable[SourceMark], window: Window) -> list[SourceRow]:
        """Return a remark for each kind of disagreement, or why lessons could not be read."""
        try:
            attended = self._attended(window)
        except PullFailed as problem:
            return [_remark(f"lessons could not be compared: {problem}")]
        return list(_disagreements(attended, self._called(marks)))

    def _attended(self, window: Window) -> dict[_Place, bool]:
        """Return, for each session with a lesson mark, whether any of its lessons was attended."""
        attended: dict[_Place, bool] = {}
        for page in self.arbor.pages(LESSONS, between("startDatetime", a_day_wider(window))):
            for row in page.rows:
                if (found := _presence(row)) is not None and found[0][1].day in window:
                    place, was_there = found
                    attended[place] = attended.get(place, False) or was_there
        return attended

    def _called(self, marks: Iterable[SourceMark]) -> dict[_Place, bool | None]:
        """Return what the roll call says: attended, absent, or neither (nothing was due, or the code is not known)."""
        return {(mark.platform_id, mark.session): self._attends(mark.code) for mark in marks}

    def _attends(self, letter: str) -> bool | None:
        code = self.national.get(letter)
        if code is None or not (code.meaning.is_attendance or code.meaning.is_absence):
            return None
        return code.meaning.is_attendance


def _presence(row: LessonRecord) -> tuple[_Place, bool] | None:
    """Return where a lesson mark stands and whether it says present; none for a row that says nothing."""
    text = text_of(row.start_datetime)
    present = row.attendance_mark.is_statistical_present if row.attendance_mark is not None else None
    if row.is_redundant or row.student is None or text is None or present is None:
        return None
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    half = Half.AM if text[11:13] < _NOON else Half.PM
    return (str(row.student.id), Session(day, half)), present


def _disagreements(attended: dict[_Place, bool], called: dict[_Place, bool | None]) -> Iterator[SourceRow]:
    kinds: defaultdict[str, list[_Place]] = defaultdict(list)
    for place, was_there in attended.items():
        kinds[_kind(place, was_there, called)].append(place)
    for kind in sorted(kinds.keys() - {""}):
        places = sorted(kinds[kind])
        named = ", ".join(f"{platform_id} {session}" for platform_id, session in places[:_NAMED])
        more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
        yield _remark(f"{len(places)} sessions {kind}: {named}{more}; ask the school, no mark was changed")


def _kind(place: _Place, was_there: bool, called: dict[_Place, bool | None]) -> str:  # noqa: FBT001 - a fact, no switch
    """Return how lesson and roll call disagree; empty where they do not, or where nothing was due."""
    if was_there and place not in called:
        return "present in a lesson, no roll call taken"
    if was_there and called[place] is False:
        return "present in a lesson, absent in the roll call"
    return "absent in every lesson, present in the roll call" if not was_there and called.get(place) else ""


def _remark(reason: str) -> SourceRow:
    return SourceRow(where="AttendanceRecord", reason=reason)

"""Approved changes written into Arbor's roll call, and read again to see whether they stand.

Seen in Arbor's SDKs; a page of the vendor says of one kind of partner that it may write lesson marks alone. A row that
Arbor takes may still not become the mark of the session: by default the best mark of the lessons around it wins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

import msgspec

from connectors.arbor_graphql import Arbor
from connectors.arbor_marks import Lists
from connectors.arbor_pupils import UpnHistory
from connectors.arbor_rest import ROOT, Rest, RestError, RestReply
from connectors.arbor_window import read_window
from connectors.base import Change, Window, Writing, Written
from mapping.model import Half, Session

PATH = f"{ROOT}/attendance-roll-call-registration"
AT_ONCE = 50
#: Answers that tell of each row, and the refusal of the whole.
_READABLE = frozenset({HTTPStatus.CREATED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY})
_MAY_NOT = re.compile(r"permission|allowed|authori[sz]ed|forbidden|denied|may not", re.IGNORECASE)
_NO_RIGHT = (
    "this application may not write roll-call marks (Arbor lets partners write lesson marks alone): enter it there"
)
_STROKES = frozenset({"/", "\\"})


class _RowStatus(msgspec.Struct):
    success: bool = False
    errors: list[RestError | str] = []


class _Result(msgspec.Struct):
    status: _RowStatus


class _Reply(RestReply):
    results: list[_Result] | None = None


_DECODER = msgspec.json.Decoder(_Reply)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes marks of one school and follows what became of them."""

    arbor: Arbor
    rest: Rest
    lists: Lists

    def write(self, changes: Sequence[Change]) -> tuple[Written, ...]:
        """Ask for all changes, some at a time; one that Arbor has no mark or roll call for is refused here."""
        bodies = [(change, self._body(change)) for change in changes]
        refused = [_refused(change, body) for change, body in bodies if isinstance(body, str)]
        sent = [(change, body) for change, body in bodies if not isinstance(body, str)]
        parts = (sent[at : at + AT_ONCE] for at in range(0, len(sent), AT_ONCE))
        return (*refused, *(written for part in parts for written in self._send(part)))

    def follow(self, taken: Sequence[Written]) -> tuple[Written, ...]:
        """Read the records again: a change stands when its mark does."""
        asked = [(written, *_asked(written)) for written in taken]
        days = {session.day for _, _, session, _ in asked}
        shown: dict[tuple[str, Session], str] = {}
        for day in sorted(days):
            shown |= self._shown(day)
        return tuple(
            _judged(written, code, shown.get((platform_id, session))) for written, platform_id, session, code in asked
        )

    def _body(self, change: Change) -> dict[str, object] | str:
        """Return one row as Arbor takes it, or why there is none."""
        marks = {str(row.id) for row in self.lists.marks if _means(row.attendance_mark, change.code)}
        calls = {number for number, kind in self.lists.register_types.items() if kind.half is change.session.half}
        if len(marks) != 1:
            return f"Arbor's list has {len(marks)} marks for {change.code}: enter it in Arbor"
        if len(calls) != 1:
            return f"Arbor has {len(calls)} roll calls for {change.session.half}: enter it in Arbor"
        return {
            "student": _reference("Student", "students", change.platform_id),
            "attendanceMark": _reference("AttendanceMark", "attendance-marks", marks.pop()),
            "recordDate": f"{change.session.day} 00:00:00",
            "rollCall": _reference("AttendanceRollCall", "attendance-roll-calls", calls.pop()),
        }

    def _send(self, part: Sequence[tuple[Change, object]]) -> list[Written]:
        body = msgspec.json.encode({"request": {"marks": [row for _, row in part]}})
        reply = self.rest.post(PATH, body, _DECODER, readable=_READABLE)
        if reply is None:
            return [_refused(change, _NO_RIGHT) for change, _ in part]
        results = reply.results or []
        if len(results) != len(part):
            # Which row an answer is about is not known: reading them again tells.
            return [_taken(change) for change, _ in part]
        return [_answered(change, result.status) for (change, _), result in zip(part, results, strict=True)]

    def _shown(self, day: date) -> dict[tuple[str, Session], str]:
        window = Window(first=day, last=day)
        registers = read_window(self.arbor, window, UpnHistory((), window), self.lists, each=lambda _: None)
        return {(mark.platform_id, mark.session): mark.code for mark in registers.marks}


def _answered(change: Change, status: _RowStatus) -> Written:
    if status.success:
        return _taken(change)
    # Only our own words are repeated: the platform's text could hold anything.
    texts = [error if isinstance(error, str) else error.message for error in status.errors]
    if any(_MAY_NOT.search(text) for text in texts):
        return _refused(change, _NO_RIGHT)
    return _refused(
        change, f"Arbor refused it with {len(texts)} errors: look at the session in Arbor, and enter it there"
    )


def _judged(written: Written, code: str, shown: str | None) -> Written:
    if _means(shown, code):
        return Written(reference=written.reference, state=Writing.DONE, receipt=written.receipt)
    reason = f"Arbor took it and shows {shown or 'no mark'} instead of {code}: look at the lessons around the session"
    return Written(reference=written.reference, state=Writing.REFUSED, receipt=written.receipt, reason=reason)


def _taken(change: Change) -> Written:
    session = change.session
    receipt = f"{change.platform_id} {session.day} {session.half} {change.code}"
    return Written(reference=change.reference, state=Writing.TAKEN, receipt=receipt)


def _refused(change: Change, reason: str) -> Written:
    return Written(reference=change.reference, state=Writing.REFUSED, reason=reason)


def _asked(written: Written) -> tuple[str, Session, str]:
    platform_id, day, half, code = (written.receipt or "").rsplit(" ", 3)
    return platform_id, Session(date.fromisoformat(day), Half(half)), code


def _means(letter: str | None, code: str) -> bool:
    return letter == code or {letter, code} == _STROKES


def _reference(entity: str, path: str, number: str) -> dict[str, str]:
    return {"entityType": entity, "href": f"{ROOT}/{path}/{number}"}

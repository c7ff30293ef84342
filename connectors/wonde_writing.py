"""Marks asked to be written into the school's MIS through Wonde, which carries them out later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from connectors.base import Change, Writing, Written
from connectors.http import Answer
from connectors.wonde_api import Wonde
from connectors.wonde_codes import CodeList
from connectors.wonde_refusals import REFUSALS, refusal
from connectors.wonde_rows import CODES, MARKS, STUDENTS, Id
from connectors.wonde_school import access

_TAKEN = frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED})


class _Given(msgspec.Struct):
    """What a write is known by from now on."""

    writeback_id: Id


_GIVEN = msgspec.json.Decoder(_Given)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One change as Wonde takes it. Minutes late are left out: nobody approved any."""

    change: Change
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes into one school's MIS."""

    wonde: Wonde

    def write(self, changes: Sequence[Change]) -> tuple[Written, ...]:
        """Ask for all changes at once; one that cannot be asked for is refused with its reason."""
        if not changes:
            return ()
        if not access(self.wonde).allows_writing:
            return tuple(_refused(change, "the school's MIS takes no marks through Wonde") for change in changes)
        codes, students = self._codes(), self._students()
        asked = [_asked(change, codes, students) for change in changes]
        answers = iter(self._send([each for each in asked if isinstance(each, _Asked)]))
        return tuple(next(answers) if isinstance(each, _Asked) else each for each in asked)

    def _send(self, asked: list[_Asked]) -> list[Written]:
        if not asked:
            return []
        receipt = self._post(asked)
        if receipt is not None:
            return [_taken(each.change, f"{receipt}/{number}") for number, each in enumerate(asked)]
        if len(asked) == 1:
            return [_refused(asked[0].change, "Wonde does not take this mark (422): look at it in the school's MIS")]
        # One mark of them is refused and nothing was written: halves tell which, whatever form the errors have.
        half = len(asked) // 2
        return self._send(asked[:half]) + self._send(asked[half:])

    def _post(self, asked: list[_Asked]) -> str | None:
        """Return the id of the write, or nothing where a mark among them is refused."""

        def read(answer: Answer) -> str | None:
            if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                return None
            if answer.status in REFUSALS:
                raise refusal(answer, MARKS.purpose)
            return str(answer.json(_GIVEN).writeback_id)

        body = msgspec.json.encode({"attendance": [each.row for each in asked]})
        path = self.wonde.under_school(MARKS.path)
        return self.wonde.client.post_json(path, body, read, readable=REFUSALS | _TAKEN)

    def _codes(self) -> CodeList:
        codes = CodeList(lambda: (row for page in self.wonde.pages(CODES) for row in page))
        codes.load()
        return codes

    def _students(self) -> dict[str, Id]:
        """Return Wonde's id of today for each platform id; who left has none, and no mark can be written for them."""
        rows = (row for page in self.wonde.pages(STUDENTS) for row in page)
        return {row.upi or str(row.id): row.id for row in rows}


def _asked(change: Change, codes: CodeList, students: Mapping[str, Id]) -> _Asked | Written:
    code_id, student = codes.id_of(change.code), students.get(change.platform_id)
    if code_id is None:
        return _refused(change, f"the school's list of codes has no {change.code}: add it in the MIS")
    if student is None:
        return _refused(change, "the pupil is not on the school's roll at Wonde: write it in the MIS by hand")
    row = {
        "student_id": student,
        "date": change.session.day.isoformat(),
        "session": change.session.half.value,
        "attendance_code_id": code_id,
    }
    return _Asked(change, row)


def _taken(change: Change, receipt: str) -> Written:
    return Written(reference=change.reference, state=Writing.TAKEN, receipt=receipt)


def _refused(change: Change, reason: str) -> Written:
    return Written(reference=change.reference, state=Writing.REFUSED, reason=reason)

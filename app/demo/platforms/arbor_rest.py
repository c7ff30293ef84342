"""The REST face of a simulated Arbor: references instead of rows, a change log, and marks taken over the roll call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from app.demo.platforms.arbor_changelog import ChangeLog
from app.demo.platforms.arbor_tables import Tables
from app.demo.platforms.arbor_ways import ROLL_CALLS, word
from app.demo.platforms.server import Asked, Fault, FaultKind, Reply
from app.demo.platforms.world import WorldMark

ROOT = "/rest-v2/"
_RECORDS = f"{ROOT}attendance-roll-call-records"
_REGISTRATION = f"{ROOT}attendance-roll-call-registration"
_OLDEST = date(2020, 8, 1)
_NOT_FOUND = {"response": {"code": 404, "success": False}}


@dataclass
class RestFace:
    """Answers what begins with ``/rest-v2/``."""

    tables: Tables
    log: ChangeLog

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        """Answer one request; a fault that is about permissions or bodies is told as REST would tell it."""
        match fault:
            case Fault(FaultKind.EMPTY):
                return Reply(body=b"{}")
            case Fault(FaultKind.BODY_STATUS, value):
                return _reply({"response": {"code": int(value), "success": False, "errors": [{"message": "failed"}]}})
            case Fault(FaultKind.REFUSED):
                return _reply({"response": {"code": 403, "success": False}}, 403)
        return self._route(asked, fault)

    def _route(self, asked: Asked, fault: Fault | None) -> Reply:
        if asked.method == "POST":
            return self._register(asked) if asked.path == _REGISTRATION else _reply(_NOT_FOUND, 404)
        if "AttendanceRollCallRecord" in self.tables.ways.withheld:
            return _reply({"response": {"code": 403, "success": False}}, 403)
        if asked.path == f"{_RECORDS}/changelog":
            return self._changes(asked, fault)
        if asked.path == _RECORDS:
            return self._listing(asked)
        return self._record(asked.path)

    def _now(self) -> datetime:
        return self.tables.world.clock()

    def _changes(self, asked: Asked, fault: Fault | None) -> Reply:
        ways = self.tables.ways
        changes = self.log.after(int(asked.query.get(ways.spelling, 0)), self._now(), ways.gap)
        if fault is not None and fault.kind is FaultKind.SMALL_PAGES:
            changes = changes[: int(fault.value)]
        # Nothing changed: the SDKs meet an answer without the key.
        return _reply({"changes": changes} if changes else {"response": {"code": 200, "success": True}})

    def _listing(self, asked: Asked) -> Reply:
        size, number = int(asked.query.get("page-size", 100)), int(asked.query.get("page-number", 1))
        marks = list(self._marks())[(number - 1) * size : number * size]
        return _reply(
            {"attendanceRollCallRecords": [_reference("AttendanceRollCallRecord", m.record_id) for m in marks]}
        )

    def _record(self, path: str) -> Reply:
        number = path.removeprefix(f"{_RECORDS}/")
        found = next((mark for mark in self._marks() if str(mark.record_id) == number), None)
        if found is None:
            return _reply(_NOT_FOUND, 404)
        return _reply({"response": {"code": 200, "success": True}, "attendanceRollCallRecord": _record(found)})

    def _marks(self) -> list[WorldMark]:
        now = self._now()
        return list(self.tables.marks(_OLDEST, now.date(), now))

    def _register(self, asked: Asked) -> Reply:
        marks = msgspec.json.decode(asked.body)["request"]["marks"]
        results = [self._write(mark) for mark in marks]
        return _reply({"results": results}, 200 if all(each["status"]["success"] for each in results) else 422)

    def _write(self, mark: Mapping[str, Any]) -> dict[str, Any]:
        student, half = _last(mark["student"]), _last(mark["rollCall"])
        day = date.fromisoformat(mark["recordDate"][:10])
        letters = {
            each["id"]: each["attendanceMark"] for each in self.tables.rows("AttendanceMark", day, day, self._now())
        }
        letter = letters.get(_last(mark["attendanceMark"]))
        where = [each for each in self.tables.marks(day, day, self._now()) if each.platform_id == student]
        found = next((each for each in where if ROLL_CALLS[each.half] == half), None)
        if not self.tables.ways.may_write:
            return _failed("This application may not write roll call marks")
        if found is None or letter is None:
            return _failed("There is no roll call record of this student")
        self.tables.written[student, day, found.half] = letter
        return {"status": {"success": True, "errors": []}}


def _record(mark: WorldMark) -> dict[str, Any]:
    return {
        **_reference("AttendanceRollCallRecord", mark.record_id),
        "recordDate": {"entityType": "date", "date": f"{mark.day} 00:00:00"},
        "attendanceRollCall": _reference("AttendanceRollCall", ROLL_CALLS[mark.half]),
        "student": _reference("Student", mark.platform_id),
        "attendanceMark": _reference("AttendanceMark", word(mark.symbol)) if mark.symbol else None,
        "minutesLate": mark.minutes_late,
        "validationError": None,
        "userTags": {},
    }


_PATHS = {
    "AttendanceRollCallRecord": "attendance-roll-call-records",
    "AttendanceRollCall": "attendance-roll-calls",
    "AttendanceMark": "attendance-marks",
    "Student": "students",
}


def _reference(entity: str, number: object) -> dict[str, str]:
    return {"entityType": entity, "href": f"{ROOT}{_PATHS[entity]}/{number}"}


def _last(reference: Mapping[str, str]) -> str:
    return reference["href"].rpartition("/")[2]


def _failed(message: str) -> dict[str, Any]:
    return {"status": {"success": False, "errors": [{"message": message}]}}


def _reply(content: Mapping[str, Any], status: int = 200) -> Reply:
    return Reply(body=msgspec.json.encode(content), status=status)

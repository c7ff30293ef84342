"""A simulated Arbor: GraphQL pages from 0, Basic authentication, statutory marks and dated UPNs of one school."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from app.demo.platforms.server import Asked, Fault, FaultKind, Reply, Server
from app.demo.platforms.world import World, WorldMark
from mapping.model import Half

PATH = "/graphql/query"
_ROOT = re.compile(r"\{\s*(?:\w+\s*:\s*)?(\w+)\s*(?:\(([^)]*)\))?")
_ARGUMENT = re.compile(r'(\w+)\s*:\s*(?:"([^"]*)"|\$(\w+)|([\w.-]+))')
_DEFAULT_SIZE = 3000
#: Arbor's own words for marks; only the first two were ever seen, so the simulator makes up the others.
_WORDS = {"/": "PRESENT", "\\": "PRESENT", "L": "LATE"}
_HALVES = {
    Half.AM: {"attendanceRegisterType": {"isMorning": True, "isAfternoon": False}},
    Half.PM: {"attendanceRegisterType": {"isMorning": False, "isAfternoon": True}},
}


def simulate_arbor(world: World, school: str, *, username: str = "relay", password: str = "simulated") -> Server:  # noqa: S107 - the simulator's own, good for nothing else
    """Start a school's Arbor; close it when done."""
    return Server(answer=_Arbor(world, school).answer, username=username, password=password)


@dataclass
class _Arbor:
    """Answers queries; the rows of the last few are kept encoded, so that pages cost a join."""

    world: World
    school: str

    def __post_init__(self) -> None:
        self._kept: dict[tuple[object, ...], list[bytes]] = {}

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        if asked.path != PATH or asked.method != "POST":
            return Reply(status=404, body=b'{"message": "not found"}')
        entity, arguments = _parse(asked.body)
        refusal = _refusal(entity, fault)
        if refusal is not None:
            return Reply(body=msgspec.json.encode(refusal))
        rows = _page(self._rows(entity, arguments, fault), arguments, fault)
        note = b',"errors":[{"message":"Internal error"}]' if _is(fault, FaultKind.PARTIAL) else b""
        return Reply(body=b'{"data":{"%s":[%s]}%s}' % (entity.encode(), b",".join(rows), note))

    def _rows(self, entity: str, arguments: dict[str, str], fault: Fault | None) -> list[bytes]:
        at = self.world.clock()
        after, before = arguments.get("recordDate_after", ""), arguments.get("recordDate_before", "")
        if _is(fault, FaultKind.UNFILTERED):
            after = before = ""
        key = (entity, after, before, at)
        if key not in self._kept:
            rows = self._fresh(entity, (after, before), at)
            self._kept = dict(list(self._kept.items())[-3:]) | {key: [msgspec.json.encode(row) for row in rows]}
        return self._kept[key]

    def _fresh(self, entity: str, span: tuple[str, str], at: datetime) -> Iterable[dict[str, Any]]:
        match entity:
            case "AttendanceRollCallRecord":
                first = date.fromisoformat(span[0]) if span[0] else date(at.year - 1, 8, 1)
                last = date.fromisoformat(span[1]) if span[1] else at.date()
                marks = self.world.marks(self.school, first, last, at)
                # "After" and "before" leave out the day itself; whether Arbor's do, nobody says.
                return (_record(mark) for mark in marks if not span[0] or first < mark.day < last)
            case "UkDfe_UpnAssignment":
                return self._upns()
            case "AttendanceMark":
                words = {letter: _word(letter) for letter in "/\\LNOICBDK"}
                return ({"id": word, "code": word, "attendanceMark": letter} for letter, word in words.items())
            case _:
                return ()

    def _upns(self) -> Iterable[dict[str, Any]]:
        spells = ((pupil, spell) for pupil in self.world.pupils(self.school) for spell in pupil.history)
        for number, (pupil, spell) in enumerate(spells, start=1):
            yield {
                "id": str(number),
                "student": {"id": pupil.platform_id},
                "upn": spell.upn,
                "isTemporary": spell.is_temporary,
                # Both forms of a date are seen in Arbor's answers.
                "startDatetime": {"entityType": "date", "date": f"{spell.start} 00:00:00"} if spell.start else None,
                "endDatetime": f"{spell.end} 00:00:00" if spell.end else None,
            }


def _parse(body: bytes) -> tuple[str, dict[str, str]]:
    """Read the root entity and its arguments, literal or through variables; everything else is let pass."""
    request = msgspec.json.decode(body)
    root = _ROOT.search(request["query"])
    variables = request.get("variables") or {}
    if root is None:
        return "", {}
    found = _ARGUMENT.findall(root[2] or "")
    return root[1], {name: text or bare or str(variables.get(given, "")) for name, text, given, bare in found}


def _refusal(entity: str, fault: Fault | None) -> dict[str, Any] | None:
    match fault:
        case Fault(FaultKind.EMPTY):
            return {}
        case Fault(FaultKind.BODY_STATUS, value):
            return {"response": {"code": int(value), "success": False}}
        case Fault(FaultKind.REFUSED, value):
            return {"data": None, "errors": [{"message": f"You do not have permission to read {value or entity}"}]}
        case _:
            return None


def _page(rows: list[bytes], arguments: dict[str, str], fault: Fault | None) -> list[bytes]:
    number, size = int(arguments.get("page_num", 0)), int(arguments.get("page_size", _DEFAULT_SIZE))
    start = 0
    match fault:
        case Fault(FaultKind.REPEATED_PAGE):
            number = max(number - 1, 0)
        case Fault(FaultKind.SMALL_PAGES, value):
            size = min(size, int(value))
        case Fault(FaultKind.DRIFT, value):
            start = int(value)
        case _:
            pass
    start = max(start + number * size, 0)
    return rows[start : start + size]


def _record(mark: WorldMark) -> dict[str, Any]:
    letter = mark.symbol
    return {
        "id": str(mark.record_id),
        "recordDate": mark.day.isoformat(),
        "student": {"id": mark.platform_id},
        "attendanceRollCall": _HALVES[mark.half],
        "attendanceMark": {"code": _word(letter), "attendanceMark": letter} if letter else None,
        "minutesLate": mark.minutes_late,
    }


def _word(letter: str) -> str:
    return _WORDS.get(letter, f"MARK_{letter}")


def _is(fault: Fault | None, kind: FaultKind) -> bool:
    return fault is not None and fault.kind is kind

"""A simulated Arbor: GraphQL pages from 0, REST beside it, Basic authentication, one school's marks and dated UPNs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from app.demo.platforms.arbor_changelog import ChangeLog
from app.demo.platforms.arbor_rest import ROOT, RestFace
from app.demo.platforms.arbor_tables import Tables
from app.demo.platforms.arbor_ways import ENTITIES, ArborWays
from app.demo.platforms.server import Asked, Fault, FaultKind, Reply, Server
from app.demo.platforms.world import World

PATH = "/graphql/query"
_ROOT = re.compile(r"\{\s*(?:\w+\s*:\s*)?(\w+)\s*(?:\(([^)]*)\))?")
_ARGUMENT = re.compile(r'(\w+)\s*:\s*(?:"([^"]*)"|\$(\w+)|([\w.-]+))')
_DEFAULT_SIZE = 3000
_DAY = timedelta(days=1)
#: What filters by date, for the entities that have one.
_DATES = {"AttendanceRollCallRecord": "recordDate", "AttendanceRecord": "startDatetime"}


def simulate_arbor(
    world: World,
    school: str,
    *,
    username: str = "relay",
    password: str = "simulated",  # noqa: S107 - the simulator's own, good for nothing else
    ways: ArborWays | None = None,
) -> Server:
    """Start a school's Arbor; close it when done."""
    tables = Tables(world, school, ways or ArborWays())
    return Server(answer=_Arbor(tables).answer, username=username, password=password)


@dataclass
class _Arbor:
    """Answers queries; the rows of the last few are kept encoded, so that pages cost a join."""

    tables: Tables

    def __post_init__(self) -> None:
        self._kept: dict[tuple[object, ...], list[bytes]] = {}
        self._rest = RestFace(self.tables, ChangeLog(self.tables))

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        if asked.path.startswith(ROOT):
            return self._rest.answer(asked, fault)
        if asked.path != PATH or asked.method != "POST":
            return Reply(status=404, body=b'{"message": "not found"}')
        entity, arguments, query = _parse(asked.body)
        refusal = _refusal(entity, fault)
        if refusal is None:
            refusal = self._withheld(entity, query)
        if refusal is not None:
            return Reply(body=msgspec.json.encode(refusal))
        rows = _page(self._rows(entity, arguments, fault), arguments, fault)
        note = b',"errors":[{"message":"Internal error"}]' if _is(fault, FaultKind.PARTIAL) else b""
        return Reply(body=b'{"data":{"%s":[%s]}%s}' % (entity.encode(), b",".join(rows), note))

    def _withheld(self, entity: str, query: str) -> dict[str, Any] | None:
        """Refuse by name what the school has not granted: an entity, or a property that the query asks."""
        asked = set(_touched(entity, query[query.index(")") + 1 :]))
        return next((_refused(name) for name in sorted(asked & self.tables.ways.withheld)), None)

    def _rows(self, entity: str, arguments: dict[str, str], fault: Fault | None) -> list[bytes]:
        if entity in self.tables.ways.silent:
            return []
        at = self.tables.world.clock()
        field = _DATES.get(entity, "")
        span = arguments.get(f"{field}_after", ""), arguments.get(f"{field}_before", "")
        if _is(fault, FaultKind.UNFILTERED):
            span = "", ""
        key = (entity, *span, at, len(self.tables.written))
        if key not in self._kept:
            rows = self.tables.rows(entity, *_days(span, at), at)
            self._kept = dict(list(self._kept.items())[-3:]) | {key: [msgspec.json.encode(row) for row in rows]}
        return self._kept[key]


def _touched(entity: str, fields: str) -> Iterator[str]:
    """Yield every entity and property that a question touches, as a permission names them."""
    yield entity
    inside, last = [], entity
    for word in re.findall(r"\w+|[{}]", fields):
        if word == "{":
            inside.append(last)
        elif word == "}":
            inside.pop()
            if not inside:
                return
        else:
            yield f"{inside[-1]}.{word}"
            last = f"{word[:1].upper()}{word[1:]}"
            if last in ENTITIES:
                yield last


def _days(span: tuple[str, str], at: datetime) -> tuple[date, date]:
    # "After" and "before" leave out the day itself; whether Arbor's do, nobody says.
    first = date.fromisoformat(span[0][:10]) + _DAY if span[0] else date(at.year - 1, 8, 1)
    last = date.fromisoformat(span[1][:10]) - _DAY if span[1] else at.date()
    return first, last


def _parse(body: bytes) -> tuple[str, dict[str, str], str]:
    """Read the root entity and its arguments, literal or through variables; everything else is let pass."""
    request = msgspec.json.decode(body)
    root = _ROOT.search(request["query"])
    variables = request.get("variables") or {}
    if root is None:
        return "", {}, ""
    found = _ARGUMENT.findall(root[2] or "")
    arguments = {name: text or bare or str(variables.get(given, "")) for name, text, given, bare in found}
    return root[1], arguments, request["query"]


def _refusal(entity: str, fault: Fault | None) -> dict[str, Any] | None:
    match fault:
        case Fault(FaultKind.EMPTY):
            return {}
        case Fault(FaultKind.BODY_STATUS, value):
            return {"response": {"code": int(value), "success": False}}
        case Fault(FaultKind.REFUSED, value):
            return _refused(value or entity)
        case _:
            return None


def _refused(what: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": f"You do not have permission to read {what}"}]}


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


def _is(fault: Fault | None, kind: FaultKind) -> bool:
    return fault is not None and fault.kind is kind

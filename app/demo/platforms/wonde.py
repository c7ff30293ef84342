"""A simulated Wonde: one school's copy of its MIS behind a bearer token, in pages that name the next."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from app.demo.platforms.server import Asked, Fault, FaultKind, Reply, Server
from app.demo.platforms.wonde_quirks import Quirks
from app.demo.platforms.wonde_rows import codes, stamp
from app.demo.platforms.wonde_tables import LISTINGS, Tables
from app.demo.platforms.world import World

SCHOOL = "A1000000001"
_ROOT = "/v1.0/schools"
_DEFAULT_SIZE = 50


def simulate_wonde(
    world: World,
    school: str,
    *,
    token: str = "simulated",  # noqa: S107 - the simulator's own, good for nothing else
    quirks: Quirks | None = None,
) -> Server:
    """Start a school's Wonde; close it when done. The token may come as the user of Basic authentication as well."""
    quirks = quirks or Quirks()
    wonde = _Wonde(Tables(world, school, quirks), quirks)
    server = Server(answer=wonde.answer, username=token, password="", token=token)
    wonde.address = server.address
    return server


@dataclass
class _Wonde:
    """Answers requests."""

    tables: Tables
    quirks: Quirks
    address: str = ""

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        path = asked.path.removeprefix(f"{_ROOT}/{SCHOOL}/")
        match fault:
            case Fault(FaultKind.EMPTY):
                return Reply(body=b"{}")
            case Fault(FaultKind.REFUSED, scope):
                return _problem(403, "invalid_permissions", f"Scope {scope} not enabled")
            case _ if asked.method == "POST":
                return self._write(asked) if path == "attendance/session" else _NOT_FOUND
            case _:
                return self._object(path) or self._listing(asked, path, fault)

    def _object(self, path: str) -> Reply | None:
        if path.startswith("writebacks/"):
            return self._outcome()
        if path == f"{_ROOT}/{SCHOOL}":
            return _json({"data": self._school() if self.quirks.has_school else []})
        return _json({"data": self._standing()}) if path == f"/v1.0/meta/schools/{SCHOOL}" else None

    def _school(self) -> dict[str, Any]:
        return {
            "id": SCHOOL,
            "name": "Simulated School",
            "mis": "SIMS",
            "timezone": "Europe/London",
            "status": self.quirks.status,
            "extended": {"allows_writeback": self.quirks.allows_writeback, "has_lesson_attendance": True},
            "region": {"code": "GBR", "domain": self.quirks.domain},
        }

    def _standing(self) -> dict[str, Any]:
        synced = self.quirks.last_synced
        return {
            "approved": self.quirks.approved,
            "online": self.quirks.online,
            "audited": True,
            "custom_attendance_codes": self.quirks.has_own_codes,
            "last_synced_at": stamp(synced, "UTC") if synced else None,
        }

    def _listing(self, asked: Asked, path: str, fault: Fault | None) -> Reply:
        if path == _ROOT:
            return self._page(asked, [msgspec.json.encode({"id": SCHOOL, "name": "Simulated School"})], fault)
        if scope := self.quirks.refused.get(path):
            return _problem(403, "invalid_permissions", f"Scope {scope} not enabled")
        if path in self.quirks.missing or path not in LISTINGS:
            return _NOT_FOUND
        for name in filter(None, asked.query.get("include", "").split(",")):
            if name in self.quirks.no_includes:
                return _problem(400, "invalid_include", name if self.quirks.no_includes[name] else "Invalid includes")
        if path == "attendance-codes" and asked.query.get("cursor", "true") == "true":
            self.tables.codes_read += 1
        query = {name: text for name, text in asked.query.items() if name not in {"cursor", "per_page"}}
        if fault is not None and fault.kind is FaultKind.UNFILTERED:
            query = {}
        return self._page(asked, self.tables.find(path, query), fault)

    def _page(self, asked: Asked, rows: list[bytes], fault: Fault | None) -> Reply:
        size, start = int(asked.query.get("per_page", _DEFAULT_SIZE)), asked.query.get("cursor", "true")
        begin = int(start) if start.isdecimal() else 0
        if fault is not None and fault.kind is FaultKind.SMALL_PAGES:
            size = min(size, int(fault.value))
        end = begin + size
        if fault is not None and fault.kind is FaultKind.REPEATED_PAGE:
            begin = max(begin - size, 0)
        here = rows[begin : begin + size]
        if len(rows) <= size:
            # No pagination at all where everything fits.
            return Reply(body=b'{"data":[%s],"meta":{"includes":[]}}' % b",".join(here))
        pagination = {"next": self._next(asked, end) if end < len(rows) else None, "more": end < len(rows)}
        meta = msgspec.json.encode({"pagination": pagination | {"previous": None, "per_page": size}})
        return Reply(body=b'{"data":[%s],"meta":%s}' % (b",".join(here), meta))

    def _next(self, asked: Asked, end: int) -> str | None:
        if self.quirks.hides_next:
            return None
        return self.quirks.next_page or f"{self.address}{asked.path}?{urlencode(asked.query | {'cursor': str(end)})}"

    def _write(self, asked: Asked) -> Reply:
        if scope := self.quirks.refused.get("write"):
            return _problem(403, "invalid_permissions", f"Scope {scope} not enabled")
        rows = msgspec.json.decode(asked.body)["attendance"]
        known = {each["id"] for each in codes(without=self.quirks.unlisted)}
        if any(row["attendance_code_id"] not in known or row["student_id"] in self.quirks.leavers for row in rows):
            return Reply(status=422, body=b'{"errors":{"attendance":["is invalid"]}}')
        self.quirks.written += rows
        return _json({"writeback_id": f"W{len(self.quirks.written)}"}, status=202)

    def _outcome(self) -> Reply:
        outcomes = self.quirks.outcomes
        if not outcomes:
            return _NOT_FOUND
        return _json({"data": outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]})


def _json(content: object, *, status: int = 200) -> Reply:
    return Reply(status=status, body=msgspec.json.encode(content))


def _problem(status: int, error: str, description: str) -> Reply:
    return _json({"error": error, "error_description": description}, status=status)


_NOT_FOUND = _problem(404, "resource_not_found", "")

"""A simulated Class Charts: a whole-school export as CSV at an address, for the days asked for."""

import csv
import io
from datetime import date, timedelta

from app.demo.platforms.server import Asked, Fault, FaultKind, Reply, Server
from app.demo.platforms.world import World

PATH = "/export"
_HEADER = ("Pupil ID", "UPN", "Surname", "Forename", "Date", "Session", "Code", "Minutes Late")


def simulate_class_charts(
    world: World,
    school: str,
    *,
    username: str = "relay",
    password: str = "simulated",  # noqa: S107 - the simulator's own, good for nothing else
) -> Server:
    """Start a school's Class Charts; its export is at ``address`` + ``PATH``. Close it when done."""

    def answer(asked: Asked, fault: Fault | None) -> Reply:
        if asked.path != PATH or asked.method != "GET":
            return Reply(status=404, body=b'{"success": 0}')
        if fault is not None and fault.kind is FaultKind.BODY_STATUS:
            # So their interface for families answers when a sign-in has run out: status 200, and no table.
            return Reply(body=b'{"success": 0, "expired": 1}')
        first, last = date.fromisoformat(asked.query["from"]), date.fromisoformat(asked.query["to"])
        if fault is not None and fault.kind is FaultKind.UNFILTERED:
            first -= timedelta(days=28)
        rows = [] if fault is not None and fault.kind is FaultKind.EMPTY else _rows(world, school, first, last)
        return Reply(body=_table(rows), content_type="text/csv; charset=utf-8")

    return Server(answer=answer, username=username, password=password)


def _rows(world: World, school: str, first: date, last: date) -> list[tuple[object, ...]]:
    pupils = {pupil.platform_id: pupil for pupil in world.pupils(school)}
    rows: list[tuple[object, ...]] = []
    for mark in world.marks(school, first, last, world.clock()):
        pupil = pupils[mark.platform_id]
        late = "" if mark.minutes_late is None else mark.minutes_late
        day = f"{mark.day:%d/%m/%Y}"
        who = (pupil.platform_id, pupil.upn or "", pupil.surname, pupil.forename)
        rows.append((*who, day, mark.half.value, mark.symbol or "", late))
    return rows


def _table(rows: list[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_HEADER, *rows])
    return text.getvalue().encode("utf-8-sig")

"""A simulated Class Charts as a parent sees it: sign-in by form, ids that run out, the days of a family's pupils."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, quote

from app.demo.platforms.server import LOGIN_PAGE, Asked, Fault, FaultKind, Reply, Server
from app.demo.platforms.world import World, WorldMark

#: An id holds so long after a ping.
LIFE = timedelta(seconds=180)
_EXPIRED: dict[str, Any] = {"success": 0, "expired": 1, "error": "Not logged in"}
_STATUS = {"/": "present", "\\": "present", "L": "late", "#": "ignore", "O": "absent", "I": "excused"}


def simulate_class_charts_web(
    world: World,
    school: str,
    *,
    username: str = "relay",
    password: str = "simulated",  # noqa: S107 - the simulator's own, good for nothing else
    hidden: frozenset[str] = frozenset(),
) -> Server:
    """Start a family's Class Charts, which has every pupil of the school given; close it when done.

    ``hidden`` are the platform ids of pupils whose attendance the school does not display.
    """
    web = _Web(world, school, hidden)
    server = Server(answer=web.answer, username=username, password=password, is_basic=False)
    web.is_password = lambda form: (form.get("email"), form.get("password")) == (server.username, server.password)
    return server


@dataclass
class _Web:
    world: World
    school: str
    hidden: frozenset[str]
    #: The ids in use: when each was pinged last; never pinged, it answers with nothing in it.
    ids: dict[str, tuple[datetime, bool]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    is_password: Callable[[dict[str, str]], bool] = lambda _: False

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        if (asked.method, asked.path) == ("POST", "/parent/login"):
            return self._login(dict(parse_qsl(asked.body.decode())))
        found = asked.headers.get("authorization", "").removeprefix("Basic ")
        if (fault is not None and fault.kind is FaultKind.BODY_STATUS) or not self._is_alive(found):
            return _json(_EXPIRED)
        if asked.path == "/apiv2parent/ping":
            return self._ping(found)
        has_pinged = self.ids[found][1]
        is_empty = not has_pinged or (fault is not None and fault.kind is FaultKind.EMPTY)
        if asked.path == "/apiv2parent/pupils":
            return _json({"success": 1, "data": [] if is_empty else self._pupils()})
        return _json(
            self._days(asked, is_unfiltered=fault is not None and fault.kind is FaultKind.UNFILTERED, is_empty=is_empty)
        )

    def _login(self, form: dict[str, str]) -> Reply:
        if not self.is_password(form):
            return Reply(body=LOGIN_PAGE, content_type="text/html; charset=utf-8")
        cookie = quote(json.dumps({"session_id": self._new_id(has_pinged=False)}))
        headers = (("Location", "/parent/home"), ("Set-Cookie", f"parent_session_credentials={cookie}; Path=/"))
        return Reply(status=302, body=b"", headers=headers)

    def _new_id(self, *, has_pinged: bool) -> str:
        name = f"id-{next(self.numbers)}"
        self.ids[name] = (self.world.clock(), has_pinged)
        return name

    def _is_alive(self, name: str) -> bool:
        return name in self.ids and self.world.clock() - self.ids[name][0] <= LIFE

    def _ping(self, name: str) -> Reply:
        fresh = self._new_id(has_pinged=True)
        del self.ids[name]
        return _json({"success": 1, "data": {}, "meta": {"session_id": fresh}})

    def _pupils(self) -> list[dict[str, object]]:
        return [
            {
                "id": int(pupil.platform_id),
                "name": f"{pupil.forename} {pupil.surname}",
                "timezone": "Europe/London",
                "display_attendance": pupil.platform_id not in self.hidden,
            }
            for pupil in self.world.pupils(self.school)
        ]

    def _days(self, asked: Asked, *, is_unfiltered: bool, is_empty: bool) -> dict[str, object]:
        first, last = (date.fromisoformat(asked.query[name]) for name in ("from", "to"))
        if is_unfiltered:
            first -= timedelta(days=28)
        days: dict[str, dict[str, object]] = {}
        wanted = asked.path.rpartition("/")[2]
        for mark in [] if is_empty else self.world.marks(self.school, first, last, self.world.clock()):
            if mark.platform_id == wanted:
                day = days.setdefault(mark.day.isoformat(), {})
                day[mark.half.value] = entry = _entry(mark)
                day["Period 1" if mark.half == "AM" else "Period 4"] = entry | {
                    "lesson_name": "9X/Ma2",
                    "room_name": "M4",
                }
        # As PHP writes an empty object.
        return {
            "success": 1,
            "data": days or [],
            "meta": {"sessions": ["AM", "PM", "Period 1", "Period 4", "Period 6"]},
        }


def _entry(mark: WorldMark) -> dict[str, object]:
    if mark.symbol is None:
        return {"code": "", "status": "ignore", "late_minutes": ""}
    return {"code": mark.symbol, "status": _STATUS.get(mark.symbol, "excused"), "late_minutes": mark.minutes_late or 0}


def _json(body: dict[str, Any]) -> Reply:
    return Reply(body=json.dumps(body).encode())

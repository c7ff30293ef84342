"""The rows of a simulated Wonde, in the forms that were seen; each form can be asked for."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.demo.platforms.world import WorldMark, WorldPupil
from mapping.school_days import LONDON

_TYPES = {
    "PRESENT": ("/", "\\", "L"),
    "APPROVED_EDUCATIONAL_ACTIVITY": ("K", "V", "P", "W", "B"),
    "AUTHORISED_ABSENCE": ("C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T"),
    "UNAUTHORISED_ABSENCE": ("G", "N", "O", "U"),
    "ATTENDANCE_NOT_REQUIRED": ("D", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How rows are written: dates in ``zone`` (a place, an offset, or ``text`` for a bare date), relations nested."""

    zone: str = "Europe/London"
    is_nested: bool = False


def student_id(platform_id: str) -> str:
    """Return Wonde's id of a pupil; the world's own id is the ``upi``, which stays when this one changes."""
    return f"A{platform_id}"


def code_id(symbol: str) -> str:
    """Return the id of an attendance code."""
    return f"C{symbol.encode().hex()}"


def codes(*, without: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return the school's list of codes."""
    listed = {symbol: kind for kind, symbols in _TYPES.items() for symbol in symbols if symbol not in without}
    return [{"id": code_id(each), "code": each, "description": each, "type": kind} for each, kind in listed.items()]


def student(pupil: WorldPupil, *, with_details: bool, now: datetime) -> dict[str, Any]:
    """Return one pupil; UPNs are in the include alone, and their dates nowhere."""
    row: dict[str, Any] = {
        "id": student_id(pupil.platform_id),
        "upi": pupil.platform_id,
        "mis_id": pupil.platform_id,
        "surname": pupil.surname,
        "forename": pupil.forename,
        "date_of_birth": stamp(_born(pupil), "UTC"),
        "updated_at": stamp(now.astimezone(LONDON).date(), "UTC"),
    }
    if with_details:
        held: list[str | None] = [spell.upn for spell in pupil.history] or [pupil.upn]
        former = held[-2] if len(held) > 1 else None
        row["education_details"] = {"data": {"upn": held[-1], "former_upn": former, "local_upn": None}}
    return row


def mark(row: WorldMark, shape: Shape) -> dict[str, Any]:
    """Return one session mark; no code where the register has not been taken."""
    of, code = student_id(row.platform_id), code_id(row.symbol) if row.symbol else None
    return {
        "id": f"A{row.record_id}",
        "student": {"data": {"id": of}} if shape.is_nested else of,
        "date": stamp(row.day, shape.zone),
        "session": row.half.value,
        "attendance_code": {"data": {"id": code, "code": row.symbol}} if shape.is_nested and code else code,
        "minutes_late": row.minutes_late,
        "comment": None,
        "employee": None,
    }


def stamp(day: date, zone: str) -> dict[str, Any] | str:
    """Write midnight in England on a date, as it is in a zone."""
    if zone == "text":
        return day.isoformat()
    midnight = datetime.combine(day, time(), LONDON)
    shown = midnight if zone == "Europe/London" else midnight.astimezone(UTC)
    kind = 1 if zone.startswith("+") else 3
    return {"date": f"{shown:%Y-%m-%d %H:%M:%S}.000000", "timezone_type": kind, "timezone": zone}


def _born(pupil: WorldPupil) -> date:
    return date(2009, 9, 1) + timedelta(days=int(hashlib.sha256(pupil.platform_id.encode()).hexdigest(), 16) % 1500)

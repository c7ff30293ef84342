"""The answers of Class Charts' interface for parents, as public clients describe them; all of it is *seen*."""

from typing import Any

import msgspec


class Said(msgspec.Struct, kw_only=True):
    """What every answer says besides; the HTTP status is 200 whatever it says."""

    success: int | bool = 0
    expired: int | bool = 0

    @property
    def is_signed_in(self) -> bool:
        """Whether the sign-in still held."""
        return bool(self.success) and not self.expired


class Meta(msgspec.Struct):
    """Of the answer to a ping: the id that holds from now on."""

    session_id: str | None = None


class Ping(Said, kw_only=True):
    """The answer to a ping."""

    meta: Meta = msgspec.field(default_factory=Meta)


class Pupil(msgspec.Struct):
    """A pupil of the family; the names that come with it are not read."""

    id: int
    display_attendance: bool = True


class Pupils(Said, kw_only=True):
    """The pupils of a sign-in."""

    data: list[Pupil] = []


class Entry(msgspec.Struct):
    """One session or lesson. ``status`` is an open set, so any text; minutes are empty text where there are none."""

    code: str | None = ""
    status: str | None = ""
    late_minutes: int | str | None = None


#: Objects turn into lists when they are empty, as PHP has them.
Day = dict[str, Entry] | list[Any]


class Attendance(Said, kw_only=True):
    """A pupil's days: by ISO date, then by the name of session or lesson."""

    data: dict[str, Day] | list[Any] = msgspec.field(default_factory=dict)

    def days(self) -> dict[str, dict[str, Entry]]:
        """Return the days that hold anything."""
        days = self.data if isinstance(self.data, dict) else {}
        return {day: entries for day, entries in days.items() if isinstance(entries, dict) and entries}


PING = msgspec.json.Decoder(Ping)
PUPILS = msgspec.json.Decoder(Pupils)
ATTENDANCE = msgspec.json.Decoder(Attendance)
